//! Responses that arrive, and timers that fire.
//! RFC 3261 clauses 17.1.3, 18.1.2 and 16.7

use sip::{Message, Response};
use transaction::{ClientId, ClientKey, clients, clients::Received, servers};
use wire::{Arrival, WireError};

use super::{
    core::Core,
    inbox::Letter,
    outbound::{Origin, Sent},
};

/// After this many timers the sockets are looked at again. At 5,000 requests a second some three hundred timers come due
/// together, each in memory that nobody has touched for half a minute.
const EXPIRED_AT_ONCE: usize = 32;

impl Core {
    /// `handed` says that another shard took it in; it is not handed over twice.
    pub(super) fn response(&mut self, response: Message, arrival: Arrival, handed: bool) {
        let key = match response.check().and_then(|()| ClientKey::of(&response)) {
            Ok(Some(key)) => key,
            Ok(None) => return self.common.metrics.dropped("stray response"),
            Err(_) => return self.common.metrics.dropped("malformed response"),
        };
        if let Some(shard) = self.branches.shard(key.branch()).filter(|shard| *shard != self.index && !handed)
        {
            if !self.common.send(shard, Letter::Response { response, arrival }) {
                self.common.metrics.dropped("stray response");
            }
            return;
        }
        let status = response.status().unwrap_or_default();
        match self.clients.response(self.now, &key, status) {
            Received::Stray => self.common.metrics.dropped("stray response"),
            Received::Absorbed => {}
            Received::Provisional(client) => self.provisional(client, response),
            Received::Final(sent) => {
                self.common.metrics.response_in(status);
                self.common.metrics.delay.observe((self.now - sent.begun).as_secs_f64());
                self.unuse(&sent);
                self.outcome(sent.origin, Ok((response, arrival)));
            }
        }
    }

    /// Whoever waits behind this branch waits on.
    fn provisional(&self, client: ClientId, response: Message) {
        if let Some(Sent { origin: Origin::Relayed(relayed), .. }) = self.clients.user(client) {
            relayed.relay.borrow_mut().context.response(relayed.branch, response);
        }
    }

    /// Does what is due, so much at once that whoever waits meanwhile is not kept waiting. Whether there may be more.
    pub(super) fn expire(&mut self) -> bool {
        let mut left = EXPIRED_AT_ONCE;
        while left > 0
            && let Some(expired) = self.clients.expire(self.now)
        {
            left -= 1;
            match expired {
                clients::Expired::Retransmit(client, octets) => {
                    let sent = self.clients.user(client).map(|sent| (sent.number, sent.target.clone()));
                    if let Some((number, target)) = sent {
                        self.transmit(client, number, &target, octets);
                    }
                }
                clients::Expired::Ended => {}
                clients::Expired::TimedOut(sent) => {
                    self.common.metrics.timeouts.inc();
                    self.unuse(&sent);
                    self.outcome(sent.origin, Err(WireError::Timeout));
                }
            }
        }
        while left > 0
            && let Some(expired) = self.servers.expire(self.now)
        {
            left -= 1;
            match expired {
                servers::Expired::SayTrying(server) => self.answer(server, &Response::new(100)),
                servers::Expired::Ended => {}
                servers::Expired::Lapsed(asked) => {
                    self.common.metrics.dropped("unanswered");
                    self.forget(&asked, false);
                }
            }
        }
        while left > 0 && self.expire_search() {
            left -= 1;
        }
        left == 0
    }
}
