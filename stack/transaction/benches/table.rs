//! What a transaction costs beside its messages: the timer wheel and the table of server transactions, each full.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use transaction::{Limits, Reliability, ServerKey, Servers, Wheel};

/// Finished transactions of 32 seconds at 9,000 requests a second.
const FULL: u32 = 300_000;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// The one clock reading; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn wheel(c: &mut Criterion) {
    let epoch = start();
    let full = || {
        let mut wheel = Wheel::new(epoch);
        for number in 0..FULL {
            wheel.insert(epoch + Duration::from_micros(u64::from(number) * 107), number);
        }
        wheel
    };
    let mut wheel = full();
    c.bench_function("wheel: set and cancel one of 300k", |b| {
        b.iter(|| {
            let id = wheel.insert(epoch + Duration::from_secs(32), 0);
            black_box(id.and_then(|id| wheel.cancel(id)))
        });
    });
    c.bench_function("wheel: fire 300k over 32 s", |b| {
        b.iter_batched_ref(
            full,
            |wheel| {
                let mut fired = 0;
                while wheel.expire(epoch + Duration::from_secs(40)).is_some() {
                    fired += 1;
                }
                assert_eq!(fired, FULL);
            },
            BatchSize::PerIteration,
        );
    });
}

fn key(number: u32) -> ServerKey {
    let branch = format!("z9hG4bK.0000{number:044x}");
    ServerKey::new(b"192.0.2.1", branch.as_bytes(), b"mcgw.partner.example", Some(5061), b"MESSAGE")
        .unwrap_or_else(|| unreachable!("the branch has the cookie"))
}

fn servers(c: &mut Criterion) {
    let epoch = start();
    let response = Bytes::from(vec![b'x'; 400]);
    let mut servers: Servers<u64> =
        Servers::new(epoch, Limits { transactions: usize::MAX, ..Limits::default() }, [1; 4]);
    let answer = |servers: &mut Servers<u64>, now: Instant, number: u32| {
        let key = key(number);
        assert!(servers.copy(now, &key).is_none());
        let id = servers.begin(now, &key, PEER, Reliability::Unreliable, 0);
        id.map(|id| servers.respond(now, id, 200, response.clone()))
    };
    let mut number = 0;
    while number < FULL {
        let _ = answer(&mut servers, epoch, number);
        number += 1;
    }
    let mut now = epoch;
    c.bench_function("servers: answer one beside 300k finished, and forget one", |b| {
        b.iter(|| {
            number += 1;
            now += Duration::from_micros(107);
            while servers.expire(now).is_some() {}
            black_box(answer(&mut servers, now, number).is_ok())
        });
    });
    println!("bytes kept for each finished one beside its entry: {}", servers.bytes() / servers.len().max(1));
}

criterion_group!(benches, wheel, servers);
criterion_main!(benches);
