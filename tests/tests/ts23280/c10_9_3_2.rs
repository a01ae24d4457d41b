//! On-demand location information within one MC system: what step 5 of 10.9.3.10.2 refers to.

use std::time::Duration;

use kit::Cause;
use mcx_tests::{Home, TwoSystems, causes, flows, located};
use parking_lot::Mutex;
use xml_schemas::location::TargetAnswer;

use crate::{ALICE, BOB, CAROL, CORE_B, DAVE, LMS_B};

const CLAUSE: &str = "10.9.3.2";

#[test]
fn within_one_system_nothing_crosses_the_border() {
    TwoSystems::new().run(async |world| {
        assert_eq!(located(&world.ask("alice", &[DAVE]).await.unwrap()), [DAVE]);
        assert!(!world.ladder().contains("mcgw."));
    });
}

#[test]
fn step_2_the_user_is_asked_and_allows() {
    let setup = TwoSystems::new().asked("bob", |_| true);
    setup.run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
        assert!(world.steps(CLAUSE).contains(&("bob".to_owned(), 2)));
    });
}

#[test]
fn a_user_may_deny() {
    let setup = TwoSystems::new().asked("bob", |_| false);
    setup.run(async |world| {
        let report = world.ask("alice", &[BOB, DAVE]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::UserDenied), None]);
        assert!(world.steps(CLAUSE).contains(&("bob".to_owned(), 2)));
    });
}

#[test]
fn a_terminal_that_may_never_tell_denies() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.set("client.bob.permission", "deny");
    });
    setup.run(async |world| {
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::UserDenied)]);
    });
}

#[test]
fn step_2_the_user_is_told_who_asks_where_policy_leaves_it_to_him() {
    static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let setup = TwoSystems::new()
        .with(Home::Partner, |config| {
            config.set("locations.tell.1.answer", "ask-user");
        })
        .asked("bob", |who| {
            ASKED.lock().push(who.map_or_else(String::new, |who| who.as_str().to_owned()));
            true
        });
    setup.run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
        assert_eq!(*ASKED.lock(), [ALICE]);
        assert!(world.ladder().contains("(tell-location: allow, by rule the person asked)"));
    });
}

#[test]
fn the_last_known_position_is_given_where_refresh_is_not_asked() {
    TwoSystems::new().run(async |world| {
        world.ask("alice", &[BOB]).await.unwrap();
        world.advance(Duration::from_secs(90)).await;
        world.recording().ladder().clear();
        let client = world.client("alice").location();
        let report = client.locate(flows::users(&[BOB]), false).await.unwrap();
        let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
        assert!(position.taken_at().unwrap().to_string().starts_with("2026-03-02T10:00:00"), "with its time");
        assert!(world.steps(CLAUSE).is_empty(), "the terminal is not asked");
    });
}

#[test]
fn without_a_last_known_position_there_is_none_to_give() {
    TwoSystems::new().run(async |world| {
        let client = world.client("alice").location();
        let report = client.locate(flows::users(&[BOB]), false).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::NoPosition)]);
    });
}

#[test]
fn a_terminal_without_a_fix_has_no_position() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.remove("client.bob.track");
    });
    setup.run(async |world| {
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::NoPosition)]);
    });
}

#[test]
fn a_silent_client_has_its_own_cause() {
    TwoSystems::new().run(async |world| {
        world.silence("bob", CORE_B);
        let report = world.ask("alice", &[BOB, CAROL]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::TimedOut), Some(Cause::TargetRefuses)]);
        let elapsed = world.ladder();
        assert!(elapsed.contains("[10.9.3.2 step 1]") && !elapsed.contains("[10.9.3.2 step 3]"));
    });
}

#[test]
fn a_stale_position_instead_of_nothing_where_configured() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.set("locations.stale-instead-of-nothing", true);
    });
    setup.run(async |world| {
        world.ask("alice", &[BOB]).await.unwrap();
        world.client("bob").log_off().await.unwrap();
        world.advance(Duration::from_secs(60)).await;
        let report = world.ask("alice", &[BOB]).await.unwrap();
        let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
        assert!(position.taken_at().unwrap().to_string().starts_with("2026-03-02T10:00:00"));
    });
}

#[test]
fn step_3_the_server_keeps_what_the_client_reports() {
    TwoSystems::new().run(async |world| {
        world.ask("alice", &[BOB]).await.unwrap();
        assert!(world.steps(CLAUSE).contains(&(LMS_B.to_owned(), 3)));
        world.stop("bob").await;
        let report = world.client("dave").location().locate(flows::users(&[BOB]), false).await.unwrap();
        assert_eq!(located(&report), [BOB]);
    });
}
