//! Whether a partner may have a group, and what policy makes of it on the way.

use kit::{
    Cause, Cx, Fault, Permit, Verdict,
    document_rules::{self, Applied, Effect, Parties},
};
use wire::Kind;
use xcap::Current;

use crate::{
    Gms,
    config::{GroupRule, PartnerConfig},
    group::{Facts, GroupId},
    policy::ProvideGroup,
    procedures::{abroad::record, migrated},
    state::LIMITS,
};

pub(super) fn permit(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    group: &GroupId,
) -> Result<Permit<ProvideGroup>, Cause> {
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
pub async fn modified(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    group: &GroupId,
    document: &Current,
) -> Result<Applied, Fault> {
    let rules = GroupRule::of(&partner.provide, group);
    let Some(Applied { document, mut changes }) = migrated::mapped(cx, partner, document.bytes()).await?
    else {
        return adapted(cx, partner, document.bytes(), &rules, group);
    };
    let applied = adapted(cx, partner, &document, &rules, group)?;
    changes.extend(applied.changes);
    Ok(Applied { changes, ..applied })
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
