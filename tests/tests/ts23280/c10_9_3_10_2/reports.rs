//! What a partner may report, and what is done with the rest.

use kit::Cause;
use mcx_tests::{Home, Played, Topology, TwoSystems, causes, flows, located};
use xml_schemas::{
    Timestamp,
    ids::McServiceId,
    location::{Coordinate, LocationReport, LocationRequest, Position, Refusal, TargetAnswer, TargetReport},
};

use crate::{ALICE, BOB, CAROL, DAVE};

const THEIRS: &str = "sip:lms_psi@partner.example";
const OURS: &str = "sip:lms_psi@primary.example";

fn somewhere() -> TargetAnswer {
    let point = Coordinate::from_degrees(40.4168, -3.7038).unwrap();
    let taken_at: Timestamp = "2026-03-02T09:59:00Z".parse().unwrap();
    TargetAnswer::Located(Box::new(Position::new(point, taken_at)))
}

fn report(asked: &LocationRequest, targets: &[(&str, TargetAnswer)]) -> LocationReport {
    let target = |(target, answer): &(&str, TargetAnswer)| TargetReport {
        target: McServiceId::new(target).unwrap(),
        answer: answer.clone(),
    };
    LocationReport {
        request_id: asked.request_id.clone(),
        mc_service: asked.mc_service,
        requesting_system: asked.requesting_system.clone(),
        target_system: asked.target_system.clone(),
        requester: asked.requester.clone(),
        targets: targets.iter().map(target).collect(),
    }
}

/// Alice asks for these; the partner, once asked, says what the test makes of the request.
fn told(
    topology: Topology,
    targets: &'static [&'static str],
    say: impl AsyncFnOnce(&Played, LocationRequest, &wire::Hop) + 'static,
) -> LocationReport {
    let kept = std::rc::Rc::new(std::cell::RefCell::new(None));
    let given = kept.clone();
    TwoSystems::new().topology(topology).without_system(Home::Partner).run(async move |world| {
        let partner = world.play_border(Home::Partner);
        let border = world.border_of(Home::Primary);
        let world = &*world;
        let saying = async {
            world.quiet().await;
            let asked: LocationRequest = partner.last().expect("the partner was asked");
            say(&partner, asked, &border).await;
        };
        let (report, ()) = futures::future::join(world.ask("alice", targets), saying).await;
        *given.borrow_mut() = Some(report.unwrap());
    });
    let report = kept.borrow_mut().take();
    report.expect("the test ran")
}

async fn send(partner: &Played, flow: &LocationReport, border: &wire::Hop) -> sip::Message {
    partner.send(partner.message(flow, THEIRS, OURS), border).await.unwrap()
}

/// Through gateways, and without: then nobody but the server itself is there to look.
const BOTH: [Topology; 2] = [Topology::Hidden, Topology::Direct];

#[test]
fn step_6_a_partners_report_is_accepted_and_believed() {
    for topology in BOTH {
        let report = told(topology, &[BOB, CAROL], async |partner, asked, border| {
            let refusal = TargetAnswer::Refused(Refusal { code: Some(31), text: None });
            let flow = report(&asked, &[(BOB, somewhere()), (CAROL, refusal)]);
            assert_eq!(send(partner, &flow, border).await.status(), Some(200));
        });
        assert_eq!(causes(&report), [None, Some(Cause::TargetRefuses)]);
    }
}

#[test]
fn results_for_targets_not_asked_are_dropped() {
    for topology in BOTH {
        let report = told(topology, &[BOB, DAVE], async |partner, asked, border| {
            let flow = report(&asked, &[(BOB, somewhere()), (CAROL, somewhere())]);
            assert_eq!(send(partner, &flow, border).await.status(), Some(200));
        });
        assert_eq!(located(&report), [BOB, DAVE]);
        assert_eq!(report.targets.len(), 2);
    }
}

#[test]
fn a_partner_cannot_report_a_user_of_ours() {
    let dave = |report: &LocationReport| {
        let TargetAnswer::Located(dave) = &report.targets[1].answer else { panic!("{report:?}") };
        dave.coordinate().unwrap().latitude.degrees()
    };
    let through_gateways = told(Topology::Hidden, &[BOB, DAVE], async |partner, asked, border| {
        let flow = report(&asked, &[(BOB, somewhere()), (DAVE, somewhere())]);
        let answer = send(partner, &flow, border).await;
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(403), Cause::ForeignIdentity));
    });
    assert_eq!(causes(&through_gateways), [Some(Cause::TimedOut), None]);
    let directly = told(Topology::Direct, &[BOB, DAVE], async |partner, asked, border| {
        let flow = report(&asked, &[(BOB, somewhere()), (DAVE, somewhere())]);
        assert_eq!(send(partner, &flow, border).await.status(), Some(200));
    });
    assert_eq!(causes(&directly), [None, None]);
    assert!(dave(&through_gateways) > 60.0 && dave(&directly) > 60.0, "dave's own client said where he is");
}

#[test]
fn a_target_that_the_report_leaves_out_has_a_cause() {
    let report = told(Topology::Hidden, &[BOB, CAROL], async |partner, asked, border| {
        send(partner, &report(&asked, &[(CAROL, somewhere())]), border).await;
    });
    assert_eq!(causes(&report), [Some(Cause::Unspecified), None]);
}

