//! Bindings and notices as the store keeps them. A record that cannot be read is a fault of ours, never a panic.

use serde::{Deserialize, Serialize};
use wire::Transport;

use crate::binding::{Binding, Flow};

/// Where an address of record's bindings are kept.
#[must_use]
pub fn bindings_key(address: &str) -> String {
    format!("{BINDINGS}{address}")
}

/// Before every key of bindings.
pub const BINDINGS: &str = "sip-core/bindings/";

/// The address of record of a key.
#[must_use]
pub fn address_of(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key).ok()?.strip_prefix(BINDINGS)
}

/// The record of one address of record.
#[must_use]
pub fn encode(bindings: &[Binding]) -> Vec<u8> {
    let kept: Vec<Kept> = bindings.iter().map(Kept::from).collect();
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// The bindings of a record. None where it is no such record.
#[must_use]
pub fn decode(record: &[u8]) -> Option<Vec<Binding>> {
    let kept: Vec<Kept> = serde_json::from_slice(record).ok()?;
    kept.into_iter().map(Kept::restore).collect()
}

/// A binding without the stream of its flow, which does not outlive the process.
#[derive(Serialize, Deserialize)]
struct Kept {
    contact: String,
    parameters: Vec<String>,
    instance: Option<String>,
    preference: u16,
    call_id: String,
    cseq: u32,
    /// Not in records of earlier versions.
    #[serde(default)]
    refreshed_at: u64,
    expires_at: u64,
    path: Vec<String>,
    transport: String,
    remote: std::net::SocketAddr,
    address: std::net::SocketAddr,
    edge: Option<String>,
}

impl From<&Binding> for Kept {
    fn from(binding: &Binding) -> Self {
        let Binding { contact, parameters, instance, call_id, path, flow, .. } = binding.clone();
        Self {
            contact,
            parameters,
            instance,
            preference: binding.preference,
            call_id,
            cseq: binding.cseq,
            refreshed_at: binding.refreshed_at,
            expires_at: binding.expires_at,
            path,
            transport: flow.transport.via_name().to_owned(),
            remote: flow.remote,
            address: flow.address,
            edge: flow.edge,
        }
    }
}

impl Kept {
    fn restore(self) -> Option<Binding> {
        let known = [Transport::Udp, Transport::Tcp, Transport::Tls];
        let transport = known.into_iter().find(|known| known.via_name() == self.transport)?;
        let flow =
            Flow { transport, remote: self.remote, address: self.address, connection: None, edge: self.edge };
        Some(Binding {
            contact: self.contact,
            parameters: self.parameters,
            instance: self.instance,
            preference: self.preference,
            call_id: self.call_id,
            cseq: self.cseq,
            refreshed_at: self.refreshed_at,
            expires_at: self.expires_at,
            path: self.path,
            flow,
        })
    }
}

#[cfg(test)]
mod tests;
