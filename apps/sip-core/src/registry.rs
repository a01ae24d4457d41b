//! The bindings in memory, as the proxy reads them: who is reachable where, and who it is that sends from there.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::Arc,
};

use parking_lot::RwLock;
use store::Version;
use wire::{Arrival, ConnectionId, Hop, Transport};

use crate::binding::{Binding, Flow};

/// Every user's bindings. Written after each commit to the store, read by every shard without waiting for the store.
#[derive(Debug, Default)]
pub struct Registry {
    users: RwLock<Users>,
}

#[derive(Debug, Default)]
struct Users {
    by_address: HashMap<String, Entry>,
    by_mark: HashMap<Mark, Vec<String>>,
    /// Flows over which nothing came when somebody asked, until a REGISTER comes by them.
    silent: HashSet<Mark>,
}

#[derive(Debug)]
struct Entry {
    version: Version,
    bindings: Arc<[Binding]>,
}

/// What a binding is found by beside its address of record.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Mark {
    /// The stream of its flow, which proves itself.
    Stream(ConnectionId),
    /// The source of its flow, which is proved only as far as the network proves it.
    Datagram(SocketAddr),
    /// Its contact's URI.
    Contact(String),
}

impl Registry {
    /// Takes what has been committed for an address of record; of what something later is known already, only the streams. A record
    /// says nothing of those, so that each binding has its stream from whoever took its REGISTER, whichever is put first.
    pub fn put(&self, address: &str, version: Version, bindings: Vec<Binding>) {
        let mut users = self.users.write();
        let known = users.by_address.get(address);
        let old = known.map(|known| Arc::clone(&known.bindings)).unwrap_or_default();
        let (version, bindings) = match known {
            Some(known) if known.version >= version => (known.version, with_streams(old.to_vec(), &bindings)),
            _ => (version, with_streams(bindings, &old)),
        };
        for mark in old.iter().flat_map(marks) {
            users.forget(&mark, address);
        }
        for mark in bindings.iter().flat_map(marks) {
            users.remember(mark, address);
        }
        let made = bindings.iter().filter(|binding| !old.contains(binding));
        let gone = old.iter().filter(|binding| !bindings.contains(binding));
        for binding in made.chain(gone) {
            users.was_heard(&binding.flow);
        }
        users.by_address.insert(address.to_owned(), Entry { version, bindings: bindings.into() });
    }

    /// The bindings of an address of record that hold at `now` (milliseconds of Unix time), the most preferred first and,
    /// among equals, the one that was made or refreshed last: whoever has just been there is the likeliest to be there. Those
    /// that were silent come after all others.
    #[must_use]
    pub fn bindings(&self, address: &str, now: u64) -> Vec<Binding> {
        let users = self.users.read();
        let known = users.by_address.get(address).map(|entry| &entry.bindings);
        let mut live: Vec<Binding> =
            known.iter().flat_map(|all| all.iter()).filter(|binding| binding.is_live(now)).cloned().collect();
        let order = |binding: &Binding| Reverse((binding.preference, binding.refreshed_at));
        live.sort_by_key(|binding| (users.is_silent(&binding.flow), order(binding)));
        live
    }

    /// Which commit what is known of an address of record is of; none where nothing is.
    #[must_use]
    pub fn version(&self, address: &str) -> Option<Version> {
        self.users.read().by_address.get(address).map(|entry| entry.version)
    }

    /// Nothing came from there when somebody asked. Who is bound to it is tried last, until a REGISTER comes from there.
    pub fn was_silent(&self, hop: &Hop) {
        let mark = mark_of(hop.transport, hop.address, hop.connection);
        if let Some(mark) = mark {
            let mut users = self.users.write();
            if users.by_mark.contains_key(&mark) {
                users.silent.insert(mark);
            }
        }
    }

