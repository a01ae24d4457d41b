//! The partner is unknown, not permitted, away, silent.

use std::time::Duration;

use kit::{Cause, refusal::WARNING_179};
use mcx_tests::{Home, Setup, Topology, TwoSystems, causes, located};
use sip::Name;
use xml_schemas::location::TargetAnswer;

use super::CLAUSE;
use crate::{BOB, DAVE, GATEWAY_A, GATEWAY_B, LMS_A, LMS_B};

/// The text that goes with the first target's cause.
fn first_text(report: &xml_schemas::location::LocationReport) -> String {
    match &report.targets[0].answer {
        TargetAnswer::Refused(refusal) => refusal.text.clone().unwrap_or_default(),
        TargetAnswer::Located(_) => String::new(),
    }
}

#[test]
fn an_unknown_partner_is_refused_with_179() {
    TwoSystems::new().run(async |world| {
        let report = world.ask("alice", &["sip:zoe@elsewhere.example", DAVE]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::UnknownPartner), None]);
        assert_eq!(first_text(&report), WARNING_179);
    });
}

fn agreed(home: Home, direction: &str, flows: Vec<&'static str>) -> Setup {
    let path = format!("gateway.partner.0.{direction}");
    TwoSystems::new().with(home, move |config| {
        config.set(&path, flows);
    })
}

#[test]
fn a_flow_outside_the_agreement_is_refused_with_179() {
    for (home, direction) in [(Home::Primary, "outbound"), (Home::Partner, "inbound")] {
        agreed(home, direction, vec!["location-information-report"]).run(async |world| {
            let report = world.ask("alice", &[BOB]).await.unwrap();
            assert_eq!(causes(&report), [Some(Cause::NotPermitted)], "{home:?} {direction}");
            assert_eq!(first_text(&report), WARNING_179);
            assert!(world.ladder().contains("(pass the border: refuse not-permitted, by rule agreement)"));
        });
    }
}

#[test]
fn a_report_outside_the_agreement_never_arrives() {
    for (home, direction) in [(Home::Primary, "inbound"), (Home::Partner, "outbound")] {
        agreed(home, direction, vec!["location-information-request"]).run(async |world| {
            let report = world.ask("alice", &[BOB]).await.unwrap();
            assert_eq!(causes(&report), [Some(Cause::TimedOut)], "{home:?} {direction}");
        });
    }
}

#[test]
fn direct_mode_enforces_the_agreement_at_the_servers() {
    for (home, direction) in [(Home::Primary, "outbound"), (Home::Partner, "inbound")] {
        let path = format!("locations.partner.0.direct.{direction}");
        let setup = TwoSystems::new().topology(Topology::Direct).with(home, move |config| {
            config.set(&path, Vec::<&str>::new());
        });
        setup.run(async |world| {
            let report = world.ask("alice", &[BOB]).await.unwrap();
            assert_eq!(causes(&report), [Some(Cause::NotPermitted)], "{home:?} {direction}");
        });
    }
}

#[test]
fn an_unreachable_partner_is_told_as_such() {
    TwoSystems::new().run(async |world| {
        world.cut(GATEWAY_A, GATEWAY_B);
        let report = world.ask("alice", &[BOB, DAVE]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::PartnerUnreachable), None]);
        world.network().mend();
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB], "it heals by itself");
    });
}

#[test]
fn an_unreachable_partner_is_503_with_retry_after() {
    TwoSystems::new().without(LMS_A).run(async |world| {
        let server = world.play_locations(Home::Primary);
        world.cut(GATEWAY_A, GATEWAY_B);
        let request = mcx_tests::flows::request("r1", crate::ALICE, &[BOB]);
        let message = server.message(&request, "sip:lms_psi@primary.example", "sip:lms_psi@partner.example");
        let refused = server.send(message, &world.gateway_of(Home::Primary)).await.unwrap();
        assert_eq!(
            (refused.status(), Cause::from_response(&refused)),
            (Some(503), Cause::PartnerUnreachable)
        );
        assert_eq!(refused.header(Name::RetryAfter), Some(&b"5"[..]));
    });
}

#[test]
fn an_unreachable_partner_is_told_as_such_in_direct_mode() {
    TwoSystems::new().topology(Topology::Direct).run(async |world| {
        world.cut(LMS_A, LMS_B);
        let report = world.ask("alice", &[BOB, DAVE]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::PartnerUnreachable), None]);
    });
}

#[test]
fn a_silent_partner_is_reported_as_timed_out() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let asked = world.ask("alice", &[BOB, DAVE]);
        let (report, ()) = futures::future::join(asked, async {
            world.advance(Duration::from_millis(9_990)).await;
            assert!(world.steps(CLAUSE).iter().all(|(_, step)| *step != 7), "not before the deadline");
            world.advance(Duration::from_millis(20)).await;
            assert!(world.steps(CLAUSE).iter().any(|(_, step)| *step == 7), "nor after it");
        })
        .await;
        assert_eq!(causes(&report.unwrap()), [Some(Cause::TimedOut), None]);
        assert_eq!(partner.requests().len(), 1, "it had accepted the request");
    });
}

#[test]
fn a_partner_that_does_not_even_accept_is_reported_as_timed_out() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        partner.answer(|_| None);
        let report = world.ask("alice", &[BOB, DAVE]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::TimedOut), None]);
    });
}

#[test]
fn a_partner_that_refuses_is_reported_with_its_cause() {
    for cause in [Cause::UnknownTarget, Cause::NotPermitted, Cause::Overloaded, Cause::ForeignIdentity] {
        TwoSystems::new().without_system(Home::Partner).run(async |world| {
            let partner = world.play_border(Home::Partner);
            partner.answer(move |_| Some(cause.response("partner.example")));
            let report = world.ask("alice", &[BOB]).await.unwrap();
            assert_eq!(causes(&report), [Some(cause)]);
        });
    }
}
