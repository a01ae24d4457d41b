//! The audit log of one entity: one chain for each instance, put in order beside its work.

use std::sync::Arc;

use audit::{Chain, Key};
use store::Store;
use wire::World;

use crate::Failure;

/// Opens the chain of the entity of this name, and begins to put into it what procedures enter.
pub(super) async fn chain(
    name: &str,
    key: Option<&Key>,
    store: &Arc<dyn Store>,
    world: &World,
) -> Result<Chain, Failure> {
    let (now, fresh) = (world.clock.wall(), world.ids.uuid());
    let chain = Chain::open(Arc::clone(store), name, key.cloned(), &fresh, now).await;
    let chain = chain.map_err(|why| Failure::start(name, why))?;
    let driven = kit::audit::drive(chain.clone(), Arc::clone(store), world.clone());
    world.tasks.spawn(Box::pin(driven));
    Ok(chain)
}
