//! Flows of the tests.

use acm::{
    Case,
    case::Stage,
    config::{HandleRule, Handling},
};
use xml_schemas::{
    acm::{
        Actor, Addressee, GroupInformationProvisionRequest as Provision,
        GroupInformationProvisionResponse as Provided, GroupMembershipUpdateRequest as Update,
        GroupOperation, Heading, Outcome, PendingDataRequest, ProvidedGroup, Refusal, StatusRequest,
        WithdrawalRequest,
    },
    ids::GroupId,
};

use super::{A, ASKER, B, DECIDER, alias, request_id, user};

pub fn group(name: &str, system: &str) -> GroupId {
    GroupId::new(&format!("sip:{name}@{system}")).unwrap()
}

/// The asker provides two groups to the decider.
pub fn provision(request: &str) -> Provision {
    provision_to(request, Addressee::User(user(DECIDER, B)))
}

pub fn provision_to_role(request: &str, role: &str) -> Provision {
    provision_to(request, Addressee::Alias(alias(role, B)))
}

pub fn provision_to(request: &str, target: Addressee) -> Provision {
    let groups = ["flood-ops", "border-ops"];
    let groups = groups.iter().map(|name| ProvidedGroup { id: group(name, A), name: None });
    Provision {
        heading: Heading::new(request_id(request), Actor::user(user(ASKER, A)), target),
        groups: groups.collect(),
    }
}

/// The asker wants a user of his in a group of the decider's system.
pub fn membership(request: &str) -> Update {
    Update {
        heading: Heading::new(
            request_id(request),
            Actor::user(user(ASKER, A)),
            Addressee::User(user(DECIDER, B)),
        ),
        group: group("flood-ops", B),
        users: vec![user("alice", A)],
        operation: GroupOperation::Add,
    }
}

pub fn yes(request: &Provision) -> Provided {
    request.answer(Actor::user(user(DECIDER, B)), Outcome::Success)
}

pub fn no(request: &Provision) -> Provided {
    let why = Refusal { code: None, text: Some("not now".into()) };
    request.answer(Actor::user(user(DECIDER, B)), Outcome::Failure(why))
}

pub fn pending(name: &str, system: &str) -> PendingDataRequest {
    PendingDataRequest::new(request_id(&format!("pending-{name}")), user(name, system))
}

pub fn status(name: &str, system: &str) -> StatusRequest {
    StatusRequest::new(request_id(&format!("status-{name}")), user(name, system))
}

pub fn withdrawal(request: &str) -> WithdrawalRequest {
    WithdrawalRequest {
        request_id: request_id(request),
        initiator: Actor::user(user(ASKER, A)),
        target: None,
    }
}

pub fn stage(case: Option<Case>) -> Option<Stage> {
    case.map(|case| case.stage)
}

/// The rule that says yes to whatever anybody asks.
pub fn always() -> HandleRule {
    HandleRule {
        name: "yes".into(),
        flows: Vec::new(),
        initiator: "*".into(),
        by: Handling::Allow,
        person: None,
    }
}
