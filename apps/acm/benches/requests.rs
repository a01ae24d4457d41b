//! What an ACM server bears: requests accepted on disk in a second, a restart over a hundred thousand open ones, and one user's query
//! among a million that wait for a hundred thousand users.
//!
//! `cargo bench -p mcx-acm --bench requests`
#![allow(clippy::disallowed_methods, missing_docs, reason = "criterion's macros make a function without")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot begin has to fail loudly")]

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use acm::{
    AcmServer, Config, Metrics,
    config::{AllowRule, AuditKeys, Limits, PartnerConfig, User},
};
use bytes::BytesMut;
use criterion::{Criterion, criterion_group};
use futures::{
    FutureExt as _,
    executor::block_on,
    stream::{self, StreamExt as _},
};
use kit::{
    Impu,
    config::HopConfig,
    testing::{End, Lab, arrival},
};
use sip::{Edits, Message, Name};
use store::{Batch, Clock, Disk, Redb, Store};
use wire::Transport;
use xml_schemas::{
    acm::{
        Actor, Addressee, GroupInformationProvisionRequest as Provision, Heading, PendingDataRequest,
        PendingDataResponse, ProvidedGroup,
    },
    flow::Carriage,
    ids::{GroupId, McServiceId, Psi, RequestId},
};

const USERS: usize = 100_000;
const FILL: &str = "fill";
const OVER: &str = "over";
const QUERIES: usize = 20_000;
const CORE: &str = "sip-core.core.b.example";
const GATEWAY: &str = "mcgw.b.example";

fn user(number: usize) -> McServiceId {
    McServiceId::new(&format!("sip:user{number:06}@b.example")).expect("valid")
}

fn hop(name: &str) -> HopConfig {
    HopConfig {
        name: name.into(),
        address: ([127, 0, 0, 1], 5061).into(),
        transport: Transport::Tls,
        tls: Some("inner".into()),
        identity: name.into(),
        streams: wire::Streams::default(),
    }
}

fn config(users: usize) -> Config {
    let psi = |system: &str| Psi::new(&format!("sip:acm_psi@{system}")).expect("valid");
    let own = |number: usize| User {
        id: user(number),
        impu: Impu::new(&format!("sip:user{number:06}.imsi@b.example")).expect("valid"),
        handles: true,
    };
    let partner = PartnerConfig {
        name: "a.example".into(),
        domains: vec!["a.example".into()],
        psi: psi("a.example"),
        merge: false,
        protection: None,
        direct: None,
        handle: Vec::new(),
        audit: AuditKeys::default(),
    };
    let allow = AllowRule {
        name: "all".into(),
        user: "*".into(),
        flows: Vec::new(),
        partners: Vec::new(),
        allow: true,
    };
    Config {
        core: Some(hop(CORE)),
        gateway: Some(hop(GATEWAY)),
        partners: vec![partner],
        users: (0..users).map(own).collect(),
        limits: Limits {
            per_partner: usize::MAX,
            per_initiator: usize::MAX,
            letters: usize::MAX,
            ..Limits::default()
        },
        allow: vec![allow],
        ..Config::new("acm1", psi("b.example"))
    }
}

fn request(id: &str, target: McServiceId) -> Provision {
    let initiator = Actor::user(McServiceId::new("sip:admin1@a.example").expect("valid"));
    let group = GroupId::new("sip:flood-ops@a.example").expect("valid");
    Provision {
        heading: Heading::new(RequestId::new(id).expect("valid"), initiator, Addressee::User(target)),
        groups: vec![ProvidedGroup { id: group, name: None }],
    }
}

