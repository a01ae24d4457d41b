//! What the schema validation of documents costs, read and unread, and patches between versions.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use xml::{
    Document, Limits,
    patch::Patch,
    schema::{SchemaSet, Validator},
};

const HEAD: &str = "<group xmlns=\"urn:oma:xml:poc:list-service\" xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\" \
    xmlns:gi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"sip:harbour-watch@a.example\">\
    <display-name>Harbour watch</display-name><list>\n";
const TAIL: &str = "</list><max-participant-count>400</max-participant-count>\
    <gi:on-network-group-priority>7</gi:on-network-group-priority></list-service></group>";

/// A group document of about so many octets.
fn group(octets: usize) -> String {
    let mut text = HEAD.to_owned();
    for number in 0.. {
        if text.len() + TAIL.len() > octets {
            break;
        }
        text += &format!(
            "<entry uri=\"sip:user-{number}@a.example\"><rl:display-name>User {number}</rl:display-name>\
             <gi:user-priority>{}</gi:user-priority><gi:participant-type>Responder</gi:participant-type></entry>\n",
            number % 256
        );
    }
    text + TAIL
}

fn schemas() -> SchemaSet {
    xml_schemas::xsd::documents(&xml_schemas::xsd::catalog().unwrap()).unwrap()
}

fn validation(criterion: &mut Criterion) {
    let schemas = schemas();
    let limits = Limits::default();
    let mut bench = criterion.benchmark_group("schema");
    for octets in [2_000, 4_000, 59_000] {
        let text = group(octets);
        let document = Document::parse(text.as_bytes(), &limits).unwrap();
        assert_eq!(schemas.validate(&document), Ok(()));
        bench.throughput(Throughput::Bytes(text.len() as u64));
        bench.bench_function(BenchmarkId::new("read", octets), |run| {
            run.iter(|| Document::parse(black_box(text.as_bytes()), &limits).unwrap().root().range());
        });
        bench.bench_function(BenchmarkId::new("validate", octets), |run| {
            run.iter(|| schemas.validate(black_box(&document)).is_ok());
        });
    }
    bench.finish();
}

fn patches(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut bench = criterion.benchmark_group("patch");
    for octets in [2_000, 59_000] {
        let old = group(octets);
        let new = old.replacen("<gi:user-priority>3<", "<gi:user-priority>4<", 1);
        let (one, other) = (
            Document::parse(old.as_bytes(), &limits).unwrap(),
            Document::parse(new.as_bytes(), &limits).unwrap(),
        );
        let patch = Patch::between(&one, &other);
        bench.bench_function(BenchmarkId::new("between", octets), |run| {
            run.iter(|| Patch::between(&one, &other))
        });
        bench.bench_function(BenchmarkId::new("apply", octets), |run| {
            run.iter(|| patch.apply(black_box(old.as_bytes()), &limits).unwrap());
        });
    }
    bench.finish();
}

criterion_group!(benches, validation, patches);
criterion_main!(benches);
