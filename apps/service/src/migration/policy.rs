//! What is asked of policy about migrations. TS 23.280 10.6.3.3 steps 2 and 6

use std::sync::Arc;

use kit::{Cause, Covers, Policy, Question, Ruling, document_rules::like};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::McServiceId,
    migration::{
        MigrationServiceAuthorizationRequest as Request, MigrationServiceAuthorizationResponse as Response,
        MigrationStatusResponse, Outcome, ProfileIndex, Whereabouts,
    },
};

use super::{SecondPartner, Visitors, record::Stage};
use crate::Mcs;

/// Step 2: may this user of that system ask to work here?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectVisitor {
    /// The primary system, by its configured name.
    pub system: String,
    /// The MC service concerned.
    pub service: McService,
    /// Who he is here.
    pub partner: McServiceId,
    /// Who he is there.
    pub primary: McServiceId,
    /// What the own ACM server has said of him: whether he is accepted; none where it has said nothing.
    pub told: Option<bool>,
}

/// Step 6: may this user of ours go to that system with this profile?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MayMigrate {
    /// The partner system, by its configured name.
    pub system: String,
    /// The MC service concerned.
    pub service: McService,
    /// Who.
    pub primary: McServiceId,
    /// With which profile.
    pub profile: ProfileIndex,
}

/// May this outcome be told to that system, or, where none is named, to the client?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellOutcome {
    /// The partner system, by its configured name.
    pub system: Option<String>,
    /// The MC service concerned.
    pub service: McService,
    /// Who the user is in the partner system.
    pub partner: McServiceId,
    /// Who the user is in the primary system.
    pub primary: McServiceId,
    /// Whether he is told to have migrated.
    pub is_success: bool,
}

/// May that system know what is in our books of this user?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellStatus {
    /// That system, by its configured name.
    pub system: String,
    /// Who the user is in the partner system.
    pub partner: McServiceId,
    /// Who the user is in the primary system.
    pub primary: McServiceId,
}

/// May this server of the own system know where these users work?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellWhereabouts {
    /// The server, by the domain that its certificate proves.
    pub server: Arc<str>,
    /// Who they are: users of ours.
    pub users: Vec<McServiceId>,
}

impl Question for ExpectVisitor {
    const NAME: &'static str = "expect-visitor";
}
impl Question for MayMigrate {
    const NAME: &'static str = "may-migrate";
}
impl Question for TellOutcome {
    const NAME: &'static str = "tell-migration-outcome";
}
impl Question for TellStatus {
    const NAME: &'static str = "tell-migration-status";
}

impl Question for TellWhereabouts {
    const NAME: &'static str = "tell-whereabouts";
}

impl Covers<Whereabouts> for TellWhereabouts {
    fn cover(questions: &[&Self], flow: &Whereabouts) -> bool {
        let is_asked =
            |question: &&Self| flow.places.iter().all(|place| question.users.contains(&place.primary));
        questions.iter().any(is_asked)
    }
}

impl Covers<Request> for ExpectVisitor {
    fn cover(questions: &[&Self], flow: &Request) -> bool {
        let is_it = |question: &&Self| {
            (question.service, &question.partner, &question.primary)
                == (flow.service, &flow.partner, &flow.primary)
        };
        questions.iter().any(is_it)
    }
}

impl Covers<Response> for TellOutcome {
    fn cover(questions: &[&Self], flow: &Response) -> bool {
        let is_it = |question: &&Self| {
            (question.service, &question.partner, &question.primary, question.is_success)
                == (flow.service, &flow.partner, &flow.primary, flow.outcome == Outcome::Success)
        };
        questions.iter().any(is_it)
    }
}

impl Covers<MigrationStatusResponse> for TellStatus {
    fn cover(questions: &[&Self], flow: &MigrationStatusResponse) -> bool {
        questions
            .iter()
            .any(|question| (&question.partner, &question.primary) == (&flow.partner, &flow.primary))
    }
}

