//! The hot path allocates nothing: parse, the checks, the header fields that a proxy reads, and forwarding.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use common::{INVITE, multipart_message};
use sip::{
    CSeq, Contact, ContentType, Edits, From, Limits, MaxForwards, Message, Name, PAssertedIdentity,
    ProxyRequire, RecordRoute, Route, To, Uri, Via, stamp_via,
};

fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

/// What a proxy reads (RFC 3261 clauses 16.3 to 16.6).
fn read_as_a_proxy(message: &Message) -> usize {
    message.check().expect("a valid request");
    let uri = Uri::parse(message.request_uri()).expect("a valid Request-URI");
    let via = message.typed::<Via<'_>>().expect("a valid Via").expect("a Via");
    let lengths = [
        uri.host().len(),
        via.branch().map_or(0, <[u8]>::len),
        message.values(Name::Via).count(),
        message.typed::<To<'_>>().expect("valid").and_then(|to| to.tag()).map_or(0, <[u8]>::len),
        message.typed::<From<'_>>().expect("valid").and_then(|from| from.tag()).map_or(0, <[u8]>::len),
        message.typed::<CSeq<'_>>().expect("valid").map_or(0, |cseq| cseq.number as usize),
        message.typed::<MaxForwards>().expect("valid").map_or(70, |hops| usize::from(hops.0)),
        message.all::<Route<'_>>().filter(Result::is_ok).count(),
        message.all::<RecordRoute<'_>>().filter(Result::is_ok).count(),
        message.all::<Contact<'_>>().filter(Result::is_ok).count(),
        message.all::<ProxyRequire<'_>>().filter(Result::is_ok).count(),
        message.all::<PAssertedIdentity<'_>>().filter(Result::is_ok).count(),
        message.typed::<ContentType<'_>>().expect("valid").map_or(0, |kind| kind.subtype.len()),
        message.call_id().len(),
    ];
    lengths.iter().sum()
}

fn forward(message: &Message, out: &mut BytesMut) {
    let source: SocketAddr = ([192, 0, 2, 77], 5061).into();
    let mut edits = Edits::new();
    if let Some(via) = message.values(Name::Via).next().and_then(|via| stamp_via(via, source)) {
        edits.pop_first(Name::Via).prepend(Name::Via, &via);
    }
    edits
        .prepend(Name::Via, b"SIP/2.0/TLS mcgw.primary.example:5061;branch=z9hG4bKx7c2pq5v3l6tq2hj")
        .request_uri(b"sip:lms_psi@partner.example")
        .set(Name::MaxForwards, b"68")
        .pop_first(Name::Route)
        .prepend(Name::RecordRoute, b"<sip:mcgw.primary.example;lr>")
        .remove(Name::PAssertedIdentity)
        .append(Name::PAssertedIdentity, b"<sip:mcgw@primary.example>")
        .append_extension("X-3GPP-Asserted-Identity", b"\"sip:mcgw@primary.example\"");
    edits.apply(message, out);
}

fn nothing_is_allocated_for(octets: Bytes) {
    let mut out = BytesMut::with_capacity(8192);
    let mut parsed = None;
    let limits = Limits::DATAGRAM;
    assert_eq!(allocations(|| parsed = Message::parse(octets.clone(), &limits).ok()), 0, "parse");
    let message = parsed.expect("a valid message");
    let mut sum = 0;
    assert_eq!(allocations(|| sum = read_as_a_proxy(&message)), 0, "read");
    assert!(sum > 0);
    assert_eq!(allocations(|| forward(&message, &mut out)), 0, "forward");
    let forwarded = Message::parse(out.freeze(), &limits).expect("what is forwarded parses");
    assert_eq!(forwarded.body(), message.body());
    assert_eq!(forwarded.values(Name::Via).count(), message.values(Name::Via).count() + 1);
}

#[test]
fn nothing_for_an_invite() {
    assert!((600..900).contains(&INVITE.len()), "{}", INVITE.len());
    nothing_is_allocated_for(Bytes::from_static(INVITE.as_bytes()));
}

#[test]
fn nothing_for_a_multipart_message() {
    let octets = multipart_message();
    assert!((2300..2800).contains(&octets.len()), "{}", octets.len());
    let message = Message::parse(octets.clone(), &Limits::DATAGRAM).expect("valid");
    let content_type = message.header(Name::ContentType).expect("is there");
    let mut parts = 0;
    let split = || {
        parts = sip::multipart::split(content_type, message.body(), &Limits::default()).map_or(0, |p| p.len())
    };
    assert_eq!(allocations(split), 0, "split");
    assert_eq!(parts, 2);
    nothing_is_allocated_for(octets);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(vec![1_u8, 2, 3])), 1);
}
