//! What cannot be read again is not accepted; and where the store holds such a thing all the same, it hides nothing else, and ends.
//! TS 23.280 10.17.3
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use futures::FutureExt as _;
use kit::Cause;
use store::Batch;
use systems::*;
use xml_schemas::{
    acm::{
        Actor, GroupInformationProvisionRequest as Provision, GroupInformationProvisionResponse as Provided,
        Outcome, PendingDataResponse, PendingItem, Refusal, State, StatusResponse,
    },
    flow::{BadBody, Carriage, Part},
};

const TOO_LARGE: (u16, Option<Cause>) = (413, Some(Cause::TooLarge));

/// A body that is short as it comes, and long once it is written again.
struct Growing(Vec<Part<'static>>);

impl Growing {
    /// In the place of `MARK` stand so many characters, each of which has to be written out where it is not in a CDATA section.
    fn of<F: Carriage>(flow: &F, count: usize) -> Self {
        let long = format!("<![CDATA[{}]]>", "&".repeat(count));
        let grown = |part: Part<'static>| {
            let text = String::from_utf8(part.bytes.into_owned()).unwrap();
            assert!(text.contains("MARK"));
            Part { bytes: text.replace("MARK", &long).into_bytes().into(), ..part }
        };
        Self(flow.split().into_iter().map(grown).collect())
    }
}

impl Carriage for Growing {
    fn split(&self) -> Vec<Part<'static>> {
        self.0.clone()
    }

    fn join(_: &[Part<'_>]) -> Result<Self, BadBody> {
        Err(BadBody::OtherFlow)
    }
}

fn marked(request: &str) -> Provision {
    let mut asked = provision(request);
    asked.groups[0].name = Some("MARK".into());
    asked
}

fn marked_no(request: &str) -> Provided {
    let why = Refusal { code: Some(97), text: Some("MARK".into()) };
    provision(request).answer(Actor::user(user(DECIDER, B)), Outcome::Failure(why))
}

fn waits(world: &World, system: &str, name: &str) -> Vec<String> {
    assert_eq!(world.says(system, name, &pending(name, system)), (200, None));
    world.lab.run();
    let told = world.told::<PendingDataResponse>(system).pop().expect("he is told what waits");
    told.items.iter().map(PendingItem::request_id).map(ToString::to_string).collect()
}

/// Each request of which a user is told where it stands, with how, and what there is to say of it.
fn stands(world: &World, system: &str, name: &str) -> Vec<(String, State, Option<String>)> {
    assert_eq!(world.says(system, name, &status(name, system)), (200, None));
    world.lab.run();
    let told = world.told::<StatusResponse>(system).pop().expect("he is told where it stands");
    let line = |item: &xml_schemas::acm::StatusItem| {
        (item.heading.request_id.to_string(), item.state, item.information.clone())
    };
    told.items.iter().map(line).collect()
}

fn put(world: &World, system: &str, key: &str, value: &[u8]) {
    let batch = Batch::new().put(key.to_owned(), value.to_vec());
    world.stores[system].commit(batch).now_or_never().expect("never busy").expect("is kept");
}

/// What is kept of a flow becomes longer than anybody reads, in each record under this prefix.
fn poison(world: &World, system: &str, prefix: &str, field: &str) {
    let found = world.stores[system].scan(prefix.as_bytes(), None, 10).now_or_never().unwrap().unwrap();
    assert!(!found.is_empty());
    for entry in found {
        let mut line: serde_json::Value = serde_json::from_slice(&entry.record.value).unwrap();
        let body = line[field]["b"][0][1].as_str().unwrap().to_owned();
        line[field]["b"][0][1] = body.replace("</", &format!("{}</", " ".repeat(60_000))).into();
        let key = std::str::from_utf8(&entry.key).unwrap();
        put(world, system, key, &serde_json::to_vec(&line).unwrap());
    }
}

