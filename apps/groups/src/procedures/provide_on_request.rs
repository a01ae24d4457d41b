//! The partner MC system requests group configuration from the primary MC system: the primary's group management server.
//! TS 23.280 clause 10.2.7.3 step 3. The other steps at the partner are `request_abroad.rs`.

use bytes::Bytes;
use http::{Request, Response};
use kit::{Cause, Cx, Done, Fault, PartnerId, Permit, Verdict, documents};
use store::{Batch, Version};
use xcap::{Current, Etag, Method, Outcome, Target};

use super::{migrated, provide};
use crate::{
    Gms,
    config::{PartnerConfig, ShareWith},
    entered,
    group::GroupId,
    keys,
    policy::TellGroup,
    share::{Given, Share, Why, digest},
    state::fault,
};

const CLAUSE: &str = "10.2.7.3";

/// A partner gets a group of ours, as policy lets it go there.
///
/// # Errors
/// [`Cause::NotPermitted`] where the partner may not request it; [`Cause::UnknownGroup`] where it is not defined here;
/// [`Cause::NoMember`] where none of its users is a member; [`Cause::NotShared`] where it is not shared with it.
pub async fn answer(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (target, group): (&Target, &GroupId),
    request: &Request<Bytes>,
) -> Done<Response<Bytes>> {
    let xcap = cx.xcap_rules().ok_or_else(|| Fault::new("group documents are not served"))?;
    let asked = xcap::Request {
        method: Method::new(request.method().as_str()),
        target,
        content_type: None,
        conditions: documents::conditions(request.headers()),
        body: &[],
    };
    let decide = |told: &Current| xcap::decide(&xcap, &asked, Some(told));
    let told = loop {
        let rules = cx.rules();
        let partner = rules.partner(peer.name()).ok_or(Cause::UnknownPartner)?;
        let gives = |told: &Current| is_whole(&asked) && has(&decide(told));
        let told = step_3(cx, partner, &permit(cx, peer, group)?, gives).await?;
        // What was made by rules that hold no longer is told to nobody.
        if cx.is_current(&rules) {
            break told;
        }
    };
    match decide(&told) {
        Outcome::Answer(answer) => Ok(documents::answer(answer)),
        Outcome::Commit(_) => Err(Cause::MethodNotAllowed.into()),
    }
}

/// Whether the document is asked for, and neither a part of it nor what there is to be said of it.
fn is_whole(asked: &xcap::Request<'_>) -> bool {
    asked.method == Method::Get && asked.target.node.is_none()
}

/// Whether who is answered so has what was asked for: it is in the answer, or he had it.
fn has(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answer(answer) if matches!(answer.status, 200 | 304))
}

fn permit(cx: &Cx<Gms>, peer: &PartnerId, group: &GroupId) -> Result<Permit<TellGroup>, Cause> {
    match cx.decide(TellGroup { partner: peer.name().into(), group: group.clone() }) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause),
        Verdict::Defer(_) => Err(Cause::PolicyRefuses),
    }
}

/// Step 3: the group as the partner gets it, and what it holds from now on remembered, both of one moment: where group or share have
/// changed between, all is looked at again. `gives` says whether the partner has the document with the answer.
async fn step_3(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    permit: &Permit<TellGroup>,
    gives: impl Fn(&Current) -> bool,
) -> Done<Current> {
    let group = &permit.question().group;
    loop {
        let found = cx.documents().read_at(&group.target()).await.map_err(fault)?;
        let (document, key, version) = found.ok_or(Cause::UnknownGroup)?;
        let share = provide::load(cx, &partner.name, group).await?;
        let why = share.as_ref().map(|(share, _)| share.why);
        if why == Some(Why::Barred) || why != Some(Why::Listed) && partner.share == ShareWith::Listed {
            return Err(Cause::NotShared.into());
        }
        let facts = migrated::placed(cx, cx.facts(group, &document)).await?;
        if !facts.has_member_of(|domain| partner.owns_domain(domain)) {
            return Err(Cause::NoMember.into());
        }
        let applied = provide::modified(cx, partner, group, &document).await?;
        let unchanged = Batch::new().expect_version(key, version);
        let told = Current::read(&applied.document, told(&document, &applied.document));
        let told = told.ok_or_else(|| Fault::new("policy makes no document"))?;
        let given = Given { digest: digest(&applied.document), source: document.etag().as_str().to_owned() };
        if let Some(batch) = remembered(partner, (group, share), unchanged, (&given, gives(&told)))? {
            let entry = entered::act(cx, "request.told", &partner.name, (group, &partner.name));
            let entry = entered::decided(cx, entry.bytes(&applied.document), permit.question());
            let batch = cx.log().enter(batch, &entry);
            if cx.commit(batch).await?.is_none() {
                continue;
            }
        }
        cx.step(CLAUSE, 3);
        provide::record_changes(cx, &applied);
        return Ok(told);
    }
}

/// The entity tag of what a partner is told: of the document and of what policy made of it.
fn told(document: &Current, applied: &[u8]) -> Etag {
    let short: String = digest(applied).chars().take(16).collect();
    Etag::new(&format!("p{}-{short}", document.etag().as_str()))
}

/// What the partner holds from now on, so that changes follow and are not taken for a conflict, and so that who looks sees it; none
/// where that is known.
fn remembered(
    partner: &PartnerConfig,
    (group, share): (&GroupId, Option<(Share, Version)>),
    unchanged: Batch,
    (given, is_given): (&Given, bool),
) -> Result<Option<Batch>, Fault> {
    let key = keys::share(group, &partner.name);
    let is_known =
        |share: &Share| share.is_ours(&given.digest) && (!is_given || share.given.as_ref() == Some(given));
    let (mut share, batch) = match share {
        Some((share, _)) if is_known(&share) => return Ok(None),
        Some((share, version)) => (share, unchanged.expect_version(key, version)),
        None => {
            let mut share = Share::new(group, &partner.name, Why::Members);
            share.settled();
            (share, unchanged.expect_absent(key))
        }
    };
    share.tell(&given.digest);
    if is_given {
        share.given = Some(given.clone());
    }
    share.keep(batch, group).map(Some)
}
