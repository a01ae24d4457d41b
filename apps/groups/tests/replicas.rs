//! Several processes are one server: what is to be done is done by one of them, and by another where that one is gone.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::{GroupId, keys, procedures::request_abroad::Waiting};
use http::{Method, StatusCode, header};
use kit::testing::WebEnd;
use store::Batch;
use two_servers::{A, B, FIRE, From, Server, World, config, etag, fire, path};
use wire::WireError;

const SERVER: From<'_> = From::Server("mcs1.core.b.example");

/// Two replicas of B; of A, which provides nothing by itself, they have to request what they want.
fn world() -> (World, [Server; 2]) {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    let mut world = World::of(a, config(B, A));
    let one = world.servers[B].clone();
    let two = world.beside(B, "two");
    (world, [one, two])
}

/// Which replica is asking for the group.
fn asking(server: &Server) -> Option<String> {
    let key = keys::ask(&GroupId::new(FIRE).expect("valid"));
    let kept = futures::executor::block_on(server.entity.cx().store().get(key.as_bytes())).expect("readable");
    Waiting::read(&kept?.value)?.by
}

fn asked(world: &World) -> usize {
    world.lab.fetched("mcgw.b.example").len()
}

#[test]
fn c10_2_7_3_step_2_one_replica_asks_again_and_another_where_that_one_is_gone() {
    let (world, replicas) = world();
    world.define(FIRE, &fire(7));
    world.cut_b(WebEnd::Fails(WireError::Unreachable("cut".into())));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::SERVICE_UNAVAILABLE);
    let before = asked(&world);
    world.cut_b(WebEnd::Silent);
    world.wait(2);
    assert_eq!(asked(&world) - before, 1, "both have asked");
    let asks = asking(&replicas[0]).expect("it is being asked for");
    let (gone, stays) = if asks == "two" { (1, 0) } else { (0, 1) };
    replicas[gone].switch.kill();
    world.connect();
    world.wait(10);
    assert_eq!(asked(&world) - before, 1, "it may still be answered");
    world.wait(20);
    assert_eq!(asked(&world) - before, 2, "another takes it up once, when the answer can come no more");
    let group = GroupId::new(FIRE).expect("valid");
    let seen = futures::executor::block_on(replicas[stays].entity.cx().document(&group)).expect("readable");
    assert_eq!(seen.map(|document| document.text().to_owned()), Some(fire(7)));
}

#[test]
fn c10_2_7_3_step_2_a_failed_request_takes_no_replicas_turn_away() {
    let (world, replicas) = world();
    world.define(FIRE, &fire(7));
    world.cut_b(WebEnd::Fails(WireError::Unreachable("cut".into())));
    let next = Waiting { attempts: 3, next: u64::MAX - 1, until: u64::MAX, by: Some("two".into()) };
    let taken = serde_json::to_vec(&next).expect("is JSON");
    let group = GroupId::new(FIRE).expect("valid");
    replicas[0].switch.overtake(keys::ASK, Batch::new().put(keys::ask(&group), taken));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asking(&replicas[0]).as_deref(), Some("two"));
}

#[test]
fn c10_2_7_2_step_1_one_replica_provides() {
    let mut world = World::new();
    world.beside(A, "two");
    world.define(FIRE, &fire(7));
    world.define(FIRE, &fire(3));
    world.wait(300);
    assert_eq!((world.sent(&Method::PUT), world.seen(B, FIRE)), (2, Some(fire(3))));
}

#[test]
fn a_conflict_is_counted_by_every_replica_until_any_of_them_has_ended_it() {
    let mut world = World::new();
    let two = world.beside(A, "two");
    world.define(FIRE, &fire(7));
    let primary = From::Gateway("sip:gms_psi@a.example");
    let mut other = world.request(Method::PUT, &path(FIRE), primary, fire(1));
    other.headers_mut().insert(header::IF_MATCH, etag(&world.get(B, primary, FIRE)).parse().expect("valid"));
    assert_eq!(world.send(B, primary, other).status(), StatusCode::OK);
    world.define(FIRE, &fire(3));
    world.wait(2);
    let counted = |server: &Server| {
        let mut registry = prometheus_client::registry::Registry::default();
        server.metrics.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("encodes");
        let lines = text.lines().filter(|line| line.starts_with("mcx_group_conflicts{"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let share = world.share();
    let (ours, theirs) = (share["ours"].as_str().expect("a tag"), share["theirs"].as_str().expect("a tag"));
    for server in [&world.servers[A], &two] {
        let lines = counted(server);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let has = |label: &str, value: &str| line.contains(&format!("{label}=\"{value}\""));
        assert!(has("ours", ours) && has("theirs", theirs) && has("group", FIRE), "{line} of {share}");
    }
    let again = fire(2);
    world.define(FIRE, &again);
    world.wait(2);
    let newer = world.share()["ours"].as_str().expect("a tag").to_owned();
    let lines = counted(&two);
    assert!(newer != ours && lines.len() == 1 && lines[0].contains(&newer), "{newer}: {lines:?}");
    let (status, _) = world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}"));
    assert!((200..300).contains(&status), "{status}");
    world.wait(2);
    assert!(counted(&world.servers[A]).is_empty() && counted(&two).is_empty());
}
