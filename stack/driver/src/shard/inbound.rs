//! Requests that arrive.
//! RFC 3261 clauses 8.2, 16.3 and 17.2

use std::{
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
};

use proxy::{Admission, stateless::admit};
use sip::{Message, Response};
use smallvec::SmallVec;
use transaction::{Refused, Reliability, ServerId, ServerKey};
use wire::{Arrival, ConnectionId, Decision};

use super::{
    answer::{Asked, Route},
    core::Core,
};
use crate::tasks::describe;

impl Core {
    /// A message that could be framed.
    pub(super) fn message(&mut self, message: Message, arrival: Arrival) {
        if message.is_request() {
            self.request(message, arrival);
        } else {
            self.response(message, arrival, false);
        }
    }

    fn request(&mut self, request: Message, arrival: Arrival) {
        if let Err(malformed) = request.check() {
            return self.refuse_malformed(Some(&request), malformed, &arrival, Route::Nowhere);
        }
        match admit(&request, &self.common.config.allow.clone()) {
            Admission::Transaction => {}
            Admission::Refuse(response) => return self.answer_stateless(&request, &arrival, &response),
            Admission::Absorb => return,
        }
        let key = match ServerKey::of(&request, &source(&arrival)) {
            Ok(key) => key,
            Err(malformed) => {
                return self.refuse_malformed(Some(&request), malformed, &arrival, Route::Nowhere);
            }
        };
        if let Some(copy) = self.servers.copy(self.now, &key) {
            let route = self.route_of(&request, &arrival);
            return copy.into_iter().for_each(|response| self.send(route, response));
        }
        self.common.metrics.request_in(&request.method());
        if self.common.refuses(&request, &arrival) {
            let response = self.overloaded();
            return self.answer_stateless(&request, &arrival, &response);
        }
        self.begin(&key, request, arrival);
    }

    fn begin(&mut self, key: &ServerKey, request: Message, arrival: Arrival) {
        let reliability = reliability(arrival.transport);
        let peer = arrival.remote.ip();
        let link = arrival.connection.and_then(|connection| self.links.get(connection.serial)).cloned();
        let account = match &link {
            Some(link) => &link.account,
            None => self.at_hand.account(peer, &self.common.unanswered),
        };
        let Some(charge) = account.charge(request.bytes().len()) else {
            self.common.metrics.dropped("too many requests");
            let response = self.overloaded();
            return self.answer_stateless(&request, &arrival, &response);
        };
        let asked = Asked::new(request.clone(), arrival.clone(), charge);
        match self.servers.begin(self.now, key, peer, reliability, asked) {
            Ok(server) => {
                if let Some(link) = link {
                    link.asked.set(link.asked.get() + 1);
                }
                self.decide(server, request, arrival);
            }
            Err(Refused(..)) => {
                self.common.metrics.dropped("too many transactions");
                let response = self.overloaded();
                self.answer_stateless(&request, &arrival, &response);
            }
        }
    }

    fn decide(&mut self, server: ServerId, request: Message, arrival: Arrival) {
        let inline = self.common.inline.clone();
        match catch_unwind(AssertUnwindSafe(|| inline.request(&request, &arrival))) {
            Ok(Decision::Forward(forward)) => self.forward(server, &request, &arrival, *forward),
            Ok(Decision::Respond(response)) => self.answer(server, &response),
            Ok(Decision::Deliver) => self.deliver(server, request, arrival),
            Ok(Decision::Drop(reason)) => {
                self.common.metrics.dropped(reason);
                if let Some(asked) = self.servers.forget(server) {
                    self.forget(&asked, false);
                }
            }
            Err(panic) => {
                self.common.metrics.panicked();
                tracing::error!(panic = %describe(&*panic), "a chain panicked");
                self.answer(server, &Response::new(500));
            }
        }
    }
}

pub(super) fn reliability(transport: wire::Transport) -> Reliability {
    if transport.is_reliable() { Reliability::Reliable } else { Reliability::Unreliable }
}

/// What tells apart, for RFC 3261 17.2.3, those who send: the connection, over which nothing is sent twice; for a datagram
/// our socket and the other host, whose port a NAT may change between two copies.
fn source(arrival: &Arrival) -> SmallVec<[u8; 48]> {
    let mut source = SmallVec::new();
    match arrival.connection {
        Some(ConnectionId { shard, serial }) => {
            source.extend(shard.to_be_bytes());
            source.extend(serial.to_be_bytes());
        }
        None => {
            source.extend(arrival.local.port().to_be_bytes());
            octets(arrival.local.ip(), &mut source);
            octets(arrival.remote.ip(), &mut source);
        }
    }
    source
}

fn octets(address: IpAddr, out: &mut SmallVec<[u8; 48]>) {
    match address {
        IpAddr::V4(address) => out.extend(address.octets()),
        IpAddr::V6(address) => out.extend(address.octets()),
    }
}
