//! PUBLISH at the client: RFC 3903 clause 4, driven by [`dialog::publisher`].

use std::{pin::pin, time::Duration};

use dialog::publisher::{Action, Input, Publication as Machine};
use futures::{
    FutureExt as _, StreamExt as _,
    channel::{mpsc, oneshot},
    future::{self, BoxFuture, Either, select},
};
use kit::{Cause, Cx, Done, Fault, Stop, carriage};
use parking_lot::Mutex;
use sip::{Message, Method, Name, Request};
use xml_schemas::{
    flow::{Flow as _, Part},
    migration::{MigrationServiceAuthorizationRequest, Publication},
};

use super::State;
use crate::Device;

/// The event package (RFC 4354).
const EVENT: &str = "poc-settings";

/// TS 24.379 7.2.2: for as long as there are numbers.
const FOR_GOOD: Duration = Duration::from_secs(u32::MAX as u64);

/// Holds on to what is published. Dropped, it is left to expire; [`Held::give_back`] ends it at the server too.
#[derive(Debug)]
pub struct Held {
    end: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

impl Held {
    /// Takes it back (RFC 3903 4.5): resolves when the server has answered, or is not heard from.
    pub async fn give_back(self) {
        let (tell, told) = oneshot::channel();
        if self.end.unbounded_send(tell).is_ok() {
            // An error means that it was over already.
            let _ = told.await;
        }
    }
}

/// Publishes, and keeps it fresh, until it is `over` by somebody else's word: then the server knows.
pub(super) async fn begin(
    cx: &Cx<State>,
    device: &Device,
    publication: Publication,
    over: Option<oneshot::Receiver<()>>,
) -> Done<Held> {
    let (end, ends) = mpsc::unbounded();
    let over = over.map_or_else(|| future::pending().boxed(), |over| over.map(drop).boxed());
    let (tell, told) = oneshot::channel();
    let publishing = Publishing {
        cx: cx.clone(),
        device: device.clone(),
        call_id: cx.world().ids.token(),
        what: if publication.migrates.is_some() { MigrationServiceAuthorizationRequest::NAME } else { EVENT },
        parts: publication.split(),
        refused: Mutex::new(None),
    };
    cx.world().tasks.spawn(Box::pin(publishing.drive(tell, (ends, over))));
    told.await.unwrap_or_else(|_| Err(Cause::Unspecified.into()))?;
    Ok(Held { end })
}

struct Publishing {
    cx: Cx<State>,
    device: Device,
    call_id: String,
    /// What ladders call it.
    what: &'static str,
    parts: Vec<Part<'static>>,
    /// Why the last PUBLISH was refused, where it was.
    refused: Mutex<Option<Stop>>,
}

/// Who waits for what becomes of the first PUBLISH, and of the last.
struct Waiting {
    first: Option<oneshot::Sender<Done<()>>>,
    end: Option<oneshot::Sender<()>>,
}

/// Who gives it back, and that it is over.
type Ends = (mpsc::UnboundedReceiver<oneshot::Sender<()>>, BoxFuture<'static, ()>);

impl Publishing {
    /// From the first PUBLISH to the end. Whoever waits for the first hears what became of it.
    async fn drive(self, tell: oneshot::Sender<Done<()>>, mut ends: Ends) {
        let (mut machine, mut action) = Machine::new(FOR_GOOD);
        let (mut waiting, mut sent) = (Waiting { first: Some(tell), end: None }, 0);
        loop {
            action = match action {
                Action::Publish { tag, expires } => {
                    self.send(&mut machine, &mut sent, (tag, expires, true)).await
                }
                Action::Refresh { tag, expires } => {
                    self.send(&mut machine, &mut sent, (Some(tag), expires, false)).await
                }
                Action::Remove { tag } => {
                    self.send(&mut machine, &mut sent, (Some(tag), Duration::ZERO, false)).await
                }
                Action::GiveUp => return self.give_up(waiting),
                Action::Nothing => match self.rest(&mut machine, &mut waiting, &mut ends).await {
                    Some(action) => action,
                    None => return,
                },
            };
        }
    }

    /// Until there is something to do again; nothing, where nobody wants it any more.
    async fn rest(&self, machine: &mut Machine, waiting: &mut Waiting, ends: &mut Ends) -> Option<Action> {
        if let Some(first) = waiting.first.take() {
            // Refused for a while, at the first attempt: the user decides whether there is another.
            let outcome = self.refused.lock().clone().map_or(Ok(()), Err);
            let is_refused = outcome.is_err();
            if first.send(outcome).is_err() || is_refused {
                return None;
            }
        }
        match self.wait(machine, ends).await {
            Waited::Due(action) => Some(action),
            Waited::End(by) => {
                waiting.end = Some(by);
                Some(machine.handle(self.cx.world().clock.wall(), Input::Remove))
            }
            Waited::Dropped => None,
        }
    }

    /// Nobody need wait for what is told here.
    fn give_up(&self, waiting: Waiting) {
        if let Some(first) = waiting.first {
            let why = self.refused.lock().clone().unwrap_or_else(|| Cause::Unspecified.into());
            drop(first.send(Err(why)));
        }
        if let Some(end) = waiting.end {
            let _: Result<(), ()> = end.send(());
        }
    }

    async fn wait(&self, machine: &mut Machine, ends: &mut Ends) -> Waited {
        let clock = &self.cx.world().clock;
        let Some(due) = machine.timeout() else { return Waited::Dropped };
        let left = due.duration_since(clock.wall()).unwrap_or_default();
        let (ends, over) = ends;
        match select(pin!(ends.next()), select(over, clock.sleep(left))).await {
            Either::Left((Some(by), _)) => Waited::End(by),
            Either::Left((None, _)) | Either::Right((Either::Left(_), _)) => Waited::Dropped,
            Either::Right((Either::Right(_), _)) => Waited::Due(machine.handle(clock.wall(), Input::Fired)),
        }
    }

    async fn send(
        &self,
        machine: &mut Machine,
        sent: &mut u32,
        (tag, expires, is_whole): (Option<String>, Duration, bool),
    ) -> Action {
        *sent += 1;
        let request = match self.compose(*sent, tag, expires, is_whole) {
            Ok(request) => request,
            Err(fault) => {
                *self.refused.lock() = Some(fault.into());
                return machine.handle(self.cx.world().clock.wall(), Input::Refused(None, None));
            }
        };
        let core = self.device.settings().core.clone();
        let summary = || if is_whole { carriage::summary(&self.parts) } else { String::new() };
        self.cx.sent(&core.name, || format!("PUBLISH {}", if is_whole { self.what } else { EVENT }), summary);
        let world = self.cx.world();
        let input = match world.wire.request(request, core).await {
            Ok(answer) => self.read(&answer.response),
            Err(error) => {
                *self.refused.lock() = Some(Cause::from(&error).into());
                Input::Refused(None, None)
            }
        };
        machine.handle(world.clock.wall(), input)
    }

    fn compose(
        &self,
        number: u32,
        tag: Option<String>,
        expires: Duration,
        is_whole: bool,
    ) -> Result<Request, Fault> {
        let (own, server) = (self.cx.profile().psi.as_str(), self.cx.server.as_str());
        let ids = &*self.cx.world().ids;
        let (icsi, accept_contact) = carriage::service_of(&self.parts);
        let mut request = Request::new(Method::Publish, server)
            .header(Name::From, format!("<{own}>;tag={}", ids.token()))
            .header(Name::To, format!("<{server}>"))
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format!("{number} PUBLISH"))
            .header(Name::PPreferredIdentity, format!("<{own}>"))
            .header(Name::PPreferredService, icsi)
            .header(Name::AcceptContact, accept_contact)
            .header(Name::Event, EVENT)
            .header(Name::Expires, expires.as_secs().to_string());
        if let Some(tag) = tag {
            request = request.header(Name::SipIfMatch, tag);
        }
        if !is_whole {
            return Ok(request);
        }
        let agreed = self.cx.profile().protected.get(&self.cx.server);
        let (content_type, body) =
            carriage::bodies_for(&self.parts, ids, agreed.map(std::sync::Arc::as_ref))?;
        Ok(request.body(&content_type, body))
    }

    fn read(&self, response: &Message) -> Input {
        let text = |name: Name| {
            response.header(name).and_then(|value| std::str::from_utf8(value).ok()).map(str::trim)
        };
        let seconds = |name: Name| text(name).and_then(|value| value.parse().ok()).map(Duration::from_secs);
        match (response.status(), text(Name::SipEtag)) {
            (Some(200..=299), Some(tag)) => {
                *self.refused.lock() = None;
                Input::Accepted(tag.to_owned(), seconds(Name::Expires).unwrap_or_default())
            }
            (Some(423), _) => Input::TooBrief(seconds(Name::MinExpires).unwrap_or_default()),
            (status, _) => {
                *self.refused.lock() = Some(Cause::from_response(response).into());
                Input::Refused(status, kit::events::retry_after(response))
            }
        }
    }
}

enum Waited {
    /// For the time to refresh.
    Due(Action),
    /// Until it is given back.
    End(oneshot::Sender<()>),
    /// Nobody holds it any more, or the server does not.
    Dropped,
}
