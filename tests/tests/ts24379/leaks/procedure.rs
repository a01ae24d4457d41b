//! The procedure and its failures, both ways, as the partner's gateway receives them.

use kit::carriage;
use mcx_tests::{Home, Played, TwoSystems, flows};
use sip::{Method, Name, Request};
use wire::Hop;
use xml_schemas::{
    flow::Carriage as _,
    location::{LocationReport, LocationRequest, Refusal, TargetAnswer, TargetReport},
};

use super::named;
use crate::{ALICE, BOB, LMS_A, OURS, THEIRS};

async fn answer(partner: &Played, border: &Hop) {
    let asked: LocationRequest = partner.last().expect("the partner was asked");
    let target = TargetReport {
        target: flows::user(BOB),
        answer: TargetAnswer::Refused(Refusal { code: Some(31), text: None }),
    };
    let report = LocationReport {
        request_id: asked.request_id,
        mc_service: None,
        requesting_system: asked.requesting_system,
        target_system: asked.target_system,
        requester: asked.requester,
        targets: vec![target],
    };
    let sent = partner.send(partner.message(&report, THEIRS, OURS), border).await.unwrap();
    assert_eq!(sent.status(), Some(200));
    // Once more: nobody awaits it.
    partner.send(partner.message(&report, THEIRS, OURS), border).await.unwrap();
}

/// What a partner sends that is refused, each for another reason and at another place.
async fn refused(partner: &Played, border: &Hop) {
    let dave = "sip:dave@primary.example";
    let targets = [ALICE, dave, "sip:nobody@primary.example"];
    let request = |id: &str| flows::request(id, BOB, &targets);
    let foreign = partner.message(&flows::request("f1", ALICE, &targets), THEIRS, OURS);
    let unknown = partner.message(&request("u1"), THEIRS, "sip:nobody@primary.example");
    let mut parts = request("m1").split();
    parts[1].bytes.to_mut().extend_from_slice(b"<broken");
    let (content_type, body) = carriage::bodies(&parts, &driver::SeededIds::new(7));
    let malformed = partner.message(&request("m1"), THEIRS, OURS).body(&content_type, body);
    let unread = partner.message(&request("t1"), THEIRS, OURS).body("text/plain", "hello");
    let required = partner.message(&request("q1"), THEIRS, OURS).header(Name::Require, "magic");
    let far = partner.message(&request("x1"), THEIRS, OURS).header(Name::MaxForwards, "0");
    let options = Request::new(Method::Options, OURS)
        .header(Name::From, format!("<{THEIRS}>;tag=1"))
        .header(Name::To, format!("<{OURS}>"))
        .header(Name::CallId, "c1")
        .header(Name::CSeq, "1 OPTIONS");
    for message in [foreign, unknown, malformed, unread, required, far, options] {
        partner.send(message, border).await.unwrap();
    }
}

#[test]
fn nothing_internal_leaves_in_the_procedure() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let border = world.border_of(Home::Primary);
        {
            let world = &*world;
            let partner = &partner;
            let answering = async {
                world.quiet().await;
                answer(partner, &border).await;
            };
            let (report, ()) = futures::future::join(world.ask("alice", &[BOB]), answering).await;
            report.unwrap();
        }
        let targets = [ALICE, "sip:dave@primary.example", "sip:nobody@primary.example"];
        let request = partner.message(&flows::request("r1", BOB, &targets), THEIRS, OURS);
        assert_eq!(partner.send(request, &border).await.unwrap().status(), Some(200));
        world.quiet().await;
        let report: LocationReport = partner.last().expect("a report came back");
        assert_eq!(mcx_tests::located(&report), ["sip:dave@primary.example"]);
        refused(&partner, &border).await;
        world.stop(LMS_A).await;
        refused(&partner, &border).await;

        let received = partner.received();
        assert!(received.len() > 15, "{}", received.len());
        for message in received {
            assert_eq!(named(&message), None);
        }
    });
}
