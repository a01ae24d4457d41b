//! RFC 3261 8.2 and 21.4, through both gateways' code and the server's.

use kit::{Cause, carriage};
use mcx_tests::{Home, Played, TwoSystems, flows, located};
use sip::{Message, Method, Name, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire::Hop;
use xml_schemas::{flow::Carriage as _, mime};

const BOB: &str = "sip:bob@partner.example";
const DAVE: &str = "sip:dave@primary.example";
const OURS: &str = "sip:lms_psi@primary.example";
const THEIRS: &str = "sip:lms_psi@partner.example";
const ALLOW: &str = "MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH";

fn at_the_border(test: impl AsyncFnOnce(Played, Hop)) {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        test(partner, world.border_of(Home::Primary)).await;
        assert_eq!(located(&world.ask("alice", &[DAVE]).await.unwrap()), [DAVE], "everybody else goes on");
    });
}

fn request(partner: &Played) -> Request {
    partner.message(&flows::request("r1", BOB, &[DAVE]), THEIRS, OURS)
}

/// The request with one of its bodies changed.
fn with_body(partner: &Played, media_type: &str, change: impl FnOnce(String) -> String) -> Request {
    let mut parts = flows::request("r1", BOB, &[DAVE]).split();
    let part = parts.iter_mut().find(|part| part.is(media_type)).unwrap();
    part.bytes = change(String::from_utf8(part.bytes.to_vec()).unwrap()).into_bytes().into();
    let (content_type, body) = carriage::bodies(&parts, &driver::SeededIds::new(3));
    request(partner).body(&content_type, body)
}

fn header(answer: &Message, name: Name) -> String {
    String::from_utf8_lossy(answer.header(name).unwrap_or_default()).into_owned()
}

#[test]
fn malformed_xml_is_400_with_a_warning_that_names_the_place() {
    at_the_border(async |partner, border| {
        let broken = with_body(&partner, mime::LOCATION_INFO, |text| text.replace("<Request", "<Request <"));
        let answer = partner.send(broken, &border).await.unwrap();
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(400), Cause::MalformedBody));
        assert!(
            header(&answer, Name::Warning).contains("location-info"),
            "{}",
            header(&answer, Name::Warning)
        );
    });
}

#[test]
fn a_body_that_breaks_its_schema_is_400_with_a_warning_that_names_the_place() {
    at_the_border(async |partner, border| {
        let wrong = with_body(&partner, mime::LOCATION_INFO, |text| text.replace("\"true\"", "\"perhaps\""));
        let answer = partner.send(wrong, &border).await.unwrap();
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(400), Cause::MalformedBody));
        assert!(header(&answer, Name::Warning).contains("refresh"), "{}", header(&answer, Name::Warning));
    });
}

#[test]
fn bodies_that_contradict_each_other_are_400() {
    at_the_border(async |partner, border| {
        let other = with_body(&partner, mime::MCPTT_INFO, |text| text.replace("dave@", "alice@"));
        let answer = partner.send(other, &border).await.unwrap();
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(400), Cause::MalformedBody));
    });
}

#[test]
fn a_body_that_the_border_cannot_read_is_415_with_accept() {
    at_the_border(async |partner, border| {
        let coded = request(&partner).header(Name::ContentEncoding, "gzip");
        let answer = partner.send(coded, &border).await.unwrap();
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(415), Cause::UnsupportedBody));
        assert!(header(&answer, Name::Accept).contains(mime::INTERCONNECTION_INFO), "{answer:?}");
    });
}

/// RFC 3261 8.2.3: the border takes what the agreement lists, and says so.
#[test]
fn a_body_of_a_type_outside_the_agreement_is_415_with_accept() {
    at_the_border(async |partner, border| {
        let mut parts = flows::request("r1", BOB, &[DAVE]).split();
        parts[0].content_type = "text/html";
        let (content_type, body) = carriage::bodies(&parts, &driver::SeededIds::new(3));
        let answer = partner.send(request(&partner).body(&content_type, body), &border).await.unwrap();
        assert_eq!((answer.status(), Cause::from_response(&answer)), (Some(415), Cause::UnsupportedBody));
        assert!(!header(&answer, Name::Accept).contains("text/html"), "{answer:?}");
    });
}

