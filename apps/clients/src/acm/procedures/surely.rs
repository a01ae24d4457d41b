//! What a user wants is told to his server until that has said what it makes of it: the same again, under the same `request-id`, changes
//! nothing there.

use std::{pin::pin, time::Duration};

use futures::future::{self, Either};
use kit::{
    Cause, Cx, Done, Fault, Permitted, Stop,
    cx::{To, Untold},
};
use xml_schemas::{
    flow::{Flow, Open, Question},
    ids::RequestId,
};

use crate::acm::State;

/// After so long it is told again.
const AGAIN: Duration = Duration::from_millis(500);

/// Why the own server has not taken something, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unheard {
    /// It is refused: nothing is kept of it.
    Refused(Stop),
    /// Whatever was tried, nobody has said what became of it: the server may have it, and carry it out.
    Unconfirmed {
        /// The request that it is, or is about.
        request: RequestId,
        /// What the last attempt came to.
        cause: Cause,
    },
}

impl Unheard {
    /// Why.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Refused(stop) => stop.cause(),
            Self::Unconfirmed { cause, .. } => *cause,
        }
    }
}

impl From<Stop> for Unheard {
    fn from(stop: Stop) -> Self {
        Self::Refused(stop)
    }
}

impl From<Fault> for Unheard {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

impl From<Cause> for Unheard {
    fn from(cause: Cause) -> Self {
        Self::Refused(cause.into())
    }
}

/// Tells it to the own server, for as long as that may take to answer a question.
///
/// # Errors
/// [`Unheard`]. What is answered once an answer was lost counts where the server itself has refused: it would have taken what it had.
pub(super) async fn tell<F: Flow>(cx: &Cx<State>, flow: &Permitted<F>) -> Result<(), Unheard> {
    let clock = &cx.world().clock;
    let mut over = clock.sleep(cx.profile().deadline);
    let mut last = None;
    while let Either::Left((told, _)) =
        future::select(pin!(cx.try_tell(To::User(&cx.server), flow)), &mut over).await
    {
        match told {
            Ok(()) => return Ok(()),
            Err(Untold::Refused(stop)) if last.is_none() || stop.cause().status() < 500 => {
                return Err(Unheard::Refused(stop));
            }
            Err(Untold::TurnedAway(cause)) if last.is_none() => return Err(cause.into()),
            Err(Untold::Refused(stop)) => last = Some(stop.cause()),
            Err(Untold::TurnedAway(cause) | Untold::Broken(cause) | Untold::Unanswered(cause)) => {
                last = Some(own(cause));
            }
        }
        if let Either::Right(_) = future::select(clock.sleep(AGAIN), &mut over).await {
            break;
        }
    }
    let (request, cause) = (flow.flow().request_id().clone(), last.unwrap_or(Cause::TimedOut));
    Err(Unheard::Unconfirmed { request, cause })
}

/// Asks the own server, and awaits its answer.
///
/// # Errors
/// [`Stop`] with the cause where it refuses or does not answer within the deadline.
pub(super) async fn ask<F: Question + Flow<Guard = Open>>(cx: &Cx<State>, question: F) -> Done<F::Answer> {
    let asked = cx.ask(To::User(&cx.server), &Permitted::open(question)).await;
    asked.map_err(|stop| match own(stop.cause()) {
        cause if cause != stop.cause() => cause.into(),
        _ => stop,
    })
}

/// Between a user and his server there is nothing of a partner's.
fn own(cause: Cause) -> Cause {
    if cause == Cause::PartnerUnreachable { Cause::ServerUnreachable } else { cause }
}
