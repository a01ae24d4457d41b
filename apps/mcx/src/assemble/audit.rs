//! The audit log of one entity: one chain for each instance, put in order beside its work.

use std::sync::{Arc, Mutex, PoisonError};

use audit::{Chain, Key};
use kit::audit::Log;
use store::Store;
use wire::World;

use crate::Failure;

/// Every log of a process.
pub(super) type Chains = Mutex<Vec<Chain>>;

/// Where an entity keeps what it promises.
pub(super) struct Kept<'k> {
    pub(super) store: Arc<dyn Store>,
    /// What the ends of its log are signed with.
    pub(super) key: Option<&'k Key>,
    /// Where its log is put beside the others.
    pub(super) chains: &'k Chains,
}

/// Opens the chain of the entity of this name, and begins to put into it what procedures enter.
pub(super) async fn chain(name: &str, kept: &Kept<'_>, world: &World) -> Result<Chain, Failure> {
    let (now, fresh, store) = (world.clock.wall(), world.ids.uuid(), Arc::clone(&kept.store));
    let chain = Chain::open(Arc::clone(&store), name, kept.key.cloned(), &fresh, now).await;
    let chain = chain.map_err(|why| Failure::start(name, why))?;
    world.tasks.spawn(Box::pin(kit::audit::drive(chain.clone(), store, world.clone())));
    kept.chains.lock().unwrap_or_else(PoisonError::into_inner).push(chain.clone());
    Ok(chain)
}

/// The same, as procedures write to it.
pub(super) async fn log(name: &str, kept: &Kept<'_>, world: &World) -> Result<Log, Failure> {
    let chain = chain(name, kept, world).await?;
    Ok(Log::new(chain, Arc::clone(&kept.store), Arc::clone(&world.clock)))
}

/// The logs of a process but for this one.
pub(super) fn others(chains: &Chains, own: &str) -> Vec<Chain> {
    let chains = chains.lock().unwrap_or_else(PoisonError::into_inner);
    chains.iter().filter(|chain| chain.id() != own).cloned().collect()
}
