//! A million service authorizations and a million migration marks: how long a server takes to start over them, what one check costs
//! once they have been read, and what the first question about a user costs before.
//!
//! `cargo bench -p mcx-service --bench authorizations`
#![allow(missing_docs, reason = "criterion's macros make a function without")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot begin has to fail loudly")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, SystemTime},
};

use criterion::{Criterion, criterion_group, criterion_main};
use futures::FutureExt as _;
use kit::{
    OwnServer,
    config::HttpLimits,
    testing::{Lab, hop},
};
use service::{
    Config, McServiceServer, Metrics, Migrations, config::AuthorizationConfig, migration::MigrationConfig,
};
use store::{Batch, Clock, Disk, Redb, Store};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, Psi},
};

/// Identities, each with one client that has published its settings.
const MANY: usize = 1_000_000;

fn id(number: usize) -> String {
    format!("sip:user{number:07}@b.example")
}

fn impu(number: usize) -> String {
    format!("sip:user{number:07}.imsi@b.example")
}

fn config() -> Config {
    Config {
        name: "mcs1.core.b.example".into(),
        psi: Psi::new("sip:mcptt_psi@b.example").expect("valid"),
        listen: Vec::new(),
        core: "sip-core.core.b.example".into(),
        locations: OwnServer {
            identity: "lms1.core.b.example".into(),
            psi: Psi::new("sip:lms_psi@b.example").expect("valid"),
            hop: hop("lms1.core.b.example"),
        },
        users: Vec::new(),
        deadline: Duration::from_secs(15),
        groups: None,
        named_groups: Vec::new(),
        profiles: None,
        issuers: Vec::new(),
        authorization: AuthorizationConfig::default(),
        migration: Some(MigrationConfig { reconcile_every: None, ..MigrationConfig::default() }),
        http: Vec::new(),
        http_limits: HttpLimits::default(),
        protected: std::collections::HashMap::new(),
        administrators: Vec::new(),
    }
}

/// Of each, a service authorization, and a user who has migrated. As a server keeps them.
fn filled(lab: &Lab) -> Arc<dyn Store> {
    let clock = lab.world("store").clock;
    let now = clock.wall();
    let store = Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).expect("opens");
    let until = now + Duration::from_secs(86_400);
    let ends = until.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_millis();
    for first in (0..MANY).step_by(10_000) {
        let batch = (first..first + 10_000).fold(Batch::new(), |batch, number| {
            let record = format!(
                "{{\"reg\":{ends},\"cl\":[{{\"id\":\"urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-{number:012}\",\"user\":\"{}\",\
                 \"prof\":3,\"tag\":\"t{number:025}\",\"pub\":{ends}}}]}}",
                id(number)
            );
            let mark = format!(
                "{{\"sys\":\"a.example\",\"id\":\"sip:m{number:07}@a.example\",\"prof\":3,\"since\":1,\"until\":{ends},\
                 \"req\":\"r{number:030}\",\"ok\":true}}"
            );
            let batch = batch.put_until(format!("service/authorization/{}", impu(number)), record, until);
            batch.put(format!("service/migration/mark/mcptt/sip:gone{number:07}@b.example"), mark)
        });
        store.commit(batch).now_or_never().expect("not busy").expect("kept");
    }
    Arc::new(store)
}

fn open(lab: &Lab, config: &Config, store: &Arc<dyn Store>) -> McServiceServer {
    let opened = McServiceServer::open(
        config.clone(),
        Vec::new(),
        lab.world("mcs1"),
        Arc::clone(store),
        Metrics::default(),
        kit::audit::Log::none(),
    );
    opened.now_or_never().expect("not busy").expect("opens")
}

fn authorizations(c: &mut Criterion) {
    let lab = Lab::new();
    let (config, store) = (config(), filled(&lab));
    let mut group = c.benchmark_group("a million");
    // Each in a world of its own: there nobody reads on. What it has read stays, so there are not too many of them.
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    group.bench_function("start", |bench| bench.iter(|| black_box(open(&Lab::new(), &config, &store))));
    group.bench_function("start, and one user revoked who has not been read", |bench| {
        bench.iter(|| {
            let server = open(&Lab::new(), &config, &store);
            let gone = McServiceId::new("sip:gone0999000@b.example").expect("valid");
            black_box(server.revoke_migration(&gone).now_or_never().expect("not busy").err())
        });
    });
    group.finish();
    let server = open(&lab, &config, &store);
    while !server.authorizations().is_read() || !server.migrations().is_some_and(Migrations::is_read) {
        lab.advance(Duration::from_millis(1));
    }
    assert_eq!(server.authorizations().count(), (MANY, MANY));
    let now = lab.world("clock").clock.wall();
    let users: Vec<McServiceId> =
        (0..1_000).map(|place| McServiceId::new(&id(place * 997 % MANY)).expect("valid")).collect();
    let mut next = (0..users.len()).cycle();
    c.bench_function("check one of a million", |bench| {
        bench.iter(|| {
            let user = &users[next.next().unwrap_or_default()];
            black_box(server.authorizations().is_authorized(user, now))
        });
    });
    let gone: Vec<McServiceId> = (0..1_000)
        .map(|place| {
            McServiceId::new(&format!("sip:gone{:07}@b.example", place * 997 % MANY)).expect("valid")
        })
        .collect();
    let mut next = (0..gone.len()).cycle();
    c.bench_function("check one mark of a million", |bench| {
        bench.iter(|| {
            let user = &gone[next.next().unwrap_or_default()];
            black_box(server.migrations().and_then(|marks| marks.mark(McService::Mcptt, user)))
        });
    });
}

criterion_group!(benches, authorizations);
criterion_main!(benches);
