//! A terminal that stays: what comes is printed as it comes.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use clients::{AcmClient, acm::Told};
use futures::{
    FutureExt as _, Stream, StreamExt as _,
    channel::mpsc,
    future::{Either, select},
};
use kit::Done;
use xml_schemas::acm::{PendingDataResponse, PendingItem};

use super::{arguments::Format, print};
use crate::serve::Signals;

/// After so long a question is asked again that was not answered.
const AGAIN: Duration = Duration::from_secs(10);

/// Prints until told to stop. What is known to wait has been `shown`.
pub(super) async fn until_stopped(
    acm: &AcmClient,
    mut told: mpsc::Receiver<Told>,
    shown: Option<Vec<PendingItem>>,
    format: Format,
    mut signals: Signals,
) {
    let pause = || tokio::time::sleep(AGAIN);
    let following = follow(&mut told, shown, || acm.pending(), pause, |said| said.print(format));
    select(pin!(following), pin!(signals.stop())).await;
    rest(told, format);
}

/// Prints what has come and was not looked at yet: the server counts it as told. Nothing more is accepted.
pub(super) fn rest(told: mpsc::Receiver<Told>, format: Format) {
    left(told).into_iter().for_each(|told| Said::Told(told).print(format));
}

fn left(mut told: mpsc::Receiver<Told>) -> Vec<Told> {
    told.close();
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

/// So much of what was printed is known: where more has come since, a list is printed again.
const SHOWN: usize = 100;

/// What is printed.
enum Said {
    Told(Told),
    Pending(PendingDataResponse),
    Unanswered(kit::Cause),
}

impl Said {
    fn print(self, format: Format) {
        match self {
            Self::Pending(pending) => print::pending(&pending, format),
            Self::Told(Told::Request(request)) => print::request(&request, format),
            Self::Told(Told::Response(response)) => print::response(&response, format),
            Self::Told(Told::Indication(indication)) => {
                print::stands(&indication.request_id, indication.progress.state(), format);
            }
            Self::Told(Told::Withdrawal(withdrawal)) => {
                print::stands(&withdrawal.request_id, withdrawal.state, format);
            }
            Self::Told(Told::Waiting) => {}
            Self::Unanswered(cause) => {
                eprintln!(
                    "what waits is not known: {} (cause {}); it is asked again",
                    cause.text(),
                    cause.code()
                );
            }
        }
    }
}

/// As long as something may come. Whatever waits comes with the answer to a question, in order; one that is not answered is asked
/// again after a pause, and what comes meanwhile is printed.
async fn follow<Asked, Slept>(
    mut told: impl Stream<Item = Told> + Unpin,
    mut shown: Option<Vec<PendingItem>>,
    mut ask: impl FnMut() -> Asked,
    pause: impl Fn() -> Slept,
    mut say: impl FnMut(Said),
) where
    Asked: Future<Output = Done<PendingDataResponse>>,
    Slept: Future<Output = ()>,
{
    let mut again: Option<Pin<Box<Slept>>> = None;
    loop {
        let next = match again.as_mut() {
            None => told.next().map(Some).await,
            Some(pause) => match select(told.next(), pause.as_mut()).await {
                Either::Left((next, _)) => Some(next),
                Either::Right(_) => None,
            },
        };
        match next {
            Some(None) => return,
            Some(Some(Told::Waiting)) | None => match ask().await {
                Ok(pending) => {
                    again = None;
                    // A server says at a log-on that something waits; the user may have asked himself.
                    if shown.as_ref() != Some(&pending.items) {
                        shown = Some(pending.items.clone());
                        say(Said::Pending(pending));
                    }
                }
                Err(stop) => {
                    again = Some(Box::pin(pause()));
                    say(Said::Unanswered(stop.cause()));
                }
            },
            Some(Some(told)) => {
                if let Told::Request(request) = &told {
                    let shown = shown.get_or_insert_default();
                    if shown.len() < SHOWN {
                        shown.push(PendingItem::Request(request.clone()));
                    }
                }
                say(Said::Told(told));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{executor::block_on, future, stream};
    use kit::Cause;
    use xml_schemas::{
        acm::{Actor, AddMigrationUsersRequest, Addressee, Heading, Request},
        ids::{McServiceId, RequestId},
    };

    use super::*;

    fn nothing() -> PendingDataResponse {
        PendingDataResponse {
            request_id: RequestId::new("p-1").unwrap(),
            user: McServiceId::new("sip:a@a.example").unwrap(),
            is_all: true,
            next: None,
            items: Vec::new(),
        }
    }

    /// What is said of this, which is told to a terminal where so much is shown already.
    fn said(
        told: impl Stream<Item = Told>,
        shown: Option<Vec<PendingItem>>,
        mut answer: impl FnMut() -> Done<PendingDataResponse>,
    ) -> Vec<&'static str> {
        let mut said = Vec::new();
        let ask = || future::ready(answer());
        block_on(follow(
            Box::pin(told),
            shown,
            ask,
            || future::ready(()),
            |line| {
                said.push(match line {
                    Said::Pending(_) => "answered",
                    Said::Unanswered(_) => "not answered",
                    Said::Told(_) => "told",
                });
            },
        ));
        said
    }

    #[test]
    fn a_question_that_fails_ends_nothing_and_is_asked_again() {
        let mut asked = 0;
        let answer = || {
            asked += 1;
            if asked < 3 { Err(Cause::TimedOut.into()) } else { Ok(nothing()) }
        };
        // Nothing comes after that until the third question has been answered.
        let told = stream::iter([Told::Waiting]).chain(stream::once(async {
            let mut polls = 0;
            future::poll_fn(move |cx| {
                polls += 1;
                cx.waker().wake_by_ref();
                if polls < 9 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
            Told::Waiting
        }));
        assert_eq!(said(told, None, answer)[..3], ["not answered", "not answered", "answered"]);
    }

    #[test]
    fn whoever_stops_is_shown_what_has_come_and_accepts_nothing_more() {
        let (mut tell, told) = mpsc::channel(8);
        for _ in 0..3 {
            tell.try_send(Told::Waiting).unwrap();
        }
        assert_eq!(left(told), vec![Told::Waiting; 3]);
        assert!(tell.try_send(Told::Waiting).is_err());
    }

    #[test]
    fn what_has_been_shown_is_not_shown_again_because_the_server_says_that_it_waits() {
        let told = || stream::iter([Told::Waiting, Told::Waiting]);
        assert_eq!(said(told(), Some(Vec::new()), || Ok(nothing())), Vec::<&str>::new());
        assert_eq!(said(told(), None, || Ok(nothing())), ["answered"], "once where nothing was shown");
    }

    #[test]
    fn what_was_printed_as_it_came_is_not_listed_again_where_nothing_else_waits() {
        let id = |text: &str| McServiceId::new(text).unwrap();
        let heading = Heading::new(
            RequestId::new("r-1").unwrap(),
            Actor::user(id("sip:alice@a.example")),
            Addressee::User(id("sip:bob@b.example")),
        );
        let asked: Request =
            AddMigrationUsersRequest { heading, users: vec![id("sip:carol@a.example")] }.into();
        let told = || stream::iter([Told::Request(asked.clone()), Told::Waiting]);
        let lists = |items: &[PendingItem]| Ok(PendingDataResponse { items: items.to_vec(), ..nothing() });
        let twice = vec![PendingItem::Request(asked.clone()); 2];
        let once = &twice[..1];
        assert_eq!(said(told(), Some(Vec::new()), || lists(once)), ["told"]);
        assert_eq!(said(told(), None, || lists(once)), ["told"]);
        assert_eq!(said(told(), None, || lists(&twice)), ["told", "answered"]);
    }
}
