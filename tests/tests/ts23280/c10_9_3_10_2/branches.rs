//! Lists over several systems, both kinds of connection, security domains, privacy.

use kit::Cause;
use mcx_tests::{Home, Setup, Topology, TwoSystems, causes, flows, located};

use crate::{BOB, CAROL, CORE_B, DAVE, ERIN};

const NOBODY: &str = "sip:nobody@partner.example";

#[test]
fn a_list_over_both_systems_is_answered_in_one_report() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[BOB, DAVE, CAROL]).await.unwrap();
        assert_eq!(causes(&report), [None, None, Some(Cause::TargetRefuses)], "in the order asked for");
        assert_eq!(located(&report), [BOB, DAVE]);
    });
}

#[test]
fn a_list_over_three_systems_is_answered_in_one_report() {
    TwoSystems::new().third_system().run(async |world| {
        let third = world.play_third_system();
        third.answer(|_| Some(Cause::PartnerUnreachable.response("other.example")));
        let report = world.ask("alice", &["sip:zoe@other.example", DAVE, BOB]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::PartnerUnreachable), None, None]);
        let text = String::from_utf8_lossy(&third.received()[0]).into_owned();
        assert!(text.contains("zoe@other.example") && !text.contains("bob@") && !text.contains("dave@"));
    });
}

#[test]
fn partial_results_have_distinct_causes() {
    let setup = TwoSystems::new()
        .with(Home::Partner, |config| {
            config
                .add("locations.user", "mc-service-id = \"sip:fay@partner.example\"\nimpu = \"sip:fay.imsi@partner.example\"")
                .add("sip-core.users", &format!("username = \"fay\"\nidentities = [\"sip:fay.imsi@partner.example\"]\nha1-sha-256 = \"{}\"", "0".repeat(64)))
                .first("locations.tell", "name = \"never of dave\"\nrequester = \"sip:dave@primary.example\"\nanswer = \"refuse\"");
        })
        .with(Home::Primary, |config| {
            config.first("locations.ask", "name = \"not fay\"\nrequester = \"anyone\"\ntarget = \"sip:fay@partner.example\"\nallow = false");
        });
    setup.run(async |world| {
        let targets = [BOB, CAROL, ERIN, NOBODY, "sip:fay@partner.example", "sip:zoe@elsewhere.example"];
        let report = world.ask("alice", &targets).await.unwrap();
        let expected = [
            None,
            Some(Cause::TargetRefuses),
            Some(Cause::LoggedOff),
            Some(Cause::UnknownUser),
            Some(Cause::RequesterNotAuthorized),
            Some(Cause::UnknownPartner),
        ];
        assert_eq!(causes(&report), expected);
        let report = world.ask("dave", &[BOB]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::PolicyRefuses)]);
        world.silence("bob", CORE_B);
        let report = world.ask("alice", &[BOB, CAROL]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::TimedOut), Some(Cause::TargetRefuses)]);
    });
}

#[test]
fn an_unknown_target_has_its_own_cause() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[NOBODY]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::UnknownUser)]);
    });
}

#[test]
fn a_logged_off_target_has_its_own_cause() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &[ERIN]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::LoggedOff)]);
    });
}

#[test]
fn direct_mode_within_one_security_domain() {
    TwoSystems::new().topology(Topology::Direct).one_authority().run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB, DAVE]).await.unwrap()), [BOB, DAVE]);
    });
}

#[test]
fn direct_mode_across_two_security_domains() {
    TwoSystems::new().topology(Topology::Direct).run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB, DAVE]).await.unwrap()), [BOB, DAVE]);
    });
}

#[test]
fn gateways_within_one_security_domain() {
    TwoSystems::new().one_authority().run(async |world| {
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
    });
}

#[test]
fn within_one_security_domain_the_partners_servers_are_nobody_inside() {
    for topology in [Topology::Hidden, Topology::Direct] {
        TwoSystems::new().topology(topology).one_authority().run(async |world| {
            let neighbour = world.play_neighbour(Home::Partner);
            let request = || {
                let flow = flows::request("r1", BOB, &[DAVE]);
                neighbour.message(&flow, "sip:lms_psi@partner.example", "sip:lms_psi@primary.example")
            };
            let mut inside = vec![world.locations_of(Home::Primary)];
            if topology == Topology::Hidden {
                inside.push(world.gateway_of(Home::Primary));
            }
            for door in inside {
                let answer = neighbour.send(request(), &door).await.unwrap();
                assert_eq!(
                    (answer.status(), Cause::from_response(&answer)),
                    (Some(403), Cause::UnknownPartner)
                );
            }
            assert!(world.steps(super::CLAUSE).is_empty());
        });
    }
}

fn merging(topology: Topology) -> Setup {
    TwoSystems::new().topology(topology).with(Home::Partner, |config| {
        config.set("locations.partner.0.merge", true);
    })
}

#[test]
fn the_privacy_switch_merges_unknown_and_refused() {
    for topology in [Topology::Hidden, Topology::Direct] {
        merging(topology).run(async |world| {
            let report = world.ask("alice", &[BOB, CAROL, NOBODY, ERIN]).await.unwrap();
            let hidden = Some(Cause::NotDisclosed);
            assert_eq!(causes(&report), [None, hidden, hidden, Some(Cause::LoggedOff)]);
            let texts: Vec<_> =
                report.targets[1..3].iter().map(|target| format!("{:?}", target.answer)).collect();
            assert_eq!(texts[0], texts[1], "the two cannot be told apart");
        });
    }
}

#[test]
fn too_many_targets_are_refused_at_once() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config.set("locations.max-targets", 2);
    });
    setup.run(async |world| {
        let refused = world.ask("alice", &[BOB, CAROL, ERIN]).await.unwrap_err();
        assert_eq!(refused.cause(), Cause::TooLarge);
    });
}
