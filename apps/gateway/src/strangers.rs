//! Whose certificate is good and who is no partner: told with what it proves, for it may be one who was to be.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use wire::{Arrival, Identity};

/// Addresses that are remembered; all are forgotten where there are more.
const ADDRESSES: usize = 1024;

/// How often each address has come.
#[derive(Default)]
pub(crate) struct Strangers(Mutex<HashMap<IpAddr, u64>>);

impl Strangers {
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
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ADDRESSES && !known.contains_key(&address) {
            known.clear();
        }
        let times = known.entry(address).or_default();
        *times += 1;
        times.is_power_of_two().then_some(*times)
    }
}

#[cfg(test)]
mod tests;
