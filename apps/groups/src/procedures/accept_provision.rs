//! The primary MC system provides group configuration to the partner MC system: the partner's group management server.
//! TS 23.280 clause 10.2.7.2 steps 2, 3 and 5. Step 1 at the primary is `provide.rs`; step 4 follows from what is stored, by `told.rs`.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use kit::{Cause, Cx, Done, Fault, PartnerId, Permit, Refusal, Verdict, documents};
use store::{Batch, Version};
use xcap::{Answer, Commit, Current, Method, Outcome, Target};

use super::provide::{adapted, record_changes};
use crate::{
    Gms,
    config::{GroupRule, PartnerConfig, Rules},
    copy::{Copy, How, Source},
    entered,
    group::{Facts, GroupId},
    keys,
    policy::AcceptGroup,
    room::Amount,
    state::{fault, offered},
};

pub(crate) const CLAUSE: &str = "10.2.7.2";

/// Groups that are read at once.
const PAGE: usize = 256;

/// The primary puts a group of its own here.
///
/// # Errors
/// [`Cause::UnknownPartner`] where the sender is none; [`Cause::ForeignIdentity`] where the group is not of its domains;
/// [`Cause::NotPermitted`] where it may not provide it; [`Cause::NoMember`] where none of our users is a member;
/// [`Cause::TooManyGroups`] and [`Cause::GroupsTooLarge`] where it keeps as much here as it may.
pub async fn receive(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (target, group): (&Target, &GroupId),
    request: &Request<Bytes>,
) -> Done<Response<Bytes>> {
    admit(cx, peer, group)?;
    if target.node.is_some() {
        return Ok(documents::answer(Answer::not_allowed("GET, HEAD", "a group is provided whole")));
    }
    loop {
        if let Some(answer) = attempt(cx, peer, (target, group), request).await? {
            return Ok(documents::answer(answer));
        }
    }
}

/// None: something has come between, and the request is decided again.
async fn attempt(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (target, group): (&Target, &GroupId),
    request: &Request<Bytes>,
) -> Done<Option<Answer>> {
    // Asked and applied by the same rules, whatever an operator changes meanwhile.
    let rules = cx.rules();
    let permit = admit(cx, peer, group)?;
    let found = Offered::read(cx, group).await?;
    // The answer to an earlier attempt was lost: what it asked for has been done (RFC 9110 13.1.1).
    if let Some(current) = found.current.as_ref().filter(|current| current.bytes() == request.body()) {
        let etag = Some(current.etag().clone());
        return Ok(Some(Answer { etag, ..Answer::status(200) }));
    }
    let (text, created) = match found.decide(cx, target, request)? {
        Outcome::Answer(answer) => return Ok(Some(answer)),
        Outcome::Commit(Commit::Put { text, created, .. }) => (text, created),
        Outcome::Commit(Commit::Delete) => return Err(Cause::MethodNotAllowed.into()),
    };
    let partner = rules.partner(peer.name()).ok_or(Cause::UnknownPartner)?;
    let former = found.current.as_ref().map(Current::text);
    let _place = match Amount::added(former, &text) {
        Some(added) => Some(cx.rooms().take(cx, partner, added).await?),
        None => None,
    };
    cx.step(CLAUSE, 2);
    let effective = effective(cx, &rules, &permit, &text).await?;
    if !cx.is_current(&rules) {
        return Ok(None);
    }
    let source = Source::new(peer.name(), How::Provided, &text, cx.flow_id());
    let copy = Copy { group, offer: Some(&text), effective, source: Some(&source) };
    let entry = entered::act(cx, "offer.kept", peer.name(), (group, peer.name())).bytes(text.as_bytes());
    let entry = entered::decided(cx, entry, permit.question());
    let admitted = cx.log().admit(peer.name(), partner.most_groups);
    let batch = admitted.enter(copy.keep(cx, found.guarded(Batch::new(), group))?, entry);
    let Some(version) = cx.commit(batch).await? else { return Ok(None) };
    admitted.happened();
    // Who subscribed hears of it from the store: step 4 is the notifier's (`told.rs`), and keeps nobody waiting.
    cx.step(CLAUSE, 3);
    keep_up(cx, &rules, group).await?;
    cx.step(CLAUSE, 5);
    Ok(Some(Answer { etag: Some(offered(version)), ..Answer::status(if created { 201 } else { 200 }) }))
}

/// What comes before everything else: who sends it, whose the group is, and whether that is agreed.
pub(crate) fn admit(cx: &Cx<Gms>, peer: &PartnerId, group: &GroupId) -> Result<Permit<AcceptGroup>, Cause> {
    let rules = cx.rules();
    let partner = rules.partner(peer.name()).ok_or(Cause::UnknownPartner)?;
    if !partner.owns_domain(&group.domain()) {
        return Err(Cause::ForeignIdentity);
    }
    match cx.decide(AcceptGroup { partner: peer.name().into(), group: group.clone() }) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause),
        Verdict::Defer(_) => Err(Cause::PolicyRefuses),
    }
}

/// Step 2: what our policy makes of a group that was provided; none where that is what we have.
async fn effective(
    cx: &Cx<Gms>,
    rules: &Rules,
    permit: &Permit<AcceptGroup>,
    offer: &str,
) -> Done<Option<Bytes>> {
    let subject = permit.question();
    let partner = rules.partner(&subject.partner).ok_or(Cause::UnknownPartner)?;
    check_members(cx, offer)?;
    renewed(cx, partner, &subject.group, offer).await
}

