//! TS 23.280 10.17.5.2 where one user is the matter of several requests, or of several processes: what was decided last is what holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod gate;
mod neighbours;
mod systems;
mod users;

use std::time::Duration;

use acm::case::Stage;
use gate::Gate;
use http::Method;
use neighbours::configured;
use systems::*;
use users::*;
use xml_schemas::acm::{Admission, UserRemoval};

#[test]
fn who_is_added_and_then_removed_is_gone_though_the_first_had_to_be_tried_again() {
    let (world, fake) = by_rule();
    fake.held(|held| held.fails = Some((CAROL.into(), 503, 1)));
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL, DAVE])).0, 200);
    assert_eq!(world.between(A, B, &remove("u-2", &[CAROL])).0, 200);
    world.seconds(60);
    let stages = ["u-1", "u-2"].map(|request| stage(world.received(request)));
    assert_eq!(stages, [Some(Stage::Answered); 2]);
    fake.held(|held| {
        assert_eq!((held.admitted.get(CAROL), held.expected.get(CAROL)), (Some(&false), Some(&false)));
        assert_eq!((held.admitted.get(DAVE), held.expected.get(DAVE)), (Some(&true), Some(&true)));
    });
}

#[test]
fn who_was_admitted_before_stays_where_a_later_request_fails() {
    let (world, fake) = by_rule();
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL])).0, 200);
    world.lab.run();
    fake.held(|held| held.refuses = Some((Method::PUT, format!("expected/{CAROL}"), 403)));
    assert_eq!(world.between(A, B, &add("u-2", &[CAROL])).0, 200);
    world.seconds(60);
    assert!(matches!(admission(&answered(&world), CAROL), Admission::Refused(_)));
    fake.held(|held| assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (true, true)));
}

/// The server that has admitted him takes nothing back: that concerns him alone, and is seen.
#[test]
fn who_cannot_be_undone_keeps_no_other_from_being_admitted() {
    for code in [503, 403] {
        let (world, fake) = by_rule();
        fake.held(|held| {
            held.fails = Some((format!("expected/{CAROL}"), 403, usize::MAX));
            held.refuses = Some((Method::DELETE, format!("visitors/{CAROL}"), code));
        });
        assert_eq!(world.between(A, B, &add("u-1", &[DAVE, CAROL])).0, 200);
        world.seconds(25 * 3_600);
        assert_eq!(stage(world.received("u-1")), Some(Stage::Answered), "{code}");
        let response = answered(&world);
        assert!(matches!(admission(&response, DAVE), Admission::Admitted { .. }), "{code}");
        let Admission::Refused(why) = admission(&response, CAROL) else { panic!("refused") };
        assert_eq!(why.code, Some(kit::Cause::NotPermitted.code()), "{code}: why he was");
        assert_eq!(world.records(B, "acm/admitted/"), 1, "{code}");
        assert!(world.metrics(B).contains("not-undone"), "{code}");
    }
}

/// Two processes over one store, whose person answers at either: what was decided first is done first, however often it has to be tried.
#[test]
fn who_is_added_by_one_process_and_removed_by_another_is_gone() {
    let world = World::of(configured);
    let fake = neighbours::Fake::beside(&world);
    let other = world.second(B);
    fake.beside_process(&world, "acm2.core.b.example");
    let (adds, removes) = (add("u-1", &[DAVE, CAROL]), remove("u-2", &[CAROL]));
    assert_eq!(world.between(A, B, &adds).0, 200);
    assert_eq!(world.between(A, B, &removes).0, 200);
    // Whoever carries out the first fails, and does not for a while.
    fake.held(|held| held.fails = Some((format!("expected/{CAROL}"), 503, 1)));
    let yes = adds.answer(decider(), [CAROL, DAVE].map(|user| ruling(user, Admission::Approved)).into());
    assert_eq!(world.says(B, DECIDER, &yes), (200, None));
    world.lab.run();
    let gone = removes.answer(decider(), vec![UserRemoval { primary: id(CAROL), refused: None }]);
    assert_eq!(world.says_to(&other, B, DECIDER, &gone), (200, None));
    world.seconds(300);
    let stages = ["u-1", "u-2"].map(|request| stage(world.received(request)));
    assert_eq!(stages, [Some(Stage::Answered); 2]);
    fake.held(|held| {
        assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false), "he was removed last");
        assert_eq!((held.admitted[DAVE], held.expected[DAVE]), (true, true));
        let of_carol = |(_, path): &&(Method, String)| path.ends_with(&format!("expected/{CAROL}"));
        let last = held.asked.iter().rfind(of_carol).unwrap();
        assert_eq!(last.0, Method::DELETE);
    });
    assert_eq!(world.records(B, "acm/next/") + world.records(B, "acm/work/"), 0);
}

/// What one of the servers beside is told is held up on its way for longer than anybody waits for it, and comes when something else has
/// been decided.
#[test]
fn what_a_server_is_told_late_undoes_no_later_decision() {
    for (path, place) in [("visitors", 0), ("expected", 1)] {
        for (method, is_there) in [(Method::PUT, false), (Method::DELETE, true)] {
            let (world, fake) = by_rule();
            assert_eq!(world.between(A, B, &add("u-0", &[CAROL])).0, 200);
            world.lab.run();
            fake.held(|held| held.stalls = Some((method.clone(), format!("{path}/{CAROL}"))));
            let (add, remove) = (|id| add(id, &[CAROL]), |id| remove(id, &[CAROL]));
            let said = match is_there {
                false => [world.between(A, B, &add("u-1")), world.between(A, B, &remove("u-2"))],
                true => [world.between(A, B, &remove("u-1")), world.between(A, B, &add("u-2"))],
            };
            assert_eq!(said, [(200, None); 2]);
            world.seconds(300);
            let stages = ["u-1", "u-2"].map(|request| stage(world.received(request)));
            assert_eq!(stages, [Some(Stage::Answered); 2]);
            let counts = || fake.held(|held| [held.admitted[CAROL], held.expected[CAROL]]);
            assert_eq!(counts(), [is_there; 2]);
            assert_eq!(fake.arrives(), [409], "{method} {path}");
            assert_eq!(counts()[place], is_there, "{method} {path}");
        }
    }
}

