//! An access token is revoked: what was authorized by it ends, though it would have outlasted the token. TS 33.180 annex B, RFC 7009
//! clause 2.1: whatever was given for it counts no more. Where the own issuer has locked a user, or revoked all that he was given, so
//! does his migration end (TS 23.280 10.6.3), which no token of his stands behind here.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _, channel::mpsc};
use kit::{Cause, Cx, Done, Impu, tokens::Marks};

use super::{bind, settle};
use crate::{
    Mcs,
    authorization::{Binding, moment},
    migration,
};

/// Who was being authorized while a token was revoked is seen by then; what the store could not keep is tried again as often.
const AGAIN: Duration = Duration::from_secs(1);

/// How long others have their turn between two pages of what is looked through.
const TURN: Duration = Duration::from_millis(1);

/// From now on, whenever an issuer tells that something has been revoked.
pub(crate) fn start(cx: &Cx<Mcs>) {
    if cx.needs_token() {
        let revocations = cx.tokens().revocations();
        cx.world().tasks.spawn(follow(cx.clone(), revocations).boxed());
    }
}

async fn follow(cx: Cx<Mcs>, mut revocations: mpsc::Receiver<()>) {
    cx.authorizations().read().await;
    if let Some(migrations) = cx.migrations() {
        migrations.read().await;
    }
    while revocations.next().await.is_some() {
        end_all(&cx).await;
        cx.world().clock.sleep(AGAIN).await;
        end_all(&cx).await;
    }
}

/// Until nothing of it is left: who says once that something is revoked need not say it again.
async fn end_all(cx: &Cx<Mcs>) {
    while let Err(stop) = end(cx).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, cause = %stop.cause(), "what a revoked token authorized has not ended");
        cx.world().clock.sleep(AGAIN).await;
    }
}

/// Registrations stay: they are the SIP core's.
async fn end(cx: &Cx<Mcs>) -> Done<()> {
    let is_revoked = |marks: &Marks| cx.tokens().is_revoked(marks);
    let (mut failed, mut after) = (Ok(()), None);
    loop {
        let (revoked, last) = cx.authorizations().with_token(after.as_ref(), is_revoked);
        for impu in revoked {
            if let Err(stop) = end_at(cx, &impu, is_revoked).await {
                // Others' may end all the same.
                failed = Err(stop);
            }
        }
        after = last;
        if after.is_none() {
            break;
        }
        cx.world().clock.sleep(TURN).await;
    }
    if let Some(migrations) = cx.migrations() {
        for mark in migrations.marks_named(&cx.tokens().named_users()) {
            if !cx.tokens().has_lapsed(&mark.primary, moment(mark.renewed)) {
                continue;
            }
            match migration::revoke(cx, &mark.primary, None).await {
                Err(stop) if stop.cause() != Cause::NotMigrated => failed = Err(stop),
                // With one of his MC services all have ended.
                _ => {}
            }
        }
    }
    failed
}

/// What a revoked token authorized with this identity is gone.
async fn end_at(cx: &Cx<Mcs>, impu: &Impu, is_revoked: impl Fn(&Marks) -> bool) -> Done<()> {
    let gone = |binding: &mut Binding| {
        binding.clients.retain(|client| client.marks.as_deref().is_none_or(|marks| !is_revoked(marks)));
        Ok(())
    };
    let changed = bind::change(cx, impu, gone).await?;
    told(cx, impu);
    settle::made(cx, changed);
    Ok(())
}

fn told(cx: &Cx<Mcs>, impu: &Impu) {
    tracing::info!(target: "mcx::log-on", server = %cx.profile().name, %impu, "the access token has been revoked");
}
