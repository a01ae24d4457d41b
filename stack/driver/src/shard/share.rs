//! One connection to a peer for all shards of a node.

use bytes::Bytes;
use transaction::ClientId;
use wire::{Hop, Opened, Transport, WireError};

use super::{core::Core, inbox::Letter, link::PoolKey, outbound::Target};

/// A request that the shard with the connection is to send for another.
pub(crate) struct Entrusted {
    pub(super) hop: Hop,
    pub(super) transport: Transport,
    pub(super) octets: Bytes,
    /// Whose it is.
    pub(super) shard: u16,
    pub(super) client: ClientId,
}

impl Core {
    /// Who sends to a hop in our place, where one connection is enough for its peer: the shard that has a connection by
    /// which the peer wants to be reached, else always the same.
    pub(super) fn entrusts(&self, hop: &Hop, transport: Transport) -> Option<Target> {
        if hop.streams.opened != Opened::One || self.common.inboxes.len() < 2 {
            return None;
        }
        if let Some(alias) = self.alias(hop) {
            return (alias.shard != self.index).then_some(Target::Elsewhere(alias));
        }
        let owner = self.common.owner(&PoolKey::of(hop, transport));
        (owner != self.index).then(|| Target::Owner(owner, Box::new((hop.clone(), transport))))
    }

    /// Sends for another shard.
    pub(super) fn send_entrusted(&mut self, entrusted: Entrusted) {
        let Entrusted { hop, transport, octets, shard, client } = entrusted;
        let sent = self.stream_to(&hop, transport).and_then(|serial| {
            let link = self.links.get(serial).cloned().filter(|_| self.links.write(serial, &octets));
            link.ok_or_else(|| WireError::Unreachable("the connection is closed".into()))
        });
        match sent {
            Ok(link) => link.used_by(shard, client),
            Err(error) => self.tell_unwritten(shard, client, error, true),
        }
    }

    /// Another shard could not send for us. Where its connection never was, there may be another way.
    pub(super) fn unwritten(&mut self, client: ClientId, error: WireError, was_open: bool) {
        if was_open { self.client_failed(client, error) } else { self.unopened(client, error) }
    }

    pub(super) fn tell_unwritten(&self, shard: u16, client: ClientId, error: WireError, was_open: bool) {
        // The other shard ends only with the node.
        let _ = self.common.send(shard, Letter::Unwritten { client, error, was_open });
    }
}
