//! The primary MC system provides group configuration to the partner MC system: the primary's group management server.
//! TS 23.280 clause 10.2.7.2 step 1. Steps 2 to 5 at the partner are `accept_provision.rs`.
//!
//! A change of a group is committed together with a mark; [`spread`] makes of it what each partner is to be told, and
//! [`deliver`] tells one partner, as often as it takes. Both take no input but the store, so that they go on after a restart
//! where they were.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use kit::{
    Cause, Cx, Done, Fault, Permit, Verdict,
    document_rules::{self, Applied, Effect, Parties},
};
use store::{Batch, CommitError, Version};
use wire::Kind;
use xcap::Current;

use super::{
    abroad::{Abroad, Failed, etag, record},
    withdraw,
};
use crate::{
    Gms,
    config::{Follow, GroupRule, PartnerConfig, ShareWith},
    group::{Facts, GroupId},
    keys,
    policy::ProvideGroup,
    share::{Conflict, Held, Share, Task, Why, digest, millis},
    state::{LIMITS, fault},
};

const CLAUSE: &str = "10.2.7.2";

/// Requests that one delivery makes at most before it is tried again later.
const EXCHANGES: usize = 4;

/// Shares of one group that are read at once.
const PAGE: usize = 256;

/// What a delivery came to.
enum Outcome {
    /// The partner has it, in this state.
    Stored(Held),
    /// The partner holds something that is none of ours.
    Contested(Conflict),
    /// It does not.
    Failed(Failed),
}

