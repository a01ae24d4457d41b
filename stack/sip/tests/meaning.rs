//! What the valid torture messages of our own mean, beyond that they are accepted: the classes of RFC 4475 3.1.1 and 3.3.
//! `rfc4475.rs` asks the same of the RFC's own messages, where they are at hand.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::own;
use sip::{CSeq, Contact, From, Limits, MaxForwards, Message, Method, Name, To, Via};

fn torture(name: &str) -> Message {
    let case = own().into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no {name}"));
    Message::parse(case.octets, &Limits::DATAGRAM).unwrap_or_else(|why| panic!("{name}: {why}"))
}

#[test]
fn rfc4475_3_1_1_1_folds_compact_forms_and_lists_are_read() {
    let message = torture("every-way-to-write");
    let vias: Vec<Via<'_>> = message.all::<Via<'_>>().collect::<Result<_, _>>().expect("each Via parses");
    let hosts: Vec<&[u8]> = vias.iter().map(|via| via.host).collect();
    assert_eq!(hosts, [&b"192.0.2.17"[..], b"quay.example.com", b"198.51.100.4"]);
    let branches: Vec<_> = vias.iter().map(Via::branch).collect();
    let expected = [&b"z9hG4bKevery1"[..], b"z9hG4bKevery2", b"z9hG4bKevery3"].map(Some);
    assert_eq!(branches, expected);
    assert_eq!(message.typed::<MaxForwards>(), Ok(Some(MaxForwards(42))));
    assert_eq!(message.typed::<CSeq<'_>>().map(|cseq| cseq.map(|c| c.number)), Ok(Some(7)));
    let to = message.typed::<To<'_>>().expect("parses").expect("is there");
    assert_eq!(to.params.get("shift"), Some(&b"k7x2"[..]));
    let from = message.typed::<From<'_>>().expect("parses").expect("is there");
    assert_eq!((from.tag(), from.display), (Some(&b"41.w"[..]), &br#"Harbour \\ \"West\""#[..]));
    let contact = message.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert_eq!(contact.params.get("oddparam"), Some(&b"a;b"[..]));
    assert_eq!(contact.params.get("q"), Some(&b"0.50"[..]));
    assert_eq!(message.extension("x-nobody-knows"), Some(&b";,;;\r\n ,;"[..]));
    assert_eq!(message.body(), b"hello\r\n");
}

#[test]
fn rfc4475_3_1_1_2_an_odd_method_and_a_quoted_nul_are_kept() {
    let message = torture("odd-method");
    assert_eq!(message.method(), Method::Other(b"-Lift.2_Up*+%'~`!"));
    let to = message.typed::<To<'_>>().expect("parses").expect("is there");
    assert!(to.display.windows(2).any(|pair| pair == b"\\\0"));
}

#[test]
fn rfc4475_3_1_1_3_escapes_are_opened_once_only() {
    let message = torture("escaped-once");
    let uri = sip::Uri::parse(message.request_uri()).expect("parses");
    assert_eq!(uri.user, Some(&b"sips%253Acrane%2540depot.example"[..]));
    assert_eq!(uri.host(), b"yard.example");
}

#[test]
fn rfc4475_3_1_1_4_an_escaped_nul_keeps_two_contacts_apart() {
    let message = torture("escaped-nul");
    let contacts: Vec<Contact<'_>> = message.all::<Contact<'_>>().collect::<Result<_, _>>().expect("parse");
    let [one, two] = contacts[..] else { panic!("two contacts") };
    let (one, two) = (one.parse_uri().expect("parses"), two.parse_uri().expect("parses"));
    assert!(!one.same_address(&two));
}

#[test]
fn rfc4475_3_1_1_5_nothing_is_decoded_outside_of_uris() {
    let message = torture("percent-is-literal");
    assert_eq!(message.method(), Method::Other(b"M%45SSAGE"));
    assert_eq!(message.extension("S%75bject"), Some(&b"not a subject"[..]));
    assert!(message.header(Name::Subject).is_none());
}

#[test]
fn rfc4475_3_1_1_9_a_semicolon_lies_in_the_user() {
    let message = torture("semicolon-in-user");
    let uri = sip::Uri::parse(message.request_uri()).expect("parses");
    assert_eq!(uri.user, Some(&b"crane;hook=2,lift%40tower"[..]));
    assert_eq!((uri.host(), uri.params.get("transport")), (&b"depot.example"[..], Some(&b"tcp"[..])));
}

#[test]
fn rfc4475_3_1_1_11_binary_parts_are_split_at_their_boundary_alone() {
    let message = torture("binary-parts");
    let content_type = message.header(Name::ContentType).expect("is there");
    let parts = sip::multipart::split(content_type, message.body(), &Limits::default()).expect("splits");
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().any(|part| part.body.contains(&0)));
}

#[test]
fn rfc4475_3_1_1_12_a_reason_phrase_in_utf8_is_kept() {
    let message = torture("reason-in-utf8");
    let reason = std::str::from_utf8(message.reason()).expect("UTF-8");
    assert!(message.status().is_some() && !reason.is_ascii(), "{reason}");
}

#[test]
fn rfc4475_3_3_13_parameters_of_the_header_are_told_from_those_of_the_uri() {
    let (one, two) = (torture("parameter-of-contact"), torture("parameter-of-uri"));
    let contact = one.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert!(contact.params.has("unknown"));
    let contact = two.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert!(contact.params.is_empty() && contact.parse_uri().expect("parses").params.has("unknown"));
}
