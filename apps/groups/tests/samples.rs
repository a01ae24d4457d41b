//! The sample messages of a subscription to a group (04, 05) and of a request for one (20, 21), as this server takes the one and sends the
//! other.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::path::PathBuf;

use bytes::Bytes;
use http::Method;
use kit::{
    Impu,
    testing::{End, arrival, hop_config},
};
use sip::{Limits, Message, Name};
use two_servers::{A, B, From, World, config, etag, group};
use xml_schemas::ids::McServiceId;

const CORE: &str = "core.a.example";
const FLOOD: &str = "sip:flood-ops@a.example";

/// A sample of the primary system, which is A here; none, and said so, where the samples are not at hand.
fn sample(name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "tests are told where the samples are")]
    let shared = std::env::var("MCX_SHARED").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let text = std::fs::read_to_string(shared.join("samples/sip").join(name));
    if text.is_err() {
        eprintln!("skipped: {name} is not below {}", shared.display());
    }
    text.ok().map(|text| text.replace("\r\n", "\n").replace("primary.example", "a.example"))
}

/// As it is on the wire, with its Content-Length put right.
fn message(text: &str, asserted: &str) -> Message {
    let (head, body) = text.split_once("\n\n").expect("a body");
    let body = body.replace('\n', "\r\n");
    let fields = head.lines().filter(|line| !line.starts_with("Content-Length"));
    let head: String = fields.map(|line| format!("{line}\r\n")).collect();
    let text =
        format!("{head}P-Asserted-Identity: <{asserted}>\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Message::parse(Bytes::from(text), &Limits::default()).expect("a message")
}

#[test]
fn samples_04_and_05_a_member_subscribes_and_is_told_of_a_change() {
    let (Some(subscribe), Some(notify)) =
        (sample("04-SUBSCRIBE-xcap-diff.sip"), sample("05-NOTIFY-xcap-diff.sip"))
    else {
        return;
    };
    let mut a = config(A, B);
    a.core = Some(hop_config(CORE));
    let impu = "sip:alice.imsi@a.example";
    let alice = McServiceId::new("sip:alice@a.example").expect("an identity");
    a.users.insert(Impu::new(impu).expect("an identity"), alice);
    let world = World::of(a, config(B, A));
    world.define(FLOOD, &group(FLOOD, &["sip:alice@a.example"], 7));
    world.lab.connect("gms1.core.a.example", CORE, End::Response(sip::Response::new(200)));
    let token = world.token("sip:alice@a.example");
    let subscribe = message(&subscribe.replace("eyJhbGciOiJSUzI1NiJ9.e30.sig", &token), impu);
    let answer = world.lab.deliver_message(&world.servers[A].entity, &subscribe, arrival("inner", CORE));
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), Some(200));
    assert_eq!(answer.header(Name::Expires), Some(&b"86400"[..]), "no longer than may be");
    world.define(FLOOD, &group(FLOOD, &["sip:alice@a.example"], 3));
    let sent = world.lab.sent(CORE).pop().expect("a NOTIFY");
    let expected = message(&notify, "sip:gms_psi@a.example");
    assert_eq!(sent.request_uri(), expected.request_uri());
    for name in [Name::CallId, Name::Contact, Name::ContentType] {
        assert_eq!(sent.header(name), expected.header(name), "{name:?}");
    }
    let starts = |name: Name, with: &str| {
        let value = String::from_utf8_lossy(sent.header(name).expect("is there")).into_owned();
        assert!(value.starts_with(with), "{value}");
    };
    starts(Name::From, "<sip:gms_psi@a.example>;tag=");
    starts(Name::To, "<sip:alice.imsi@a.example>;tag=f1");
    starts(Name::Event, "xcap-diff");
    starts(Name::SubscriptionState, "active;expires=");
    let body = String::from_utf8_lossy(sent.body()).into_owned();
    for part in [
        "xcap-root=\"https://xcap.a.example/\"",
        "sel=\"org.openmobilealliance.groups/global/byGroupID/sip:flood-ops@a.example\"",
        "previous-etag=\"",
        "new-etag=\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
        let sample = String::from_utf8_lossy(expected.body()).into_owned();
        assert!(sample.contains(part), "{part}: {sample}");
    }
    assert!(!body.contains("user-profile"), "which is another server's: {body}");
}

/// Sample 21 is the answer to sample 20: the same request has the same answer here, of the same document.
#[test]
fn samples_20_and_21_a_partners_server_is_answered_with_the_document_as_it_is_shared() {
    let (Some(asked), Some(expected)) =
        (sample("20-http-GET-group-partner-GMS-to-primary-GMS.http"), sample("21-http-200-group.http"))
    else {
        return;
    };
    let local = |text: String| text.replace("partner.example", "b.example");
    let (asked, expected) = (local(asked), local(expected));
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    let world = World::of(a, config(B, A));
    let (head, document) = expected.split_once("\n\n").expect("a body");
    let field = |text: &str, name: &str| {
        let of = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
        text.lines().find_map(of).expect("is there")
    };
    world.define(FLOOD, document);
    let path = asked.split(' ').nth(1).expect("a request line");
    let asserted = field(&asked, "X-3GPP-Asserted-Identity");
    let from = From::Gateway(asserted.trim_matches('"'));
    let mut request = world.request(Method::GET, path, from, "");
    request.headers_mut().insert("accept", field(&asked, "Accept").parse().expect("a field"));
    let answer = world.send(A, from, request);
    assert!(head.starts_with("HTTP/1.1 200 "));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], *field(head, "Content-Type"));
    let is_strong = |tag: &str| tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"');
    assert!(is_strong(&field(head, "ETag")) && is_strong(&etag(&answer)));
    assert_eq!(String::from_utf8_lossy(answer.body()), document, "octet for octet");
    // And the other way round: what is kept of such an answer is what it said.
    let bob = From::Server("mcs1.core.b.example");
    assert_eq!(world.get(B, bob, FLOOD).body(), document.as_bytes());
    assert_eq!(world.offered(B, FLOOD).as_deref(), Some(document));
}
