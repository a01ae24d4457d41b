//! The connections that are open on the strength of a certificate.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::TlsPeer;

use crate::tls::{Profiles, Proof};

/// Those of one entity, in either direction.
#[derive(Default)]
pub(super) struct Registry {
    last: AtomicU64,
    proved: Mutex<HashMap<u64, Standing>>,
}

struct Standing {
    proof: Proof,
    wanted: Option<TlsPeer>,
    cut: Arc<Notify>,
}

impl Registry {
    /// A connection that stands on this proof; `wanted` is whom it was opened to. It ends when `cut` is notified.
    pub(super) fn add(self: &Arc<Self>, proof: Proof, wanted: Option<TlsPeer>, cut: Arc<Notify>) -> Stands {
        let serial = self.last.fetch_add(1, Ordering::Relaxed);
        self.proved.lock().insert(serial, Standing { proof, wanted, cut });
        Stands { registry: self.clone(), serial }
    }

    /// Cuts what is proved no longer.
    pub(super) fn prove_again(&self, profiles: &Profiles) {
        for standing in self.proved.lock().values() {
            if let Err(error) = standing.proof.holds(profiles, standing.wanted.as_ref()) {
                tracing::info!(%error, "an HTTP connection is no longer verified");
                standing.cut.notify_one();
            }
        }
    }
}

/// Says that the connection is open, for as long as it lives.
pub(super) struct Stands {
    registry: Arc<Registry>,
    serial: u64,
}

impl Drop for Stands {
    fn drop(&mut self) {
        self.registry.proved.lock().remove(&self.serial);
    }
}