/// A group of which none of our users is a member is none of ours to keep (precondition of 10.2.7.2 and of 10.2.7.3).
pub(crate) fn check_members(cx: &Cx<Gms>, offer: &str) -> Result<(), Cause> {
    let rules = cx.rules();
    let has_member = Facts::of(offer).has_member_of(|domain| rules.is_own_domain(domain));
    if has_member { Ok(()) } else { Err(Cause::NoMember) }
}

/// What our policy makes of a partner's group; none where that is what we have.
pub(crate) async fn renewed(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    group: &GroupId,
    offer: &str,
) -> Done<Option<Bytes>> {
    let applied = adapted(cx, partner, offer.as_bytes(), &GroupRule::of(&partner.accept, group), group)?;
    record_changes(cx, &applied);
    let now = cx.document(group).await?;
    let is_same = now.is_some_and(|now| now.bytes() == &applied.document);
    Ok((!is_same).then_some(applied.document))
}

/// Our policy has changed: effective copies are made of their offers again.
///
/// # Errors
/// [`Fault`] where the store fails.
pub async fn adapt_again(cx: &Cx<Gms>) -> Result<(), Fault> {
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::SOURCE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for entry in &page {
            let group = keys::group_below(keys::SOURCE, &entry.key);
            if let Some((group, source)) = group.zip(Source::read(&entry.record.value)) {
                adapt(cx, &source, &group).await?;
            }
        }
    }
}

/// A copy was made by these rules and is kept. Where others hold by now, it is made again: those who changed them may have looked
/// before it was kept.
pub(crate) async fn keep_up(cx: &Cx<Gms>, made_by: &Arc<Rules>, group: &GroupId) -> Result<(), Fault> {
    if cx.is_current(made_by) {
        return Ok(());
    }
    let source = cx.store().get(keys::source(group).as_bytes()).await.map_err(fault)?;
    match source.and_then(|source| Source::read(&source.value)) {
        Some(source) => adapt(cx, &source, group).await,
        None => Ok(()),
    }
}

async fn adapt(cx: &Cx<Gms>, source: &Source, group: &GroupId) -> Result<(), Fault> {
    loop {
        let rules = cx.rules();
        let Some(partner) = rules.partner(&source.partner) else { return Ok(()) };
        let Some((offer, version)) = cx.offer(group).await? else { return Ok(()) };
        let effective = match renewed(cx, partner, group, offer.text()).await {
            Ok(Some(effective)) => effective,
            Ok(None) => return Ok(()),
            Err(stop) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %stop, "a group stays as it was");
                return Ok(());
            }
        };
        let entry = entered::own(cx, "copy.adapted", (group, &source.partner)).bytes(&effective);
        let copy = Copy { group, offer: None, effective: Some(effective), source: None };
        let batch = Batch::new().expect_version(keys::offer(group), version);
        let kept = cx.commit(cx.log().enter(copy.keep(cx, batch)?, &entry)).await?;
        if kept.is_some() && cx.is_current(&rules) {
            return Ok(());
        }
    }
}

/// What the primary provided so far: what its requests are decided upon.
pub(crate) struct Offered {
    pub(crate) current: Option<Current>,
    version: Option<Version>,
}

impl Offered {
    pub(crate) async fn read(cx: &Cx<Gms>, group: &GroupId) -> Result<Self, Fault> {
        let (current, version) = cx.offer(group).await?.unzip();
        Ok(Self { current, version })
    }

    /// A request of the primary's, by the rules of XCAP and of group documents.
    pub(crate) fn decide(&self, cx: &Cx<Gms>, target: &Target, request: &Request<Bytes>) -> Done<Outcome> {
        let asked = xcap::Request {
            method: Method::new(request.method().as_str()),
            target,
            content_type: documents::content_type(request.headers()),
            conditions: documents::conditions(request.headers()),
            body: request.body(),
        };
        self.judge(cx, &asked)
    }

    pub(crate) fn judge(&self, cx: &Cx<Gms>, asked: &xcap::Request<'_>) -> Done<Outcome> {
        let rules = cx.xcap_rules().ok_or_else(|| Fault::new("group documents are not served"))?;
        Ok(xcap::decide(&rules, asked, self.current.as_ref()))
    }

    /// On condition that it is still what was decided upon.
    pub(crate) fn guarded(&self, batch: Batch, group: &GroupId) -> Batch {
        match self.version {
            Some(version) => batch.expect_version(keys::offer(group), version),
            None => batch.expect_absent(keys::offer(group)),
        }
    }
}

/// The primary reads what it provided, under the entity tag by which it knows it.
///
/// # Errors
/// As [`receive`].
pub async fn show(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (target, group): (&Target, &GroupId),
    request: &Request<Bytes>,
) -> Done<Response<Bytes>> {
    admit(cx, peer, group)?;
    match Offered::read(cx, group).await?.decide(cx, target, request)? {
        Outcome::Answer(answer) => Ok(documents::answer(answer)),
        Outcome::Commit(_) => Err(Refusal::from(Cause::MethodNotAllowed).into()),
    }
}