#[test]
fn a_report_for_another_requester_is_dropped() {
    for topology in BOTH {
        let report = told(topology, &[BOB], async |partner, asked, border| {
            let mut other = report(&asked, &[(BOB, somewhere())]);
            other.requester = flows::user(DAVE);
            send(partner, &other, border).await;
        });
        assert_eq!(causes(&report), [Some(Cause::Unspecified)]);
    }
}

#[test]
fn a_report_with_another_request_id_is_dropped() {
    for topology in BOTH {
        let report = told(topology, &[BOB], async |partner, asked, border| {
            let mut other = report(&asked, &[(BOB, somewhere())]);
            other.request_id = flows::request_id("another");
            let answer = send(partner, &other, border).await;
            assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(404), Cause::UnmatchedReport));
        });
        assert_eq!(causes(&report), [Some(Cause::TimedOut)]);
    }
}

#[test]
fn a_second_report_is_dropped() {
    let report = told(Topology::Hidden, &[BOB], async |partner, asked, border| {
        send(partner, &report(&asked, &[(BOB, somewhere())]), border).await;
        let refusal = TargetAnswer::Refused(Refusal { code: Some(31), text: None });
        let answer = send(partner, &report(&asked, &[(BOB, refusal)]), border).await;
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(404), Cause::UnmatchedReport));
    });
    assert_eq!(located(&report), [BOB]);
}

#[test]
fn a_report_is_matched_by_partner_and_request_id() {
    TwoSystems::new().third_system().without_system(Home::Partner).run(async |world| {
        let (partner, other) = (world.play_border(Home::Partner), world.play_third_system());
        let border = world.border_of(Home::Primary);
        let world = &*world;
        let saying = async {
            world.quiet().await;
            let asked: LocationRequest = partner.last().expect("the partner was asked");
            // Of users of its own, or the border would not let it in.
            let mut forged = report(&asked, &[("sip:zoe@other.example", somewhere())]);
            forged.target_system = None;
            let forged = other.message(&forged, "sip:lms_psi@other.example", OURS);
            let answer = other.send(forged, &border).await.unwrap();
            assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(404), Cause::UnmatchedReport));
            let honest = report(&asked, &[(BOB, somewhere())]);
            assert_eq!(send(&partner, &honest, &border).await.status(), Some(200));
        };
        let (report, ()) = futures::future::join(world.ask("alice", &[BOB]), saying).await;
        let report = report.unwrap();
        assert_eq!((report.requester.as_str(), located(&report)), (ALICE, vec![BOB]));
    });
}

const ZOE: &str = "sip:zoe@other.example";

/// Alice asks for users of three systems; the partner and the third system both say where theirs are.
#[test]
fn step_7_positions_of_two_partners_stand_in_one_report() {
    TwoSystems::new().third_system().run(async |world| {
        let third = world.play_third_system();
        let border = world.border_of(Home::Primary);
        let world = &*world;
        let saying = async {
            world.quiet().await;
            let asked: LocationRequest = third.last().expect("the third system was asked");
            assert_eq!(asked.targets, [McServiceId::new(ZOE).unwrap()], "of its own users alone");
            let flow = report(&asked, &[(ZOE, somewhere())]);
            let answer = third.send(third.message(&flow, "sip:lms_psi@other.example", OURS), &border).await;
            assert_eq!(answer.unwrap().status(), Some(200));
        };
        let (report, ()) = futures::future::join(world.ask("alice", &[BOB, ZOE, DAVE]), saying).await;
        let report = report.unwrap();
        assert_eq!((causes(&report), located(&report)), (vec![None; 3], vec![BOB, ZOE, DAVE]));
        let latitude = |place: usize| {
            let TargetAnswer::Located(position) = &report.targets[place].answer else { panic!("{report:?}") };
            position.coordinate().unwrap().latitude.degrees()
        };
        assert!((latitude(1) - 40.4168).abs() < 1e-4, "as the third system said");
        assert!((latitude(0) - 40.4168).abs() > 1.0, "as the partner's own user said");
    });
}

/// Whichever of two partners reports first.
#[test]
fn step_7_waits_for_the_later_of_two_partners() {
    for partner_first in [true, false] {
        TwoSystems::new().third_system().without_system(Home::Partner).run(async move |world| {
            let (partner, third) = (world.play_border(Home::Partner), world.play_third_system());
            let border = world.border_of(Home::Primary);
            let world = &*world;
            let saying = async {
                world.quiet().await;
                let mut reports = [(&partner, BOB, THEIRS), (&third, ZOE, "sip:lms_psi@other.example")];
                if !partner_first {
                    reports.reverse();
                }
                for (played, target, from) in reports {
                    let asked: LocationRequest = played.last().expect("each was asked");
                    let flow = played.message(&report(&asked, &[(target, somewhere())]), from, OURS);
                    assert_eq!(played.send(flow, &border).await.unwrap().status(), Some(200));
                    world.quiet().await;
                }
            };
            let (report, ()) = futures::future::join(world.ask("alice", &[ZOE, BOB]), saying).await;
            assert_eq!(located(&report.unwrap()), [ZOE, BOB]);
        });
    }
}
