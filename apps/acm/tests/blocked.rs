//! TS 23.280 10.17 while a server that has to be asked is away: what depends on it waits, and nothing else does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use kit::Cause;
use systems::*;
use xml_schemas::acm::{Actor, Addressee, Heading};

const GMS: &str = "gms1.core.b.example";

/// In `b.example` a group management server says which groups there are, and is away.
fn away() -> World {
    away_within(24)
}

/// The same, where a decision may take so many hours to be carried out.
fn away_within(hours: u64) -> World {
    let world = World::of(|system, config| {
        config.carry_out_within = std::time::Duration::from_secs(hours * 3_600);
        if system == B {
            let hop = kit::testing::hop_config(GMS);
            config.neighbours.groups = Some(acm::config::WebServer { root: format!("https://{GMS}"), hop });
        }
    });
    world.lab.connect_web("acm1.core.b.example", GMS, down());
    world
}

fn down() -> kit::testing::WebEnd {
    kit::testing::WebEnd::Fails(wire::WireError::Unreachable("down".into()))
}

#[test]
fn what_nobody_there_can_judge_can_be_taken_back_and_what_stands_behind_it_goes_on() {
    let world = away();
    assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
    assert_eq!(world.says(A, ASKER, &provision("r-1")), (200, None));
    world.seconds(300);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked));
    assert_eq!(world.says(A, ASKER, &withdrawal("m-1")), (200, None));
    world.seconds(600);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Withdrawn));
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
    assert!(world.received("m-1").is_none() && world.is_quiet());
}

#[test]
fn what_nobody_there_could_judge_for_a_day_is_refused() {
    let world = away();
    assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
    world.seconds(23 * 3_600);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked));
    world.seconds(2 * 3_600);
    let ended = world.asked("m-1").unwrap();
    assert_eq!((ended.stage, ended.cause), (Stage::Refused, Some(Cause::OwnServerAway)));
    assert!(world.is_quiet());
}

/// 10.17: what a partition or a fault lies between has not been so all the time.
#[test]
fn what_could_not_be_judged_for_two_moments_with_a_day_between_them_is_not_refused() {
    let world = away();
    assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
    world.way(B, Way::Down);
    world.seconds(25 * 3_600);
    world.way(B, Way::Open);
    world.seconds(900);
    assert_eq!(
        stage(world.asked("m-1")),
        Some(Stage::Asked),
        "it cannot be judged again, and for minutes only"
    );
    let none = kit::testing::WebEnd::Status(http::StatusCode::NOT_FOUND);
    world.lab.connect_web("acm1.core.b.example", GMS, none);
    world.seconds(900);
    assert_eq!(
        world.asked("m-1").unwrap().cause,
        Some(Cause::UnknownGroup),
        "it is judged once somebody can"
    );
}

/// 10.17: every request comes to an end, however often something else lies between.
#[test]
fn what_nobody_there_can_judge_is_refused_though_the_way_breaks_off_now_and_then() {
    let world = away_within(3);
    assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
    for hours in 0..3 {
        assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked), "{hours} h");
        world.seconds(3_600);
        world.way(B, Way::Down);
        world.seconds(60);
        world.way(B, Way::Open);
    }
    world.seconds(1_800);
    let ended = world.asked("m-1").unwrap();
    assert_eq!((ended.stage, ended.cause), (Stage::Refused, Some(Cause::OwnServerAway)));
}

/// The same, where it is the own server that begins anew.
#[test]
fn what_nobody_there_can_judge_is_refused_though_the_own_server_begins_anew_each_hour() {
    let mut world = away_within(3);
    assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
    for hours in 0..3 {
        assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked), "{hours} h");
        world.seconds(3_600);
        world = world.restart(std::time::Duration::from_secs(60));
        world.lab.connect_web("acm1.core.b.example", GMS, down());
    }
    world.seconds(1_800);
    let ended = world.asked("m-1").unwrap();
    assert_eq!((ended.stage, ended.cause), (Stage::Refused, Some(Cause::OwnServerAway)));
}

/// A group management server takes the ID for no name of a document: there is no such group.
#[test]
fn c10_17_4_step_4a_a_group_whose_id_its_home_cannot_look_for_is_not_there() {
    for status in [http::StatusCode::BAD_REQUEST, http::StatusCode::URI_TOO_LONG] {
        let world = away();
        world.lab.connect_web("acm1.core.b.example", GMS, kit::testing::WebEnd::Status(status));
        assert_eq!(world.says(A, ASKER, &membership("m-1")), (200, None));
        world.lab.run();
        let ended = world.asked("m-1").unwrap();
        assert_eq!((ended.stage, ended.cause), (Stage::Refused, Some(Cause::UnknownGroup)));
    }
}

/// One request whose check needs a server that is away keeps no other waiting, in either direction, and runs out in its time.
#[test]
fn what_cannot_be_judged_now_blocks_nothing_else_that_goes_to_that_system() {
    let world = away();
    for number in 1..=3 {
        let mut asked = membership(&format!("m-{number}"));
        let late = world.now() + std::time::Duration::from_secs(3_600);
        let late = late.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        asked.heading.expires = xml_schemas::Timestamp::from_unix_ms(i64::try_from(late).unwrap());
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
    }
    world.seconds(300);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked), "it cannot be judged");
    let others = provision_to("r-1", Addressee::User(user("admin8", B)));
    assert_eq!(world.says(A, ASKER, &others), (200, None));
    world.seconds(30);
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting), "another goes on");
    let mut asked = provision("b-1");
    asked.heading =
        Heading::new(request_id("b-1"), Actor::user(user(DECIDER, B)), Addressee::User(user(ASKER, A)));
    asked.groups.iter_mut().for_each(|each| each.id = group("flood-ops", B));
    assert_eq!(world.says(B, DECIDER, &asked), (200, None));
    world.seconds(30);
    assert_eq!(
        world.says(A, ASKER, &asked.answer(Actor::user(user(ASKER, A)), xml_schemas::acm::Outcome::Success)),
        (200, None)
    );
    world.seconds(30);
    let key = acm::CaseKey::asked(request_id("b-1"));
    assert_eq!(stage(world.case(B, &key)), Some(Stage::Answered), "and so do answers");
    world.seconds(2 * 3_600);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Expired), "though nobody could judge it");
}
