//! Whether the key that was named is one that the logs of the store are signed with.

use std::{sync::Arc, time::SystemTime};

use audit::{Chain, PublicKey, chains};
use store::Store;

use crate::Failure;

/// What to say of this key: none of the logs that are signed has an end by it, though some is signed. None where that is no wonder.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn warning(
    store: &Arc<dyn Store>,
    key: &PublicKey,
    now: SystemTime,
) -> Result<Option<String>, Failure> {
    let failed = |why: audit::Fault| Failure::start("users", why);
    let mut others = Vec::new();
    for name in chains(&**store).await.map_err(failed)? {
        // A log that is there is opened as it is.
        let chain = Chain::open(Arc::clone(store), &name, None, "", now).await.map_err(failed)?;
        match chain.head().await.map_err(failed)? {
            Some(head) if head.key == *key => return Ok(None),
            Some(_) => others.push(name),
            None => {}
        }
    }
    Ok((!others.is_empty()).then(|| {
        format!(
            "warning: --audit-key is none that a log of this store is signed with ({}): `mcx audit verify --key` finds fault with what it \
             signs; the key is that of `[audit] key`",
            others.join(", ")
        )
    }))
}

/// Says so.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn warn(store: &Arc<dyn Store>, key: &PublicKey, now: SystemTime) -> Result<(), Failure> {
    if let Some(warning) = warning(store, key, now).await? {
        eprintln!("{warning}");
    }
    Ok(())
}
