//! Entry: from an interconnected system to a server of our own.

use kit::Cause;
use mcx_tests::{Home, Played, Setup, TwoSystems, flows};
use sip::{Method, Name, Request};
use wire::Hop;

use crate::{ALICE, BOB, LMS_A, OURS, THEIRS, refusal, says_179, text};

/// The partner's gateway, our border, and the server of ours behind it; all but our gateway are played.
fn at_the_entry(setup: Setup, test: impl AsyncFnOnce(Played, Hop, Played)) {
    setup.without(LMS_A).without_system(Home::Partner).run(async |world| {
        let (partner, server) = (world.play_border(Home::Partner), world.play_locations(Home::Primary));
        test(partner, world.border_of(Home::Primary), server).await;
    });
}

/// Bob of the partner wants to know where alice is.
fn request(partner: &Played) -> Request {
    partner.message(&flows::request("r1", BOB, &[ALICE]), THEIRS, OURS)
}

#[test]
fn a_partners_request_reaches_the_server_behind_its_service_identity() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        assert_eq!(partner.send(request(&partner), &border).await.unwrap().status(), Some(200));
        assert_eq!(server.requests().len(), 1);
        assert_eq!(server.last::<xml_schemas::location::LocationRequest>().unwrap().requester.as_str(), BOB);
    });
}

#[test]
fn inside_the_partner_goes_by_the_name_that_its_certificate_proved() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        let forged = request(&partner)
            .header(Name::PAssertedIdentity, "<sip:lms_psi@primary.example>")
            .header(Name::PAssertedIdentity, "<tel:+15550100>")
            .header(Name::PPreferredIdentity, "<sip:alice@primary.example>")
            .extension("X-3GPP-Asserted-Identity", "sip:alice@primary.example");
        assert_eq!(partner.send(forged, &border).await.unwrap().status(), Some(200));
        let seen = &server.requests()[0];
        let asserted: Vec<_> = seen.values(Name::PAssertedIdentity).collect();
        assert_eq!(asserted, [b"<sip:partner.example>"]);
        assert_eq!(seen.header(Name::PPreferredIdentity), None);
        assert_eq!(seen.extension("X-3GPP-Asserted-Identity"), None);
    });
}

#[test]
fn a_certificate_of_nobody_we_know_is_refused() {
    let setup = TwoSystems::new().without(LMS_A).without_system(Home::Partner);
    setup.run(async |world| {
        let (server, stranger) =
            (world.play_locations(Home::Primary), world.play_tester_outside(Home::Partner));
        let answer = stranger.send(request(&stranger), &world.border_of(Home::Primary)).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::UnknownPartner));
        assert!(says_179(&answer) && server.requests().is_empty());
    });
}

#[test]
fn a_certificate_of_another_issuer_is_not_the_partners() {
    let setup = TwoSystems::new().third_system().without(LMS_A).without_system(Home::Partner);
    setup.run(async |world| {
        let (server, impostor) = (world.play_locations(Home::Primary), world.play_impostor());
        let answer = impostor.send(request(&impostor), &world.border_of(Home::Primary)).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::UnknownPartner));
        assert!(server.requests().is_empty());
    });
}

#[test]
fn a_certificate_of_an_authority_that_we_do_not_trust_gets_no_connection() {
    let setup = TwoSystems::new().third_system().without(LMS_A).without_system(Home::Partner);
    let untrusting = setup.with(Home::Primary, |config| {
        config.set("tls.border.authorities", vec!["tls/partner-ca.pem"]);
        config.set("gateway.partner.1.issuer", "tls/partner-ca.pem");
    });
    untrusting.run(async |world| {
        let (server, impostor) = (world.play_locations(Home::Primary), world.play_impostor());
        let outcome = impostor.send(request(&impostor), &world.border_of(Home::Primary)).await;
        assert!(matches!(outcome, Err(wire::WireError::Unreachable(_))), "{outcome:?}");
        assert!(server.requests().is_empty());
    });
}

#[test]
fn a_flow_outside_the_agreement_is_refused_403_with_179_at_the_entry() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config.set("gateway.partner.0.inbound", vec!["location-information-report"]);
    });
    at_the_entry(setup, async |partner, border, server| {
        let answer = partner.send(request(&partner), &border).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::NotPermitted));
        assert!(says_179(&answer) && server.requests().is_empty());
    });
}