    /// The addresses of record that are registered over the flow that this message came by; the first is its default.
    #[must_use]
    pub fn senders(&self, arrival: &Arrival, now: u64) -> Vec<String> {
        let mark = mark_of(arrival.transport, arrival.remote, arrival.connection);
        mark.map(|mark| self.users.read().marked(&mark, now)).unwrap_or_default()
    }

    /// Whether this address of record is registered through this edge proxy.
    #[must_use]
    pub fn is_behind(&self, address: &str, edge: &str, now: u64) -> bool {
        let users = self.users.read();
        let bindings = users.by_address.get(address).map(|entry| &entry.bindings);
        bindings.is_some_and(|all| all.iter().any(|b| b.is_live(now) && b.flow.edge.as_deref() == Some(edge)))
    }

    /// The addresses of record with that contact, for requests inside a dialog (RFC 3261 12.2). Anybody may register any contact.
    #[must_use]
    pub fn owners(&self, contact: &str, now: u64) -> Vec<String> {
        self.users.read().marked(&Mark::Contact(contact.to_owned()), now)
    }

    /// How many users hold a binding at `now`, and how many bindings there are.
    #[must_use]
    pub fn count(&self, now: u64) -> (usize, usize) {
        let users = self.users.read();
        let counts =
            users.by_address.values().map(|entry| entry.bindings.iter().filter(|b| b.is_live(now)).count());
        counts.filter(|count| *count > 0).fold((0, 0), |(users, all), count| (users + 1, all + count))
    }
}

impl Users {
    fn marked(&self, mark: &Mark, now: u64) -> Vec<String> {
        let holds = |address: &&String| {
            let entry = self.by_address.get(*address);
            entry.is_some_and(|entry| {
                entry
                    .bindings
                    .iter()
                    .any(|binding| binding.is_live(now) && marks(binding).any(|one| one == *mark))
            })
        };
        self.by_mark.get(mark).into_iter().flatten().filter(holds).cloned().collect()
    }

    fn is_silent(&self, flow: &Flow) -> bool {
        mark_of_flow(flow).is_some_and(|mark| self.silent.contains(&mark))
    }

    fn was_heard(&mut self, flow: &Flow) {
        if let Some(mark) = mark_of_flow(flow) {
            self.silent.remove(&mark);
        }
    }

    fn remember(&mut self, mark: Mark, address: &str) {
        let addresses = self.by_mark.entry(mark).or_default();
        if !addresses.iter().any(|known| known == address) {
            addresses.push(address.to_owned());
        }
    }

    fn forget(&mut self, mark: &Mark, address: &str) {
        if let Some(addresses) = self.by_mark.get_mut(mark) {
            addresses.retain(|known| known != address);
            if addresses.is_empty() {
                self.by_mark.remove(mark);
            }
        }
    }
}

/// Each with the stream that the very same binding is known to have.
fn with_streams(mut bindings: Vec<Binding>, known: &[Binding]) -> Vec<Binding> {
    for binding in bindings.iter_mut().filter(|binding| binding.flow.connection.is_none()) {
        let same = known.iter().find(|known| known.is_but_for_the_stream(binding));
        binding.flow.connection = same.and_then(|same| same.flow.connection);
    }
    bindings
}

fn marks(binding: &Binding) -> impl Iterator<Item = Mark> {
    [Some(Mark::Contact(binding.contact.clone())), mark_of_flow(&binding.flow)].into_iter().flatten()
}

/// A user behind an edge proxy is known by that proxy's word, never by the flow, which is the proxy's own.
fn mark_of_flow(flow: &Flow) -> Option<Mark> {
    if flow.edge.is_some() { None } else { mark_of(flow.transport, flow.remote, flow.connection) }
}

fn mark_of(transport: Transport, remote: SocketAddr, connection: Option<ConnectionId>) -> Option<Mark> {
    match transport {
        Transport::Udp => Some(Mark::Datagram(remote)),
        Transport::Tcp | Transport::Tls => connection.map(Mark::Stream),
    }
}

#[cfg(test)]
mod tests;
