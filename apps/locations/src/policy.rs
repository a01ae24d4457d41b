//! What is asked of policy, and which rules answer. TS 23.280 10.9.3.10.2 steps 2 and 4.

use kit::{Cause, Covers, Policy, Question, Ruling, permit::CoversWith, policy::Person};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, LocationRequest, TargetAnswer},
};

use crate::{
    Lms,
    config::{Migrated, Tell, TellRule},
    migrants::Standing,
};

/// May this user of ours ask where that user is? One pair of requester and target; step 2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskLocation {
    /// Who asks.
    pub requester: McServiceId,
    /// For whom.
    pub target: McServiceId,
    /// Whether that is a user of ours, so that it is for [`TellLocation`] too to say whether the position is told.
    pub is_own: bool,
}

impl Question for AskLocation {
    const NAME: &'static str = "ask-location";
}

impl Policy<AskLocation> for Lms {
    fn rule(&self, question: &AskLocation) -> Ruling {
        let AskLocation { requester, target, .. } = question;
        let book = self.book();
        let mut rules = book.ask.iter();
        match rules.find(|rule| rule.requester.matches(requester) && rule.target.matches(target)) {
            Some(rule) if rule.allow => Ruling::allow(rule.name.clone()),
            Some(rule) => Ruling::refuse(Cause::RequesterNotAuthorized, rule.name.clone()),
            None => Ruling::refuse(Cause::RequesterNotAuthorized, "default"),
        }
    }
}

/// May this user's position be told to that requester? Step 4; within one system, the authorization of 10.9.3.2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellLocation {
    /// Who asks.
    pub requester: McServiceId,
    /// Whose position it is.
    pub target: McServiceId,
}

impl Question for TellLocation {
    const NAME: &'static str = "tell-location";
}

impl Policy<TellLocation> for Lms {
    /// The user's own rules come first, whichever way they decide; general policy speaks where they are silent.
    fn rule(&self, question: &TellLocation) -> Ruling {
        let TellLocation { requester, target } = question;
        let matching =
            |rules: &[TellRule]| rules.iter().find(|rule| rule.requester.matches(requester)).cloned();
        let own = self.user(target).and_then(|user| matching(&user.share));
        let refused_by_user = own.is_some();
        let Some(rule) = own.or_else(|| matching(&self.book().tell)) else {
            return Ruling::refuse(Cause::PolicyRefuses, "default");
        };
        match rule.answer {
            Tell::Allow => Ruling::allow(rule.name),
            Tell::Refuse if refused_by_user => Ruling::refuse(Cause::TargetRefuses, rule.name),
            Tell::Refuse => Ruling::refuse(Cause::PolicyRefuses, rule.name),
            Tell::AskUser => Ruling::defer(Person(target.as_str().into()), rule.name),
        }
    }
}

/// May this user of ours be asked for in the system where he works? In whose name, and who he is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FollowMigrated {
    /// In whose name.
    pub requester: McServiceId,
    /// Who he is here.
    pub target: McServiceId,
    /// Who he is there.
    pub partner: McServiceId,
}

impl Question for FollowMigrated {
    const NAME: &'static str = "follow-migrated";
}

impl Policy<FollowMigrated> for Lms {
    fn rule(&self, question: &FollowMigrated) -> Ruling {
        let is_there =
            self.migrants().standing(&question.target).0 == Standing::Away(question.partner.clone());
        match self.config().migrated {
            Migrated::Follow if is_there => Ruling::allow("migrated: follow"),
            Migrated::Follow => Ruling::refuse(Cause::MigratedAway, "not as the MC service server says"),
            _ => Ruling::refuse(Cause::MigratedAway, "migrated"),
        }
    }
}

/// Step 3 of 10.9.3.10.2: every target asked for was allowed for this requester.
impl Covers<LocationRequest> for AskLocation {
    fn cover(questions: &[&Self], flow: &LocationRequest) -> bool {
        flow.targets.iter().all(|target| pair(questions, &flow.requester, target).is_some())
    }
}

/// The same of somebody who works there, under the name that he has there.
impl Covers<LocationRequest> for FollowMigrated {
    fn cover(questions: &[&Self], flow: &LocationRequest) -> bool {
        flow.targets.iter().all(|target| pair(questions, &flow.requester, target).is_some())
    }
}

/// Step 6: every position reported is of a target that may be told to this requester.
impl Covers<LocationReport> for TellLocation {
    fn cover(questions: &[&Self], flow: &LocationReport) -> bool {
        located(flow).all(|target| pair(questions, &flow.requester, target).is_some())
    }
}

/// Step 7: every position reported is of a target that this requester was allowed to ask for, and where that is a user of ours, of
/// one who may be told of.
impl CoversWith<TellLocation, LocationReport> for AskLocation {
    fn cover_with(questions: &[&Self], others: &[&TellLocation], flow: &LocationReport) -> bool {
        let may_know = |target| match pair(questions, &flow.requester, target) {
            Some(asked) => !asked.is_own || pair(others, &flow.requester, target).is_some(),
            None => false,
        };
        located(flow).all(may_know)
    }
}

/// A question about one requester and one target.
trait Pair {
    fn is_of(&self, requester: &McServiceId, target: &McServiceId) -> bool;
}

impl Pair for AskLocation {
    fn is_of(&self, requester: &McServiceId, target: &McServiceId) -> bool {
        self.requester == *requester && self.target == *target
    }
}

impl Pair for TellLocation {
    fn is_of(&self, requester: &McServiceId, target: &McServiceId) -> bool {
        self.requester == *requester && self.target == *target
    }
}

impl Pair for FollowMigrated {
    fn is_of(&self, requester: &McServiceId, target: &McServiceId) -> bool {
        self.requester == *requester && self.partner == *target
    }
}

/// What was asked of these two.
fn pair<'q, Q: Pair>(questions: &[&'q Q], requester: &McServiceId, target: &McServiceId) -> Option<&'q Q> {
    questions.iter().copied().find(|question| question.is_of(requester, target))
}

/// The users whose positions a report holds: all of it that is guarded.
fn located(report: &LocationReport) -> impl Iterator<Item = &McServiceId> {
    let is_located = |answer: &TargetAnswer| matches!(answer, TargetAnswer::Located(_));
    report.targets.iter().filter(move |target| is_located(&target.answer)).map(|target| &target.target)
}

#[cfg(test)]
mod tests;
