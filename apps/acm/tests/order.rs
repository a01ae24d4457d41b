//! TS 23.280 10.17: in which order requests reach the partner and its users, and what is served first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use systems::*;
use xml_schemas::{
    acm::{
        GroupInformationProvisionRequest as Provision, GroupInformationProvisionResponse as Provided,
        PendingDataResponse, Urgency,
    },
    flow::Flow as _,
};

fn ids(requests: &[Provision]) -> Vec<String> {
    requests.iter().map(|request| request.request_id().to_string()).collect()
}

#[test]
fn requests_of_one_initiator_to_one_target_do_not_overtake_each_other() {
    let world = World::new();
    world.way(B, Way::Down);
    for number in 1..=5 {
        assert_eq!(world.says(A, ASKER, &provision(&format!("r-{number}"))).0, 200);
    }
    world.seconds(30);
    world.way(B, Way::Open);
    world.seconds(300);
    let seqs: Vec<_> =
        (1..=5).map(|number| world.received(&format!("r-{number}")).expect("is there").seq).collect();
    assert!(seqs.is_sorted(), "{seqs:?}");
    world.logs_on(B, DECIDER);
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    let items = &world.told::<PendingDataResponse>(B)[0].items;
    let order: Vec<_> = items.iter().map(|item| item.request_id().to_string()).collect();
    assert_eq!(order, ["r-1", "r-2", "r-3", "r-4", "r-5"]);
}

#[test]
fn the_first_of_a_pair_is_lost_on_the_way_and_the_second_waits_for_it() {
    let world = World::new();
    world.nth(1, Way::Down);
    world.says(A, ASKER, &provision("r-1"));
    world.says(A, ASKER, &provision("r-2"));
    world.seconds(60);
    assert!(world.received("r-1").unwrap().seq < world.received("r-2").unwrap().seq);
}

#[test]
fn a_person_who_takes_his_time_keeps_no_later_request_waiting() {
    let world = World::new();
    for number in 1..=3 {
        world.says(A, ASKER, &provision(&format!("r-{number}")));
    }
    world.lab.run();
    assert_eq!(world.says(B, DECIDER, &yes(&provision("r-3"))), (200, None));
    world.lab.run();
    assert_eq!(stage(world.asked("r-3")), Some(Stage::Answered), "an answer may overtake");
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Stored));
}

#[test]
fn a_refusal_on_the_way_ends_one_request_and_the_next_goes_on() {
    let world = World::of(|system, config| {
        if system == B {
            config.partners.clear();
        }
    });
    world.says(A, ASKER, &provision("r-1"));
    world.says(A, ASKER, &provision("r-2"));
    world.lab.run();
    for request in ["r-1", "r-2"] {
        let case = world.asked(request).unwrap();
        assert_eq!((case.stage, case.cause), (Stage::Refused, Some(kit::Cause::UnknownPartner)));
    }
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &pending(ASKER, A));
    world.lab.run();
    assert_eq!(world.told::<PendingDataResponse>(A)[0].items.len(), 2, "the initiator is told");
}

#[test]
fn what_the_partner_says_after_all_counts_more_than_a_refusal_on_the_way() {
    let world = World::of(|system, config| {
        if system == B {
            config.partners.clear();
        }
    });
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Refused));
    assert_eq!(world.between(B, A, &yes(&asked)), (200, None));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
    assert_eq!(world.between(B, A, &no(&asked)), (200, None));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered), "its first word stays");
}

#[test]
fn a_repeat_has_no_second_effect_and_another_request_of_its_name_is_refused() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    let asked = provision("r-1");
    for _ in 0..3 {
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
        assert_eq!(world.between(A, B, &asked), (200, None));
    }
    world.lab.run();
    assert_eq!(ids(&world.told::<Provision>(B)), ["r-1"]);
    let mut other = provision("r-1");
    other.groups.pop();
    let refused = (403, Some(kit::Cause::RepeatedRequest));
    assert_eq!(world.says(A, ASKER, &other), refused);
    assert_eq!(world.between(A, B, &other), refused);
    world.logs_on(A, ASKER);
    world.says(B, DECIDER, &yes(&asked));
    for _ in 0..3 {
        assert_eq!(world.between(B, A, &yes(&asked)), (200, None));
    }
    world.lab.run();
    assert_eq!(world.told::<Provided>(A).len(), 1);
}

#[test]
fn an_answer_that_overtakes_its_indication_stays() {
    use xml_schemas::acm::{Addressee, ProcessIndication, Progress, Refusal};
    let world = World::new();
    world.way(B, Way::Down);
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    assert_eq!(world.between(B, A, &yes(&asked)), (200, None));
    let late = ProcessIndication {
        request_id: request_id("r-1"),
        target: Addressee::User(user(ASKER, A)),
        progress: Progress::Stored,
        why: Refusal::default(),
    };
    assert_eq!(world.between(B, A, &late), (200, None));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered));
}

#[test]
fn a_client_that_is_registered_and_silent_finds_everything_when_it_asks() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    world.clients(B, false);
    world.says(A, ASKER, &provision("r-1"));
    world.says(A, ASKER, &provision("r-2"));
    world.seconds(120);
    let tried = ids(&world.told::<Provision>(B));
    assert!(
        tried.iter().all(|id| id == "r-1") && tried.len() == 4,
        "the second waits for the first: {tried:?}"
    );
    world.clients(B, true);
    world.logs_on(B, DECIDER);
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    assert_eq!(world.told::<PendingDataResponse>(B)[0].items.len(), 2);
}

#[test]
fn whoever_is_logged_on_is_told_after_a_restart_what_he_had_not_been_told() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    world.clients(B, false);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let world = world.restart(std::time::Duration::from_secs(60));
    assert_eq!(ids(&world.told::<Provision>(B)), ["r-1"]);
}

#[test]
fn what_hurries_does_not_wait_for_what_does_not() {
    let world = World::of(|_, config| config.at_once = 1);
    world.way(B, Way::Down);
    for (number, name) in (1..).zip(["admin8", "admin9", "admin8"]) {
        let target = xml_schemas::acm::Addressee::User(user(name, B));
        let mut asked = provision_to(&format!("r-{number}"), target);
        asked.heading.urgency = (number == 2).then_some(Urgency::High);
        world.says(A, ASKER, &asked);
    }
    world.way(B, Way::Open);
    world.seconds(120);
    let seq = |request: &str| world.received(request).expect("is there").seq;
    assert!(seq("r-2") < seq("r-3"), "before what came later");
    assert!(seq("r-1") < seq("r-3"), "in order");
}
