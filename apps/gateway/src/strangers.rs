//! Whose certificate is good and who is no partner: told with what it proves, for it may be one who was to be.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use kit::lock_out::network;
use wire::{Arrival, Clock, Identity};

/// Addresses that are remembered; of those beyond there is one number for all.
const ADDRESSES: usize = 1024;

/// One that has not come for so long makes room, where there is none: whoever comes first gets his line, however many came before him.
const AWAY: Duration = Duration::from_secs(3600);

/// How often each address has come. Of IPv6 it is the network of 64 bits that one subscriber has (RFC 6177).
#[derive(Default)]
pub(crate) struct Strangers {
    known: Mutex<Known>,
    clock: Option<Arc<dyn Clock>>,
}

#[derive(Default)]
struct Known {
    by_address: HashMap<IpAddr, Came>,
    beyond: u64,
    /// When room was made last: looking at all of them is for once in a while.
    cleared: Option<Instant>,
}

struct Came {
    times: u64,
    /// None without a clock: then nobody makes room.
    last: Option<Instant>,
}

impl Strangers {
    /// With a clock, by which those who came long ago are forgotten.
    pub(crate) fn by(clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..Self::default() }
    }

    /// A line in the log for the first request of an address, the second, the fourth, and so on; none about who proved nothing.
    pub fn came(&self, arrival: &Arrival) {
        let Some(certificate) = &arrival.certificate else { return };
        let Some(times) = self.turn(arrival.remote.ip()) else { return };
        let proves: Vec<&str> = certificate.identities.iter().map(Identity::domain).collect();
        tracing::warn!(
            peer = %arrival.remote,
            proves = proves.join(", "),
            authority = ?certificate.anchor,
            times,
            "whoever this certificate proves is no partner"
        );
    }

    /// How often this address has come by now, where that is to be told.
    fn turn(&self, address: IpAddr) -> Option<u64> {
        let (address, now) = (network(address), self.clock.as_ref().map(|clock| clock.now()));
        let known = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = !known.by_address.contains_key(&address);
        if let Some(now) = now.filter(|_| is_news && known.by_address.len() >= ADDRESSES) {
            known.make_room(now);
        }
        let is_full = known.by_address.len() >= ADDRESSES;
        let times = match known.by_address.get_mut(&address) {
            Some(came) => {
                came.last = now;
                &mut came.times
            }
            None if is_full => &mut known.beyond,
            None => &mut known.by_address.entry(address).or_insert(Came { times: 0, last: now }).times,
        };
        *times += 1;
        times.is_power_of_two().then_some(*times)
    }
}

impl Known {
    fn make_room(&mut self, now: Instant) {
        let is_recent = |at: Option<Instant>, span| at.is_some_and(|at| now.duration_since(at) < span);
        if !is_recent(self.cleared, AWAY / 60) {
            self.cleared = Some(now);
            self.by_address.retain(|_, came| is_recent(came.last, AWAY));
        }
    }
}

#[cfg(test)]
mod tests;
