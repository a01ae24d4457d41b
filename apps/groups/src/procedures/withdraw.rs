//! A group that a partner is no longer to have is withdrawn there: at the primary, and at the partner.
//! TS 23.280 clause 10.2.7 says nothing of it; what was provided by 10.2.7.2 or 10.2.7.3 is taken back the same way.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{Cause, Cx, Done, Fault, PartnerId, documents};
use store::Batch;
use xcap::{Answer, Outcome, Target};

use super::{
    abroad::{Abroad, Failed, Leave, failed},
    accept_provision::Offered,
    provide,
};
use crate::{
    Gms, entered,
    group::GroupId,
    keys,
    share::{Share, Task, Why, millis},
};

/// At the primary: `by`, an administrator, no longer shares a group with a partner, whoever is a member. One of which nothing is known
/// is taken back there all the same: what was withdrawn comes back with a store that the partner has restored.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::NotShared`] where the group is not of the own domains.
pub async fn unshare(cx: &Cx<Gms>, by: &str, partner: &str, group: &GroupId) -> Done<()> {
    loop {
        let (key, found) = (keys::share(group, partner), provide::load(cx, partner, group).await?);
        let (mut share, batch) = match found {
            Some((share, version)) => (share, Batch::new().expect_version(key, version)),
            None => {
                let rules = cx.rules();
                rules.partner(partner).ok_or(Cause::UnknownPartner)?;
                if !rules.is_own_domain(&group.domain()) {
                    return Err(Cause::NotShared.into());
                }
                (Share::new(group, partner, Why::Barred), Batch::new().expect_absent(key))
            }
        };
        share.why = Why::Barred;
        share.due(Task::Withdraw);
        let entry = entered::act(cx, "share.barred", by, (group, partner)).ruled("allow", "an administrator");
        if cx.commit(cx.log().enter(share.keep(batch, group)?, &entry)).await?.is_some() {
            return Ok(());
        }
    }
}

/// At the primary: the partner is told, as often as it takes. Whatever it holds of the group goes.
pub(crate) async fn deliver(cx: &Cx<Gms>, share: &Share, group: &GroupId) -> Result<(), Fault> {
    let outcome = send(cx, &share.partner, group).await;
    let now = millis(cx.world().clock.wall());
    let name = outcome.as_ref().map_or_else(|failed| failed.cause.name(), |()| "withdrawn");
    cx.metrics().delivered(&cx.profile().name, &share.partner, name);
    match outcome {
        Err(failed) => {
            let entry = provide::failure(cx, &failed, share, group);
            provide::conclude(cx, share, group, entry, |share| provide::failed(share, &failed, now)).await
        }
        Ok(()) => forget(cx, share, group).await,
    }
}

async fn send(cx: &Cx<Gms>, partner: &str, group: &GroupId) -> Result<(), Failed> {
    let rules = cx.rules();
    let partner = rules.partner(partner).ok_or_else(|| Failed::for_good(Cause::UnknownPartner))?;
    let abroad = Abroad::to(cx, partner).map_err(Failed::for_good)?;
    let leave = Leave::Withdraw { partner: &partner.name, group };
    let response = abroad.send(Method::DELETE, &leave, None, Bytes::new()).await?;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
        status if status.is_success() => Ok(()),
        _ => Err(failed(&response)),
    }
}

/// The partner has it no longer. What an administrator said stays; where something new is to be told meanwhile, it stays due.
async fn forget(cx: &Cx<Gms>, told: &Share, group: &GroupId) -> Result<(), Fault> {
    let empty = |share: &mut Share| {
        (share.held, share.conflict, share.last) = (None, None, None);
        share.answered(told.given.as_ref());
        // What it was given on request meanwhile it may have.
        share.told.retain(|digest| !told.told.contains(digest));
        share.settled();
    };
    let Some((now, version)) = provide::load(cx, &told.partner, group).await? else { return Ok(()) };
    let entry = entered::own(cx, "share.withdrawn", (group, &told.partner));
    let is_given = now.told != told.told || now.given != told.given;
    if now.round != told.round || now.why != Why::Members || is_given {
        return provide::conclude(cx, told, group, Some(entry), empty).await;
    }
    let batch = Batch::new().expect_version(keys::share(group, &told.partner), version);
    let batch = cx.log().enter(Share::forget(batch, group, &told.partner), &entry);
    match cx.commit(batch).await? {
        Some(_) => Ok(()),
        None => provide::conclude(cx, told, group, Some(entry), empty).await,
    }
}

/// At the partner: the primary withdraws a group of its own. Offer and effective copy go in one commit, and who subscribed
/// is notified.
///
/// # Errors
/// [`Cause::UnknownPartner`] where the sender is none; [`Cause::ForeignIdentity`] where the group is not of its domains.
pub async fn receive(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (target, group): (&Target, &GroupId),
    request: &Request<Bytes>,
) -> Done<Response<Bytes>> {
    let most = admit(cx, peer, group)?;
    if target.node.is_some() {
        return Ok(documents::answer(Answer::not_allowed("GET, HEAD", "a group is withdrawn whole")));
    }
    loop {
        let offered = Offered::read(cx, group).await?;
        let batch = match offered.decide(cx, target, request)? {
            Outcome::Answer(answer) => return Ok(documents::answer(answer)),
            Outcome::Commit(_) => remove(cx, offered.guarded(Batch::new(), group), group),
        };
        let entry = entered::act(cx, "offer.withdrawn", peer.name(), (group, peer.name()));
        let admitted = cx.log().admit(peer.name(), most);
        if cx.commit(admitted.enter(batch, entry)).await?.is_some() {
            admitted.happened();
            cx.rooms().freed(peer.name());
            return Ok(documents::answer(Answer::status(200)));
        }
    }
}

/// Who has a group of its own with us takes it back, whatever is agreed of new ones: however it came here, what is kept is the
/// primary's to withdraw. How many groups it may keep here.
fn admit(cx: &Cx<Gms>, peer: &PartnerId, group: &GroupId) -> Result<usize, Cause> {
    let rules = cx.rules();
    let partner = rules.partner(peer.name()).ok_or(Cause::UnknownPartner)?;
    if partner.owns_domain(&group.domain()) { Ok(partner.most_groups) } else { Err(Cause::ForeignIdentity) }
}

/// All that is kept of a partner's group goes.
pub(crate) fn remove(cx: &Cx<Gms>, batch: Batch, group: &GroupId) -> Batch {
    let effective = cx.documents().keys().document(&group.target());
    batch.delete(keys::offer(group)).delete(keys::source(group)).delete(effective).delete(keys::ask(group))
}
