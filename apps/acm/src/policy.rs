//! What is asked of policy, and which rules answer. TS 23.280 10.17: step 2 at the initiator's server, step 4 at the target's.

use kit::{Cause, Covers, Policy, Question, Ruling, policy::Person};
use xml_schemas::{
    acm::{AcmRequest, AcmResponse, Actor, Addressee, Kind, Outcome, PendingDataResponse, StatusResponse},
    flow::Flow,
    ids::{McServiceId, RequestId},
};

use crate::{
    Acm,
    case::{Case, Decision},
    config::{Config, Handling},
};

/// Step 2: may this user of ours ask that of that system?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskPartner {
    /// What is asked.
    pub kind: Kind,
    /// Under which `request-id`.
    pub request_id: RequestId,
    /// Who asks.
    pub initiator: Actor,
    /// Whom.
    pub target: Addressee,
    /// Of which system, by its configured name.
    pub partner: String,
}

/// Step 4: how is what that system asks handled, and what is its answer?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandleRequest {
    /// What is asked.
    pub kind: Kind,
    /// Under which `request-id`.
    pub request_id: RequestId,
    /// By which system, by its configured name.
    pub partner: String,
    /// Who asks.
    pub initiator: Actor,
    /// Whom.
    pub target: Addressee,
    /// What was decided before, and is carried out now.
    pub decided: Option<Decision>,
}

/// May that system be told that nothing comes of its request?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellRefusal {
    /// What was asked.
    pub kind: Kind,
    /// Under which `request-id`.
    pub request_id: RequestId,
}

/// May what was kept with a permit go its way now?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recall {
    /// The flow's name.
    pub flow: &'static str,
    /// Its `request-id`.
    pub request_id: RequestId,
}

/// May this user of ours see what waits for him?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShowOwn {
    /// Who.
    pub user: McServiceId,
}

impl Question for AskPartner {
    const NAME: &'static str = "ask-partner";
}
impl Question for HandleRequest {
    const NAME: &'static str = "handle-request";
}
impl Question for TellRefusal {
    const NAME: &'static str = "tell-refusal";
}
impl Question for Recall {
    const NAME: &'static str = "send-what-was-kept";
}
impl Question for ShowOwn {
    const NAME: &'static str = "show-pending-data";
}

impl HandleRequest {
    /// What is to be decided about a case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            kind: case.kind,
            request_id: case.key.request_id().clone(),
            partner: case.partner.clone(),
            initiator: case.initiator.clone(),
            target: case.target.clone(),
            decided: case.decision.clone(),
        }
    }
}

impl Recall {
    pub(crate) fn of<F: Flow>(flow: &F) -> Self {
        Self { flow: F::NAME, request_id: flow.request_id().clone() }
    }
}

impl<F: AcmRequest> Covers<F> for AskPartner {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        let heading = flow.heading();
        questions.iter().any(|question| {
            question.kind == F::KIND
                && question.request_id == heading.request_id
                && question.initiator == heading.initiator
                && question.target == heading.target
        })
    }
}

/// A yes or a no about this very request, for nobody but its initiator.
impl<F: AcmResponse> Covers<F> for HandleRequest {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        let heading = flow.heading();
        questions.iter().any(|question| {
            let role = question.initiator.alias.as_ref();
            let is_initiator = match &heading.target {
                Addressee::User(id) => *id == question.initiator.id,
                Addressee::Alias(alias) => role == Some(alias),
            };
            question.kind == F::KIND && question.request_id == heading.request_id && is_initiator
        })
    }
}

impl<F: AcmResponse> Covers<F> for TellRefusal {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        let is_it =
            |question: &&Self| question.kind == F::KIND && question.request_id == flow.heading().request_id;
        matches!(flow.outcome(), Outcome::Failure(_)) && questions.iter().any(is_it)
    }
}