#[test]
fn a_request_that_grows_beyond_what_is_read_is_refused_before_it_is_accepted() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    for count in [60_000, 52_000] {
        assert_eq!(world.between(A, B, &Growing::of(&marked("r-1"), count)), TOO_LARGE, "{count}");
        assert_eq!(world.says(A, ASKER, &Growing::of(&marked("r-1"), count)), TOO_LARGE, "{count}");
    }
    assert_eq!((stage(world.asked("r-1")), stage(world.received("r-1"))), (None, None));
    assert_eq!(world.records(B, "acm/case/"), 0);
    // What is as long as it may be is shown, and answered.
    assert_eq!(world.between(A, B, &Growing::of(&marked("r-2"), 48_000)), (200, None));
    assert_eq!(world.between(A, B, &provision("r-3")), (200, None));
    assert_eq!(waits(&world, B, DECIDER), ["r-2"]);
    assert_eq!(stands(&world, B, DECIDER).len(), 2);
    assert_eq!(world.says(B, DECIDER, &no(&marked("r-2"))), (200, None));
    assert_eq!(waits(&world, B, DECIDER), ["r-3"]);
}

#[test]
fn a_response_that_grows_beyond_what_is_read_is_refused_before_it_is_accepted() {
    let world = World::new();
    for request in ["r-1", "r-2"] {
        assert_eq!(world.says(A, ASKER, &provision(request)), (200, None));
    }
    world.lab.run();
    assert_eq!(world.between(B, A, &Growing::of(&marked_no("r-1"), 60_000)), TOO_LARGE);
    assert_eq!(world.says(B, DECIDER, &Growing::of(&marked_no("r-1"), 60_000)), TOO_LARGE);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Stored));
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
    for request in ["r-1", "r-2"] {
        assert_eq!(world.says(B, DECIDER, &yes(&provision(request))), (200, None));
    }
    world.lab.run();
    assert_eq!(waits(&world, A, ASKER), ["r-1", "r-2"]);
}

#[test]
fn a_record_that_is_damaged_hides_no_other_and_is_not_done_twice() {
    let world = World::new();
    for request in ["r-1", "r-2"] {
        world.says(A, ASKER, &provision(request));
    }
    world.lab.run();
    put(&world, B, "acm/case/i/a.example/r-1", b"{");
    put(&world, A, "acm/case/o/r-1", b"{");
    put(&world, B, &format!("acm/wait/{}/n/0000000000000001", user(DECIDER, B)), b"{");
    assert_eq!(waits(&world, B, DECIDER), ["r-2"]);
    assert_eq!(stands(&world, B, DECIDER).len(), 1);
    assert_eq!(stands(&world, A, ASKER).len(), 1);
    world.logs_on(B, DECIDER);
    let again = (403, Some(Cause::RepeatedRequest));
    assert_eq!(world.between(A, B, &provision("r-1")), again);
    assert_eq!(world.says(A, ASKER, &provision("r-1")), again);
    let none = (404, Some(Cause::NoSuchRequest));
    assert_eq!(world.says(B, DECIDER, &yes(&provision("r-1"))), none);
    assert_eq!(world.between(B, A, &yes(&provision("r-1"))), (404, Some(Cause::UnmatchedReport)));
    assert_eq!(world.says(B, DECIDER, &yes(&provision("r-2"))), (200, None));
    world.lab.run();
    assert_eq!(waits(&world, A, ASKER), ["r-2"]);
}

#[test]
fn a_request_that_was_kept_and_cannot_be_read_ends_on_both_sides() {
    let world = World::new();
    for request in ["r-1", "r-2"] {
        world.says(A, ASKER, &provision(request));
    }
    world.lab.run();
    poison(&world, B, "acm/case/i/a.example/r-1", "req");
    let before = stands(&world, B, DECIDER);
    let shown: Vec<_> =
        before.iter().map(|(id, state, more)| (id.as_str(), *state, more.is_some())).collect();
    assert_eq!(shown, [("r-2", State::Stored, false), ("r-1", State::Stored, true)]);
    assert_eq!(waits(&world, B, DECIDER), ["r-2"]);
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Expired));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Expired), "the initiator hears of it");
    assert_eq!(waits(&world, A, ASKER), ["r-1"]);
    assert_eq!((world.records(B, "acm/open/"), world.records(A, "acm/open/")), (1, 1));
}

