//! TS 24.379 6.6, 6.8.2, 6.8.3: bodies that are signed and encrypted pass gateways, which have no key, octet for octet.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use common::*;
use kit::carriage::{self, Envelope, Key, KeyId, Protection, Sending};
use sip::Name;
use xml_schemas::{
    flow::{Carriage as _, Part},
    ids::{McServiceId, Psi, RequestId},
    location::LocationRequest,
};

const SIGNED: &str = "application/vnd.3gpp.mcptt-signed+xml";

#[derive(Default)]
struct Counting(AtomicU64);

impl wire::Ids for Counting {
    fn token(&self) -> String {
        format!("token{:021}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn uuid(&self) -> String {
        self.token()
    }
}

fn protection() -> Protection {
    let key = Key::new(KeyId::new(0x3000_0001), &[1; 16], "").unwrap();
    Protection::new(Sending::SignAndEncrypt, true, key, [])
}

fn parts() -> Vec<Part<'static>> {
    let id = |text: &str| McServiceId::new(text).unwrap();
    let targets = vec![id("sip:bob@partner.example")];
    let request_id = RequestId::new(REQUEST_ID).unwrap();
    LocationRequest::new(request_id, id("sip:alice@primary.example"), targets).split()
}

fn signed() -> sip::Message {
    let (own, ids) = (Psi::new("sip:lms_psi@primary.example").unwrap(), Counting::default());
    let envelope = Envelope { uri: "sip:lms_psi@partner.example", own: &own, asserts: true, ids: &ids };
    let request = carriage::compose_protected(&envelope, &parts(), &protection()).unwrap();
    let mut out = bytes::BytesMut::new();
    request.print(b"SIP/2.0/TLS lms1.core.primary.example:5061;branch=z9hG4bKp1", &mut out);
    sip::Message::parse(out.freeze(), &sip::Limits::default()).unwrap()
}

fn agreed(name: &str) -> gateway::Partner {
    partner(name).media([
        "application/vnd.3gpp.mcptt-info+xml",
        "application/vnd.3gpp.mcptt-location-info+xml",
        "application/x.mcx.interconnection-info+xml",
        SIGNED,
    ])
}

#[test]
fn signed_bodies_survive_two_gateways_that_hide_and_verify_behind_them() {
    let (a, b) = (border("primary", vec![agreed("partner")]), border("partner", vec![agreed("primary")]));
    let sent = signed();
    let (_, between) = a.forwarded(&sent, &from_lms());
    let (_, inside_b) = b.forwarded(&between, &from_border("mcgw.primary.example", ANCHOR));
    assert_ne!(inside_b.call_id(), sent.call_id(), "the topology is hidden");
    for seen in [&between, &inside_b] {
        assert_eq!(seen.body(), sent.body());
        assert_eq!(seen.header(Name::ContentType), sent.header(Name::ContentType));
    }
    assert_eq!(carriage::unprotect(&inside_b, &protection()).unwrap(), parts());
}

#[test]
fn signatures_pass_only_where_the_agreement_lists_their_media_type() {
    primary().assert_refused(&signed(), &from_lms(), "agreement", 415, "43");
}
