//! Where promises are kept.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use driver::Readiness;
use store::{Disk, Health, Redb, Store};

use crate::Failure;

/// The store of a process: a file, or memory where none is named. While it cannot be used, the process is not ready.
pub(super) fn open(
    file: Option<&Path>,
    metrics: &driver::Metrics,
    readiness: &Readiness,
) -> Result<Arc<dyn Store>, Failure> {
    let opened = match file {
        Some(file) => Redb::open(file),
        None => Redb::open_in_memory(Disk::new()),
    };
    let store = opened.map_err(|why| Failure::start("store", why))?;
    watch(&store, metrics, readiness.clone());
    Ok(Arc::new(store))
}

fn watch(store: &Redb, metrics: &driver::Metrics, readiness: Readiness) {
    let counted = store::Metrics::default();
    metrics.register(|registry| counted.register(registry));
    let was_broken = AtomicBool::new(false);
    store.watch(move |health| {
        counted.observe(health);
        match health {
            Health::Sound => {
                if was_broken.swap(false, Ordering::Relaxed) {
                    tracing::info!("the store can be used again");
                }
                readiness.has("store");
            }
            Health::Broken(fault) => {
                was_broken.store(true, Ordering::Relaxed);
                tracing::error!(%fault, "the store cannot be used");
                readiness.lacks("store", &fault.to_string());
            }
        }
    });
}

#[cfg(test)]
mod tests;
