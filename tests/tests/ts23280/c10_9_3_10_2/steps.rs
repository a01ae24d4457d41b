//! The seven steps and the precondition.

use kit::Cause;
use mcx_tests::{Home, Topology, TwoSystems, causes, flows, located};
use xml_schemas::location::TargetAnswer;

use super::CLAUSE;
use crate::{ALICE, BOB, CAROL, DAVE, ERIN, GATEWAY_A, GATEWAY_B, LMS_A, LMS_B};

#[test]
fn precondition_a_request_without_a_target_is_refused() {
    TwoSystems::new().run(async |world| {
        let refused = world.ask("alice", &[]).await.unwrap_err();
        assert_eq!(refused.cause(), Cause::MalformedBody);
        assert!(world.steps(CLAUSE).iter().all(|(_, step)| *step == 1), "{:?}", world.steps(CLAUSE));
    });
}

#[test]
fn step_1_a_location_management_client_asks() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!((report.requester.as_str(), located(&report)), (ALICE, vec![BOB]));
        assert_eq!(world.steps(CLAUSE)[..2], [("alice".to_owned(), 1), (LMS_A.to_owned(), 1)]);
    });
}

#[test]
fn step_1_an_mc_service_server_asks_for_a_named_user() {
    TwoSystems::new().run(async |world| {
        let server = world.service(Home::Primary);
        let report = server.locate(&flows::user(ALICE), flows::users(&[BOB]), true).await.unwrap();
        assert_eq!((report.requester.as_str(), located(&report)), (ALICE, vec![BOB]));
        let steps = world.steps(CLAUSE);
        assert_eq!(steps.first(), Some(&("mcs1.core.primary.example".to_owned(), 1)));
        assert_eq!(steps.last(), Some(&("mcs1.core.primary.example".to_owned(), 7)));
        assert!(!world.ladder().contains("alice  "), "the user's own client has no part in it");
    });
}

#[test]
fn step_1_an_mc_service_server_asks_for_its_own_users_only() {
    TwoSystems::new().logged_off(Home::Primary, "dave").run(async |world| {
        let server = world.service(Home::Primary);
        for (requester, cause) in [(BOB, Cause::RequesterUnknown), (DAVE, Cause::RequesterNotAuthorized)] {
            let refused = server.locate(&flows::user(requester), flows::users(&[BOB]), true).await;
            assert_eq!(refused.unwrap_err().cause(), cause, "{requester}");
        }
    });
}

#[test]
fn step_2_a_requester_who_may_not_ask_is_told_so() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config.set("locations.ask.0.allow", false);
    });
    setup.run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::RequesterNotAuthorized)]);
        assert!(!world.ladder().contains(GATEWAY_A), "nobody abroad hears of it");
    });
}

#[test]
fn step_2_decides_for_each_pair_of_requester_and_target() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        let rule =
            format!("name = \"not for dave\"\nrequester = \"{DAVE}\"\ntarget = \"{BOB}\"\nallow = false");
        config.first("locations.ask", &rule);
    });
    setup.run(async |world| {
        let report = world.ask("dave", &[BOB, CAROL]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::RequesterNotAuthorized), Some(Cause::TargetRefuses)]);
        let across = world.ladder();
        let border = |line: &&str| line.starts_with(GATEWAY_A);
        assert!(across.lines().any(|line| line.contains(CAROL)) && across.lines().filter(border).count() > 0);
        world.recording().ladder().clear();
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
    });
}

#[test]
fn step_2_what_may_not_be_asked_does_not_leave_the_system() {
    let setup = TwoSystems::new().without_system(Home::Partner).with(Home::Primary, |config| {
        let rule = format!("name = \"not bob\"\nrequester = \"anyone\"\ntarget = \"{BOB}\"\nallow = false");
        config.first("locations.ask", &rule);
    });
    setup.run(async |world| {
        let partner = world.play_border(Home::Partner);
        partner.answer(|_| Some(sip::Response::new(404)));
        let report = world.ask("alice", &[BOB, CAROL]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::RequesterNotAuthorized), Some(Cause::UnknownTarget)]);
        let received = partner.received();
        assert_eq!(received.len(), 1);
        assert!(!String::from_utf8_lossy(&received[0]).contains("bob"));
    });
}

