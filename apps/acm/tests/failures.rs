//! TS 23.280 10.17.4.2 with each message between the systems lost or doubled in turn, with every store call failing in turn, and with
//! the processes of both systems killed at each moment: in the end both say the same of the request, whoever asked and whoever
//! decided has had it once, and nothing is left to be told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod failing;
mod systems;

use std::time::Duration;

use acm::case::Stage;
use failing::Failing;
use systems::*;
use xml_schemas::acm::{GroupInformationProvisionResponse as Provided, PendingDataResponse, PendingItem};

/// More than there are messages between the systems in one request and its answer: request, indication, response.
const MESSAGES: usize = 4;

/// A client repeats what was not accepted.
fn insists<F: xml_schemas::flow::Carriage>(world: &World, system: &str, name: &str, flow: &F) {
    for _ in 0..3 {
        if world.says(system, name, flow).0 == 200 {
            return;
        }
    }
    panic!("it is never accepted");
}

fn settled(world: &World, what: &str) {
    assert_eq!(stage(world.received("r-1")), Some(Stage::Answered), "{what}: decided");
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Answered), "{what}: known to the initiator's server");
    assert!(world.is_quiet(), "{what}: something is still to be told");
    world.logs_on(A, ASKER);
    let before = world.told::<PendingDataResponse>(A).len();
    insists(world, A, ASKER, &pending(ASKER, A));
    world.lab.run();
    let answers: Vec<PendingDataResponse> = world.told(A);
    let items = &answers[before].items;
    assert_eq!(*items, [PendingItem::Response(yes(&provision("r-1")).into())], "{what}: he finds it once");
    assert!(world.told::<Provided>(A).is_empty(), "{what}: and nowhere else");
}

#[test]
fn each_message_is_lost_or_doubled_and_both_systems_agree() {
    for way in [Way::Down, Way::Mute, Way::Lossy, Way::Twice] {
        for number in 1..=MESSAGES {
            let what = format!("message {number} {way:?}");
            let world = World::new();
            world.nth(number, way);
            let asked = provision("r-1");
            insists(&world, A, ASKER, &asked);
            world.seconds(300);
            // What was never answered is given up by its process alone.
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            insists(&world, B, DECIDER, &yes(&asked));
            world.seconds(300);
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            settled(&world, &what);
        }
    }
}

#[test]
fn both_are_killed_while_each_message_is_under_way() {
    for way in [Way::Mute, Way::Lossy] {
        for number in 1..=MESSAGES {
            let what = format!("killed at message {number} {way:?}");
            let world = World::new();
            let asked = provision("r-1");
            if number < MESSAGES {
                world.nth(number, way);
            }
            insists(&world, A, ASKER, &asked);
            let world = world.restart(Duration::from_secs(1));
            world.seconds(1);
            world.nth(1, way);
            insists(&world, B, DECIDER, &yes(&asked));
            let world = world.restart(Duration::from_secs(1));
            world.seconds(300);
            settled(&world, &what);
        }
    }
}

#[test]
fn every_store_call_of_either_server_fails_in_turn() {
    for system in [A, B] {
        for number in 1.. {
            let what = format!("store call {number} of {system}");
            let failing = Failing::default();
            let world = World::over(&|name, store| {
                if name == system { failing.over(store) } else { store }
            });
            failing.at(number);
            let asked = provision("r-1");
            insists(&world, A, ASKER, &asked);
            world.seconds(300);
            insists(&world, B, DECIDER, &yes(&asked));
            world.seconds(300);
            let has_failed = failing.has_failed();
            failing.never();
            settled(&world, &what);
            if !has_failed {
                assert!(number > 10, "{number} calls are too few to be all");
                break;
            }
        }
    }
}

#[test]
fn every_commit_is_the_last_of_its_process_and_another_goes_on() {
    for (system, is_kept) in [(A, false), (A, true), (B, false), (B, true)] {
        for number in 1.. {
            let what = format!("killed at commit {number} of {system}, which is kept: {is_kept}");
            let failing = Failing::default();
            let world = World::over(&|name, store| {
                if name == system { failing.over(store) } else { store }
            });
            if is_kept {
                failing.die_after_commit(number);
            } else {
                failing.die_at_commit(number);
            }
            let asked = provision("r-1");
            world.says(A, ASKER, &asked);
            world.seconds(5);
            world.says(B, DECIDER, &yes(&asked));
            world.seconds(5);
            let has_failed = failing.has_failed();
            let world = world.restart(Duration::from_secs(1));
            insists(&world, A, ASKER, &asked);
            world.seconds(300);
            insists(&world, B, DECIDER, &yes(&asked));
            world.seconds(300);
            settled(&world, &what);
            if !has_failed {
                assert!(number > 3, "{number} commits are too few to be all");
                break;
            }
        }
    }
}

#[test]
fn what_one_process_has_left_another_over_the_same_store_takes_up() {
    let world = World::new();
    let _second = world.second(A);
    world.cut_off(A);
    insists(&world, A, ASKER, &provision("r-1"));
    world.seconds(60);
    assert_eq!(stage(world.received("r-1")), None, "nobody but the first knows of it yet");
    world.seconds(180);
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

/// However much waits for a system that is away, what has been left for another is found.
#[test]
fn what_a_process_has_left_for_one_partner_is_found_behind_all_that_waits_for_another() {
    let world = World::new();
    let _second = world.second(A);
    let now = world.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let now = u64::try_from(now).unwrap() << 20;
    let letter = |number: u64| {
        let case = format!("o/c-{number}");
        let value = format!(
            r#"{{"to":"c.example","lane":"a {case}","case":"{case}","what":{{"n":"acm-process-indication","b":[]}}}}"#
        );
        (format!("acm/letter/{:016x}", now - (5_000 << 20) + number), value)
    };
    for thousand in 0..5 {
        let letters = (thousand * 1_000..(thousand + 1) * 1_000).map(letter);
        let batch = letters.fold(store::Batch::new(), |batch, (key, value)| batch.put(key, value));
        futures::FutureExt::now_or_never(world.stores[A].commit(batch)).unwrap().unwrap();
    }
    world.cut_off(A);
    insists(&world, A, ASKER, &provision("r-1"));
    world.seconds(300);
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

#[test]
fn days_without_the_partner_lose_nothing_and_end_when_it_is_back() {
    let world = World::new();
    world.way(B, Way::Down);
    insists(&world, A, ASKER, &provision("r-1"));
    world.seconds(3 * 86_400);
    assert!(!world.is_quiet() && world.passed() < 3 * 86_400 / 40, "it is tried with pauses");
    assert!(world.oldest(A) > 3 * 86_400 - 60, "and whoever runs the server sees since when");
    world.way(B, Way::Open);
    world.seconds(120);
    insists(&world, B, DECIDER, &yes(&provision("r-1")));
    world.seconds(120);
    settled(&world, "after days");
    assert_eq!(world.oldest(A), 0);
}