/// Of a group that has changed: what each partner is to be told. One commit with the removal of the mark.
///
/// # Errors
/// [`Fault`] where the store fails; the mark is still there then.
pub async fn spread(cx: &Cx<Gms>, group: &GroupId, mark: Version) -> Result<(), Fault> {
    let facts = cx.document(group).await?.map(|document| cx.facts(group, &document));
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
    match cx.store().commit(batch).await {
        // Somebody else was first: the mark, or what the store says of it now, brings us here again.
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(CommitError::Fault(why)) => Err(fault(why)),
    }
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
    if !cx.facts(group, &document).has_member_of(|domain| partner.owns_domain(domain)) {
        return Err(Cause::NoMember.into());
    }
    loop {
        let found = load(cx, &partner.name, group).await?;
        let key = keys::share(group, &partner.name);
        let (share, batch) = match found {
            Some((mut share, version)) => {
                if let Some(conflict) = share.conflict.take() {
                    cx.metrics().contested(
                        &cx.profile().name,
                        &partner.name,
                        group.as_str(),
                        (&conflict.ours, &conflict.etag),
                        false,
                    );
                    let (digest, source) = (String::new(), String::new());
                    share.held = Some(Held { etag: conflict.etag, digest, source });
                }
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

/// Tells one partner what it is to be told about a group. Called again until that is settled.
///
/// # Errors
/// [`Fault`] where the store fails; what was not acknowledged is still to be done then.
pub async fn deliver(cx: &Cx<Gms>, partner: &str, group: &GroupId) -> Result<(), Fault> {
    let Some((mut share, version)) = load(cx, partner, group).await? else {
        let batch =
            Batch::new().expect_absent(keys::share(group, partner)).delete(keys::deliver(partner, group));
        return settle(cx, batch).await;
    };
    let now = millis(cx.world().clock.wall());
    let exchange = u64::try_from(cx.config().partner_deadline.as_millis()).unwrap_or(u64::MAX);
    let patience = exchange.saturating_mul(EXCHANGES as u64 + 1);
    let Some(task) = share.task else {
        return settle(
            cx,
            share.keep(Batch::new().expect_version(keys::share(group, partner), version), group),
        )
        .await;
    };
    if !share.lease(&cx.config().replica, now, now.saturating_add(patience)) {
        return Ok(());
    }
    let offer = match task {
        Task::Withdraw => None,
        Task::Provide => match prepare(cx, &mut share, group).await? {
            Prepared::Gone => None,
            Prepared::Same => return conclude(cx, &share, group, |share| share.settled()).await,
            Prepared::Refused(cause) => {
                return conclude(cx, &share, group, |share| failed(share, &Failed::for_good(cause), now))
                    .await;
            }
            Prepared::Offer(offer) => Some(offer),
        },
    };
    // What the partner may hold from now on is remembered before it is sent.
    let batch = Batch::new().expect_version(keys::share(group, partner), version);
    match cx.store().commit(share.keep(batch, group)).await {
        Ok(_) => {}
        Err(CommitError::Conflict(_)) => return Ok(()),
        Err(CommitError::Fault(why)) => return Err(fault(why)),
    }
    match offer {
        Some(offer) => {
            let outcome = send(cx, &offer, share.clone(), group).await;
            count(cx, &share, group, &outcome);
            conclude(cx, &share, group, |share| take(share, outcome, millis(cx.world().clock.wall()))).await
        }
        None => withdraw::deliver(cx, &share, group).await,
    }
}

/// A group as one partner gets it.
struct Offer {
    permit: Permit<ProvideGroup>,
    body: Bytes,
    digest: String,
    /// Our entity tag of the document that it was made of.
    source: String,
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
    let body = match modified(cx, partner, group, &document) {
        Ok(applied) => {
            record_changes(cx, &applied);
            applied.document
        }
        Err(fault) => {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            return Ok(Prepared::Refused(Cause::Fault));
        }
    };
    let digest = digest(&body);
    if share.held.as_ref().is_some_and(|held| held.digest == digest) {
        return Ok(Prepared::Same);
    }
    share.tell(&digest);
    let source = document.etag().as_str().to_owned();
    Ok(Prepared::Offer(Offer { permit, body, digest, source }))
}

fn permit(cx: &Cx<Gms>, partner: &PartnerConfig, group: &GroupId) -> Result<Permit<ProvideGroup>, Cause> {
    let question = ProvideGroup { partner: partner.name.as_str().into(), group: group.clone() };
    match cx.decide(question) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause),
        Verdict::Defer(_) => Err(Cause::PolicyRefuses),
    }
}

/// The document as policy lets it go to a partner, and why (10.2.7.2 NOTE 3, 10.2.7.3 NOTE 3).
///
/// # Errors
/// [`Fault`] where the rules make something of it that is no group document.
pub fn modified(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    group: &GroupId,
    document: &Current,
) -> Result<Applied, Fault> {
    let rules = GroupRule::of(&partner.provide, group);
    adapted(cx, partner, document.bytes(), &rules, group)
}

/// Rules of a partner at work on a document; what comes out is a document of the same group.
pub(crate) fn adapted(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    document: &[u8],
    rules: &[document_rules::Rule],
    group: &GroupId,
) -> Result<Applied, Fault> {
    let own = cx.rules();
    let parties = Parties { own: &own.domains, partner: &partner.domains };
    let unfit =
        |why: String| Fault::new(format!("policy with {} makes no group document: {why}", partner.name));
    let applied = document_rules::apply(document, rules, parties, &LIMITS);
    let applied = applied.map_err(|malformed| unfit(malformed.to_string()))?;
    if !applied.changes.is_empty() {
        cx.judge(&applied.document).map_err(unfit)?;
        let facts = Facts::of(&String::from_utf8_lossy(&applied.document));
        if facts.groups != [group.clone()] {
            return Err(unfit("it is of another group".to_owned()));
        }
    }
    Ok(applied)
}

/// What each rule of policy did, for whoever draws a ladder; values are not told.
pub(crate) fn record_changes(cx: &Cx<Gms>, applied: &Applied) {
    for change in &applied.changes {
        let done = match change.effect {
            Effect::Kept => "kept",
            Effect::Removed => "removed",
            Effect::Changed { .. } => "changed",
            Effect::Replaced => "replaced",
            Effect::Added => "added to",
        };
        let (verdict, rule) = (format!("{done} {}", change.place), change.rule.to_string());
        record(cx, Kind::Decided { question: "modify-group", verdict, rule });
    }
}

/// Step 1. On condition of what the partner is known to hold; where it holds something else, that is looked at.
async fn send(cx: &Cx<Gms>, offer: &Offer, mut share: Share, group: &GroupId) -> Outcome {
    let rules = cx.rules();
    let subject = offer.permit.question();
    let Some(partner) = rules.partner(&subject.partner) else {
        return Outcome::Failed(Failed::for_good(Cause::UnknownPartner));
    };
    let abroad = match Abroad::to(cx, partner) {
        Ok(abroad) => abroad,
        Err(cause) => return Outcome::Failed(Failed::for_good(cause)),
    };
    for _ in 0..EXCHANGES / 2 {
        let condition = match &share.held {
            Some(held) => (header::IF_MATCH, format!("\"{}\"", held.etag)),
            None => (header::IF_NONE_MATCH, "*".to_owned()),
        };
        cx.step(CLAUSE, 1);
        let response =
            match abroad.send(Method::PUT, &subject.group, Some(condition), offer.body.clone()).await {
                Ok(response) => response,
                Err(failed) => return Outcome::Failed(failed),
            };
        let held = |etag| Held { etag, digest: offer.digest.clone(), source: offer.source.clone() };
        match response.status() {
            status if status.is_success() => {
                return Outcome::Stored(held(etag(&response).unwrap_or_default()));
            }
            StatusCode::PRECONDITION_FAILED => match look(&abroad, &share, offer, group).await {
                Ok(Look::Same(etag)) => return Outcome::Stored(held(etag)),
                Ok(Look::Earlier(found)) => share.held = found,
                Ok(Look::Foreign(etag)) => {
                    return Outcome::Contested(Conflict { etag, ours: offer.source.clone() });
                }
                Err(failed) => return Outcome::Failed(failed),
            },
            _ => return Outcome::Failed(Failed::of(&response)),
        }
    }
    Outcome::Failed(Failed::for_now(Cause::Overloaded))
}

/// What the partner holds.
enum Look {
    /// What was to be provided: the answer to an earlier attempt was lost.
    Same(String),
    /// Something that we provided earlier, or nothing.
    Earlier(Option<Held>),
    /// Something else.
    Foreign(String),
}

async fn look(abroad: &Abroad<'_>, share: &Share, offer: &Offer, group: &GroupId) -> Result<Look, Failed> {
    let response = abroad.send(Method::GET, group, None, Bytes::new()).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(Look::Earlier(None));
    }
    if response.status() != StatusCode::OK {
        return Err(Failed::of(&response));
    }
    let (etag, found) = (etag(&response).unwrap_or_default(), digest(response.body()));
    Ok(if found == offer.digest {
        Look::Same(etag)
    } else if share.is_ours(&found) {
        Look::Earlier(Some(Held { etag, digest: found, source: String::new() }))
    } else {
        Look::Foreign(etag)
    })
}

fn count(cx: &Cx<Gms>, share: &Share, group: &GroupId, outcome: &Outcome) {
    let (entity, metrics) = (&cx.profile().name, cx.metrics());
    let name = match outcome {
        Outcome::Stored(_) => "stored",
        Outcome::Failed(failed) => failed.cause.name(),
        Outcome::Contested(conflict) => {
            let both = (conflict.ours.as_str(), conflict.etag.as_str());
            metrics.contested(entity, &share.partner, group.as_str(), both, true);
            "conflict"
        }
    };
    metrics.delivered(entity, &share.partner, name);
}

fn take(share: &mut Share, outcome: Outcome, now: u64) {
    match outcome {
        Outcome::Stored(held) => {
            (share.held, share.conflict, share.last) = (Some(held), None, None);
            share.settled();
        }
        Outcome::Contested(conflict) => {
            (share.conflict, share.last) = (Some(conflict), Some("conflict".to_owned()));
            share.settled();
        }
        Outcome::Failed(why) => failed(share, &why, now),
    }
}

/// What passes is tried again; the rest waits for a change of the group, of policy, or for an administrator.
pub(crate) fn failed(share: &mut Share, why: &Failed, now: u64) {
    share.last = Some(why.cause.name().to_owned());
    if why.passes { share.again(now, why.wait) } else { share.settled() }
}

/// Writes what came of a delivery into the share as it is now. Where something new is to be told meanwhile, it stays due.
pub(crate) async fn conclude(
    cx: &Cx<Gms>,
    told: &Share,
    group: &GroupId,
    write: impl FnOnce(&mut Share),
) -> Result<(), Fault> {
    let mut concluded = told.clone();
    write(&mut concluded);
    loop {
        let Some((now, version)) = load(cx, &told.partner, group).await? else { return Ok(()) };
        let mut share = concluded.clone();
        (share.why, share.round) = (now.why, now.round);
        if now.round != told.round {
            (share.task, share.next, share.attempts) = (now.task, 0, 0);
        }
        share.release();
        let batch = Batch::new().expect_version(keys::share(group, &told.partner), version);
        match cx.store().commit(share.keep(batch, group)).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Fault(why)) => return Err(fault(why)),
        }
    }
}

async fn settle(cx: &Cx<Gms>, batch: Batch) -> Result<(), Fault> {
    match cx.store().commit(batch).await {
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(CommitError::Fault(why)) => Err(fault(why)),
    }
}

/// One share, and the version to write it by.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn load(
    cx: &Cx<Gms>,
    partner: &str,
    group: &GroupId,
) -> Result<Option<(Share, Version)>, Fault> {
    let record = cx.store().get(keys::share(group, partner).as_bytes()).await.map_err(fault)?;
    let Some(record) = record else { return Ok(None) };
    let share = Share::read(&record.value).ok_or_else(|| Fault::new("what is kept as a share is none"))?;
    Ok(Some((share, record.version)))
}

async fn shares(cx: &Cx<Gms>, group: &GroupId) -> Result<Vec<(Share, Version)>, Fault> {
    let page = cx.store().scan(keys::shares(group).as_bytes(), None, PAGE).await.map_err(fault)?;
    Ok(page
        .iter()
        .filter_map(|entry| Some((Share::read(&entry.record.value)?, entry.record.version)))
        .collect())
}