#[test]
fn an_extension_that_is_required_is_420_and_named() {
    at_the_border(async |partner, border| {
        for (name, value) in [(Name::Require, "magic"), (Name::ProxyRequire, "more-magic")] {
            let answer = partner.send(request(&partner).header(name, value), &border).await.unwrap();
            assert_eq!((answer.status(), header(&answer, Name::Unsupported)), (Some(420), value.to_owned()));
        }
    });
}

#[test]
fn a_method_that_does_not_cross_is_405_with_allow() {
    at_the_border(async |partner, border| {
        let info = Request::new(Method::Info, OURS)
            .header(Name::From, format!("<{THEIRS}>;tag=1"))
            .header(Name::To, format!("<{OURS}>"))
            .header(Name::CallId, "c1")
            .header(Name::CSeq, "1 INFO");
        let answer = partner.send(info, &border).await.unwrap();
        assert_eq!((answer.status(), header(&answer, Name::Allow)), (Some(405), ALLOW.to_owned()));
    });
}

/// As a server whose address the gateway trusts, in octets of its own.
async fn say(world: &TwoSystems, octets: &str) -> String {
    let server = world.locations_of(Home::Primary).address.ip();
    let mut gateway = world.gateway_of(Home::Primary).address;
    gateway.set_port(5060);
    let mut stream = world.network().host(server).connect(None, gateway).await.unwrap();
    stream.io.write_all(octets.as_bytes()).await.unwrap();
    let mut heard = vec![0; 4096];
    let read = tokio::time::timeout(std::time::Duration::from_secs(30), stream.io.read(&mut heard)).await;
    String::from_utf8_lossy(&heard[..read.unwrap().unwrap_or(0)]).into_owned()
}

fn raw(lines: &str) -> String {
    format!(
        "MESSAGE {THEIRS} SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.1.3;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <{OURS}>;tag=1\r\nTo: <{THEIRS}>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n{lines}\r\n"
    )
}

/// RFC 3261 8.2.7: without a transaction.
#[test]
fn invite_is_405_with_allow() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let invite = raw("Content-Length: 0\r\n").replace("MESSAGE", "INVITE");
        let answer = say(world, &invite).await;
        assert!(answer.starts_with("SIP/2.0 405 "), "{answer}");
        assert!(answer.contains(&format!("\r\nAllow: {ALLOW}\r\n")), "{answer}");
        assert!(partner.requests().is_empty());
    });
}

#[test]
fn a_malformed_header_is_400_with_a_reason_that_names_it() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let bad = raw("Content-Length: 0\r\n").replace("From: <", "From: \"unclosed <");
        assert!(say(world, &bad).await.starts_with("SIP/2.0 400 From"), "{}", say(world, &bad).await);
        assert!(partner.requests().is_empty());
    });
}

#[test]
fn an_ambiguous_content_length_is_refused_and_its_body_is_never_a_request() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        let smuggled = raw("Content-Length: 0\r\n");
        for lengths in [
            "Content-Length: 0\r\nContent-Length: 9\r\n",
            "Content-Length: 0\r\nl: 0\r\n",
            "Content-Length: +0\r\n",
            "Content-Length:\r\n 0\r\n",
            "Content-Length: 99999999999\r\n",
        ] {
            let answer = say(world, &(raw(lengths) + &smuggled)).await;
            assert!(answer.starts_with("SIP/2.0 4"), "{lengths:?}: {answer}");
            assert_eq!(answer.matches("CSeq: ").count(), 1, "{answer}");
        }
        assert!(partner.requests().is_empty());
    });
}
