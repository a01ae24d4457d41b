//! A request on its way through a proxy, and the response back.
//! RFC 3261 clauses 16.6 and 16.7

use proxy::{BranchId, Choice, Failure, Rejection, ResponseContext, forward, respond, validate};
use sip::{Edits, Message, Name, Response, stamp_via};
use transaction::ServerId;
use wire::{Arrival, Forward, Vias, WireError};

use super::{
    core::Core,
    outbound::{Draft, Origin},
};

/// What is remembered of a forwarded request until its response has gone back.
#[derive(Debug)]
pub(super) struct Relay {
    server: ServerId,
    context: ResponseContext,
    branch: BranchId,
    vias: Vias,
    unreachable: Option<Response>,
}

impl Core {
    pub(super) fn forward(
        &mut self,
        server: ServerId,
        request: &Message,
        arrival: &Arrival,
        forward: Forward,
    ) {
        let Forward { hop, mut edits, vias, unreachable } = forward;
        let loop_hash = match self.prepare(request, arrival, vias, &mut edits) {
            Ok(loop_hash) => loop_hash,
            Err(rejection) => return self.answer(server, &rejection.response()),
        };
        let mut context = ResponseContext::new();
        let branch = context.branch();
        let relay = Relay { server, context, branch, vias, unreachable };
        let draft = Draft::Relayed { request, edits: &mut edits };
        self.dispatch(draft, &hop, loop_hash, Origin::Relayed(Box::new(relay)));
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
    pub(super) fn relay(&mut self, mut relay: Box<Relay>, outcome: Result<Message, WireError>) {
        let unreachable = match &outcome {
            Err(WireError::Overloaded) => Some(self.overloaded()),
            _ => None,
        };
        let choice = match outcome {
            Ok(response) => relay.context.response(relay.branch, response),
            Err(WireError::Timeout) => relay.context.failed(relay.branch, Failure::Timeout),
            Err(_) => relay.context.failed(relay.branch, Failure::Unreachable),
        };
        match choice {
            Choice::Relay(branch) => self.relay_response(&relay, branch, Edits::new()),
            Choice::Replace(branch) => {
                let mut edits = Edits::new();
                respond::instead_of_503(&mut edits);
                self.relay_response(&relay, branch, edits);
            }
            Choice::Unreachable(_) => {
                let response = unreachable.or(relay.unreachable).unwrap_or_else(|| self.overloaded());
                self.answer(relay.server, &response);
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
