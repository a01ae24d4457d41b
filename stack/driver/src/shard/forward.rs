//! A request on its way through a proxy, and the response back.
//! RFC 3261 clauses 16.6 and 16.7

use std::{cell::RefCell, rc::Rc, time::Duration, vec};

use proxy::{BranchId, Choice, Failure, Rejection, ResponseContext, forward, respond, validate};
use sip::{Edits, Message, Name, Response, stamp_via};
use transaction::ServerId;
use wire::{Arrival, Branch, Forward, Hop, Vias, WireError};

use super::{
    core::Core,
    outbound::{Draft, Origin},
    search::{self, Silence},
};

/// What is remembered of a forwarded request until its response has gone back.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) server: ServerId,
    pub(super) context: ResponseContext,
    pub(super) vias: Vias,
    /// Who is tried next.
    pub(super) others: vec::IntoIter<Branch>,
    /// Of a search: for how long each may be silent, and until when the one that is being tried.
    pub(super) patience: Option<Duration>,
    pub(super) silence: Option<Silence>,
    /// That one.
    pub(super) tried: Option<Hop>,
    unreachable: Option<Response>,
    /// Why the last of them was not reached; that too much is under way here, where one was not tried for that.
    why: Option<WireError>,
}

/// One branch of it, with its client transaction.
#[derive(Clone, Debug)]
pub(super) struct Relayed {
    pub(super) relay: Rc<RefCell<Relay>>,
    pub(super) branch: BranchId,
}

impl Core {
    pub(super) fn forward(
        &mut self,
        server: ServerId,
        request: &Message,
        arrival: &Arrival,
        forward: Forward,
    ) {
        let Forward { hop, edits, vias, unreachable, others } = forward;
        let relay = Relay {
            server,
            context: ResponseContext::searching(others.len()),
            vias,
            patience: search::patience(others.len()),
            silence: None,
            tried: None,
            others: others.into_iter(),
            unreachable,
            why: None,
        };
        self.branch(&Rc::new(RefCell::new(relay)), request, arrival, Branch { hop, edits });
    }

    /// Sends the request on by one more branch.
    pub(super) fn branch(
        &mut self,
        relay: &Rc<RefCell<Relay>>,
        request: &Message,
        arrival: &Arrival,
        branch: Branch,
    ) {
        let Branch { hop, mut edits } = branch;
        let (server, vias) = (relay.borrow().server, relay.borrow().vias);
        let loop_hash = match self.prepare(request, arrival, vias, &mut edits) {
            Ok(loop_hash) => loop_hash,
            Err(rejection) => return self.answer(server, &rejection.response()),
        };
        let branch = relay.borrow_mut().context.branch();
        let relayed = Relayed { relay: Rc::clone(relay), branch };
        self.watch_silence(&relayed, &hop);
        let draft = Draft::Relayed { request, edits: &mut edits };
        self.dispatch(draft, &hop, loop_hash, Origin::Relayed(relayed));
    }

    /// 16.3 steps 3 and 4, then 16.6 steps 3 and 8 but for our own Via.
    fn prepare(
        &self,
        request: &Message,
        arrival: &Arrival,
        vias: Vias,
        edits: &mut Edits,
    ) -> Result<u64, Rejection> {
        let loop_hash = self.hasher.hash(request)?;
        validate::max_forwards(request)?;
        validate::no_loop(request, &self.own, loop_hash, |branch| self.branches.loop_hash(branch))?;
        forward::max_forwards(request, edits)?;
        match vias {
            Vias::Replace => {
                edits.remove(Name::Via);
            }
            Vias::Add => {
                if let Some(stamped) = stamped(request, arrival) {
                    edits.pop_first(Name::Via).prepend(Name::Via, &stamped);
                }
            }
        }
        Ok(loop_hash)
    }

    /// A branch has ended.
    pub(super) fn relay(&mut self, relayed: &Relayed, outcome: Result<Message, WireError>) {
        let choice = {
            let (mut relay, branch) = (relayed.relay.borrow_mut(), relayed.branch);
            match outcome {
                Ok(response) => relay.context.response(branch, response),
                Err(WireError::Timeout) => relay.context.failed(branch, Failure::Timeout),
                Err(why) => {
                    if relay.why != Some(WireError::Overloaded) {
                        relay.why = Some(why);
                    }
                    relay.context.failed(branch, Failure::Unreachable)
                }
            }
        };
        self.choose(&relayed.relay, choice);
    }

    pub(super) fn choose(&mut self, relay: &Rc<RefCell<Relay>>, choice: Choice) {
        if choice != Choice::Wait {
            self.searches.forget(relay.borrow_mut().silence.take());
        }
        match choice {
            Choice::Search => self.search(relay),
            Choice::Relay(branch) => self.relay_response(&relay.borrow(), branch, Edits::new()),
            Choice::Replace(branch) => {
                let mut edits = Edits::new();
                respond::instead_of_503(&mut edits);
                self.relay_response(&relay.borrow(), branch, edits);
            }
            Choice::Unreachable(_) => {
                let relay = relay.borrow();
                let why = relay.why.as_ref().unwrap_or(&WireError::Closed);
                if let Some(asked) = self.servers.user(relay.server) {
                    self.common.inline.unreached(&asked.request, &asked.arrival, why);
                }
                let prepared = relay.unreachable.as_ref().filter(|_| *why != WireError::Overloaded);
                self.answer(relay.server, &prepared.cloned().unwrap_or_else(|| self.overloaded()));
            }
            Choice::Wait | Choice::Silence => {}
        }
    }

    fn relay_response(&mut self, relay: &Relay, branch: BranchId, mut edits: Edits) {
        let (Some(asked), Some(response)) = (self.servers.user(relay.server), relay.context.answer(branch))
        else {
            return self.common.metrics.dropped("late response");
        };
        let restored = match relay.vias {
            Vias::Add => {
                respond::pop_via(&mut edits);
                Ok(())
            }
            Vias::Replace => {
                let top = stamped(&asked.request, &asked.arrival);
                respond::restore(&asked.request, top.as_deref(), response, &mut edits)
            }
        };
        if restored.is_err() {
            return self.common.metrics.dropped("malformed response");
        }
        self.common.inline.response(response, &asked.request, &asked.arrival, &mut edits);
        edits.apply(response, &mut self.scratch);
        let status = edits.new_status().or(response.status()).unwrap_or(500);
        let octets = self.printed();
        self.respond(relay.server, status, octets);
    }
}

/// The topmost Via with where it really came from; none where there is nothing to add.
fn stamped(request: &Message, arrival: &Arrival) -> Option<sip::ViaStamp> {
    stamp_via(request.values(Name::Via).next()?, arrival.remote)
}