fn message<F: Carriage>(lab: &Lab, flow: &F, identity: &str) -> Message {
    let own = Psi::new("sip:acm_psi@a.example").expect("valid");
    let ids = lab.world("peer").ids;
    let uri = "sip:acm_psi@b.example";
    let envelope = kit::carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
    let request = kit::carriage::compose(&envelope, &flow.split()).expect("valid");
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TLS x;branch=z9hG4bK1", &mut out);
    let message = Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid");
    let mut edits = Edits::new();
    edits.set(Name::PAssertedIdentity, format!("<{identity}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(&message, &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid")
}

fn open(lab: &Lab, config: &Config, store: &Arc<dyn Store>) -> AcmServer {
    let partners = acm::partners(config, |_| Err("no file")).expect("no files");
    let opened = AcmServer::open(
        config.clone(),
        partners,
        lab.world("acm1"),
        Arc::clone(store),
        Metrics::default(),
        None,
    );
    block_on(opened).expect("opens")
}

fn on_disk(lab: &Lab, folder: &std::path::Path) -> Arc<dyn Store> {
    let clock = lab.world("store").clock;
    Arc::new(Redb::open(&folder.join("acm.redb"), Clock::new(move || clock.wall())).expect("opens"))
}

/// So many at once, each answered once it is on disk; how long that took.
fn accept(lab: &Lab, server: &AcmServer, first: u64, count: u64) -> Duration {
    let service = server.service();
    let all: Vec<Message> = (first..first + count)
        .map(|number| {
            let target = user(usize::try_from(number).expect("few") % 1_000);
            message(lab, &request(&format!("r-{number:012}"), target), "sip:a.example")
        })
        .collect();
    let began = Instant::now();
    let serve = |message: Message| {
        let served = service.serve(message, arrival("inner", GATEWAY));
        async move { assert_eq!(served.await.response.status(), 200) }
    };
    block_on(stream::iter(all).map(serve).buffer_unordered(64).for_each(|()| async {}));
    began.elapsed()
}

fn accepted(c: &mut Criterion) {
    let (lab, folder) = (Lab::new(), tempfile::tempdir().expect("a folder"));
    let store = on_disk(&lab, folder.path());
    let server = open(&lab, &config(1_000), &store);
    let mut next = 0;
    let mut group = c.benchmark_group("accepted on disk");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(criterion::Throughput::Elements(1));
    group.bench_function("a request, 64 at once", |bench| {
        bench.iter_custom(|count| {
            next += count;
            accept(&lab, &server, next - count, count)
        });
    });
    group.finish();
}

/// What one request leaves in the store, and all that can be made of it: records of which only numbers and names differ.
struct Pattern(Vec<(String, String)>);

const TEMPLATE: &str = "r-template";

impl Pattern {
    /// What a server has kept of one request for user 999999, without its letters where the partner has heard.
    fn take() -> Self {
        let lab = Lab::new();
        let clock = lab.world("store").clock;
        let store: Arc<dyn Store> =
            Arc::new(Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).expect("opens"));
        let mut config = config(0);
        let id = user(999_999);
        config.users.push(User {
            id: id.clone(),
            impu: Impu::new("sip:x@b.example").expect("valid"),
            handles: true,
        });
        let server = open(&lab, &config, &store);
        let message = message(&lab, &request(TEMPLATE, id), "sip:a.example");
        let answer = lab.deliver_message(&*server.service(), &message, arrival("inner", GATEWAY));
        assert_eq!(answer.and_then(|answer| answer.status()), Some(200));
        let records = store.scan(b"acm/", None, 100).now_or_never().expect("not busy").expect("read");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        Self(records.iter().map(|each| (text(&each.key), text(&each.record.value))).collect())
    }

    fn seq(&self) -> u64 {
        let key = self.0.iter().find_map(|(key, _)| key.strip_prefix("acm/wait/")).expect("it waits");
        u64::from_str_radix(key.rsplit('/').next().expect("a place"), 16).expect("a number")
    }

    /// The records of another request, without those that begin so.
    fn of(&self, number: usize, target: usize, without: &str) -> Vec<(String, String)> {
        let seq = self.seq();
        let other = seq + (number as u64 + 1) * 256;
        let change = |text: &str| {
            text.replace(TEMPLATE, &format!("r-{number:09}"))
                .replace("user999999", &format!("user{target:06}"))
                .replace(&format!("{seq:016x}"), &format!("{other:016x}"))
                .replace(&format!("{:016x}", !seq), &format!("{:016x}", !other))
                .replace(&seq.to_string(), &other.to_string())
        };
        let kept = self.0.iter().filter(|(key, _)| without.is_empty() || !key.starts_with(without));
        kept.map(|(key, value)| {
            let key = if key.starts_with("acm/letter/") {
                // Each letter has a place of its own.
                format!("acm/letter/{:016x}", other + 1)
            } else {
                change(key)
            };
            (key, change(value))
        })
        .collect()
    }

    fn fill(&self, store: &dyn Store, count: usize, users: usize, without: &str) {
        for first in (0..count).step_by(5_000) {
            let batch = (first..(first + 5_000).min(count)).fold(Batch::new(), |batch, number| {
                let records = self.of(number, number % users, without);
                records.into_iter().fold(batch, |batch, (key, value)| batch.put(key, value))
            });
            block_on(store.commit(batch)).expect("kept");
        }
    }
}

