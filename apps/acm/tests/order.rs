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

#[test]
fn requests_of_a_pair_keep_their_order_over_two_processes_of_the_server() {
    let world = World::new();
    let second = world.second(A);
    world.cut_off(A);
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (200, None));
    assert_eq!(world.says_to(&second, A, ASKER, &provision("r-2")), (200, None));
    assert_eq!(world.says(A, ASKER, &provision("r-3")), (200, None));
    assert_eq!(world.says_to(&second, A, ASKER, &provision("r-4")), (200, None));
    world.lab.run();
    let seqs: Vec<_> =
        (1..=4).map(|number| world.received(&format!("r-{number}")).expect("is there").seq).collect();
    assert!(seqs.is_sorted(), "{seqs:?}");
    assert_eq!((world.records(A, "acm/letter/"), world.records(A, "acm/lane/")), (0, 0));
}

#[test]
fn a_process_whose_clock_is_behind_takes_later_places_all_the_same() {
    let world = World::new();
    world.way(B, Way::Down);
    world.says(A, ASKER, &provision("r-1"));
    let place = |letter: &str| {
        let found = futures::FutureExt::now_or_never(world.stores[A].scan(b"acm/lane/", None, 9));
        let keys = found.unwrap().unwrap();
        let keys: Vec<_> = keys.iter().map(|each| String::from_utf8_lossy(&each.key).into_owned()).collect();
        assert_eq!(keys.len(), letter.len(), "{keys:?}");
        keys
    };
    let first = place("1").pop().unwrap();
    let (lane, seq) = first.rsplit_once('/').unwrap();
    // Another process has given out a place an hour from now.
    let ahead = u64::from_str_radix(seq, 16).unwrap() + (3_600_000 << 20);
    let key = lane.replacen("acm/lane/", "acm/turn/", 1);
    let put = world.stores[A].commit(store::Batch::new().put(key, format!("{ahead:016x}")));
    futures::FutureExt::now_or_never(put).unwrap().unwrap();
    world.says(A, ASKER, &provision("r-2"));
    let last = place("12").pop().unwrap();
    assert!(last.as_str() > format!("{lane}/{ahead:016x}").as_str(), "{last}");
}

#[test]
fn a_repeat_is_answered_alike_whatever_time_and_policy_say_since() {
    let world = World::new();
    world.holds(A, "chief", &[ASKER]);
    let mut asked = provision("r-1");
    asked.heading.initiator.alias = Some(alias("chief", A));
    let soon = world.now() + std::time::Duration::from_secs(60);
    let soon = soon.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    asked.heading.expires = xml_schemas::Timestamp::from_unix_ms(i64::try_from(soon).unwrap());
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.seconds(120);
    world.holds(A, "chief", &[]);
    world.reload(A, |config| config.allow.clear());
    assert_eq!(world.says(A, ASKER, &asked), (200, None), "his request is there");
    let another = provision("r-1");
    assert_eq!(world.says(A, ASKER, &another), (403, Some(kit::Cause::RepeatedRequest)));
    assert_eq!(world.says(A, ASKER, &provision("r-2")), (403, Some(kit::Cause::RequesterNotAuthorized)));
}

#[test]
fn a_repeat_of_an_answer_is_accepted_of_whoever_holds_the_role_no_more() {
    let world = World::new();
    world.holds(B, "duty", &[DECIDER]);
    let asked = provision_to_role("r-1", "duty");
    world.says(A, ASKER, &asked);
    world.lab.run();
    let mut answer = yes(&asked);
    answer.heading.handler.alias = Some(alias("duty", B));
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
    world.holds(B, "duty", &[]);
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
}

/// Several processes of the target's server, whose clocks differ: what comes later is shown later, whoever takes it.
#[test]
fn requests_of_a_pair_keep_their_order_over_processes_of_the_targets_server_whose_clocks_differ() {
    let world = World::new();
    assert_eq!(world.between(A, B, &provision("r-1")).0, 200);
    let first = world.received("r-1").unwrap();
    // Another process, an hour ahead, has taken one in between.
    let found =
        futures::FutureExt::now_or_never(world.stores[B].scan(b"acm/turn-in/", None, 9)).unwrap().unwrap();
    let [record] = found.as_slice() else { panic!("one pair") };
    assert_eq!(record.record.value, first.seq.to_string());
    let ahead = acm::case::Seq(first.seq.0 + (3_600_000 << 20));
    let put = world.stores[B].commit(store::Batch::new().put(record.key.clone(), ahead.to_string()));
    futures::FutureExt::now_or_never(put).unwrap().unwrap();
    assert_eq!(world.between(A, B, &provision("r-2")).0, 200);
    assert!(world.received("r-2").unwrap().seq > ahead);
}
