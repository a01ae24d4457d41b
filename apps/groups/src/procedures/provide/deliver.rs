//! Telling one partner about one group, as often as it takes: what is to be told is prepared, remembered, sent, and what came of it
//! written down.

use audit::Entry;
use kit::{Cause, Cx, Fault};
use store::Batch;

use super::{
    modify::{Unfit, modified, permit, record_changes},
    send::{Offer, Outcome, REQUESTS, send},
    shares::load,
};
use crate::{
    Gms, entered,
    group::GroupId,
    keys,
    procedures::{abroad::Failed, withdraw},
    share::{Given, Share, Task, digest, millis},
};

/// Tells one partner what it is to be told about a group. Called again until that is settled.
///
/// # Errors
/// [`Fault`] where the store fails; what was not acknowledged is still to be done then.
pub async fn deliver(cx: &Cx<Gms>, partner: &str, group: &GroupId) -> Result<(), Fault> {
    let Some((mut share, version)) = load(cx, partner, group).await? else {
        let batch =
            Batch::new().expect_absent(keys::share(group, partner)).delete(keys::deliver(partner, group));
        return cx.commit(batch).await.map(drop);
    };
    let kept =
        |share: &Share| share.keep(Batch::new().expect_version(keys::share(group, partner), version), group);
    let Some(task) = share.task else { return cx.commit(kept(&share)?).await.map(drop) };
    let now = millis(cx.world().clock.wall());
    if !share.lease(&cx.config().replica, now, now.saturating_add(patience(cx))) {
        return Ok(());
    }
    let offer = match task {
        Task::Withdraw => None,
        Task::Provide => match prepare(cx, &mut share, group).await? {
            Prepared::Gone => None,
            Prepared::Same => return conclude(cx, &share, group, None, |share| share.settled()).await,
            Prepared::Refused(cause) => {
                cx.metrics().delivered(&cx.profile().name, partner, cause.name());
                let why = Failed::for_good(cause);
                let entry = failure(cx, &why, &share, group);
                return conclude(cx, &share, group, entry, |share| failed(share, &why, now)).await;
            }
            Prepared::Offer(offer) => Some(offer),
        },
    };
    // What the partner may hold from now on is remembered before it is sent.
    if cx.commit(kept(&share)?).await?.is_none() {
        return Ok(());
    }
    match offer {
        Some(offer) => {
            let outcome = send(cx, &offer, share.clone()).await;
            count(cx, &share, &outcome);
            let entry = told(cx, &outcome, &share, group);
            let now = millis(cx.world().clock.wall());
            let given = share.given.clone();
            conclude(cx, &share, group, entry, |share| take(share, (&outcome, given.as_ref()), now)).await
        }
        None => withdraw::deliver(cx, &share, group).await,
    }
}

/// How long one delivery may take, in milliseconds.
fn patience(cx: &Cx<Gms>) -> u64 {
    let exchange = u64::try_from(cx.config().partner_deadline.as_millis()).unwrap_or(u64::MAX);
    exchange.saturating_mul(REQUESTS as u64 + 1)
}

enum Prepared {
    Offer(Offer),
    /// The partner has exactly that.
    Same,
    /// There is no such group any more.
    Gone,
    Refused(Cause),
}

