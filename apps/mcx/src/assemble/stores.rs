//! Where promises are kept.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::UNIX_EPOCH,
};

use driver::{Env, Readiness};
use store::{Clock, Disk, Health, Redb, Store};

use crate::Failure;

/// The store of a process: a file, or memory where none is named. While it cannot be used, the process is not ready.
pub(super) fn open(
    file: Option<&Path>,
    clock: Clock,
    metrics: &driver::Metrics,
    readiness: &Readiness,
) -> Result<Arc<dyn Store>, Failure> {
    let opened = match file {
        Some(file) => Redb::open(file, clock),
        None => Redb::open_in_memory(Disk::new(), clock),
    };
    let store = opened.map_err(|why| Failure::start("store", why))?;
    watch(&store, metrics, readiness.clone());
    Ok(Arc::new(store))
}

/// What time it is for records that expire.
pub(super) fn clock(env: &Env) -> Clock {
    let clock = Arc::clone(&env.clock);
    Clock::new(move || clock.wall())
}

/// Whether a process could start with this file, as it is now.
///
/// # Errors
/// It is damaged, or of a later version. A file that a running process has is as that process made it.
pub(super) fn check(file: &Path) -> Result<(), Failure> {
    if !file.exists() {
        return Ok(());
    }
    match Redb::open(file, Clock::still(UNIX_EPOCH)) {
        Err(why) if why.kind() != store::Kind::InUse => Err(Failure::start("store", why)),
        _ => Ok(()),
    }
}

fn watch(store: &Redb, metrics: &driver::Metrics, readiness: Readiness) {
    let counted = store::Metrics::default();
    metrics.register(|registry| counted.register(registry));
    let was_broken = AtomicBool::new(false);
    store.on_health(move |health| {
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
