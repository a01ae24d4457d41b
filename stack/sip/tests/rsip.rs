//! Messages survive the way to rsip's types and back.
#![cfg(feature = "rsip")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bytes::{Bytes, BytesMut};
use common::{INVITE, multipart_message};
use rsip::prelude::{HasHeaders, HeadersExt, UntypedHeader};
use sip::{Limits, Message, Method, Name, Response};

fn parse(octets: Bytes) -> Message {
    Message::parse(octets, &Limits::DATAGRAM).expect("valid")
}

#[test]
fn a_request_goes_to_rsip_and_back() {
    for octets in [Bytes::from_static(INVITE.as_bytes()), multipart_message()] {
        let message = parse(octets);
        let there = rsip::SipMessage::try_from(&message).expect("rsip reads it");
        assert_eq!(there.call_id_header().expect("is there").value().as_bytes(), message.call_id());
        let back = Message::try_from(&there).expect("and it comes back");
        assert_eq!(
            (back.method(), back.request_uri(), back.body()),
            (message.method(), message.request_uri(), message.body())
        );
        for name in [Name::Via, Name::Route, Name::From, Name::To, Name::CSeq, Name::PAssertedIdentity] {
            assert!(back.values(name).eq(message.values(name)), "{name}");
        }
    }
}

#[test]
fn a_response_comes_from_rsip() {
    let request = parse(Bytes::from_static(INVITE.as_bytes()));
    let mut out = BytesMut::new();
    Response::new(488).print(&request, "t1", &mut out);
    let there = rsip::SipMessage::try_from(&parse(out.freeze())).expect("rsip reads it");
    let back = Message::try_from(&there).expect("and it comes back");
    assert_eq!((back.status(), back.reason()), (Some(488), &b"Not Acceptable Here"[..]));
    assert_eq!(back.method(), Method::Invite);
}

#[test]
fn compact_forms_folds_and_lists_are_respelled_for_rsip() {
    let spelled = "OPTIONS sip:b.example SIP/2.0\r\nv: SIP/2.0/UDP a.example;branch=z9hG4bK1,\r\n SIP/2.0/UDP c.example;branch=z9hG4bK2\r\n\
        f: <sip:a@a.example>;tag=1\r\nt: <sip:b@b.example>\r\ni: x@a\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n";
    let there =
        rsip::SipMessage::try_from(&parse(Bytes::from_static(spelled.as_bytes()))).expect("rsip reads it");
    assert_eq!(there.headers().iter().filter(|header| matches!(header, rsip::Header::Via(_))).count(), 2);
}

#[test]
fn what_an_application_writes_cannot_become_a_line_of_its_own() {
    let message = parse(Bytes::from_static(INVITE.as_bytes()));
    let mut there = rsip::SipMessage::try_from(&message).expect("rsip reads it");
    there.headers_mut().push(rsip::Header::Other("X-Note".into(), "a\r\nRoute: <sip:evil.example>".into()));
    let back = Message::try_from(&there).expect("and it comes back");
    assert_eq!(back.count(Name::Route), message.count(Name::Route));
}
