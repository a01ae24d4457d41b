//! What the bodies of one location exchange cost: TS 23.280 10.9.3.10.2 steps 3 and 6, two targets.

#![allow(missing_docs, reason = "made by macros")]
#![allow(clippy::unwrap_used, reason = "fixed input")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use xml_schemas::{
    Timestamp,
    flow::{Carriage, Part, name_of},
    ids::{McServiceId, RequestId, SystemId},
    location::{Coordinate, LocationReport, LocationRequest, Position, Refusal, TargetAnswer, TargetReport},
};

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn request() -> LocationRequest {
    LocationRequest {
        requesting_system: Some(SystemId::new("primary.example").unwrap()),
        target_system: Some(SystemId::new("partner.example").unwrap()),
        ..LocationRequest::new(
            RequestId::new("c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11").unwrap(),
            id("sip:alice@primary.example"),
            vec![id("sip:bob@partner.example"), id("sip:carol@partner.example")],
        )
    }
}

fn report() -> LocationReport {
    let LocationRequest { request_id, requesting_system, target_system, requester, targets, .. } = request();
    let taken_at = Timestamp::from_unix_ms(1_772_446_530_000).unwrap();
    let position =
        Position::new(Coordinate::from_degrees(40.4168, -3.7038).unwrap(), taken_at).with_altitude(657);
    let answers = [TargetAnswer::Located(Box::new(position)), TargetAnswer::Refused(Refusal::default())];
    let targets =
        targets.into_iter().zip(answers).map(|(target, answer)| TargetReport { target, answer }).collect();
    LocationReport { request_id, mc_service: None, requesting_system, target_system, requester, targets }
}

fn exchange(c: &mut Criterion) {
    let (request, report) = (request(), report());
    let (asked, answered) = (request.split(), report.split());
    let octets = |parts: &[Part<'_>]| parts.iter().map(|part| part.bytes.len()).sum::<usize>();
    println!("request {} octets, report {} octets", octets(&asked), octets(&answered));
    c.bench_function("request/well_formed", |b| {
        b.iter(|| {
            asked
                .iter()
                .all(|part| xml::Document::parse(black_box(&part.bytes), &xml::Limits::default()).is_ok())
        });
    });
    c.bench_function("request/name", |b| b.iter(|| name_of(black_box(&asked))));
    c.bench_function("request/read", |b| b.iter(|| LocationRequest::join(black_box(&asked))));
    c.bench_function("request/write", |b| b.iter(|| black_box(&request).split()));
    c.bench_function("report/read", |b| b.iter(|| LocationReport::join(black_box(&answered))));
    c.bench_function("report/write", |b| b.iter(|| black_box(&report).split()));
}

criterion_group!(benches, exchange);
criterion_main!(benches);
