//! From the store's changes to the notifier; and what a replica takes over from another that is gone.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, future};
use store::{Batch, CommitError, Happened, Store, Version};
use wire::World;

use super::XcapDiffPackage;
use crate::events::Notifier;

/// How long a replica is believed alive after it was last heard.
const LEASE: Duration = Duration::from_secs(15);

/// How often it says that it is alive.
const RENEWED: Duration = Duration::from_secs(5);

/// How long is waited before a watch that failed is begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// One replica among those that share a store.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Before the keys of all replicas of this entity.
    pub prefix: String,
    /// Its name, the one in [`crate::events::Setup::replica`].
    pub name: String,
}

impl Replica {
    fn key(&self, name: &str) -> String {
        format!("{}replica/{name}", self.prefix)
    }

    fn named<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        std::str::from_utf8(key).ok()?.strip_prefix(&self.key(""))
    }
}

/// Takes up the subscriptions that are this replica's or nobody's any more, tells changes as the store makes them, says that the
/// replica is alive, and takes over from others that no longer say so. Never ends.
pub async fn drive(
    notifier: Notifier<XcapDiffPackage>,
    store: Arc<dyn Store>,
    world: World,
    replica: Replica,
) {
    let alive = keep_alive(&store, &world, &replica);
    let changes = tell_changes(&notifier, &store, &world);
    let others = take_over(&notifier, &store, &world, &replica);
    let given = give_away(&notifier, &store, &world);
    future::join4(alive, changes, others, given).await;
}

/// A subscriber that has turned to another replica is told by that one.
async fn give_away(notifier: &Notifier<XcapDiffPackage>, store: &Arc<dyn Store>, world: &World) {
    let mut was_missed = false;
    loop {
        let mut events = store.watch(notifier.prefix().as_bytes());
        let mut read = if was_missed { notifier.all_written().await } else { Ok(()) };
        while read.is_ok()
            && let Some(Ok(event)) = events.next().await
        {
            if event.change == Happened::Put {
                read = notifier.written(&event.key).await;
            }
        }
        if let Err(fault) = read {
            tracing::warn!(target: "mcx::store", %fault, "a subscription could not be read");
        }
        // The watch fell behind, or the store failed: what was missed is found by reading everything.
        was_missed = true;
        world.clock.sleep(PAUSE).await;
    }
}

/// On the condition that nobody else says so under the same name: two of one name would tell every subscriber everything twice,
/// and take each other's leases for their own.
async fn keep_alive(store: &Arc<dyn Store>, world: &World, replica: &Replica) {
    let key = replica.key(&replica.name);
    let mut said: Option<Version> = None;
    loop {
        let batch = match said {
            Some(version) => Batch::new().expect_version(key.clone(), version),
            None => Batch::new(),
        };
        let asked = world.clock.wall();
        said = match store.commit(batch.put_until(key.clone(), "", asked + LEASE)).await {
            Ok(version) => Some(version),
            Err(CommitError::Conflict(_)) => {
                // What was said too long ago has expired, and contradicts nobody.
                if store.get(key.as_bytes()).await.is_ok_and(|found| found.is_some()) {
                    tracing::error!(target: "mcx::store", replica = %replica.name, "another process has this name: give each its own \"replica\"");
                }
                None
            }
            Err(CommitError::Fault(fault)) => {
                tracing::warn!(target: "mcx::store", %fault, "a replica could not say that it is alive");
                None
            }
        };
        // What had to wait for the store may be stale by the time it is there.
        if said.is_some() && world.clock.wall().duration_since(asked).unwrap_or_default() > RENEWED {
            continue;
        }
        world.clock.sleep(RENEWED).await;
    }
}

async fn tell_changes(notifier: &Notifier<XcapDiffPackage>, store: &Arc<dyn Store>, world: &World) {
    let keys = notifier.package().documents.keys();
    let prefix = keys.documents();
    loop {
        let mut events = store.watch(prefix.as_bytes());
        while let Some(Ok(event)) = events.next().await {
            let Some(target) = keys.target(&event.key) else { continue };
            let selector = target.selector();
            // Of what is committed here each version is heard of; who is told waits for that.
            if notifier.package().history().holds(&selector) {
                notifier.package().documents.settled(&target).await;
            }
            if !notifier.package().is_spared(&target, event.version).await {
                notifier.changed(&selector);
            }
        }
        // The watch fell behind, or the store failed: what was missed is found by looking at everything.
        world.clock.sleep(PAUSE).await;
        notifier.all_changed();
    }
}

async fn take_over(
    notifier: &Notifier<XcapDiffPackage>,
    store: &Arc<dyn Store>,
    world: &World,
    replica: &Replica,
) {
    let prefix = replica.key("");
    loop {
        let mut gone = store.watch(prefix.as_bytes());
        match store.scan(prefix.as_bytes(), None, 1_000).await {
            Ok(alive) => {
                let alive: Vec<String> =
                    alive.iter().filter_map(|entry| replica.named(&entry.key)).map(str::to_owned).collect();
                let mine = |owner: &str| owner == replica.name || !alive.iter().any(|each| each == owner);
                resume(notifier, mine).await;
            }
            Err(fault) => tracing::warn!(target: "mcx::store", %fault, "the replicas could not be read"),
        }
        while let Some(Ok(event)) = gone.next().await {
            let name = replica.named(&event.key).filter(|name| *name != replica.name);
            if let Some(name) = name.filter(|_| event.change == Happened::Deleted) {
                // While the store was away nobody could say that he was alive; who is says so now.
                world.clock.sleep(RENEWED).await;
                if store.get(&event.key).await.is_ok_and(|found| found.is_some()) {
                    continue;
                }
                tracing::info!(target: "mcx::store", replica = name, "takes over the subscriptions of a replica that is gone");
                resume(notifier, |owner| owner == name).await;
            }
        }
        world.clock.sleep(PAUSE).await;
    }
}

async fn resume(notifier: &Notifier<XcapDiffPackage>, mine: impl Fn(&str) -> bool) {
    if let Err(fault) = notifier.resume(mine).await {
        tracing::error!(target: "mcx::fault", %fault, "subscriptions could not be taken up");
    }
}
