//! What stands in the audit log of sharing groups: TS 22.280 [R-6.1-004], TS 33.180 clause 10.
//!
//! Groups and partners are named, members are not: the digest of the document holds them.

use audit::Entry;
use http::Method;
use kit::{
    Cause, Cx, PartnerId, Policy, Question, Stop,
    audit::{refused_for, ruled},
    policy::Answer,
};

use crate::{
    Gms,
    group::GroupId,
    policy::{AcceptGroup, TellGroup},
    share::{Share, Task, Why},
};

/// Something happened to a group that is shared with a partner, or is to be.
pub(crate) fn act(cx: &Cx<Gms>, what: &str, by: &str, (group, partner): (&GroupId, &str)) -> Entry {
    let entry = cx.log().act(format!("groups.{what}"), by).on(group.as_str());
    let entry = if partner.is_empty() { entry } else { entry.partner(partner) };
    if cx.flow_id().is_empty() { entry } else { entry.of(cx.flow_id()) }
}

/// The same, by this server itself.
pub(crate) fn own(cx: &Cx<Gms>, what: &str, about: (&GroupId, &str)) -> Entry {
    act(cx, what, cx.profile().psi.as_str(), about)
}

/// With what policy says to this, and by which rule.
pub(crate) fn decided<Q: Question>(cx: &Cx<Gms>, entry: Entry, question: &Q) -> Entry
where
    Gms: Policy<Q>,
{
    ruled(entry, &cx.rule(question))
}

/// A partner has been refused something. What failed here is no decision.
pub(crate) async fn refused(
    cx: &Cx<Gms>,
    peer: &PartnerId,
    (method, group): (&Method, &GroupId),
    stop: &Stop,
) {
    if matches!(stop, Stop::Fault(_)) {
        return;
    }
    let is_ours = cx.rules().is_own_domain(&group.domain());
    let (what, ruling) = match (method, is_ours) {
        (&Method::GET | &Method::HEAD, true) => {
            let question = TellGroup { partner: peer.name().into(), group: group.clone() };
            ("request.refused", Some(cx.rule(&question)))
        }
        (&Method::DELETE, _) => ("withdrawal.refused", None),
        _ => {
            let question = AcceptGroup { partner: peer.name().into(), group: group.clone() };
            ("offer.refused", Some(cx.rule(&question)))
        }
    };
    let entry = act(cx, what, peer.name(), (group, peer.name()));
    let cause = stop.cause();
    let entry = match ruling.filter(|ruling| matches!(ruling.answer, Answer::Refuse(said) if said == cause)) {
        Some(ruling) => ruled(entry, &ruling),
        None => refused_for(entry, cause),
    };
    cx.log().note(peer.name(), entry).await;
}

/// A user of ours has been refused an act of administration.
pub(crate) async fn forbidden(cx: &Cx<Gms>, by: &str, what: &str) {
    let entry = cx.log().act("groups.administration.refused", by).on(what);
    cx.log().note(by, refused_for(entry, Cause::RequesterNotAuthorized)).await;
}

/// A partner is to be told of a group, and why.
pub(crate) fn due(cx: &Cx<Gms>, share: &Share, group: &GroupId) -> Entry {
    let task = match share.task {
        Some(Task::Provide) => "share.due",
        Some(Task::Withdraw) | None => "share.ended",
    };
    let rule = match share.why {
        Why::Members => "share: members",
        Why::Listed => "share: listed",
        Why::Barred => "share: barred",
    };
    own(cx, task, (group, &share.partner)).ruled("allow", rule)
}