#[test]
fn a_requester_outside_the_partners_domains_is_refused() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        for requester in [ALICE, "sip:zoe@elsewhere.example", "sip:bob@sub.partner.example"] {
            let foreign = flows::request("r1", requester, &[ALICE]);
            let answer = partner.send(partner.message(&foreign, THEIRS, OURS), &border).await.unwrap();
            assert_eq!(refusal(&answer), (Some(403), Cause::ForeignIdentity), "{requester}");
        }
        assert!(server.requests().is_empty());
    });
}

#[test]
fn a_requesting_system_outside_the_partners_domains_is_refused() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        let mut foreign = flows::request("r1", BOB, &[ALICE]);
        foreign.requesting_system = xml_schemas::ids::SystemId::new("elsewhere.example").ok();
        let answer = partner.send(partner.message(&foreign, THEIRS, OURS), &border).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::ForeignIdentity));
        assert!(server.requests().is_empty());
    });
}

#[test]
fn an_unknown_service_identity_is_refused_404() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        for to in ["sip:nobody@primary.example", "sip:alice@primary.example", "sip:lms_psi@elsewhere.example"]
        {
            let message = partner.message(&flows::request("r1", BOB, &[ALICE]), THEIRS, to);
            let answer = partner.send(message, &border).await.unwrap();
            assert_eq!(refusal(&answer), (Some(404), Cause::UnknownTarget), "{to}");
        }
        assert!(server.requests().is_empty());
    });
}

#[test]
fn the_privacy_switch_merges_at_the_border_too() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config
            .set("gateway.partner.0.merge", true)
            .set("gateway.partner.0.inbound", vec!["location-information-report"]);
    });
    at_the_entry(setup, async |partner, border, _| {
        let unknown =
            partner.message(&flows::request("r1", BOB, &[ALICE]), THEIRS, "sip:nobody@primary.example");
        let mut answers = Vec::new();
        for message in [request(&partner), unknown] {
            let answer = partner.send(message, &border).await.unwrap();
            assert_eq!(refusal(&answer), (Some(403), Cause::NotDisclosed));
            answers.push(text(&answer, Name::Warning));
        }
        assert_eq!(answers[0], answers[1]);
    });
}

#[test]
fn a_route_to_anybody_else_is_refused() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        for route in [
            "<sip:elsewhere.example;lr>",
            "<sip:mcgw.primary.example;lr>, <sip:lms1.core.primary.example;lr>",
        ] {
            let answer = partner.send(request(&partner).header(Name::Route, route), &border).await.unwrap();
            assert_eq!(refusal(&answer), (Some(403), Cause::NotPermitted), "{route}");
        }
        assert!(server.requests().is_empty());
        let ours = request(&partner).header(Name::Route, "<sip:mcgw.primary.example;lr>");
        assert_eq!(partner.send(ours, &border).await.unwrap().status(), Some(200));
    });
}

#[test]
fn a_request_that_has_come_too_far_is_refused_483() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        let answer = partner.send(request(&partner).header(Name::MaxForwards, "0"), &border).await.unwrap();
        assert_eq!(answer.status(), Some(483));
        assert!(server.requests().is_empty());
    });
}

#[test]
fn options_for_the_gateway_itself_are_answered_by_it() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        let options = Request::new(Method::Options, "sip:mcgw.primary.example")
            .header(Name::From, format!("<{THEIRS}>;tag=1"))
            .header(Name::To, "<sip:mcgw.primary.example>")
            .header(Name::CallId, "c1")
            .header(Name::CSeq, "1 OPTIONS");
        let answer = partner.send(options, &border).await.unwrap();
        let allowed = "MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY".to_owned();
        assert_eq!((answer.status(), text(&answer, Name::Allow)), (Some(200), allowed));
        assert!(server.requests().is_empty());
    });
}

#[test]
fn a_server_of_ours_that_is_away_is_told_as_a_fault_of_ours() {
    at_the_entry(TwoSystems::new(), async |partner, border, server| {
        server.stop();
        let answer = partner.send(request(&partner), &border).await.unwrap();
        assert_eq!(refusal(&answer), (Some(503), Cause::ServerUnreachable));
        assert!(answer.header(Name::RetryAfter).is_some());
    });
}