fn restart(c: &mut Criterion) {
    let (lab, folder, config) = (Lab::new(), tempfile::tempdir().expect("a folder"), config(1_000));
    lab.connect("acm1", GATEWAY, End::Silent);
    let mut filled = None;
    let mut group = c.benchmark_group("100,000 open requests");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.bench_function("taken up, each with a letter to tell", |bench| {
        let store = filled.get_or_insert_with(|| {
            let store = on_disk(&lab, folder.path());
            Pattern::take().fill(&*store, 100_000, 1_000, "");
            store
        });
        bench.iter(|| assert!(!open(&lab, &config, store).is_quiet()));
    });
    group.finish();
}

fn query(c: &mut Criterion) {
    let (lab, folder) = (Lab::new(), tempfile::tempdir().expect("a folder"));
    lab.connect("acm1", CORE, End::Response(sip::Response::new(480)));
    let (mut filled, mut number) = (None, 0);
    let mut group = c.benchmark_group("1,000,000 stored requests, 100,000 users");
    group.sample_size(50).measurement_time(Duration::from_secs(5));
    group.bench_function("what waits for one user", |bench| {
        let server = filled.get_or_insert_with(|| {
            let program = std::env::current_exe().expect("a program");
            let filled = Command::new(program).arg(FILL).arg(folder.path()).status().expect("runs");
            assert!(filled.success());
            let server = open(&lab, &config(USERS), &on_disk(&lab, folder.path()));
            eprintln!("resident with a server over a million: {} MB", resident());
            server
        });
        bench.iter(|| {
            number = (number + 7_919) % USERS;
            ask(&lab, server, number);
        });
        let last = lab.sent(CORE).pop().expect("sent");
        let parts = kit::carriage::parts(&last).expect("bodies");
        assert_eq!(PendingDataResponse::join(&parts).expect("a response").items.len(), stored() / USERS);
    });
    group.finish();
    eprintln!("resident after that: {} MB", resident());
}

/// A client asks what waits for its user, and is told.
fn ask(lab: &Lab, server: &AcmServer, number: usize) {
    let asks = PendingDataRequest::new(RequestId::new(&format!("p-{number}")).expect("valid"), user(number));
    let message = message(lab, &asks, &format!("sip:user{number:06}.imsi@b.example"));
    let reply = block_on(server.service().serve(message, arrival("inner", CORE)));
    assert_eq!(reply.response.status(), 200);
    block_on(reply.after.expect("it is told"));
}

/// Megabytes of this process in memory, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().split(' ').next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default()
        / 1_024
}

criterion_group!(benches, accepted, restart, query);

/// How many requests are stored; `STORED` says otherwise where a disk is small.
fn stored() -> usize {
    std::env::var("STORED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// What the process that fills a store has taken is not what a server takes: `fill FOLDER` fills one, and ends; `over FOLDER` says what
/// a server takes over it.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [fill, folder] if fill == FILL => {
            let store = on_disk(&Lab::new(), std::path::Path::new(folder));
            Pattern::take().fill(&*store, stored(), USERS, "acm/letter/");
        }
        // What a process takes that has filled nothing, measured nothing and drawn no curves: over a store that is there.
        [over, folder] if over == OVER => {
            let lab = Lab::new();
            lab.connect("acm1", CORE, End::Response(sip::Response::new(480)));
            let server = open(&lab, &config(USERS), &on_disk(&lab, std::path::Path::new(folder)));
            eprintln!("resident with a server over what is stored: {} MB", resident());
            let began = Instant::now();
            (0..QUERIES).for_each(|number| ask(&lab, &server, (number * 7_919) % USERS));
            let each = began.elapsed() / u32::try_from(QUERIES).expect("few");
            eprintln!("resident after {QUERIES} queries: {} MB; {each:?} each", resident());
        }
        _ => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}