impl Policy<ExpectVisitor> for Mcs {
    fn rule(&self, question: &ExpectVisitor) -> Ruling {
        let ExpectVisitor { system, service, partner, primary, told } = question;
        let Some(migrations) = self.migrations() else {
            return Ruling::refuse(Cause::NotPermitted, "no migration");
        };
        let config = migrations.config();
        let Some(known) = config.partner(system) else {
            return Ruling::refuse(Cause::UnknownPartner, "not a configured system");
        };
        let is_listed = || known.expected.iter().any(|pattern| like(pattern, primary.as_str()));
        let is_expected = || told.unwrap_or_else(is_listed);
        match known.visitors {
            _ if *told == Some(false) => return Ruling::refuse(Cause::NotExpected, "removed by ACM"),
            Visitors::None => return Ruling::refuse(Cause::NotExpected, "visitors: none"),
            Visitors::Expected if !is_expected() => {
                return Ruling::refuse(Cause::NotExpected, "visitors: expected");
            }
            Visitors::Expected | Visitors::Any => {}
        }
        let before = || migrations.before(&(*service, partner.clone()));
        if known.at_most.is_some_and(|most| before() >= most) {
            return Ruling::refuse(Cause::NoRoom, "at-most");
        }
        Ruling::allow("visitors")
    }
}

impl Policy<MayMigrate> for Mcs {
    fn rule(&self, question: &MayMigrate) -> Ruling {
        let MayMigrate { system, service, primary, profile } = question;
        let config = self.migrations().map(|migrations| (migrations, migrations.config()));
        let known =
            config.as_ref().and_then(|(migrations, config)| Some((migrations, config.partner(system)?)));
        let Some((migrations, known)) = known else {
            return Ruling::refuse(Cause::UnknownPartner, "not a configured system");
        };
        if !self.is_configured(primary) {
            return Ruling::refuse(Cause::UnknownUser, "no user of this server");
        }
        if self.tokens().is_locked(primary) {
            return Ruling::refuse(Cause::MayNotMigrate, "locked");
        }
        let Some(rule) = known.allow.iter().find(|rule| rule.is_about(primary)) else {
            return Ruling::refuse(Cause::MayNotMigrate, "default");
        };
        if !rule.has(*profile) {
            return Ruling::refuse(Cause::WrongProfile, "profiles");
        }
        let elsewhere = migrations.mark(*service, primary).filter(|mark| mark.system != *system);
        if elsewhere.is_some() && migrations.config().second_partner == SecondPartner::Refuse {
            return Ruling::refuse(Cause::AlreadyMigrated, "second-partner: refuse");
        }
        Ruling::allow("allow")
    }
}

impl Policy<TellOutcome> for Mcs {
    /// Nobody is told to have migrated of whom no record says so; that it came to nothing may always be told.
    fn rule(&self, question: &TellOutcome) -> Ruling {
        let TellOutcome { system, service, partner, primary, is_success } = question;
        if !is_success {
            return Ruling::allow("a refusal");
        }
        let Some(migrations) = self.migrations() else {
            return Ruling::refuse(Cause::NotMigrated, "no migration");
        };
        let is_so = match system {
            Some(system) => migrations
                .mark(*service, primary)
                .is_some_and(|mark| mark.system == *system && mark.partner == *partner),
            None => migrations
                .visit(*service, partner)
                .is_some_and(|visit| visit.stage != Stage::Asking && visit.primary == *primary),
        };
        if is_so { Ruling::allow("as recorded") } else { Ruling::refuse(Cause::NotMigrated, "not recorded") }
    }
}

impl Policy<TellWhereabouts> for Mcs {
    /// Those may know that have something for them: the location and group management servers.
    fn rule(&self, question: &TellWhereabouts) -> Ruling {
        let groups = self.config().groups.as_ref().map(|groups| &groups.identity);
        if [Some(&self.locations().identity), groups].contains(&Some(&question.server)) {
            Ruling::allow("an own server")
        } else {
            Ruling::refuse(Cause::RequesterNotAuthorized, "only for own servers")
        }
    }
}

impl Policy<TellStatus> for Mcs {
    /// A system may know of users of its own, and of whom it has given an ID.
    fn rule(&self, question: &TellStatus) -> Ruling {
        let TellStatus { system, partner, primary } = question;
        let config = self.migrations().map(crate::Migrations::config);
        let known = config.as_ref().and_then(|config| config.partner(system));
        let owns = |id: &McServiceId| {
            known.is_some_and(|known| known.domains.iter().any(|own| own.eq_ignore_ascii_case(id.domain())))
        };
        if owns(partner) != owns(primary) {
            Ruling::allow("a user in common")
        } else {
            Ruling::refuse(Cause::ForeignIdentity, "no user in common")
        }
    }
}
