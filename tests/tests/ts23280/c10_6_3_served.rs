//! A user who has migrated (10.6.3) is served where he works: he is located there, his groups are there, and who looks for him at home
//! hears that he is not.

use std::time::Duration;

use clients::service::{Held, Journey};
use http::StatusCode;
use kit::Cause;
use mcx_tests::{Home, Setup, Topology, TwoSystems, flows, ladder};
use xml_schemas::{body::interconnection_info::McService, location::TargetAnswer, migration::ProfileIndex};

use crate::{ALICE, BOB, DAVE, LMS_A, LMS_B};

const CLAUSE: &str = "10.9.3.10.2";
const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

async fn travels_with(world: &TwoSystems, service: McService) -> Held {
    let client = world.client(ABROAD);
    client.log_on().await.expect("he has an account there");
    let journey = Journey { service, primary: flows::user(DAVE), profile: ProfileIndex(3) };
    let held = client.service().expect("a service client").migrate(&journey).await;
    // That both systems agree is kept a moment later, and the other servers hear of it.
    world.advance(Duration::from_secs(1)).await;
    world.quiet().await;
    world.recording().ladder().clear();
    held.expect("both systems say yes")
}

async fn travels(world: &TwoSystems) -> Held {
    travels_with(world, McService::Mcptt).await
}

/// What the location management servers of both systems do about users who have migrated.
fn with(migrated: &'static str) -> Setup {
    Home::BOTH.into_iter().fold(TwoSystems::new(), |setup, home| {
        setup.with(home, move |config| {
            config.set("locations.migrated", migrated);
        })
    })
}

#[test]
fn a_migrated_user_is_located_in_the_system_where_he_works() {
    for topology in [Topology::Hidden, Topology::Open, Topology::Direct] {
        with("follow").topology(topology).run(async |world| {
            let at_home = world.ask("alice", &[DAVE]).await.unwrap();
            let held = travels(world).await;
            let report = world.ask("alice", &[DAVE, BOB]).await.unwrap();
            assert_eq!(flows::located(&report), [DAVE, BOB], "told under the ID that was asked for");
            assert_ne!(at_home.targets[0].answer, report.targets[0].answer, "his terminal is there");
            let asked = world.steps(CLAUSE).into_iter().filter(|(who, step)| who == LMS_B && *step == 3);
            assert_eq!(asked.count(), 2, "once for bob, and once for him");
            drop(held);
        });
    }
}

#[test]
fn ladder_of_a_migrated_user_who_is_located_where_he_works() {
    with("follow").run(async |world| {
        let held = travels(world).await;
        world.ask("alice", &[DAVE]).await.unwrap();
        ladder::is_golden("location_of_a_migrated_user", &world.ladder());
        drop(held);
    });
}

#[test]
fn a_partner_that_asks_for_a_migrated_user_at_home_hears_where_he_works_as_the_operator_wants() {
    with("follow").run(async |world| {
        let held = travels(world).await;
        let report = world.ask("bob", &[DAVE]).await.unwrap();
        assert_eq!(flows::located(&report), [DAVE], "his home asks for him, in his own name");
        drop(held);
    });
    for (migrated, says_where) in [("refuse", false), ("tell", true)] {
        with(migrated).run(async |world| {
            let held = travels(world).await;
            for asker in ["alice", "bob"] {
                let report = world.ask(asker, &[DAVE]).await.unwrap();
                assert_eq!(flows::causes(&report), [Some(Cause::MigratedAway)], "{migrated}: {asker}");
                let TargetAnswer::Refused(refusal) = &report.targets[0].answer else { panic!("located") };
                let text = refusal.text.clone().unwrap_or_default();
                assert_eq!(text.contains("partner.example"), says_where, "{text}");
            }
            drop(held);
        });
    }
}

#[test]
fn who_is_back_is_located_at_home_again() {
    with("follow").run(async |world| {
        let held = travels(world).await;
        assert_eq!(flows::located(&world.ask("alice", &[DAVE]).await.unwrap()), [DAVE]);
        held.give_back().await;
        world.advance(Duration::from_secs(5)).await;
        world.recording().ladder().clear();
        assert_eq!(flows::located(&world.ask("alice", &[DAVE]).await.unwrap()), [DAVE]);
        assert!(!world.steps(CLAUSE).contains(&(LMS_B.to_owned(), 3)), "nobody else is asked");
    });
}

