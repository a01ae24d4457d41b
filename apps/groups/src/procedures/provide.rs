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
use store::{Batch, Version};

use super::{abroad::Abroad, migrated};
use crate::{
    Gms,
    config::{Follow, PartnerConfig, Rules, ShareWith},
    entered,
    group::{Facts, GroupId},
    keys,
    share::{Held, Share, Task, Why},
    state::fault,
};

pub use deliver::deliver;
pub(crate) use deliver::{conclude, failed, failure};
pub use modify::{Unfit, modified};
pub(crate) use modify::{adapted, record_changes};
pub(crate) use shares::load;

use modify::permit;
use shares::shares;

/// Entries that are read at once.
const PAGE: usize = 256;

/// What a change of a group comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Spread {
    /// Partners are to be told; the mark is gone, or somebody else was first.
    Promised,
    /// Nobody is. The mark is still there, and may go.
    Nothing,
}

/// Of a group that has changed: what each partner is to be told. One commit with the removal of the mark.
///
/// # Errors
/// [`Fault`] where the store fails; the mark is still there then.
pub(crate) async fn spread(cx: &Cx<Gms>, group: &GroupId, mark: Version) -> Result<Spread, Fault> {
    let key = keys::changed(group);
    loop {
        let batch = Batch::new().expect_version(key.clone(), mark).delete(key.clone());
        let Some(batch) = promises(cx, group, batch).await? else { return Ok(Spread::Nothing) };
        if cx.commit(batch).await?.is_some() {
            return Ok(Spread::Promised);
        }
        // A mark that was written again is heard of again. Where it is the same, a share was written meanwhile.
        let now = cx.store().get(key.as_bytes()).await.map_err(fault)?;
        if now.is_none_or(|now| now.version != mark) {
            return Ok(Spread::Promised);
        }
    }
}

/// Adds to a batch what each partner is to be told of a group; none where nobody is told anything.
async fn promises(cx: &Cx<Gms>, group: &GroupId, mut batch: Batch) -> Result<Option<Batch>, Fault> {
    let (shares, rules) = (shares(cx, group).await?, cx.rules());
    let may_have = |partner: &PartnerConfig| partner.may_be_provided && partner.covers(group);
    if shares.is_empty() && !rules.partners.iter().any(|partner| may_have(partner)) {
        return Ok(None);
    }
    let facts = match cx.document(group).await? {
        Some(document) => Some(migrated::placed(cx, cx.facts(group, &document)).await?),
        None => None,
    };
    let has = |share: &Share| facts.as_ref().is_some_and(|facts| shall_have(&rules, share, facts));
    let mut is_promised = false;
    for (mut share, version) in shares.iter().cloned() {
        let partner = rules.partner(&share.partner);
        let hears = |partner: &PartnerConfig| partner.follow == Follow::Subscribe && !share.told.is_empty();
        let stays = partner.is_some_and(|partner| hears(partner) || !partner.may_be_provided);
        match has(&share) {
            // It hears of changes by itself, of what it once had; or is told of none, and requests what it wants.
            true if stays => continue,
            true => share.due(Task::Provide),
            false if share.is_void() => continue,
            false => share.due(Task::Withdraw),
        }
        let key = keys::share(group, &share.partner);
        batch = share.keep(batch.expect_version(key, version), group)?;
        (batch, is_promised) = (cx.log().enter(batch, &entered::due(cx, &share, group)), true);
    }
    for partner in rules.partners.iter().filter(|partner| may_have(partner)) {
        let is_new = !shares.iter().any(|(share, _)| share.partner == partner.name);
        let share = Share::new(group, &partner.name, Why::Members);
        if is_new && has(&share) {
            let absent = batch.expect_absent(keys::share(group, &partner.name));
            batch = share.keep(absent, group)?;
            (batch, is_promised) = (cx.log().enter(batch, &entered::due(cx, &share, group)), true);
        }
    }
    Ok(is_promised.then_some(batch))
}

/// Deletes a mark that has nothing more to say, unless the group has changed since.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn clear(cx: &Cx<Gms>, group: &GroupId, mark: Version) -> Result<(), Fault> {
    let key = keys::changed(group);
    cx.commit(Batch::new().expect_version(key.clone(), mark).delete(key)).await.map(drop)
}

/// Whether the partner of a share has the group, as the group is now.
fn shall_have(rules: &Rules, share: &Share, facts: &Facts) -> bool {
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

/// `by`, an administrator, shares a group with a partner, or tells it again: what the partner holds instead is overwritten then.
///
/// # Errors
/// A precondition of 10.2.7.2 does not hold: [`Cause::UnknownPartner`], [`Cause::UnknownGroup`], [`Cause::NotPermitted`],
/// [`Cause::NoAddress`], [`Cause::NoMember`].
pub async fn share(cx: &Cx<Gms>, by: &str, partner: &str, group: &GroupId) -> Done<()> {
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
        let (mut share, batch) = match found {
            Some((mut share, version)) => {
                overwrite(&mut share);
                if let Some(held) = &mut share.held {
                    // Whatever it answered last: its store may have been set back since.
                    held.digest.clear();
                }
                share.why = Why::Listed;
                share.due(Task::Provide);
                (share, Batch::new().expect_version(key, version))
            }
            None => (Share::new(group, &partner.name, Why::Listed), Batch::new().expect_absent(key)),
        };
        // Where it is our own store that was set back, what the partner holds is none that we remember.
        share.overwrites = true;
        let entry = entered::act(cx, "share.listed", by, (group, &partner.name));
        let batch = cx.log().enter(share.keep(batch, group)?, &entry.ruled("allow", "an administrator"));
        if cx.commit(batch).await?.is_some() {
            return Ok(());
        }
    }
}

/// What the partner holds instead of ours is from now on what it is known to hold.
fn overwrite(share: &mut Share) {
    let Some(conflict) = share.conflict.take() else { return };
    let (digest, source) = (String::new(), String::new());
    share.held = Some(Held { etag: conflict.etag, digest, source });
}
