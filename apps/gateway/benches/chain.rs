//! What the border costs: the whole exit and entry over a multipart MESSAGE of 2.2 kB, and writing out what they changed.
#![allow(missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;

use bytes::BytesMut;
use common::{Border, from_lms, from_partner, partners_request, primary_where, request};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sip::Message;
use wire::{Arrival, Decision, Inline as _};

/// Decides about the message and writes it out as the driver does, but for Via and Max-Forwards.
fn relay(border: &Border, message: &Message, arrival: &Arrival, out: &mut BytesMut) -> usize {
    out.clear();
    if let Decision::Forward(forward) = border.gateway.request(message, arrival) {
        forward.edits.apply(message, out);
    }
    out.len()
}

fn chain(c: &mut Criterion) {
    let padded =
        |draft: common::Draft| draft.header(&format!("Subject: {}", "location ".repeat(12))).message();
    let (outbound, inbound) = (padded(request()), padded(partners_request()));
    let mut group = c.benchmark_group("chain");
    group.throughput(Throughput::Bytes(outbound.bytes().len() as u64));
    for hide in [true, false] {
        let border = primary_where(|partner| partner.hide = hide).silent();
        let name = if hide { "hiding" } else { "showing" };
        let mut out = BytesMut::with_capacity(8192);
        for (way, message, arrival) in
            [("outbound", &outbound, from_lms()), ("inbound", &inbound, from_partner())]
        {
            assert!(relay(&border, message, &arrival, &mut out) > 1500, "the message must pass");
            group.bench_function(format!("{way}, {name}"), |b| {
                b.iter(|| relay(black_box(&border), black_box(message), black_box(&arrival), &mut out));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, chain);
criterion_main!(benches);
