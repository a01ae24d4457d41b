//! Forwarding as a proxy does: parse, read what decides where the request goes (RFC 3261 clauses 16.3 to 16.5: Request-URI, topmost
//! Via and Route, Max-Forwards), rewrite (clause 16.6: a Via more, a Max-Forwards less, a Route less, a Record-Route more) and write;
//! beside rsip in the same run. Prints the ratio.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros, and messages that are known to be valid"
)]

#[path = "../tests/common/mod.rs"]
mod common;
mod ratio;

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use common::{INVITE, multipart_message};
use criterion::{Criterion, criterion_group, criterion_main};
use rsip::prelude::{HasHeaders, HeadersExt, ToTypedHeader};
use sip::{Edits, Limits, MaxForwards, Message, Name, Route, Uri, Via};

const VIA: &str = "SIP/2.0/TLS mcgw.primary.example:5061;branch=z9hG4bKx7c2pq5v3l6tq2hj";
const RECORD_ROUTE: &str = "<sip:mcgw.primary.example;lr>";

fn ours(octets: &Bytes, limits: &Limits, out: &mut BytesMut) {
    out.clear();
    let message = Message::parse(octets.clone(), limits).expect("valid");
    black_box(Uri::parse(message.request_uri()).expect("valid"));
    black_box(message.typed::<Via<'_>>().expect("valid"));
    black_box(message.typed::<Route<'_>>().expect("valid"));
    let hops = message.typed::<MaxForwards>().expect("valid").map_or(70, |hops| hops.0);
    let (digits, len) = decimal(hops.saturating_sub(1));
    let mut edits = Edits::new();
    edits
        .prepend(Name::Via, VIA.as_bytes())
        .set(Name::MaxForwards, &digits[3 - len..])
        .pop_first(Name::Route)
        .prepend(Name::RecordRoute, RECORD_ROUTE.as_bytes());
    edits.apply(&message, out);
    black_box(&out);
}

fn decimal(number: u8) -> ([u8; 3], usize) {
    let digits = [b'0' + number / 100, b'0' + number / 10 % 10, b'0' + number % 10];
    (
        digits,
        if number > 99 {
            3
        } else if number > 9 {
            2
        } else {
            1
        },
    )
}

fn theirs(octets: &Bytes) {
    let mut message = rsip::SipMessage::try_from(&octets[..]).expect("valid");
    black_box(message.via_header().expect("is there").typed().expect("valid"));
    black_box(message.route_header().map(|route| route.typed().expect("valid")));
    let hops = message.max_forwards_header().expect("is there").num().expect("valid");
    let headers = message.headers_mut();
    headers.unique_push(rsip::Header::MaxForwards(rsip::headers::MaxForwards::from(hops - 1)));
    let old: Vec<rsip::Header> = std::mem::take(headers).into_iter().collect();
    let mut new = vec![
        rsip::Header::Via(rsip::headers::Via::from(VIA)),
        rsip::Header::RecordRoute(rsip::headers::RecordRoute::from(RECORD_ROUTE)),
    ];
    let mut popped = false;
    for header in old {
        if !popped && matches!(header, rsip::Header::Route(_)) {
            popped = true;
        } else {
            new.push(header);
        }
    }
    *headers = new.into();
    black_box(message.to_string().into_bytes());
}

fn forward(criterion: &mut Criterion) {
    let limits = Limits::DATAGRAM;
    let mut out = BytesMut::with_capacity(8192);
    let samples =
        [("INVITE", Bytes::from_static(INVITE.as_bytes())), ("multipart MESSAGE", multipart_message())];
    for (name, octets) in samples {
        criterion.bench_function(&format!("forward/{name}/mcx"), |bench| {
            bench.iter(|| ours(&octets, &limits, &mut out));
        });
        criterion.bench_function(&format!("forward/{name}/rsip"), |bench| bench.iter(|| theirs(&octets)));
        ratio::print(
            "forward",
            name,
            octets.len(),
            10.0,
            || ours(&octets, &limits, &mut out),
            || theirs(&octets),
        );
    }
}

criterion_group! {
    name = benches;
    config = ratio::short();
    targets = forward
}
criterion_main!(benches);