#[test]
fn after_a_restart_of_the_location_management_server_who_is_not_logged_on_is_asked_about() {
    let setup = with("follow").logged_off(Home::Primary, "dave");
    setup.run(async |world| {
        let held = travels(world).await;
        world.restart(LMS_A).await;
        let report =
            world.service(Home::Primary).locate(&flows::user(ALICE), flows::users(&[DAVE]), true).await;
        assert_eq!(flows::located(&report.unwrap()), [DAVE]);
        drop(held);
    });
}

#[test]
fn after_a_restart_of_the_location_management_server_who_registers_at_home_too_is_found_where_he_works() {
    with("follow").run(async |world| {
        let held = travels(world).await;
        world.restart(LMS_A).await;
        world.client("dave").log_on().await.expect("his terminal at home goes on refreshing");
        world.client("alice").log_on().await.expect("she registers anew");
        world.quiet().await;
        let report =
            world.service(Home::Primary).locate(&flows::user(ALICE), flows::users(&[DAVE]), true).await;
        assert_eq!(flows::located(&report.unwrap()), [DAVE]);
        let asked = world.steps(CLAUSE).into_iter().filter(|(who, step)| who == LMS_B && *step == 3);
        assert_eq!(asked.count(), 1, "the partner system is asked");
        drop(held);
    });
}

#[test]
fn a_server_asks_for_nobody_who_has_migrated() {
    TwoSystems::new().run(async |world| {
        let held = travels(world).await;
        world.advance(Duration::from_secs(1)).await;
        let asked = world.service(Home::Primary).locate(&flows::user(DAVE), flows::users(&[BOB]), true).await;
        assert_eq!(asked.map(|_| ()).unwrap_err().cause(), Cause::MigratedAway);
        drop(held);
    });
}

#[test]
fn a_group_names_a_member_who_works_there_by_the_id_that_he_has_there() {
    TwoSystems::new().profiles().run(async |world| {
        let fire = world
            .fire()
            .replace(BOB, "sip:harry@primary.example")
            .replace("sip:carol@partner.example", "sip:frank@primary.example");
        let fire = fire.replace("sip:erin@partner.example", "sip:grace@primary.example");
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        assert_eq!(world.offered(Home::Partner).await, None, "nobody there is a member");
        world.give_profiles().await;
        let held = travels(world).await;
        world.advance(Duration::from_secs(2)).await;
        let offered = world.offered(Home::Partner).await.expect("is provided with the migration");
        assert!(offered.contains(PARTNER_ID) && !offered.contains(DAVE), "{offered}");
        let stored = world.stored(Home::Partner).await.expect("is kept for clients");
        assert!(stored.contains(PARTNER_ID), "{stored}");
        assert_eq!(world.stored(Home::Primary).await, Some(fire), "its own stays as it was");
        held.give_back().await;
        world.advance(Duration::from_secs(5)).await;
        assert_eq!(world.offered(Home::Partner).await, None, "and withdrawn with its end");
    });
}

#[test]
fn mcvideo_migrates_from_client_to_client() {
    TwoSystems::new().run(async |world| {
        let held = travels_with(world, McService::McVideo).await;
        world.advance(Duration::from_secs(1)).await;
        let marks = world.service(Home::Primary).migrations().expect("configured");
        assert!(marks.mark(McService::McVideo, &flows::user(DAVE)).is_some_and(|mark| mark.is_confirmed));
        assert!(marks.mark(McService::Mcptt, &flows::user(DAVE)).is_none(), "each for itself");
        drop(held);
    });
}

#[test]
fn mcdata_is_refused_by_name() {
    TwoSystems::new().run(async |world| {
        let client = world.client(ABROAD);
        client.log_on().await.expect("he has an account there");
        let journey =
            Journey { service: McService::McData, primary: flows::user(DAVE), profile: ProfileIndex(3) };
        let outcome = client.service().expect("a service client").migrate(&journey).await;
        let refused = outcome.map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains(Cause::ServiceNotMigrated.text()), "{refused}");
    });
}
