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
    share::{Share, Why, digest},
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
    let told = loop {
        let rules = cx.rules();
        let partner = rules.partner(peer.name()).ok_or(Cause::UnknownPartner)?;
        let told = step_3(cx, partner, &permit(cx, peer, group)?).await?;
        // What was made by rules that hold no longer is told to nobody.
        if cx.is_current(&rules) {
            break told;
        }
    };
    let asked = xcap::Request {
        method: Method::new(request.method().as_str()),
        target,
        content_type: None,
        conditions: documents::conditions(request.headers()),
        body: &[],
    };
    let rules = cx.xcap_rules().ok_or_else(|| Fault::new("group documents are not served"))?;
    match xcap::decide(&rules, &asked, Some(&told)) {
        Outcome::Answer(answer) => Ok(documents::answer(answer)),
        Outcome::Commit(_) => Err(Cause::MethodNotAllowed.into()),
    }
}

fn permit(cx: &Cx<Gms>, peer: &PartnerId, group: &GroupId) -> Result<Permit<TellGroup>, Cause> {
    match cx.decide(TellGroup { partner: peer.name().into(), group: group.clone() }) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause),
        Verdict::Defer(_) => Err(Cause::PolicyRefuses),
    }
}

/// Step 3: the group as the partner gets it, and what it holds from now on remembered, both of one moment: where group or share have
/// changed between, all is looked at again.
async fn step_3(cx: &Cx<Gms>, partner: &PartnerConfig, permit: &Permit<TellGroup>) -> Done<Current> {
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
        let digest = digest(&applied.document);
        if let Some(batch) = remembered(partner, (group, share), unchanged, &digest)? {
            let entry = entered::act(cx, "request.told", &partner.name, (group, &partner.name));
            let entry = entered::decided(cx, entry.bytes(&applied.document), permit.question());
            let batch = cx.log().enter(batch, &entry);
            if cx.commit(batch).await?.is_none() {
                continue;
            }
        }
        cx.step(CLAUSE, 3);
        provide::record_changes(cx, &applied);
        let told = Current::read(&applied.document, told(&document, &applied.document));
        return told.ok_or_else(|| Fault::new("policy makes no document").into());
    }
}

/// The entity tag of what a partner is told: of the document and of what policy made of it.
fn told(document: &Current, applied: &[u8]) -> Etag {
    let short: String = digest(applied).chars().take(16).collect();
    Etag::new(&format!("p{}-{short}", document.etag().as_str()))
}

/// What the partner holds from now on, so that changes follow and are not taken for a conflict; none where that is known.
fn remembered(
    partner: &PartnerConfig,
    (group, share): (&GroupId, Option<(Share, Version)>),
    unchanged: Batch,
    digest: &str,
) -> Result<Option<Batch>, Fault> {
    let key = keys::share(group, &partner.name);
    let (mut share, batch) = match share {
        Some((share, _)) if share.is_ours(digest) => return Ok(None),
        Some((share, version)) => (share, unchanged.expect_version(key, version)),
        None => {
            let mut share = Share::new(group, &partner.name, Why::Members);
            share.settled();
            (share, unchanged.expect_absent(key))
        }
    };
    share.tell(digest);
    share.keep(batch, group).map(Some)
}
