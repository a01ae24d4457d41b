//! Exit: from a server of the own system to an interconnected one.

use kit::{Cause, carriage};
use mcx_tests::{Home, Played, Setup, Topology, TwoSystems, flows};
use sip::{Method, Name, Request, Response};
use wire::Hop;
use xml_schemas::flow::Carriage as _;

use crate::{ALICE, BOB, LMS_A, OURS, THEIRS, refusal, says_179, text};

/// A server of ours, its gateway, and the partner's gateway; all but ours are played.
fn at_the_exit(setup: Setup, test: impl AsyncFnOnce(Played, Hop, Played)) {
    setup.without(LMS_A).without_system(Home::Partner).run(async |world| {
        let (server, partner) = (world.play_locations(Home::Primary), world.play_border(Home::Partner));
        test(server, world.gateway_of(Home::Primary), partner).await;
    });
}

fn request(server: &Played) -> Request {
    server.message(&flows::request("r1", ALICE, &[BOB]), OURS, THEIRS)
}

#[test]
fn step_1_the_request_uri_names_the_interconnected_system() {
    let setup = TwoSystems::new().third_system().without(LMS_A).without_system(Home::Partner);
    setup.run(async |world| {
        let (partner, third) = (world.play_border(Home::Partner), world.play_third_system());
        let (server, gateway) = (world.play_locations(Home::Primary), world.gateway_of(Home::Primary));
        for to in [THEIRS, "sip:lms_psi@other.example"] {
            let message = server.message(&flows::request("r1", ALICE, &[BOB]), OURS, to);
            assert_eq!(server.send(message, &gateway).await.unwrap().status(), Some(200));
        }
        for (played, uri) in [(&partner, THEIRS), (&third, "sip:lms_psi@other.example")] {
            let requests = played.requests();
            assert_eq!(requests.len(), 1);
            assert_eq!(requests[0].request_uri(), uri.as_bytes());
        }
    });
}

#[test]
fn step_1_a_system_that_nobody_knows_is_refused_403_with_179() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        let to = "sip:lms_psi@elsewhere.example";
        let message = server.message(&flows::request("r1", ALICE, &[BOB]), OURS, to);
        let answer = server.send(message, &gateway).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::UnknownPartner));
        assert!(says_179(&answer) && partner.requests().is_empty());
    });
}

#[test]
fn step_2_a_flow_outside_the_agreement_is_refused_403_with_179() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config.set("gateway.partner.0.outbound", vec!["location-information-report"]);
    });
    at_the_exit(setup, async |server, gateway, partner| {
        let answer = server.send(request(&server), &gateway).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::NotPermitted));
        assert!(says_179(&answer) && partner.requests().is_empty());
    });
}

#[test]
fn step_2_a_user_of_another_system_is_not_spoken_for() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        let foreign = flows::request("r1", "sip:zoe@elsewhere.example", &[BOB]);
        let answer = server.send(server.message(&foreign, OURS, THEIRS), &gateway).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::ForeignIdentity));
        assert!(partner.requests().is_empty());
    });
}

#[test]
fn only_our_own_servers_are_let_out() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let (partner, device) = (world.play_border(Home::Partner), world.play_device(Home::Primary));
        let answer = device.send(request(&device), &world.gateway_of(Home::Primary)).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::UnknownPartner));
        assert!(partner.requests().is_empty());
        let tester = world.play_tester(Home::Primary);
        let answer = tester.send(request(&tester), &world.gateway_of(Home::Primary)).await.unwrap();
        assert_eq!(answer.status(), Some(200));
    });
}

#[test]
fn step_3_what_shows_the_topology_is_hidden() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        let sent = request(&server)
            .header(Name::Contact, "<sip:lms1.core.primary.example:5061>")
            .header(Name::UserAgent, "lms1 of primary");
        let (call_id, from) =
            (sent.get(Name::CallId).unwrap().to_vec(), sent.get(Name::From).unwrap().to_vec());
        let answer = server.send(sent, &gateway).await.unwrap();
        let seen = &partner.requests()[0];
        assert_eq!(seen.values(Name::Via).count(), 1, "ours stands alone");
        assert!(text(seen, Name::Via).contains(" mcgw.primary.example:5061;"), "{}", text(seen, Name::Via));
        assert_ne!(seen.call_id(), call_id);
        assert_ne!(seen.header(Name::From).unwrap(), from);
        for gone in [Name::Contact, Name::UserAgent, Name::Route, Name::RecordRoute] {
            assert_eq!(seen.header(gone), None, "{gone}");
        }
        assert_eq!((answer.call_id(), answer.header(Name::From).unwrap()), (&call_id[..], &from[..]));
    });
}

