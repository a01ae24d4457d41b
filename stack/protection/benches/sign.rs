//! What protection costs for a message of 2 kB in three bodies: the CPU of one message, both ways.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protection::{Key, KeyId, Keys, Limits, Part, decrypt, encrypt, sign, verify};

fn body(name: &str, length: usize) -> Vec<u8> {
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name} xmlns=\"urn:example\">");
    while text.len() < length {
        text.push_str("<id type=\"Normal\"><mcpttURI>sip:alice@primary.example</mcpttURI></id>");
    }
    format!("{text}</{name}>").into_bytes()
}

fn protection(c: &mut Criterion) {
    let key = Key::new(KeyId::new(0x3000_0001), &[7; 16], "").expect("a key");
    let keys = Keys::from_iter([key.clone()]);
    let bodies = [body("a", 600), body("b", 700), body("c", 700)];
    let ids = ["part1@b.invalid", "part2@b.invalid", "part3@b.invalid"];
    let parts: Vec<_> =
        bodies.iter().zip(ids).map(|(bytes, id)| Part { content_id: Some(id), bytes }).collect();
    let signatures = sign(&parts, &key).expect("signed");
    c.bench_function("sign/2kB", |b| b.iter(|| sign(black_box(&parts), &key)));
    c.bench_function("verify/2kB", |b| {
        b.iter(|| verify(black_box(&parts), &signatures, &keys, &Limits::DEFAULT));
    });
    let encrypted = encrypt(&bodies[1], |_| true, &key, &[1; 16]).expect("encrypted");
    c.bench_function("encrypt/10 elements", |b| {
        b.iter(|| encrypt(black_box(&bodies[1]), |_| true, &key, &[1; 16]))
    });
    c.bench_function("decrypt/10 elements", |b| {
        b.iter(|| decrypt(black_box(&encrypted), &keys, &Limits::DEFAULT))
    });
}

criterion_group!(benches, protection);
criterion_main!(benches);
