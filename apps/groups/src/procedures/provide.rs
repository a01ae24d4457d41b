//! The primary MC system provides group configuration to the partner MC system: the primary's group management server.
//! TS 23.280 clause 10.2.7.2 step 1. Steps 2 to 5 at the partner are `accept_provision.rs`.
//!
//! A change of a group is committed together with a mark; [`spread`] makes of it what each partner is to be told, and
//! [`deliver`] tells one partner, as often as it takes. Both take no input but the store, so that they go on after a restart
//! where they were.

mod deliver;
mod modify;
mod send;
mod shares;

use bytes::Bytes;
use kit::{Cause, Cx, Done, Fault};
use store::{Batch, CommitError, Version};

use super::{abroad::Abroad, migrated};
use crate::{
    Gms,
    config::{Follow, PartnerConfig, ShareWith},
    group::{Facts, GroupId},
    keys,
    share::{Held, Share, Task, Why},
    state::fault,
};

pub use deliver::deliver;
pub(crate) use deliver::{conclude, failed};
pub use modify::modified;
pub(crate) use modify::{adapted, record_changes};
pub(crate) use shares::load;

use deliver::settle;
use modify::permit;
use shares::shares;

/// Entries that are read at once.
const PAGE: usize = 256;

/// Of a group that has changed: what each partner is to be told. One commit with the removal of the mark.
///
/// # Errors
/// [`Fault`] where the store fails; the mark is still there then.
pub async fn spread(cx: &Cx<Gms>, group: &GroupId, mark: Version) -> Result<(), Fault> {
    let facts = match cx.document(group).await? {
        Some(document) => Some(migrated::placed(cx, cx.facts(group, &document)).await?),
        None => None,
    };
    let shares = shares(cx, group).await?;
    let key = keys::changed(group);
    let mut batch = Batch::new().expect_version(key.clone(), mark).delete(key);
    for (mut share, version) in shares.iter().cloned() {
        let has = facts.as_ref().is_some_and(|facts| shall_have(cx, &share, facts));
        let rules = cx.rules();
        let partner = rules.partner(&share.partner);
        let hears = |partner: &PartnerConfig| partner.follow == Follow::Subscribe && !share.told.is_empty();
        let stays = partner.is_some_and(|partner| hears(partner) || !partner.may_be_provided);
        match has {
            // It hears of changes by itself, of what it once had; or is told of none, and requests what it wants.
            true if stays => continue,
            true => share.due(Task::Provide),
            false if share.is_void() => continue,
            false => share.due(Task::Withdraw),
        }
        let key = keys::share(group, &share.partner);
        batch = share.keep(batch.expect_version(key, version), group);
    }
    for partner in &cx.rules().partners {
        let is_new = !shares.iter().any(|(share, _)| share.partner == partner.name);
        let share = Share::new(group, &partner.name, Why::Members);
        let is_due = facts.as_ref().is_some_and(|facts| shall_have(cx, &share, facts));
        if is_new && is_due && partner.may_be_provided && partner.covers(group) {
            batch = share.keep(batch.expect_absent(keys::share(group, &partner.name)), group);
        }
    }
    // Where somebody else was first, the mark, or what the store says of it now, brings us here again.
    settle(cx, batch).await
}

/// Whether the partner of a share has the group, as the group is now.
fn shall_have(cx: &Cx<Gms>, share: &Share, facts: &Facts) -> bool {
    let rules = cx.rules();
    let Some(partner) = rules.partner(&share.partner) else { return false };
    match share.why {
        Why::Listed => true,
        Why::Barred => false,
        Why::Members => {
            partner.share == ShareWith::Members && facts.has_member_of(|domain| partner.owns_domain(domain))
        }
    }
}

/// Every group that is shared, or may be, is looked at again: policy has changed.
///
/// # Errors
/// [`Fault`] where the store fails.
pub async fn look_again(cx: &Cx<Gms>) -> Result<(), Fault> {
    let documents = cx.documents().keys().documents();
    for prefix in [documents.as_str(), keys::SHARE] {
        let mut after: Option<Bytes> = None;
        loop {
            let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            let groups = page.iter().flat_map(|entry| match Share::read(&entry.record.value) {
                Some(share) => GroupId::new(&share.group).into_iter().collect(),
                None => Facts::of(&String::from_utf8_lossy(&entry.record.value)).groups,
            });
            let rules = cx.rules();
            let mark =
                |batch: Batch, group: GroupId| batch.put(keys::changed(&group), group.as_str().to_owned());
            let batch = groups.filter(|group| rules.is_own_domain(&group.domain())).fold(Batch::new(), mark);
            cx.store().commit(batch).await.map_err(fault)?;
        }
    }
    Ok(())
}

/// What is counted of conflicts begins with what the shares say: an earlier run, or another replica, has seen them.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn count_conflicts(cx: &Cx<Gms>) -> Result<(), Fault> {
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::SHARE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        let shares = page.iter().filter_map(|entry| Share::read(&entry.record.value));
        for share in shares.filter(|share| share.conflict.is_some()) {
            cx.metrics().contested(&cx.profile().name, &share.partner, &share.group, true);
        }
    }
}

/// An administrator shares a group with a partner, or tells it again: what the partner holds instead is overwritten then.
///
/// # Errors
/// A precondition of 10.2.7.2 does not hold: [`Cause::UnknownPartner`], [`Cause::UnknownGroup`], [`Cause::NotPermitted`],
/// [`Cause::NoAddress`], [`Cause::NoMember`].
pub async fn share(cx: &Cx<Gms>, partner: &str, group: &GroupId) -> Done<()> {
    let rules = cx.rules();
    let partner = rules.partner(partner).ok_or(Cause::UnknownPartner)?;
    let document = cx.document(group).await?.filter(|_| rules.is_own_domain(&group.domain()));
    let document = document.ok_or(Cause::UnknownGroup)?;
    permit(cx, partner, group)?;
    Abroad::to(cx, partner)?;
    let facts = migrated::placed(cx, cx.facts(group, &document)).await?;
    if !facts.has_member_of(|domain| partner.owns_domain(domain)) {
        return Err(Cause::NoMember.into());
    }
    loop {
        let found = load(cx, &partner.name, group).await?;
        let key = keys::share(group, &partner.name);
        let (share, batch) = match found {
            Some((mut share, version)) => {
                overwrite(cx, &mut share, group);
                share.why = Why::Listed;
                share.due(Task::Provide);
                (share, Batch::new().expect_version(key, version))
            }
            None => (Share::new(group, &partner.name, Why::Listed), Batch::new().expect_absent(key)),
        };
        match cx.store().commit(share.keep(batch, group)).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Fault(why)) => return Err(fault(why).into()),
        }
    }
}

/// What the partner holds instead of ours is from now on what it is known to hold.
fn overwrite(cx: &Cx<Gms>, share: &mut Share, group: &GroupId) {
    let Some(conflict) = share.conflict.take() else { return };
    cx.metrics().contested(&cx.profile().name, &share.partner, group.as_str(), false);
    let (digest, source) = (String::new(), String::new());
    share.held = Some(Held { etag: conflict.etag, digest, source });
}
