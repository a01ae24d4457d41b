//! Third-party registration: each server hears of each log-on and log-off, in order, until it has acknowledged or it is too late.
//!
//! What is to be said stands in the store, written together with the bindings that it follows from; a courier takes it from there
//! and from nowhere else, so that a restart resumes where the last run ended. There is at most one courier for one user and
//! one server at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use sip::{Method, Name, Request, RetryAfter};
use wire::{Answer, Clock, Entry, Kind, WireError};
use xml_schemas::mime;

use crate::{
    Shared, SipCore,
    config::Server,
    keep::{Commit, Fault},
    notice::{Event, Notice, Pending},
};

/// Waiting doubles from the first to the last of these.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which couriers are on their way.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    /// True where there is something new to take up after the present round.
    busy: Mutex<HashMap<(String, String), bool>>,
}

impl Courier {
    /// Has every server told what is pending for this user.
    pub(crate) fn wake_all(&self, core: &SipCore, address: &str) {
        for server in core.config().servers.iter().filter(|server| server.third_party) {
            self.wake(core, address, &server.hop.name);
        }
    }

    /// Has one server told.
    pub(crate) fn wake(&self, core: &SipCore, address: &str, server: &str) {
        let who = (address.to_owned(), server.to_owned());
        let mut busy = self.busy.lock();
        if let Some(again) = busy.get_mut(&who) {
            *again = true;
            return;
        }
        busy.insert(who.clone(), false);
        drop(busy);
        let (weak, clock) = (Arc::downgrade(&core.0), Arc::clone(&core.world().clock));
        core.world().tasks.spawn(Box::pin(run(weak, clock, who)));
    }

    /// Ends a round: whether there is another.
    fn again(&self, who: &(String, String)) -> bool {
        let mut busy = self.busy.lock();
        match busy.get_mut(who) {
            Some(again) if *again => {
                *again = false;
                true
            }
            _ => {
                busy.remove(who);
                false
            }
        }
    }
}

async fn run(core: Weak<Shared>, clock: Arc<dyn Clock>, who: (String, String)) {
    let mut wait = FIRST_WAIT;
    // A core that is shut down is not held by who waits for it.
    while let Some(core) = core.upgrade().map(SipCore) {
        let pause = match deliver(&core, &who.0, &who.1).await {
            Ok(Round::Next) => None,
            Ok(Round::Done) if core.0.courier.again(&who) => None,
            Ok(Round::Done) => return,
            Ok(Round::Later(named)) => Some(named.unwrap_or(wait).min(LONGEST_WAIT)),
            Err(Fault::Conflict) => None,
            Err(fault) => {
                tracing::error!(%fault, "a notice could not be read or kept");
                Some(wait)
            }
        };
        drop(core);
        wait = match pause {
            Some(pause) => {
                clock.sleep(pause).await;
                (wait * 2).min(LONGEST_WAIT)
            }
            None => FIRST_WAIT,
        };
    }
}

/// How a round ended.
enum Round {
    /// Nothing is pending any more.
    Done,
    /// Something else is.
    Next,
    /// It has to be said again, after the time that the server named.
    Later(Option<Duration>),
}

async fn deliver(core: &SipCore, address: &str, server: &str) -> Result<Round, Fault> {
    let (notice, version) = core.0.keep.notice(address, server).await?;
    let Some(mut notice) = notice else { return Ok(Round::Done) };
    let Some(pending) = notice.pending.first().cloned() else { return Ok(Round::Done) };
    let Some(server) = core.config().servers.iter().find(|known| *known.hop.name == *server) else {
        // The configuration no longer names it.
        return core.0.keep.commit(Commit::default().no_notice(version, &notice)).await.map(|_| Round::Done);
    };
    if core.now() >= notice.deadline {
        tracing::warn!(server = %server.hop.name, event = ?pending.event, "given up: too late to tell");
        return finish(core, notice, &pending, version).await;
    }
    let register = third_party_register(core, server, &notice, &pending);
    record(core, server, &pending);
    match verdict(&core.world().wire.request(register, server.hop.clone()).await) {
        Verdict::Told => finish(core, notice, &pending, version).await,
        Verdict::Refused(status) => {
            tracing::warn!(server = %server.hop.name, event = ?pending.event, status, "third-party registration refused");
            finish(core, notice, &pending, version).await
        }
        Verdict::Failed(retry_after) => {
            notice.cseq += 1;
            if is_there(core, server, &mut notice).await {
                tracing::warn!(server = %server.hop.name, event = ?pending.event, "given up: the server takes others and not this one");
                return finish(core, notice, &pending, version).await;
            }
            core.0.keep.commit(Commit::default().notice(version, &notice)).await?;
            Ok(Round::Later(retry_after))
        }
    }
}