#[test]
fn a_request_that_cannot_be_read_is_ended_by_whoever_would_answer_or_is_told() {
    for is_told in [false, true] {
        let world = World::new();
        world.says(A, ASKER, &provision("r-1"));
        world.lab.run();
        poison(&world, B, "acm/case/i/a.example/r-1", "req");
        if is_told {
            world.logs_on(B, DECIDER);
            world.says(A, ASKER, &provision("r-2"));
        } else {
            let gone = (404, Some(Cause::NoSuchRequest));
            assert_eq!(world.says(B, DECIDER, &no(&provision("r-1"))), gone);
        }
        world.lab.run();
        assert_eq!(stage(world.received("r-1")), Some(Stage::Expired), "{is_told}");
        assert_eq!(stage(world.asked("r-1")), Some(Stage::Expired), "{is_told}");
    }
}

#[test]
fn a_request_that_cannot_be_read_blocks_no_lane() {
    let world = World::new();
    world.way(B, Way::Down);
    for request in ["r-1", "r-2"] {
        world.says(A, ASKER, &provision(request));
    }
    poison(&world, A, "acm/case/o/r-1", "req");
    let first = world.stores[A].scan(b"acm/letter/", None, 1).now_or_never().unwrap().unwrap();
    poison(&world, A, std::str::from_utf8(&first[0].key).unwrap(), "what");
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Refused));
    assert_eq!(stage(world.received("r-2")), Some(Stage::Waiting), "what comes after it goes on");
    let ends = stands(&world, A, ASKER);
    assert_eq!((ends.len(), ends[1].1), (2, State::Fail));
    assert_eq!(waits(&world, A, ASKER), Vec::<String>::new(), "without a response nothing waits");
    assert!(world.is_quiet());
}

#[test]
fn a_response_that_cannot_be_read_hides_no_other() {
    let world = World::new();
    for request in ["r-1", "r-2"] {
        world.says(A, ASKER, &provision(request));
    }
    world.lab.run();
    for request in ["r-1", "r-2"] {
        world.says(B, DECIDER, &yes(&provision(request)));
    }
    world.lab.run();
    poison(&world, A, "acm/case/o/r-1", "resp");
    assert_eq!(waits(&world, A, ASKER), ["r-2"]);
    let ends: Vec<_> =
        stands(&world, A, ASKER).into_iter().map(|(id, _, more)| (id, more.is_some())).collect();
    assert_eq!(ends, [("r-2".to_owned(), false), ("r-1".to_owned(), true)]);
}

#[test]
fn a_server_begins_and_goes_on_over_records_that_nobody_can_read() {
    let world = World::new();
    let mut asked = provision("r-1");
    asked.heading.expires = xml_schemas::Timestamp::from_unix_ms(
        i64::try_from(world.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
            + 60_000,
    );
    world.says(A, ASKER, &asked);
    world.lab.run();
    for key in ["acm/due/0000000000000000/x", "acm/due/0000000000000001/i/a.example/gone", "acm/due/x"] {
        put(&world, B, key, b"");
    }
    for key in ["acm/work/x", "acm/letter/0000000000000001", "acm/letter/x"] {
        put(&world, B, key, b"{");
    }
    let world = world.restart(std::time::Duration::from_secs(1));
    world.seconds(300);
    assert_eq!(stage(world.received("r-1")), Some(Stage::Expired));
    assert_eq!(stage(world.asked("r-1")), Some(Stage::Expired));
    assert_eq!(world.records(B, "acm/due/"), 0);
}

#[test]
fn what_cannot_be_read_counts_as_open_no_longer() {
    let world = World::of(|_, config| config.longest_wait = std::time::Duration::from_secs(86_400));
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    put(&world, B, "acm/case/i/a.example/r-1", b"{");
    put(&world, A, "acm/case/o/r-1", b"{");
    assert_eq!([A, B].map(|system| world.records(system, "acm/open/")), [1, 1]);
    stands(&world, A, ASKER);
    assert_eq!(world.records(A, "acm/open/"), 0, "found by him who asked");
    world.seconds(86_400 + 60);
    assert_eq!(world.records(B, "acm/open/") + world.records(B, "acm/due/"), 0, "when its time is over");
    world.between(A, B, &provision("r-2"));
    put(&world, B, "acm/case/i/a.example/r-2", b"{");
    put(&world, B, "acm/work/i/a.example/r-2", b"");
    world.seconds(120);
    assert_eq!(world.records(B, "acm/open/") + world.records(B, "acm/work/"), 0, "nor as decided");
}