impl<F: Flow> Covers<F> for Recall {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        let is_it = |question: &&Self| question.flow == F::NAME && question.request_id == *flow.request_id();
        questions.iter().any(is_it)
    }
}

impl Covers<PendingDataResponse> for ShowOwn {
    fn cover(questions: &[&Self], flow: &PendingDataResponse) -> bool {
        questions.iter().any(|question| question.user == flow.user)
    }
}

impl Covers<StatusResponse> for ShowOwn {
    fn cover(questions: &[&Self], flow: &StatusResponse) -> bool {
        questions.iter().any(|question| question.user == flow.user)
    }
}

impl Policy<AskPartner> for Acm {
    fn rule(&self, question: &AskPartner) -> Ruling {
        let AskPartner { kind, initiator, partner, .. } = question;
        let config = self.config();
        if config.partner(partner).is_none() {
            return Ruling::refuse(Cause::UnknownPartner, "not a configured system");
        }
        let mut rules = config.allow.iter();
        match rules.find(|rule| rule.is_about(&initiator.id, kind.request(), partner)) {
            Some(rule) if rule.allow => Ruling::allow(rule.name.clone()),
            Some(rule) => Ruling::refuse(Cause::RequesterNotAuthorized, rule.name.clone()),
            None => Ruling::refuse(Cause::RequesterNotAuthorized, "default"),
        }
    }
}

impl Policy<HandleRequest> for Acm {
    /// By rule (10.17.3.2) or by a person (10.17.3.1), for each transaction; what was decided once stays so.
    fn rule(&self, question: &HandleRequest) -> Ruling {
        if let Some(decided) = &question.decided {
            return if decided.is_yes {
                Ruling::allow(decided.rule.clone())
            } else {
                Ruling::refuse(Cause::PolicyRefuses, decided.rule.clone())
            };
        }
        let config = self.config();
        let Some(partner) = config.partner(&question.partner) else {
            return Ruling::refuse(Cause::UnknownPartner, "not a configured system");
        };
        let target = || Person(question.target.as_str().into());
        let mut rules = partner.handle.iter();
        let rule = rules.find(|rule| rule.is_about(&question.initiator.id, question.kind.request()));
        let Some(rule) = rule else { return Ruling::defer(target(), "default") };
        let name = rule.name.clone();
        match (rule.by, &rule.person) {
            (Handling::Allow, _) if !is_carried_out(&config, question.kind) => Ruling::defer(target(), name),
            (Handling::Allow, _) => Ruling::allow(name),
            (Handling::Refuse, _) => Ruling::refuse(Cause::PolicyRefuses, name),
            (Handling::Person, Some(person)) => Ruling::defer(Person(person.as_str().into()), name),
            (Handling::Target | Handling::Person, _) => Ruling::defer(target(), name),
        }
    }
}

/// Whether this system does by itself what it says yes to. Where it does not, a person has to, who says yes when he does: no rule can.
fn is_carried_out(config: &Config, kind: Kind) -> bool {
    match kind {
        Kind::GroupMembershipUpdate => false,
        Kind::UserProfileUpdate => config.neighbours.apply_profiles,
        Kind::GroupInformationProvision | Kind::AddMigrationUsers | Kind::RemoveMigrationUsers => true,
    }
}

impl Policy<TellRefusal> for Acm {
    fn rule(&self, _: &TellRefusal) -> Ruling {
        Ruling::allow("a refusal")
    }
}

impl Policy<Recall> for Acm {
    /// Nothing is kept to be sent without a permit: [`crate::outbox::Letter`] is made of permitted flows alone.
    fn rule(&self, _: &Recall) -> Ruling {
        Ruling::allow("kept with a permit")
    }
}

impl Policy<ShowOwn> for Acm {
    fn rule(&self, question: &ShowOwn) -> Ruling {
        if self.user(&question.user).is_some() {
            Ruling::allow("his own")
        } else {
            Ruling::refuse(Cause::UnknownUser, "no user of this server")
        }
    }
}
