//! An access token is revoked: what was authorized by it ends, though it would have outlasted the token. TS 33.180 annex B, RFC 7009
//! clause 2.1: whatever was given for it counts no more.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _, channel::mpsc};
use kit::{Cx, Impu};

use super::settle;
use crate::{Mcs, authorization::Binding};

/// Who was being authorized while a token was revoked is seen by then.
const AGAIN: Duration = Duration::from_secs(1);

/// From now on, whenever an issuer tells that something has been revoked.
pub(crate) fn start(cx: &Cx<Mcs>) {
    if cx.needs_token() {
        let revocations = cx.tokens().revocations();
        cx.world().tasks.spawn(follow(cx.clone(), revocations).boxed());
    }
}

async fn follow(cx: Cx<Mcs>, mut revocations: mpsc::Receiver<()>) {
    cx.authorizations().read().await;
    while revocations.next().await.is_some() {
        end(&cx).await;
        cx.world().clock.sleep(AGAIN).await;
        end(&cx).await;
    }
}

/// Registrations stay: they are the SIP core's.
async fn end(cx: &Cx<Mcs>) {
    let is_revoked = |marks: &kit::tokens::Marks| cx.tokens().is_revoked(marks);
    for impu in cx.authorizations().with_token(is_revoked) {
        let gone = |binding: &mut Binding| {
            binding.clients.retain(|client| client.marks.as_deref().is_none_or(|marks| !is_revoked(marks)));
            Ok(())
        };
        let changed = cx.authorizations().change(&impu, cx.world().clock.wall(), gone).await;
        match changed {
            Ok(changed) => told(cx, &impu, settle::after(cx, &changed)).await,
            Err(stop) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, cause = %stop.cause(), "what a revoked token authorized has not ended");
            }
        }
    }
}

async fn told(cx: &Cx<Mcs>, impu: &Impu, settled: impl Future<Output = ()>) {
    tracing::info!(target: "mcx::log-on", server = %cx.profile().name, %impu, "the access token has been revoked");
    settled.await;
}
