//! Whose certificate is good and who is no partner: told with what it proves, for it may be one who was to be.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use wire::{Arrival, Identity};

/// Addresses that are remembered; of those beyond there is one number for all.
const ADDRESSES: usize = 1024;

/// How often each address has come. Of IPv6 it is the network of 64 bits that one subscriber has (RFC 6177).
#[derive(Default)]
pub(crate) struct Strangers(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_address: HashMap<IpAddr, u64>,
    beyond: u64,
}

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
        let (address, is_full) = (network(address), known.by_address.len() >= ADDRESSES);
        let known = &mut *known;
        let times = match known.by_address.get_mut(&address) {
            Some(times) => times,
            None if is_full => &mut known.beyond,
            None => known.by_address.entry(address).or_default(),
        };
        *times += 1;
        times.is_power_of_two().then_some(*times)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