async fn prepare(cx: &Cx<Gms>, share: &mut Share, group: &GroupId) -> Result<Prepared, Fault> {
    let Some(document) = cx.document(group).await? else { return Ok(Prepared::Gone) };
    let rules = cx.rules();
    let Some(partner) = rules.partner(&share.partner) else {
        return Ok(Prepared::Refused(Cause::UnknownPartner));
    };
    let permit = match permit(cx, partner, group) {
        Ok(permit) => permit,
        Err(cause) => return Ok(Prepared::Refused(cause)),
    };
    let body = match modified(cx, partner, group, &document).await {
        Ok(applied) => {
            record_changes(cx, &applied);
            applied.document
        }
        // What a store cannot say now passes; what policy makes of the document does not.
        Err(Unfit::Fault(fault)) if fault.cause() != Cause::Fault => return Err(fault),
        Err(unfit) => {
            let is_broken = matches!(unfit, Unfit::Broken { .. });
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, fault = %unfit);
            return Ok(Prepared::Refused(if is_broken { Cause::BrokenByRule } else { Cause::Fault }));
        }
    };
    let digest = digest(&body);
    let is_given = share.given.as_ref().is_none_or(|given| given.digest == digest);
    if is_given && share.held.as_ref().is_some_and(|held| held.digest == digest) {
        return Ok(Prepared::Same);
    }
    share.tell(&digest);
    let source = document.etag().as_str().to_owned();
    Ok(Prepared::Offer(Offer { permit, body, digest, source }))
}

fn count(cx: &Cx<Gms>, share: &Share, outcome: &Outcome) {
    let name = match outcome {
        Outcome::Stored(_) => "stored",
        Outcome::Failed(failed) => failed.cause.name(),
        Outcome::Contested(_) => "conflict",
    };
    cx.metrics().delivered(&cx.profile().name, &share.partner, name);
}

/// What the log holds of a delivery; nothing of one that is tried again.
fn told(cx: &Cx<Gms>, outcome: &Outcome, share: &Share, group: &GroupId) -> Option<Entry> {
    let about = (group, &*share.partner);
    match outcome {
        Outcome::Stored(held) => {
            Some(entered::own(cx, "share.provided", about).with("digest-128", &*held.digest))
        }
        Outcome::Contested(_) => Some(entered::own(cx, "share.contested", about)),
        Outcome::Failed(failed) => failure(cx, failed, share, group),
    }
}

/// The partner, or our own policy, has refused for good.
pub(crate) fn failure(cx: &Cx<Gms>, failed: &Failed, share: &Share, group: &GroupId) -> Option<Entry> {
    let entry =
        || entered::own(cx, "share.failed", (group, &share.partner)).with("cause", failed.cause.name());
    (!failed.passes).then(entry)
}

/// `given` is what the partner had been given when it was sent this.
fn take(share: &mut Share, (outcome, given): (&Outcome, Option<&Given>), now: u64) {
    match outcome {
        Outcome::Stored(held) => {
            share.answered(given);
            (share.held, share.conflict, share.last) = (Some(held.clone()), None, None);
            share.settled();
        }
        Outcome::Contested(conflict) => {
            share.answered(given);
            (share.conflict, share.last) = (Some(conflict.clone()), Some("conflict".to_owned()));
            share.settled();
        }
        Outcome::Failed(why) => failed(share, why, now),
    }
}

/// What passes is tried again; the rest waits for a change of the group, of policy, or for an administrator.
pub(crate) fn failed(share: &mut Share, why: &Failed, now: u64) {
    share.last = Some(why.cause.name().to_owned());
    if why.passes { share.again(now, why.wait) } else { share.settled() }
}

/// Writes what came of a delivery into the share as it is now, in which others may have remembered something meanwhile. Where
/// something new is to be told since, it stays due.
pub(crate) async fn conclude(
    cx: &Cx<Gms>,
    told: &Share,
    group: &GroupId,
    entry: Option<Entry>,
    write: impl Fn(&mut Share),
) -> Result<(), Fault> {
    loop {
        let Some((mut share, version)) = load(cx, &told.partner, group).await? else { return Ok(()) };
        let (task, overwrites) = (share.task, share.overwrites);
        write(&mut share);
        if share.round != told.round {
            (share.task, share.next, share.attempts, share.overwrites) = (task, 0, 0, overwrites);
        }
        share.release();
        let batch = Batch::new().expect_version(keys::share(group, &told.partner), version);
        let batch = share.keep(batch, group)?;
        let batch = entry.iter().fold(batch, |batch, entry| cx.log().enter(batch, entry));
        if cx.commit(batch).await?.is_some() {
            return Ok(());
        }
    }
}
