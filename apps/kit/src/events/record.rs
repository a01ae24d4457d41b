//! A subscription as the store keeps it.

use bytes::Bytes;
use dialog::{Dialog, Id, notifier};
use serde::{Deserialize, Serialize};
use xml_schemas::ids::Psi;

use super::Watch;

/// What a restart must not lose. What the subscriber has been told is not among it: after a restart it is told the whole
/// state again, as RFC 6665 4.2.2 lets a notifier do at any time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub dialog: Dialog,
    pub machine: notifier::Subscription,
    pub watch: Watch,
    /// Event as the SUBSCRIBE had it, `id` and all.
    pub event: String,
    /// The peer, as [`crate::peer::Peer::word`] writes it.
    pub peer: String,
    /// Which replica tells it.
    pub owner: String,
}

impl Record {
    pub(super) fn bytes(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }

    /// How many octets of it are kept.
    pub(super) fn octets(&self) -> usize {
        self.bytes().map_or(0, |bytes| bytes.len())
    }
}

/// `events/<package>/<PSI>/<call-id>/<our tag>/<their tag>`.
pub(super) fn key(package: &str, own: &Psi, id: &Id) -> String {
    format!("{}{}/{}/{}", prefix(package, own), id.call_id, id.local_tag, id.remote_tag)
}

/// All subscriptions of a package at one service: several services may share a store, and each knows its own subscribers alone.
pub(super) fn prefix(package: &str, own: &Psi) -> String {
    format!("events/{package}/{own}/")
}