/// Two processes carry out the same decision for the last time: what the one has done and answered, the other, which was held up, leaves.
#[test]
fn who_was_admitted_by_one_process_stays_where_another_one_fails_later() {
    let world = World::of(|system, config| {
        configured(system, config);
        config.carry_out_within = Duration::ZERO;
        config.partners[0].handle = vec![always()];
    });
    let fake = neighbours::Fake::beside(&world);
    let _other = world.second(B);
    fake.beside_process(&world, "acm2.core.b.example");
    // Shortly before the other one looks for what is left.
    world.seconds(57);
    fake.held(|held| held.stalls = Some((Method::PUT, format!("expected/{CAROL}"))));
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL])).0, 200);
    world.seconds(6);
    assert!(matches!(admission(&answered(&world), CAROL), Admission::Admitted { .. }));
    world.seconds(60);
    fake.held(|held| {
        assert_eq!((held.undone, held.admitted[CAROL], held.expected[CAROL]), (0, true, true));
    });
}

/// The same where the one undoes it before the other has kept that he is admitted: then he is not, in any of the servers.
#[test]
fn who_is_being_undone_by_one_process_is_not_admitted_by_another() {
    let gate = Gate::default();
    let world = World::of_over(
        |system, config| {
            configured(system, config);
            config.carry_out_within = Duration::ZERO;
            config.partners[0].handle = vec![always()];
        },
        &|system, store| if system == B { gate.over(store) } else { store },
    );
    let fake = neighbours::Fake::beside(&world);
    let _other = world.second(B);
    fake.beside_process(&world, "acm2.core.b.example");
    // Shortly before the other one looks for what is left.
    world.seconds(57);
    gate.close("acm/admitted/");
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL])).0, 200);
    world.lab.run();
    assert!(gate.is_waited_at(), "everything is there for him");
    fake.held(|held| {
        held.fails = Some((format!("expected/{CAROL}"), 503, 1));
        held.stalls = Some((Method::DELETE, format!("expected/{CAROL}")));
    });
    world.seconds(5);
    fake.held(|held| assert_eq!((held.admitted[CAROL], held.undone), (false, 1), "half of it is undone"));
    gate.open();
    world.seconds(60);
    assert_eq!(stage(world.received("u-1")), Some(Stage::Refused));
    assert!(matches!(admission(&answered(&world), CAROL), Admission::Refused(_)));
    fake.arrives();
    fake.held(|held| assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false)));
    assert_eq!(world.records(B, "acm/admitted/") + world.records(B, "acm/undoing/"), 0);
}

/// What the one has said last is held up on its way; the other is refused before it comes so far.
#[test]
fn who_is_refused_by_one_process_is_not_expected_by_what_another_is_heard_to_say_late() {
    let world = World::of(|system, config| {
        configured(system, config);
        config.partners[0].handle = vec![always()];
    });
    let fake = neighbours::Fake::beside(&world);
    let _other = world.second(B);
    fake.beside_process(&world, "acm2.core.b.example");
    fake.held(|held| held.stalls = Some((Method::PUT, format!("expected/{CAROL}"))));
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL])).0, 200);
    world.lab.run();
    fake.held(|held| held.refuses = Some((Method::PUT, format!("visitors/{CAROL}"), 403)));
    world.seconds(120);
    assert!(matches!(admission(&answered(&world), CAROL), Admission::Refused(_)));
    assert_eq!(fake.arrives(), [409]);
    fake.held(|held| assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false)));
}

/// The server at which nothing was begun may be away.
#[test]
fn who_is_refused_is_answered_though_it_cannot_be_said_to_every_server() {
    let (world, fake) = by_rule();
    fake.held(|held| {
        held.refuses = Some((Method::PUT, format!("visitors/{CAROL}"), 403));
        held.fails = Some((format!("expected/{CAROL}"), 503, 1_000));
    });
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL])).0, 200);
    world.lab.run();
    assert!(matches!(admission(&answered(&world), CAROL), Admission::Refused(_)));
    assert!(!world.metrics(B).contains("not-undone"));
}

/// That he is not to come is kept before anything is undone: whoever goes on does that, though he could be admitted by then.
#[test]
fn who_was_being_undone_when_its_process_was_killed_is_undone_by_the_next() {
    let (world, fake) = by_rule();
    fake.held(|held| {
        held.fails = Some((format!("expected/{CAROL}"), 403, 1));
        held.stalls = Some((Method::DELETE, format!("visitors/{CAROL}")));
    });
    assert_eq!(world.between(A, B, &add("u-1", &[CAROL, DAVE])).0, 200);
    world.lab.run();
    assert_eq!((stage(world.received("u-1")), world.records(B, "acm/undoing/")), (Some(Stage::Decided), 1));
    let world = world.restart(Duration::from_secs(1));
    fake.join(&world);
    world.seconds(60);
    let response = answered(&world);
    assert!(matches!(admission(&response, CAROL), Admission::Refused(_)));
    assert!(matches!(admission(&response, DAVE), Admission::Admitted { .. }));
    fake.arrives();
    fake.held(|held| {
        assert!(!held.admitted[CAROL] && held.expected.get(CAROL).is_none_or(|is_expected| !is_expected));
        assert_eq!((held.admitted[DAVE], held.expected[DAVE]), (true, true));
    });
}
