//! The heart of a shard. Whatever happens enters here, one thing at a time, and what is to be sent leaves in batches.

use std::{
    net::SocketAddr,
    rc::{Rc, Weak},
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use proxy::{LoopHasher, Own};
use transaction::{BranchMaker, Clients, Servers};

use super::{
    answer::Asked, budget::Places, common::Common, egress::Names, links::Links, outbound::Sent, run::Shard,
    search::Searches, udp::Port, unanswered::AtHand,
};

/// Reserved for messages that are being printed; grows with what is printed.
const SCRATCH: usize = 16 << 10;

pub(super) struct Core {
    pub(super) common: Arc<Common>,
    pub(super) index: u16,
    pub(super) shard: Weak<Shard>,
    /// When the event that is being handled happened.
    pub(super) now: Instant,
    pub(super) servers: Servers<Asked>,
    pub(super) clients: Clients<Sent>,
    pub(super) branches: BranchMaker,
    pub(super) hasher: LoopHasher,
    pub(super) own: Own,
    pub(super) names: Names,
    pub(super) ports: Vec<Rc<Port>>,
    pub(super) links: Links,
    /// The accounts of those who send datagrams.
    pub(super) at_hand: AtHand,
    pub(super) searches: Searches,
    /// Requests whose service has not answered.
    pub(super) delivering: Places,
    /// The datagram that is being handled came alone: what it brings about leaves at once, and the accounts are made after.
    pub(super) is_alone: bool,
    /// Requests sent so far.
    pub(super) sent: u64,
    pub(super) scratch: BytesMut,
}

impl Core {
    pub(super) fn new(
        common: Arc<Common>,
        index: u16,
        shard: Weak<Shard>,
        names: Names,
        ports: Vec<Rc<Port>>,
    ) -> Self {
        let now = common.env.clock.now();
        let secret = common.secret;
        let limits = common.config.limits.transactions;
        Self {
            now,
            servers: Servers::new(now, limits, secret),
            clients: Clients::new(now, limits, secret),
            branches: BranchMaker::new(index, secret),
            hasher: LoopHasher::new(secret),
            own: names.own(),
            links: Links::new(common.clone(), index),
            at_hand: AtHand::default(),
            searches: Searches::default(),
            delivering: Places::default(),
            is_alone: false,
            sent: 0,
            scratch: BytesMut::with_capacity(SCRATCH),
            common,
            index,
            shard,
            names,
            ports,
        }
    }

    /// The next moment at which [`Core::expire`] has something to do.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let transactions = [self.servers.next_timeout(), self.clients.next_timeout()];
        transactions.into_iter().chain([self.searches.next_timeout()]).flatten().min()
    }

    /// Sends what has gathered, and tells the others how much is under way.
    pub(super) fn flush(&mut self) {
        for port in &self.ports {
            port.flush(&self.common.metrics);
        }
        let pending = self.servers.pending() + self.clients.pending();
        if let Some(shared) = self.common.pending.get(usize::from(self.index)) {
            let before = shared.swap(pending, Ordering::Relaxed);
            let change = i64::try_from(pending).unwrap_or(0) - i64::try_from(before).unwrap_or(0);
            if change != 0 {
                self.common.metrics.active.inc_by(change);
            }
        }
    }

    /// Sends a datagram: now, or with the others that the batch brings about.
    pub(super) fn send_datagram(&self, port: &Port, to: SocketAddr, octets: Bytes) {
        port.send(to, octets);
        if self.is_alone {
            port.flush(&self.common.metrics);
        }
    }

    /// What was printed into the scratch buffer, which stays for the next message.
    pub(super) fn printed(&mut self) -> Bytes {
        self.scratch.split().freeze()
    }
}
