//! TS 23.280 10.17.3: handled by a rule (10.17.3.2) or by a person (10.17.3.1), for each transaction by local policy.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod systems;

use acm::{
    case::Stage,
    config::{HandleRule, Handling},
};
use kit::Cause;
use systems::*;
use xml_schemas::acm::{
    Actor, GroupInformationProvisionRequest as Provision, GroupInformationProvisionResponse as Provided,
    Outcome, ProcessIndication, Progress,
};

fn by(handling: Handling, person: Option<&str>) -> World {
    World::of(|system, config| {
        if system == B {
            config.partners[0].handle = vec![HandleRule {
                name: "the rule".into(),
                flows: vec!["acm-group-information-provision-request".into()],
                initiator: "sip:admin1@*".into(),
                by: handling,
                person: person.map(|name| user(name, B)),
            }];
        }
    })
}

#[test]
fn c10_17_3_2_a_rule_says_yes_and_the_answer_names_the_server() {
    let world = by(Handling::Allow, None);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let indications: Vec<ProcessIndication> = world.sent("mcgw.b.example");
    assert_eq!(indications[0].progress, Progress::InProcess);
    let responses: Vec<Provided> = world.sent("mcgw.b.example");
    assert_eq!(responses[0].result, Outcome::Success);
    assert_eq!(responses[0].heading.handler, Actor::user(id("sip:acm_psi@b.example")));
    let case = world.received("r-1").unwrap();
    assert_eq!(case.stage, Stage::Answered);
    assert_eq!(
        case.decision.map(|made| (made.is_yes, made.by, made.rule)),
        Some((true, None, "the rule".into()))
    );
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
}

#[test]
fn c10_17_3_2_a_rule_says_no() {
    let world = by(Handling::Refuse, None);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let case = world.asked("r-1").unwrap();
    assert_eq!((case.stage, case.cause), (Stage::Refused, Some(Cause::PolicyRefuses)));
    assert!(world.sent::<ProcessIndication>("mcgw.b.example").is_empty());
}

#[test]
fn c10_17_3_2_a_rule_is_about_those_whom_it_names() {
    let world = by(Handling::Allow, None);
    let mut asked = provision("r-1");
    asked.heading.initiator.id = user("admin2", A);
    world.says(A, "admin2", &asked);
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

#[test]
fn c10_17_3_1_a_rule_gives_it_to_another_person_and_the_target_may_still_answer() {
    for who in ["admin8", DECIDER] {
        let world = by(Handling::Person, Some("admin8"));
        world.logs_on(B, "admin8");
        let asked = provision("r-1");
        world.says(A, ASKER, &asked);
        world.lab.run();
        assert_eq!(world.told::<Provision>(B).len(), 1);
        let answer = asked.answer(Actor::user(user(who, B)), Outcome::Success);
        assert_eq!(world.says(B, who, &answer), (200, None));
        world.lab.run();
        assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
    }
}

#[test]
fn what_was_decided_once_stays_decided() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.way(A, Way::Down);
    world.says(B, DECIDER, &yes(&asked));
    let world = world.restart(std::time::Duration::from_secs(1));
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
}

#[test]
fn step_4b_the_initiator_sees_that_it_is_in_process_where_no_person_will_see_it() {
    let world = World::of(|system, config| {
        neighbours::configured(system, config);
        if system == B {
            config.partners[0].handle = vec![always()];
        }
    });
    world.lab.connect_web("acm1.core.b.example", neighbours::IDMS, kit::testing::WebEnd::Silent);
    let heading = xml_schemas::acm::Heading::new(
        request_id("u-1"),
        Actor::user(user(ASKER, A)),
        xml_schemas::acm::Addressee::User(user(DECIDER, B)),
    );
    let asked =
        xml_schemas::acm::AddMigrationUsersRequest { heading, users: vec![id("sip:carol@a.example")] };
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    assert_eq!(world.asked("u-1").map(|case| case.stage), Some(Stage::Decided));
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &status(ASKER, A));
    world.lab.run();
    let told = world.told::<xml_schemas::acm::StatusResponse>(A).pop().unwrap();
    assert_eq!(told.items[0].state, xml_schemas::acm::State::InProcess);
}

#[test]
fn what_no_server_carries_out_a_person_decides_whatever_a_rule_says() {
    let world = World::of(|system, config| {
        if system == B {
            config.partners[0].handle = vec![always()];
        }
    });
    let heading = xml_schemas::acm::Heading::new(
        request_id("m-1"),
        Actor::user(user(ASKER, A)),
        xml_schemas::acm::Addressee::User(user(DECIDER, B)),
    );
    let asked = xml_schemas::acm::GroupMembershipUpdateRequest {
        heading,
        group: group("flood-ops", B),
        users: vec![user("admin2", A)],
        operation: xml_schemas::body::acm_info::GroupOperation::Add,
    };
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("m-1")), Some(Stage::Waiting));
}
