//! TS 23.280 10.17.4.2, interconnection group identity provision (group information provision): the fourteen steps of the study, and
//! what each of them refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use kit::Cause;
use systems::*;
use xml_schemas::acm::{
    Actor, GroupInformationProvisionRequest as Provision, GroupInformationProvisionResponse as Provided,
    Outcome, PendingDataNotification, PendingDataResponse, PendingItem, ProcessIndication, Progress, State,
    WithdrawalResponse,
};

const CLAUSE: &str = "10.17.4.2";

fn code(response: &Provided) -> Option<Cause> {
    match &response.result {
        Outcome::Failure(why) => why.code.and_then(Cause::from_code),
        _ => None,
    }
}

#[test]
fn steps_1_to_14_with_both_users_away_in_between() {
    let world = World::new();
    let asked = provision("r-1");
    world.logs_on(A, ASKER);
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Stored), "step 4b");
    let indications: Vec<ProcessIndication> = world.told(A);
    assert_eq!(indications.iter().map(|one| one.progress).collect::<Vec<_>>(), [Progress::Stored]);
    assert!(world.told::<Provision>(B).is_empty(), "nobody is there");
    world.logs_off(A, ASKER); // step 5

    world.seconds(3 * 86_400);
    world.logs_on(B, DECIDER); // step 6
    assert_eq!(world.told::<PendingDataNotification>(B).len(), 1, "step 7a");
    assert_eq!(world.says(B, DECIDER, &pending(DECIDER, B)), (200, None)); // step 7b
    world.lab.run();
    let pending_there: Vec<PendingDataResponse> = world.told(B);
    assert_eq!(pending_there[0].items, [PendingItem::Request(asked.clone().into())], "step 8");
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None)); // step 9
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Answered));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered), "steps 10 and 11");
    assert!(world.told::<Provided>(A).is_empty(), "he is away");

    world.seconds(3 * 86_400);
    world.logs_on(A, ASKER); // step 12
    assert_eq!(world.told::<PendingDataNotification>(A).len(), 1, "step 13a");
    assert_eq!(world.says(A, ASKER, &pending(ASKER, A)), (200, None)); // step 13b
    world.lab.run();
    let pending_here: Vec<PendingDataResponse> = world.told(A);
    assert_eq!(pending_here[0].items, [PendingItem::Response(yes(&asked).into())], "step 14");
    assert!(world.asked("r-1").is_some_and(|case| case.is_told));

    let mut steps = world.steps(CLAUSE);
    steps.dedup();
    assert_eq!(steps, (1..=14).collect::<Vec<u8>>());
    // What he has is told once.
    assert_eq!(world.says(A, ASKER, &pending(ASKER, A)), (200, None));
    world.lab.run();
    assert!(world.told::<PendingDataResponse>(A)[1].items.is_empty());
}

#[test]
fn whoever_is_logged_on_is_told_at_once_without_notification_and_query() {
    let world = World::new();
    world.logs_on(A, ASKER);
    world.logs_on(B, DECIDER);
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    assert_eq!(world.told::<Provision>(B), std::slice::from_ref(&asked), "step 8");
    world.says(B, DECIDER, &yes(&asked));
    world.lab.run();
    assert_eq!(world.told::<Provided>(A), [yes(&asked)], "step 14");
    assert!(world.told::<PendingDataNotification>(A).is_empty());
    assert!(world.told::<PendingDataNotification>(B).is_empty());
}

#[test]
fn the_decider_says_no_and_the_initiator_is_told_so() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    assert_eq!(world.says(B, DECIDER, &no(&asked)), (200, None));
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &pending(ASKER, A));
    world.lab.run();
    let items = &world.told::<PendingDataResponse>(A)[0].items;
    assert_eq!(*items, [PendingItem::Response(no(&asked).into())]);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Refused));
    assert_eq!(stage(world.received("r-1")), Some(Stage::Refused));
}

#[test]
fn step_1_is_accepted_of_the_user_himself_alone() {
    let world = World::new();
    assert_eq!(world.says(A, "admin2", &provision("r-1")), (403, Some(Cause::RequesterUnknown)));
    let stranger = world.says(A, "nobody", &provision("r-1"));
    assert_eq!(stranger, (403, Some(Cause::RequesterUnknown)));
    assert!(world.asked("r-1").is_none());
}

#[test]
fn step_2_tells_an_initiator_who_is_not_authorized_and_says_nothing_where_the_switch_says_so() {
    let world = World::of(|_, config| config.allow.clear());
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (403, Some(Cause::RequesterNotAuthorized)));
    let silent = World::of(|_, config| {
        config.allow.clear();
        config.tell_unauthorized = false;
    });
    assert_eq!(silent.says(A, ASKER, &provision("r-1")), (200, None));
    for world in [world, silent] {
        world.lab.run();
        assert!(world.asked("r-1").is_none(), "the procedure has stopped");
        assert_eq!(world.passed(), 0, "step 3 is not followed");
    }
}

#[test]
fn step_2_allows_by_the_first_rule_that_is_about_user_flow_and_partner() {
    let world = World::of(|_, config| {
        let mut not_this = config.allow[0].clone();
        not_this.allow = false;
        not_this.flows = vec!["acm-group-information-provision-request".into()];
        config.allow.insert(0, not_this);
    });
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (403, Some(Cause::RequesterNotAuthorized)));
    let elsewhere = World::of(|_, config| config.allow[0].partners = vec!["c.example".into()]);
    assert_eq!(elsewhere.says(A, ASKER, &provision("r-1")), (403, Some(Cause::RequesterNotAuthorized)));
}

