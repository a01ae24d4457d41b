//! Where promises are kept.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::UNIX_EPOCH,
};

use driver::{Env, Readiness};
use store::{Clock, Disk, Health, Kind, Postgres, Redb, Store};

use crate::{
    Failure,
    config::{Cache, Kept},
    store::{Door, by_its_process},
};

/// The store of a process: a file, a database, or memory where nothing is named. While it cannot be used, the process is not ready.
pub(super) fn open(
    kept: Option<&Kept>,
    cache: Cache,
    clock: Clock,
    tell: impl Fn(&Health) + Send + 'static,
) -> Result<Arc<dyn Store>, Failure> {
    let failed = |why| Failure::start("store", why);
    if let Some(Kept::Database(database)) = kept {
        let store = Postgres::open(database.address().map_err(failed)?, clock).map_err(failed)?;
        store.on_health(tell);
        return Ok(Arc::new(store));
    }
    let store = match kept.and_then(Kept::file) {
        Some(file) => Redb::open_caching(file, cache.octets(), clock),
        None => Redb::open_in_memory(Disk::new(), clock),
    };
    let store = store.map_err(failed)?;
    store.on_health(tell);
    Ok(Arc::new(store))
}

/// Operators read and change a store in a file through the process that has it.
pub(super) fn door(kept: Option<&Kept>, store: &Arc<dyn Store>) -> Option<Door> {
    let file = kept.and_then(Kept::file)?;
    let opened = Door::open(file, Arc::clone(store));
    opened.inspect_err(|why| tracing::warn!(%why, "nobody can use the store beside this process")).ok()
}

/// What time it is for records that expire.
pub(super) fn clock(env: &Env) -> Clock {
    let clock = Arc::clone(&env.clock);
    Clock::new(move || clock.wall())
}

/// Whether a process could start with what is there now: the file, where it can be looked into.
///
/// # Errors
/// A file that is damaged, or of a later version. One that a running process has is as that process made it, and is looked into by way
/// of that process, where it lets us; whether a database answers shows at the start.
pub(super) fn check(kept: &Kept) -> Result<Option<Arc<dyn Store>>, Failure> {
    let Some(file) = kept.file().filter(|file| file.exists()) else { return Ok(None) };
    match Redb::open(file, Clock::still(UNIX_EPOCH)) {
        Ok(store) => Ok(Some(Arc::new(store))),
        Err(why) if why.kind() == Kind::InUse => Ok(by_its_process(file)),
        Err(why) => Err(Failure::start("store", why)),
    }
}

/// Tells how a store is, for as long as the system lives whose it is: a lab deletes its files once it is over.
pub(super) fn watch(
    metrics: &driver::Metrics,
    readiness: Readiness,
    life: Weak<()>,
) -> impl Fn(&Health) + Send + 'static {
    let counted = store::Metrics::default();
    metrics.register(|registry| counted.register(registry));
    let was_broken = AtomicBool::new(false);
    move |health| {
        if life.strong_count() == 0 {
            return;
        }
        counted.observe(health);
        match health {
            Health::Sound => {
                if was_broken.swap(false, Ordering::Relaxed) {
                    tracing::info!("the store can be used again");
                }
                readiness.has("store");
            }
            Health::Broken(fault) => {
                let is_known = was_broken.swap(true, Ordering::Relaxed);
                match fault.kind() {
                    // Until there is space again each attempt ends like this.
                    Kind::Full if is_known => {}
                    Kind::Full => {
                        tracing::warn!(%fault, "the disk is full: the store can be read, and nothing is kept any more");
                    }
                    _ => tracing::error!(%fault, "the store cannot be used"),
                }
                readiness.lacks("store", &fault.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests;
