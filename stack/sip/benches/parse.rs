//! Parsing an INVITE of 700 octets and a multipart MESSAGE of 2.5 kB with the header fields that a proxy reads, beside rsip in the
//! same run. Prints the ratio.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros, and messages that are known to be valid"
)]

#[path = "../tests/common/mod.rs"]
mod common;
mod ratio;

use std::hint::black_box;

use bytes::Bytes;
use common::{INVITE, multipart_message};
use criterion::{Criterion, criterion_group, criterion_main};
use rsip::prelude::{HeadersExt, ToTypedHeader};
use sip::{CSeq, Contact, From, Limits, MaxForwards, Message, Name, Route, To, Via};

/// What a proxy reads (RFC 3261 clauses 16.3 to 16.6).
fn ours(octets: &Bytes, limits: &Limits) {
    let message = Message::parse(octets.clone(), limits).expect("valid");
    black_box(message.typed::<Via<'_>>().expect("valid"));
    black_box(message.typed::<From<'_>>().expect("valid"));
    black_box(message.typed::<To<'_>>().expect("valid"));
    black_box(message.typed::<CSeq<'_>>().expect("valid"));
    black_box(message.call_id());
    black_box(message.typed::<MaxForwards>().expect("valid"));
    black_box(message.typed::<Route<'_>>().expect("valid"));
    black_box(message.typed::<Contact<'_>>().expect("valid"));
    black_box(message.header(Name::ContentType));
    black_box(&message);
}

/// The same through rsip.
fn theirs(octets: &Bytes) {
    let message = rsip::SipMessage::try_from(&octets[..]).expect("valid");
    black_box(message.via_header().expect("is there").typed().expect("valid"));
    black_box(message.from_header().expect("is there").typed().expect("valid"));
    black_box(message.to_header().expect("is there").typed().expect("valid"));
    black_box(message.cseq_header().expect("is there").typed().expect("valid"));
    black_box(message.call_id_header().expect("is there"));
    black_box(message.max_forwards_header().expect("is there").num().expect("valid"));
    black_box(message.route_header().map(|route| route.typed().expect("valid")));
    black_box(message.contact_header().ok().map(|contact| contact.typed().expect("valid")));
    black_box(&message);
}

fn parse(criterion: &mut Criterion) {
    let limits = Limits::DATAGRAM;
    let samples =
        [("INVITE", Bytes::from_static(INVITE.as_bytes())), ("multipart MESSAGE", multipart_message())];
    for (name, octets) in samples {
        criterion.bench_function(&format!("parse/{name}/mcx"), |bench| bench.iter(|| ours(&octets, &limits)));
        criterion.bench_function(&format!("parse/{name}/rsip"), |bench| bench.iter(|| theirs(&octets)));
        ratio::print("parse", name, octets.len(), 6.0, || ours(&octets, &limits), || theirs(&octets));
    }
}

criterion_group! {
    name = benches;
    config = ratio::short();
    targets = parse
}
criterion_main!(benches);
