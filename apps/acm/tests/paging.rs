//! TS 23.280 10.17.3.1: what waits, and where everything stands, in parts that a client can read: each thing once, whatever is told
//! meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use systems::*;
use xml_schemas::{
    acm::{Mark, PendingDataRequest, PendingDataResponse, ProvidedGroup, StatusRequest, StatusResponse},
    flow::Flow as _,
};

/// A client reads no longer bodies.
const READABLE: usize = 256 * 1024;

fn size<F: xml_schemas::flow::Carriage>(flow: &F) -> usize {
    flow.split().iter().map(|part| part.bytes.len()).sum()
}

/// What the decider is told, part by part.
fn pending_parts(world: &World) -> Vec<PendingDataResponse> {
    let (mut parts, mut from): (Vec<PendingDataResponse>, Option<Mark>) = (Vec::new(), None);
    loop {
        let asks = PendingDataRequest { from, ..pending(DECIDER, B) };
        assert_eq!(world.says(B, DECIDER, &asks), (200, None));
        world.lab.run();
        let part = world.told::<PendingDataResponse>(B).pop().unwrap();
        assert_eq!(part.is_all, part.next.is_none());
        from = part.next.clone();
        parts.push(part);
        if from.is_none() {
            return parts;
        }
    }
}

fn status_parts(world: &World) -> Vec<StatusResponse> {
    let (mut parts, mut from): (Vec<StatusResponse>, Option<Mark>) = (Vec::new(), None);
    loop {
        let asks = StatusRequest { from, ..status(ASKER, A) };
        assert_eq!(world.says(A, ASKER, &asks), (200, None));
        world.lab.run();
        let part = world.told::<StatusResponse>(A).pop().unwrap();
        from = part.next.clone();
        parts.push(part);
        if from.is_none() {
            return parts;
        }
    }
}

fn ids(parts: &[PendingDataResponse]) -> Vec<String> {
    parts.iter().flat_map(|part| &part.items).map(|item| item.request_id().to_string()).collect()
}

#[test]
fn all_that_waits_is_reached_in_order_told_before_or_not() {
    let world = World::new();
    let expected: Vec<String> = (0..250).map(|number| format!("r-{number:03}")).collect();
    for request in &expected {
        assert_eq!(world.between(A, B, &provision(request)), (200, None));
    }
    let parts = pending_parts(&world);
    assert_eq!((parts.len(), ids(&parts)), (3, expected.clone()));
    // Now his client has had all of it; what comes meanwhile does not hide it.
    world.between(A, B, &provision("r-250"));
    let again = ids(&pending_parts(&world));
    assert_eq!((&again[..250], again.len()), (&expected[..], 251));
}

#[test]
fn no_part_is_longer_than_a_client_reads() {
    let world = World::new();
    let long = "x".repeat(190);
    for number in 0..12 {
        let mut asked = provision(&format!("r-{number:02}"));
        let groups = (0..80).map(|place| format!("{long}-{place}-ops"));
        asked.groups = groups.map(|name| ProvidedGroup { id: group(&name, A), name: None }).collect();
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
    }
    world.lab.run();
    world.logs_on(A, ASKER);
    let parts = pending_parts(&world);
    assert!(parts.len() > 1 && parts.iter().all(|part| size(part) < READABLE), "{}", parts.len());
    assert_eq!(ids(&parts).len(), 12);
    let parts = status_parts(&world);
    assert!(parts.len() > 1 && parts.iter().all(|part| size(part) < READABLE), "{}", parts.len());
    let listed: Vec<_> =
        parts.iter().flat_map(|part| &part.items).map(|item| &item.heading.request_id).collect();
    let mut newest_first = listed.clone();
    newest_first.sort_by(|one, other| other.as_str().cmp(one.as_str()));
    assert_eq!((listed.len(), listed), (12, newest_first));
}

#[test]
fn the_status_goes_on_to_what_is_older() {
    let world = World::new();
    for number in 0..450 {
        assert_eq!(world.says(A, ASKER, &provision(&format!("r-{number:03}"))), (200, None));
    }
    world.lab.run();
    let parts = status_parts(&world);
    let mut listed: Vec<String> =
        parts.iter().flat_map(|part| &part.items).map(|item| item.heading.request_id.to_string()).collect();
    assert_eq!((parts.len(), &*listed[0], &*listed[449]), (3, "r-449", "r-000"));
    listed.dedup();
    assert_eq!(listed.len(), 450);
}

#[test]
fn what_became_of_a_request_is_forgotten_with_all_that_tells_of_it() {
    let world = World::of(|_, config| config.keep_closed = std::time::Duration::from_secs(3_600));
    world.holds(B, "duty", &["admin8", "admin9"]);
    world.logs_on(B, "admin8");
    world.logs_on(B, "admin9");
    let asked = provision_to_role("r-1", "duty");
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.logs_off(B, "admin8");
    world.says(B, DECIDER, &yes(&asked));
    world.seconds(10);
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &pending(ASKER, A));
    world.lab.run();
    assert!(world.is_quiet());
    world.seconds(2 * 86_400);
    for system in [A, B] {
        assert_eq!(world.records(system, "acm/"), 0, "{system}");
    }
    assert_eq!(asked.request_id().as_str(), "r-1");
}