/// Whether the server answers to what is to be said last, if that is not what it has just failed at: one device that it cannot be told of
/// keeps no other from it. What it has answered to is said.
async fn is_there(core: &SipCore, server: &Server, notice: &mut Notice) -> bool {
    let Some(last) = notice.pending.get(1..).and_then(<[Pending]>::last).cloned() else { return false };
    let register = third_party_register(core, server, notice, &last);
    record(core, server, &last);
    notice.cseq += 1;
    match verdict(&core.world().wire.request(register, server.hop.clone()).await) {
        Verdict::Failed(_) => return false,
        Verdict::Told => {}
        Verdict::Refused(status) => {
            tracing::warn!(server = %server.hop.name, event = ?last.event, status, "third-party registration refused");
        }
    }
    notice.pending.pop();
    true
}

/// A log-on leaves a trace, which the log-off continues; a log-off leaves none.
async fn finish(
    core: &SipCore,
    mut notice: Notice,
    pending: &Pending,
    version: Option<store::Version>,
) -> Result<Round, Fault> {
    notice.pending.remove(0);
    let is_next = !notice.pending.is_empty();
    notice.cseq += u32::from(is_next);
    let commit = match pending.event {
        Event::LogOff => Commit::default().no_notice(version, &notice),
        Event::LogOn => Commit::default().notice(version, &notice),
    };
    core.0.keep.commit(commit).await?;
    Ok(if is_next { Round::Next } else { Round::Done })
}

/// RFC 3261 10.2 as a third party; the body is the user's own REGISTER.
fn third_party_register(core: &SipCore, server: &Server, notice: &Notice, pending: &Pending) -> Request {
    let uri = server.services.first().cloned().unwrap_or_default();
    let expires = match pending.event {
        Event::LogOn => notice.deadline.saturating_sub(core.now()).div_ceil(1000),
        Event::LogOff => 0,
    };
    let own = &core.config().uri;
    let request = Request::new(Method::Register, uri)
        .header(Name::From, format!("<{own}>;tag={}", core.world().ids.token()))
        .header(Name::To, format!("<{}>", notice.address))
        .header(Name::CallId, &notice.call_id)
        .header(Name::CSeq, format!("{} REGISTER", notice.cseq))
        .header(Name::Contact, format!("<{own}>"))
        .header(Name::Expires, expires.to_string());
    if pending.register.is_empty() {
        request
    } else {
        request.body(mime::SIP_MESSAGE, pending.register.clone())
    }
}

fn record(core: &SipCore, server: &Server, pending: &Pending) {
    let recorder = &core.world().recorder;
    if recorder.is_listening() {
        let what = match pending.event {
            Event::LogOn => "REGISTER third-party log-on",
            Event::LogOff => "REGISTER third-party log-off",
        };
        recorder.record(Entry {
            flow: String::new(),
            entity: core.config().name.clone(),
            kind: Kind::Sent { to: server.hop.name.clone(), what: what.to_owned(), detail: String::new() },
        });
    }
}

/// What an answer means for the notice.
enum Verdict {
    Told,
    /// Saying it again would change nothing.
    Refused(u16),
    /// Saying it again may help, after the time that was named.
    Failed(Option<Duration>),
}

fn verdict(answer: &Result<Answer, WireError>) -> Verdict {
    let Ok(Answer { response, .. }) = answer else { return Verdict::Failed(None) };
    match response.status().unwrap_or_default() {
        200..=299 => Verdict::Told,
        408 | 480 | 491 | 500 | 502..=504 => Verdict::Failed(
            response
                .typed::<RetryAfter<'_>>()
                .ok()
                .flatten()
                .map(|after| Duration::from_secs(after.seconds.into())),
        ),
        status => Verdict::Refused(status),
    }
}

#[cfg(test)]
mod tests;