#[test]
fn step_3_reaches_the_partner_through_both_gateways() {
    TwoSystems::new().run(async |world| {
        world.ask("alice", &[BOB]).await.unwrap();
        let third: Vec<_> = world.steps(CLAUSE).into_iter().filter(|(_, step)| *step == 3).collect();
        let who: Vec<&str> = third.iter().map(|(who, _)| who.as_str()).collect();
        assert_eq!(who, [LMS_A, GATEWAY_A, GATEWAY_B, LMS_B]);
    });
}

#[test]
fn step_3_reaches_the_partner_directly() {
    TwoSystems::new().topology(Topology::Direct).run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(located(&report), [BOB]);
        let steps: Vec<(String, u8)> = world.steps(CLAUSE);
        let steps: Vec<(&str, u8)> = steps.iter().map(|(who, step)| (who.as_str(), *step)).collect();
        let between =
            [(LMS_A, 1), (LMS_A, 2), (LMS_A, 3), (LMS_B, 3), (LMS_B, 4), (LMS_B, 5), (LMS_B, 6), (LMS_A, 7)];
        assert_eq!(steps[1..9], between);
    });
}

#[test]
fn step_4_a_user_level_rule_refuses() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[CAROL]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::TargetRefuses)]);
        assert!(world.ladder().contains("(tell-location: refuse target-refuses, by rule not abroad)"));
        assert!(world.steps("10.9.3.2").is_empty(), "her terminal is not asked");
    });
}

#[test]
fn step_4_general_policy_refuses() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.set("locations.tell.1.answer", "refuse");
    });
    setup.run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::PolicyRefuses)]);
        assert!(world.steps("10.9.3.2").is_empty(), "his terminal is not asked");
    });
}

#[test]
fn step_4_a_users_own_rule_comes_before_general_policy() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        let rule = format!("name = \"alice may\"\nrequester = \"{ALICE}\"\nanswer = \"allow\"");
        config.set("locations.tell.1.answer", "refuse").add("locations.user.0.share", &rule);
    });
    setup.run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
        assert_eq!(causes(&world.ask("dave", &[BOB]).await.unwrap()), [Some(Cause::PolicyRefuses)]);
    });
}

#[test]
fn step_4_nothing_is_told_where_no_rule_speaks() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.remove("locations.tell");
    });
    setup.run(async |world| {
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::PolicyRefuses)]);
    });
}

#[test]
fn step_5_asks_the_client_for_a_fresh_position() {
    TwoSystems::new().run(async |world| {
        world.ask("alice", &[BOB]).await.unwrap();
        world.advance(std::time::Duration::from_secs(60)).await;
        let report = world.ask("alice", &[BOB]).await.unwrap();
        let TargetAnswer::Located(position) = &report.targets[0].answer else { panic!("{report:?}") };
        let point = position.coordinate().unwrap();
        assert!((point.latitude.degrees() - 60.1719).abs() < 1e-3, "he has moved: {point:?}");
        assert!(position.taken_at().unwrap().to_string().starts_with("2026-03-02T10:01:00"));
        let taken = world.steps("10.9.3.2");
        assert!(taken.contains(&(LMS_B.to_owned(), 1)) && taken.contains(&("bob".to_owned(), 3)));
    });
}

#[test]
fn step_6_reports_once_for_all_targets() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[BOB, CAROL, ERIN, "sip:nobody@partner.example"]).await.unwrap();
        let causes = causes(&report);
        let distinct = [None, Some(Cause::TargetRefuses), Some(Cause::LoggedOff), Some(Cause::UnknownUser)];
        assert_eq!(causes, distinct);
        let sixth = world.steps(CLAUSE).into_iter().filter(|step| *step == (LMS_B.to_owned(), 6));
        assert_eq!(sixth.count(), 1);
    });
}

#[test]
fn step_7_the_requester_receives_one_report() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(located(&report), [BOB]);
        let seventh: Vec<_> = world.steps(CLAUSE).into_iter().filter(|(_, step)| *step == 7).collect();
        assert_eq!(seventh, [(LMS_A.to_owned(), 7), ("alice".to_owned(), 7)]);
    });
}
