//! What RFC 4475's valid messages mean, beyond that they are accepted; `meaning.rs` asks the same of messages of our own, which are there
//! on every machine.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::message;
use sip::{CSeq, Contact, Frame, Framer, From, Limits, MaxForwards, Message, Method, Name, To, Via};

/// The named message, parsed; none where the corpora are not at hand.
fn torture(name: &str) -> Option<Message> {
    message("rfc4475", name)
        .map(|octets| Message::parse(octets, &Limits::DATAGRAM).unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[test]
fn c3_1_1_1_wsinv_reads_folds_compact_forms_and_lists() {
    let Some(message) = torture("wsinv") else { return };
    let vias: Vec<Via<'_>> = message.all::<Via<'_>>().collect::<Result<_, _>>().expect("each Via parses");
    let hosts: Vec<&[u8]> = vias.iter().map(|via| via.host).collect();
    assert_eq!(hosts, [&b"192.0.2.2"[..], b"spindle.example.com", b"192.168.255.111"]);
    assert_eq!(vias[1].branch(), Some(&b"z9hG4bK9ikj8"[..]));
    assert_eq!(vias[2].branch(), Some(&b"z9hG4bK30239"[..]));
    assert_eq!(message.typed::<MaxForwards>(), Ok(Some(MaxForwards(68))));
    assert_eq!(message.typed::<CSeq<'_>>().map(|cseq| cseq.map(|c| c.number)), Ok(Some(9)));
    let to = message.typed::<To<'_>>().expect("parses").expect("is there");
    assert_eq!(to.tag(), Some(&b"1918181833n"[..]));
    let from = message.typed::<From<'_>>().expect("parses").expect("is there");
    assert_eq!(from.display, br#"J Rosenberg \\\""#);
    let contact = message.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert_eq!(contact.params.get("newparam"), Some(&b"newvalue"[..]));
    assert_eq!(contact.params.get("q"), Some(&b"0.33"[..]));
    assert_eq!(message.extension("unknownheaderwithunusualvalue"), Some(&b";;,,;;,;"[..]));
    assert_eq!(message.body().len(), 150);
}

#[test]
fn c3_1_1_2_intmeth_keeps_an_odd_method_and_quoted_nul() {
    let Some(message) = torture("intmeth") else { return };
    assert_eq!(message.method(), Method::Other(b"!interesting-Method0123456789_*+`.%indeed'~"));
    let to = message.typed::<To<'_>>().expect("parses").expect("is there");
    assert!(to.display.windows(2).any(|pair| pair == b"\\\0"));
}

#[test]
fn c3_1_1_3_esc01_decodes_once_only() {
    let Some(message) = torture("esc01") else { return };
    let uri = sip::Uri::parse(message.request_uri()).expect("parses");
    assert_eq!(uri.user, Some(&b"sips%3Auser%40example.com"[..]));
    assert_eq!(uri.host(), b"example.net");
}

#[test]
fn c3_1_1_4_escnull_keeps_two_contacts_apart() {
    let Some(message) = torture("escnull") else { return };
    let contacts: Vec<Contact<'_>> = message.all::<Contact<'_>>().collect::<Result<_, _>>().expect("parse");
    let [one, two] = contacts[..] else { panic!("two contacts") };
    let (one, two) = (one.parse_uri().expect("parses"), two.parse_uri().expect("parses"));
    assert!(!one.same_address(&two));
}

#[test]
fn c3_1_1_5_esc02_does_not_decode_outside_uris() {
    let Some(message) = torture("esc02") else { return };
    assert_eq!(message.method(), Method::Other(b"RE%47IST%45R"));
    assert_eq!(message.count(Name::Contact), 2);
    assert!(message.extension("C%6Fntact").is_some());
}

#[test]
fn c3_1_1_8_dblreq_is_one_request_in_a_datagram_and_two_in_a_stream() {
    let Some(octets) = message("rfc4475", "dblreq") else { return };
    let first = Message::parse(octets.clone(), &Limits::DATAGRAM).expect("parses");
    assert_eq!(first.method(), Method::Register);
    assert!(first.bytes().len() < octets.len() && first.body().is_empty());
    let mut framer = Framer::new(Limits::STREAM);
    framer.push(&octets);
    let mut methods = Vec::new();
    while methods.len() < 2 {
        if let Some(Frame::Message(message)) =
            framer.next().expect("no fault before the second has been read")
        {
            methods.push(message.method().as_bytes().to_vec());
        }
    }
    assert_eq!(methods, [b"REGISTER".to_vec(), b"INVITE".to_vec()]);
}

#[test]
fn c3_1_1_9_semiuri_has_the_semicolon_in_its_user() {
    let Some(message) = torture("semiuri") else { return };
    let uri = sip::Uri::parse(message.request_uri()).expect("parses");
    assert_eq!(uri.user, Some(&b"user;par=u%40example.net"[..]));
    assert!(uri.params.as_bytes().is_empty());
}

#[test]
fn c3_1_1_11_mpart01_splits_binary_parts() {
    let Some(message) = torture("mpart01") else { return };
    let content_type = message.header(Name::ContentType).expect("is there");
    let parts = sip::multipart::split(content_type, message.body(), &Limits::default()).expect("splits");
    assert_eq!(parts.len(), 2);
    assert!(parts[0].is("text/plain"));
    assert!(parts[1].body.contains(&0));
}

#[test]
fn c3_1_1_12_unreason_keeps_a_reason_phrase_in_utf8() {
    let Some(message) = torture("unreason") else { return };
    assert_eq!(message.status(), Some(200));
    assert!(std::str::from_utf8(message.reason()).is_ok_and(|reason| reason.starts_with("= 2**3 * 5**2")));
}

#[test]
fn c3_3_13_cparam_tells_header_parameters_from_those_of_the_uri() {
    let (Some(one), Some(two)) = (torture("cparam01"), torture("cparam02")) else { return };
    let contact = one.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert!(contact.params.has("unknownparam"));
    let contact = two.typed::<Contact<'_>>().expect("parses").expect("is there");
    assert!(contact.params.is_empty() && contact.parse_uri().expect("parses").params.has("unknownparam"));
}
