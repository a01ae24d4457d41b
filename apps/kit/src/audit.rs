//! The audit log of an entity, put in order beside its work: TS 22.280 [R-6.1-004], TS 33.180 clause 10.
//!
//! Procedures put entries into their own batches ([`Log::enter`]); [`drive`] puts them into the chain.

mod acts;
mod log;
mod refusals;

use std::{sync::Arc, time::Duration};

use audit::{Chain, Receipt};
use futures::{FutureExt as _, StreamExt as _, stream::BoxStream};
use store::{Event, Happened, Store};
use wire::World;
use xml_schemas::{acm, ids::RequestId};

pub use acts::Admitted;
pub use log::{Log, named, refused_for, ruled};
pub use refusals::Spared;

/// How long entries are gathered before they are put into the chain together; the first at once. Until then they are kept beside it:
/// whoever needs one in its place has it put there ([`Chain::receipt`]).
const GATHERED: Duration = Duration::from_millis(200);

/// How long is waited before a store is asked again that failed, or a watch begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// Puts entries into the chain as they are committed, those of an earlier run first. Never ends.
pub async fn drive(chain: Chain, store: Arc<dyn Store>, world: World) {
    loop {
        let mut waiting = store.watch(chain.waiting().as_bytes());
        loop {
            // What has been told by now is sealed together.
            while let Some(Some(Ok(_))) = waiting.next().now_or_never() {}
            if let Err(fault) = chain.seal(world.clock.wall()).await {
                tracing::error!(target: "mcx::fault", %fault, "entries of the audit log wait for their place");
                break;
            }
            if !another(&mut waiting).await {
                break;
            }
            world.clock.sleep(GATHERED).await;
        }
        world.clock.sleep(PAUSE).await;
    }
}

/// Until an entry waits. Not where the watch fell behind, or the store failed: what was missed is found by looking.
async fn another(waiting: &mut BoxStream<'static, Result<Event, store::Fault>>) -> bool {
    while let Some(Ok(event)) = waiting.next().await {
        if event.change == Happened::Put {
            return true;
        }
    }
    false
}

/// A receipt as it travels.
#[must_use]
pub fn carried(receipt: &Receipt) -> acm::Receipt {
    acm::Receipt {
        of: receipt.of.clone(),
        digest: receipt.digest.to_string(),
        chain: receipt.chain.clone(),
        number: receipt.number,
        head: receipt.head.to_string(),
        key: receipt.key.to_string(),
        signature: receipt.signature(),
    }
}

/// A receipt that has come; none where it is none. [`Receipt::check`] says whether it is true.
#[must_use]
pub fn received(request: &RequestId, body: &acm::Receipt) -> Option<Receipt> {
    let acm::Receipt { of, digest, chain, number, head, key, signature } = body;
    Receipt::carried([of, request.as_str(), chain], [digest, head], *number, [key, signature])
}