#[test]
fn step_2_refuses_groups_that_are_homed_elsewhere_or_are_no_interconnection_groups() {
    let world = World::new();
    for wrong in [group("flood-ops", B), group("canteen", A)] {
        let mut asked = provision("r-1");
        asked.groups[1].id = wrong;
        assert_eq!(world.says(A, ASKER, &asked), (403, Some(Cause::NotInterconnectionGroup)));
    }
    assert!(world.asked("r-1").is_none());
}

#[test]
fn a_request_for_no_interconnected_system_is_refused() {
    let world = World::new();
    let asked = provision_to("r-1", xml_schemas::acm::Addressee::User(user("x", "c.example")));
    assert_eq!(world.says(A, ASKER, &asked), (403, Some(Cause::UnknownPartner)));
}

/// What the partner's server answers to a request that its step 4a does not let through.
fn step_4a(change: impl FnOnce(&mut Provision)) -> Option<Cause> {
    let world = World::new();
    let mut asked = provision("r-1");
    change(&mut asked);
    assert_eq!(world.between(A, B, &asked), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Refused));
    assert!(
        world.sent::<ProcessIndication>("mcgw.b.example").is_empty(),
        "in place of the stored indication"
    );
    let responses: Vec<Provided> = world.sent("mcgw.b.example");
    assert_eq!(responses.len(), 1);
    code(&responses[0])
}

#[test]
fn step_4a_refuses_an_initiator_of_another_system() {
    assert_eq!(
        step_4a(|asked| asked.heading.initiator.id = user("x", "c.example")),
        Some(Cause::ForeignIdentity)
    );
    let role = |asked: &mut Provision| asked.heading.initiator.alias = Some(alias("chief", B));
    assert_eq!(step_4a(role), Some(Cause::ForeignIdentity));
}

#[test]
fn step_4a_refuses_groups_of_another_system() {
    assert_eq!(step_4a(|asked| asked.groups[0].id = group("flood-ops", B)), Some(Cause::ForeignIdentity));
}

#[test]
fn step_4a_refuses_a_target_who_is_no_authorized_user() {
    use xml_schemas::acm::Addressee::User;
    assert_eq!(
        step_4a(|asked| asked.heading.target = User(user("nobody", B))),
        Some(Cause::TargetNotAuthorized)
    );
    let world = World::of(|_, config| config.users.iter_mut().for_each(|user| user.handles = false));
    world.between(A, B, &provision("r-1"));
    world.lab.run();
    let responses: Vec<Provided> = world.sent("mcgw.b.example");
    assert_eq!(code(&responses[0]), Some(Cause::TargetNotAuthorized));
}

#[test]
fn step_4a_does_not_tell_unknown_from_refused_where_the_agreement_merges_them() {
    let world = World::of(|_, config| {
        config.partners[0].merge = true;
        config.users.clear();
    });
    world.between(A, B, &provision("r-1"));
    world.lab.run();
    assert_eq!(code(&world.sent::<Provided>("mcgw.b.example")[0]), Some(Cause::NotDisclosed));
    assert_eq!(world.received("r-1").and_then(|case| case.cause), Some(Cause::TargetNotAuthorized));
    world.between(A, B, &withdrawal("r-1"));
    world.lab.run();
    let withdrawn = world.sent::<WithdrawalResponse>("mcgw.b.example").pop().expect("an answer");
    let why = withdrawn.why.code.and_then(Cause::from_code);
    assert_eq!(why, Some(Cause::NotDisclosed), "whoever takes it back is told no more");
}

#[test]
fn step_4b_is_in_the_status_of_an_initiator_who_was_away_when_it_came() {
    use xml_schemas::acm::StatusResponse;
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &status(ASKER, A));
    world.lab.run();
    let list: Vec<StatusResponse> = world.told(A);
    assert_eq!(list[0].items.iter().map(|item| item.state).collect::<Vec<_>>(), [State::Stored]);
    assert_eq!(list[0].items[0].groups, [group("flood-ops", A), group("border-ops", A)]);
}

#[test]
fn step_9_is_accepted_of_whom_it_was_given_to_alone_and_others_learn_nothing() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    let other = asked.answer(Actor::user(user("admin8", B)), Outcome::Success);
    assert_eq!(world.says(B, "admin8", &other), (404, Some(Cause::NoSuchRequest)));
    assert_eq!(world.says(B, DECIDER, &yes(&provision("r-2"))), (404, Some(Cause::NoSuchRequest)));
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

#[test]
fn step_9_once_more_changes_nothing_and_another_answer_is_refused() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
    world.lab.run();
    assert_eq!(world.says(B, DECIDER, &no(&asked)), (403, Some(Cause::AlreadyAnswered)), "he has said yes");
    assert_eq!(world.sent::<Provided>("mcgw.b.example"), [yes(&asked)]);
}

#[test]
fn step_10_is_believed_of_the_system_that_was_asked_and_for_the_initiator_alone() {
    let world = World::new();
    let asked = provision("r-1");
    world.way(B, Way::Down);
    world.says(A, ASKER, &asked);
    let foreign = asked.answer(Actor::user(user("x", "c.example")), Outcome::Success);
    assert_eq!(world.between(B, A, &foreign), (403, Some(Cause::ForeignIdentity)));
    let mut other = yes(&asked);
    other.heading.target = xml_schemas::acm::Addressee::User(user("admin2", A));
    assert_eq!(world.between(B, A, &other), (403, Some(Cause::ForeignIdentity)));
    assert_eq!(world.between(B, A, &yes(&provision("r-2"))), (404, Some(Cause::UnmatchedReport)));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Asked));
}