#[test]
fn step_3_where_nothing_is_hidden_our_via_stands_on_theirs() {
    at_the_exit(TwoSystems::new().topology(Topology::Open), async |server, gateway, partner| {
        let sent = request(&server);
        let call_id = sent.get(Name::CallId).unwrap().to_vec();
        server.send(sent, &gateway).await.unwrap();
        let seen = &partner.requests()[0];
        let vias: Vec<String> =
            seen.values(Name::Via).map(|via| String::from_utf8_lossy(via).into_owned()).collect();
        assert!(
            vias[0].contains(" mcgw.primary.example:5061;") && vias[1].contains(" lms1.core.primary.example")
        );
        assert_eq!((vias.len(), seen.call_id()), (2, &call_id[..]));
    });
}

#[test]
fn step_3_the_gateway_asserts_its_own_system() {
    for topology in [Topology::Hidden, Topology::Open] {
        at_the_exit(TwoSystems::new().topology(topology), async |server, gateway, partner| {
            let sent = request(&server)
                .extension("X-3GPP-Asserted-Identity", "sip:root@primary.example")
                .header(Name::PPreferredIdentity, "<sip:alice.imsi@primary.example>");
            server.send(sent, &gateway).await.unwrap();
            let seen = &partner.requests()[0];
            assert_eq!(text(seen, Name::PAssertedIdentity), "<sip:mcgw.primary.example>");
            assert_eq!(seen.header(Name::PPreferredIdentity), None);
            assert_eq!(seen.extension("X-3GPP-Asserted-Identity"), None);
        });
    }
}

#[test]
fn step_3_an_internal_name_in_a_body_is_refused() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        let flow = flows::request("r1", ALICE, &[BOB]);
        let mut parts = flow.split();
        parts[0].bytes.to_mut().extend_from_slice(b"<!-- from lms1.core.primary.example -->");
        let (content_type, body) = carriage::bodies(&parts, &*std::sync::Arc::new(driver::SeededIds::new(1)));
        let answer = server.send(request(&server).body(&content_type, body), &gateway).await.unwrap();
        assert_eq!(refusal(&answer), (Some(403), Cause::TopologyExposed));
        assert!(partner.requests().is_empty());
    });
}

#[test]
fn a_response_comes_back_without_what_the_partner_asserts() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        partner.answer(|_| {
            Some(
                Response::new(200)
                    .header(Name::PAssertedIdentity, "<sip:lms_psi@primary.example>")
                    .header(Name::Server, "theirs/1.0"),
            )
        });
        let answer = server.send(request(&server), &gateway).await.unwrap();
        assert_eq!(answer.status(), Some(200));
        assert_eq!((answer.header(Name::PAssertedIdentity), answer.header(Name::Server)), (None, None));
    });
}

#[test]
fn a_refusal_of_the_partner_comes_back_with_its_cause() {
    for (cause, status) in [(Cause::UnknownTarget, 404), (Cause::Overloaded, 500), (Cause::NotPermitted, 403)]
    {
        at_the_exit(TwoSystems::new(), async move |server, gateway, partner| {
            partner.answer(move |_| Some(cause.response("mcgw.partner.example")));
            let answer = server.send(request(&server), &gateway).await.unwrap();
            // RFC 3261 16.7 step 6: a 503 is not passed on.
            assert_eq!(refusal(&answer), (Some(status), cause));
        });
    }
}

#[test]
fn an_unreachable_partner_is_503_with_retry_after() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        partner.stop();
        let answer = server.send(request(&server), &gateway).await.unwrap();
        assert_eq!(refusal(&answer), (Some(503), Cause::PartnerUnreachable));
        assert_eq!(text(&answer, Name::RetryAfter), "5");
    });
}

#[test]
fn another_method_is_refused_405_with_allow() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        for method in [Method::Refer, Method::Update, Method::Info] {
            let answer = server.send(bare(method), &gateway).await.unwrap();
            assert_eq!(refusal(&answer), (Some(405), Cause::MethodNotAllowed), "{method}");
            assert_eq!(text(&answer, Name::Allow), "MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH");
        }
        assert!(partner.requests().is_empty());
    });
}

#[test]
fn rfc6665_7_3_2_an_event_that_was_not_agreed_is_refused_489() {
    at_the_exit(TwoSystems::new(), async |server, gateway, partner| {
        for method in [Method::Publish, Method::Subscribe] {
            for request in [bare(method), bare(method).header(Name::Event, "presence")] {
                let answer = server.send(request, &gateway).await.unwrap();
                assert_eq!(refusal(&answer), (Some(489), Cause::BadEvent), "{method}");
                assert_eq!(text(&answer, Name::AllowEvents), "xcap-diff");
            }
        }
        assert!(partner.requests().is_empty());
    });
}

fn bare(method: Method<'_>) -> Request {
    Request::new(method, THEIRS)
        .header(Name::From, format!("<{OURS}>;tag=1"))
        .header(Name::To, format!("<{THEIRS}>"))
        .header(Name::CallId, "c1")
        .header(Name::CSeq, format!("1 {method}"))
}
