//! What is asked before a group crosses between MC systems, by the preconditions of TS 23.280 clauses 10.2.7.2 and 10.2.7.3.
//!
//! The agreement with the partner answers; where it is about all groups the rule has the partner's name only.

use std::sync::Arc;

use kit::{Cause, Policy, Question, Ruling};

use crate::{Gms, config::PartnerConfig, group::GroupId};

/// May a group of ours be provided to this partner? (10.2.7.2, the primary is authorized)
#[derive(Clone, Debug)]
pub struct ProvideGroup {
    /// The partner's configured name.
    pub partner: Arc<str>,
    /// The group.
    pub group: GroupId,
}

/// May this partner provide a group of its own? (10.2.7.2, the partner's side)
#[derive(Clone, Debug)]
pub struct AcceptGroup {
    /// The partner's configured name.
    pub partner: Arc<str>,
    /// The group.
    pub group: GroupId,
}

/// May a group of ours be told to this partner, which requests it? (10.2.7.3, the partner is authorized)
#[derive(Clone, Debug)]
pub struct TellGroup {
    /// The partner's configured name.
    pub partner: Arc<str>,
    /// The group.
    pub group: GroupId,
}

/// May a group be requested of this partner? (10.2.7.3, the partner's own side)
#[derive(Clone, Debug)]
pub struct AskForGroup {
    /// The partner's configured name.
    pub partner: Arc<str>,
    /// The group.
    pub group: GroupId,
}

impl Question for ProvideGroup {
    const NAME: &'static str = "provide-group";
}

impl Question for AcceptGroup {
    const NAME: &'static str = "accept-group";
}

impl Question for TellGroup {
    const NAME: &'static str = "tell-group";
}

impl Question for AskForGroup {
    const NAME: &'static str = "ask-for-group";
}

impl Policy<ProvideGroup> for Gms {
    fn rule(&self, question: &ProvideGroup) -> Ruling {
        agreed(self, &question.partner, &question.group, "may-be-provided", |partner| partner.may_be_provided)
    }
}

impl Policy<AcceptGroup> for Gms {
    fn rule(&self, question: &AcceptGroup) -> Ruling {
        agreed(self, &question.partner, &question.group, "may-provide", |partner| partner.may_provide)
    }
}

impl Policy<TellGroup> for Gms {
    fn rule(&self, question: &TellGroup) -> Ruling {
        agreed(self, &question.partner, &question.group, "may-request", |partner| partner.may_request)
    }
}

impl Policy<AskForGroup> for Gms {
    fn rule(&self, question: &AskForGroup) -> Ruling {
        agreed(self, &question.partner, &question.group, "may-be-asked", |partner| partner.may_be_asked)
    }
}

fn agreed(
    gms: &Gms,
    partner: &str,
    group: &GroupId,
    switch: &'static str,
    says: impl Fn(&PartnerConfig) -> bool,
) -> Ruling {
    let rules = gms.rules();
    let Some(found) = rules.partner(partner) else {
        return Ruling::refuse(Cause::UnknownPartner, "no such partner");
    };
    match (says(found), found.covers(group)) {
        (true, true) => Ruling::allow(format!("{partner} {switch}")),
        (false, _) => Ruling::refuse(Cause::NotPermitted, format!("{partner} {switch}")),
        (_, false) => Ruling::refuse(Cause::NotPermitted, format!("{partner} groups")),
    }
}
