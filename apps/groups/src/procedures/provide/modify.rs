//! Whether a partner may have a group, and what policy makes of it on the way.

use std::{fmt, sync::Arc};

use kit::{
    Cause, Cx, Fault, Permit, Refusal, Stop, Verdict,
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
/// [`Unfit`] where the rules make something of it that is no group document, or the store fails.
pub async fn modified(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    group: &GroupId,
    document: &Current,
) -> Result<Applied, Unfit> {
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
) -> Result<Applied, Unfit> {
    let why = match made(cx, partner, document, rules, group) {
        Ok(applied) => return Ok(applied),
        Err(why) => why,
    };
    // Of the rules one after the other, the last that found something valid and left nothing that is.
    let is_valid = |count: usize| {
        let before = rules.get(..count).unwrap_or_default();
        made(cx, partner, document, before, group).is_ok()
    };
    let breaks = rules.iter().enumerate().rev().find(|(before, _)| is_valid(*before));
    let rule = breaks.map(|(_, rule)| Arc::clone(&rule.name));
    Err(Unfit::Broken { partner: partner.name.clone(), rule, why })
}

/// What these rules make of a document, or why that is no document of the group.
fn made(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    document: &[u8],
    rules: &[document_rules::Rule],
    group: &GroupId,
) -> Result<Applied, String> {
    let own = cx.rules();
    let parties = Parties { own: &own.domains, partner: &partner.domains };
    let applied = document_rules::apply(document, rules, parties, &LIMITS);
    let applied = applied.map_err(|malformed| malformed.to_string())?;
    if !applied.changes.is_empty() {
        cx.judge(&applied.document)?;
        if Facts::of(&String::from_utf8_lossy(&applied.document)).groups != [group.clone()] {
            return Err("it is of another group".to_owned());
        }
    }
    Ok(applied)
}

/// Why there is nothing to be sent or stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// What is needed cannot be had now.
    Fault(Fault),
    /// A rule leaves no document of the group.
    Broken {
        /// The policy with this partner.
        partner: String,
        /// The rule; none where it was no document of the group before.
        rule: Option<Arc<str>>,
        /// What is wrong with what is left: the place and the rule of the schema, and no value of the document.
        why: String,
    },
}

impl Unfit {
    /// For the administrator whose rule it is; no more of what failed here than its cause.
    #[must_use]
    pub fn told(self) -> Stop {
        match self {
            Self::Fault(fault) => fault.into(),
            broken => Refusal::at(Cause::BrokenByRule, &broken.to_string()).into(),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Broken { partner, rule: Some(rule), why } => {
                write!(f, "the rule '{rule}' for {partner} leaves no group document: {why}")
            }
            Self::Broken { partner, rule: None, why } => write!(f, "no group document for {partner}: {why}"),
        }
    }
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// To a partner it is a fault of ours.
impl From<Unfit> for Fault {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Fault(fault) => fault,
            broken => Self::new(broken.to_string()),
        }
    }
}

impl From<Unfit> for Stop {
    fn from(unfit: Unfit) -> Self {
        Fault::from(unfit).into()
    }
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
