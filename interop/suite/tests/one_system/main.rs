//! Two processes on one database serve one system: what is put through one is read, watched and notified through the other;
//! either may be killed, and what it had begun is done once, by the other. TS 23.280 10.2.7.2, RFC 4825, RFC 5875
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod writers;

use std::{sync::atomic::Ordering, thread};

use interop::{
    Replicas, http,
    postgres::{self, Server},
    process::until,
    replicas::BOTH,
    stunnel::{self, Tunnel},
    subscriber::{Ear, Subscription},
    tools::{self, STUNNEL},
    xcap::{Answer, Client},
};
use nix::sys::signal::Signal;
use store::{Address, Postgres};
use writers::{Told, WRITERS};

fn have() -> bool {
    postgres::have() && tools::have(&[STUNNEL])
}

/// A database with our tables.
fn database() -> Server {
    let server = Server::start();
    Postgres::migrate(&Address::new(&server.address(), None).unwrap()).unwrap();
    server
}

fn selector(name: &str) -> String {
    format!("org.openmobilealliance.groups/global/byGroupID/sip:{name}@primary.example")
}

/// A group of system `primary` with these members.
fn group(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let entries: String = members.into_iter().map(|uri| format!("<entry uri=\"{uri}\"/>")).collect();
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:{name}@primary.example\">\
         <display-name>{name}</display-name><list>{entries}</list></list-service></group>"
    )
}

fn own(user: &str) -> String {
    format!("sip:{user}@primary.example")
}

fn bob() -> String {
    "sip:bob@partner.example".to_owned()
}

/// The MC service server that the test plays, as it reaches a replica.
fn tunnel(replicas: &Replicas, name: &str) -> Tunnel {
    let system = replicas.lab.system("primary");
    let (host, at) = (system.name("groups"), replicas.sip(name));
    stunnel::towards_as(at.ip(), at, (system.authority(), host), system.certificate("tester"))
}

struct World {
    database: Server,
    replicas: Replicas,
    ear: Ear,
    token: String,
}

impl World {
    fn start() -> Self {
        let database = database();
        Self::on(&postgres::url(&[&database]), database)
    }

    fn on(url: &str, database: Server) -> Self {
        let ear = Ear::open([127, 0, 0, 1].into());
        let replicas = Replicas::start(url, ear.address);
        let token = replicas.token();
        Self { database, replicas, ear, token }
    }

    fn client(&self, name: &str) -> Client {
        Client::new(self.replicas.web(name), "xcap.primary.example", &self.token)
    }

    fn nothing_panicked(&self, running: &[&str]) {
        for name in running {
            let panics = http::metric(self.replicas.pieces.admin(name), "mcx_panics_total");
            assert!(panics < 1.0, "{name}: {panics} panics");
        }
        self.replicas.lab.nothing_panicked();
    }
}

fn is(answer: Option<Answer>, status: u16) -> Answer {
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, status, "{}", answer.body);
    answer
}

#[test]
fn what_is_put_through_one_process_is_read_watched_and_notified_through_the_other() {
    if !have() {
        return;
    }
    let world = World::start();
    for (here, there) in [("one", "two"), ("two", "one")] {
        let (mut writer, mut reader) = (world.client(here), world.client(there));
        let (name, path) = (format!("from-{here}"), selector(&format!("from-{here}")));
        let towards = tunnel(&world.replicas, there);
        let subscription = Subscription::begin(&towards, "primary.example", &path, &name);
        until("the first NOTIFY", || !world.ear.heard(&name).is_empty());
        let told = world.ear.heard(&name).len();

        let first = group(&name, [own("alice")]);
        let made = is(writer.put(&path, Some(("If-None-Match", "*")), &first), 201);
        let read = is(reader.get(&path), 200);
        assert_eq!((read.body.as_str(), read.etag()), (first.as_str(), made.etag()));
        world.ear.hears(&name, told, made.etag().trim_matches('"'));

        is(reader.put(&path, Some(("If-None-Match", "*")), &first), 412);
        let second = group(&name, [own("alice"), own("dave")]);
        let changed = is(reader.put(&path, Some(("If-Match", made.etag())), &second), 200);
        is(writer.put(&path, Some(("If-Match", made.etag())), &first), 412);
        assert_eq!(is(writer.get(&path), 200).body, second, "what is cached is not told for what is");
        world.ear.hears(&name, told, changed.etag().trim_matches('"'));
        // One that turns to the other process is told the whole state by that.
        let told = world.ear.heard(&name).len();
        assert_eq!(subscription.refresh(&tunnel(&world.replicas, here)).status(), 200);
        world.ear.hears(&name, told, changed.etag().trim_matches('"'));
    }
    world.nothing_panicked(&BOTH);
}

/// Writers of two documents, at both processes in turn, while `act` does something.
fn under_load(world: &mut World, act: impl FnOnce(&mut World, &Told)) -> [Told; 2] {
    let documents = ["load-a", "load-b"];
    for name in documents {
        is(world.client("one").put(&selector(name), None, &group(name, [])), 201);
    }
    let told = [Told::default(), Told::default()];
    let clients = |world: &World| BOTH.map(|name| world.client(name));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (told, name, mut clients) = (&told[writer % 2], documents[writer % 2], clients(world));
            scope.spawn(move || told.write(&mut clients, name, writer));
        }
        told.iter().for_each(|told| told.go_on(20));
        let stop = Stop(&told);
        act(world, &told[0]);
        told.iter().for_each(|told| told.go_on(20));
        drop(stop);
    });
    for (told, name) in told.iter().zip(documents) {
        let running = BOTH.into_iter().find_map(|replica| world.client(replica).get(&selector(name)));
        told.verify(&is(running, 200).body);
    }
    told
}

/// Ends the writers, whatever the test has come to.
struct Stop<'t>(&'t [Told; 2]);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|told| told.stop.store(true, Ordering::Release));
    }
}

#[test]
fn conditional_writers_at_both_processes_lose_nothing_whichever_process_is_killed() {
    if !have() {
        return;
    }
    let mut world = World::start();
    let path = selector("watched");
    let mut subscriptions = Vec::new();
    for name in BOTH {
        let towards = tunnel(&world.replicas, name);
        let mut here = Vec::new();
        for kind in ["turns", "waits"] {
            let call_id = format!("{kind}-{name}");
            here.push(Subscription::begin(&towards, "primary.example", &path, &call_id));
            until("the first NOTIFY", || !world.ear.heard(&call_id).is_empty());
        }
        subscriptions.push((name, here));
    }
    let told = under_load(&mut world, |world, told| {
        for (gone, other) in [("one", "two"), ("two", "one")] {
            world.replicas.pieces.kill(gone);
            told.go_on(20);
            // A client of the one that is gone turns to the other; another one waits to be told.
            let (_, here) = subscriptions.iter().find(|(name, _)| *name == gone).expect("both have");
            let (turns, waits) = (&here[0], &here[1]);
            let before = [turns, waits].map(|each| world.ear.heard(&each.call_id).len());
            let answer = turns.refresh(&tunnel(&world.replicas, other));
            assert_eq!(answer.status(), 200, "{}", answer.0);
            let body = group("watched", [own(&format!("after-{gone}"))]);
            let put = world.client(other).put(&path, None, &body).expect("an answer");
            assert!(put.is_success(), "{}", put.body);
            for (each, before) in [turns, waits].into_iter().zip(before) {
                world.ear.hears(&each.call_id, before, put.etag().trim_matches('"'));
            }
            world.replicas.pieces.serve(gone);
        }
    });
    assert!(told.iter().any(|told| told.unanswered.load(Ordering::Acquire) > 0), "nobody was killed");
    world.nothing_panicked(&BOTH);
}

/// How many groups are provided at once.
const PROVIDED: usize = 12;

#[test]
fn c10_2_7_2_what_is_promised_to_a_partner_is_told_once_and_taken_over_from_a_process_that_is_gone() {
    if !have() {
        return;
    }
    let mut world = World::start();
    let name = |number: usize| format!("provided-{number}");
    for number in 0..PROVIDED {
        let body = group(&name(number), [own("alice"), bob()]);
        is(world.client(BOTH[number % 2]).put(&selector(&name(number)), None, &body), 201);
    }
    until("all are provided", || settled(&world, "one") >= PROVIDED);
    assert_eq!(world.replicas.deliveries("stored"), PROVIDED as u64, "each was told once");

    // The partner stands still, so that what both have begun stays under way; then one of them is gone.
    let partner = world.replicas.lab.take("partner", "servers");
    partner.signal(Signal::SIGSTOP);
    for number in 0..PROVIDED {
        let body =
            group(&name(number), [own("alice"), bob()]).replace("<display-name>", "<display-name>renamed ");
        is(world.client("two").put(&selector(&name(number)), None, &body), 200);
    }
    let begun = || shares(&world, "two").iter().filter(|share| share["state"] == "due").count();
    until("all are under way", || begun() == PROVIDED);
    world.replicas.pieces.kill("one");
    partner.signal(Signal::SIGCONT);
    until("the other has provided all", || settled(&world, "two") >= PROVIDED);
    let bodies = (0..PROVIDED)
        .all(|number| is(world.client("two").get(&selector(&name(number))), 200).body.contains("renamed "));
    assert!(bodies);
    world.replicas.pieces.serve("one");
    assert!(shares(&world, "one").iter().all(|share| share["state"] == "stored"), "nothing is contested");
}

/// What is shared, as the administrator sees it at one process.
fn shares(world: &World, name: &str) -> Vec<serde_json::Value> {
    let answer = is(world.client(name).get("mcx/groups/status"), 200);
    let status: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    status["shares"].as_array().cloned().unwrap_or_default()
}

fn settled(world: &World, name: &str) -> usize {
    shares(world, name).iter().filter(|share| share["state"] == "stored").count()
}

#[test]
fn a_primary_database_that_is_killed_under_load_gives_way_to_its_standby_and_no_acknowledged_put_is_lost() {
    if !have() {
        return;
    }
    let database = database();
    let standby = database.standby();
    let mut world = World::on(&postgres::url(&[&database, &standby]), database);
    under_load(&mut world, |world, told| {
        let written = told.total();
        world.database.kill();
        until("readers are told to come again", || {
            BOTH.into_iter().all(|name| {
                let answer = told.take(world.client(name).get(&selector("load-a")));
                answer.is_some_and(|answer| answer.status == 503)
            })
        });
        for name in BOTH {
            until("it says that it is not ready", || {
                http::get(world.replicas.pieces.admin(name), "/readyz")
                    .is_some_and(|(status, _)| status == 503)
            });
        }
        let put = told.take(world.client("one").put(&selector("load-c"), None, &group("load-c", [])));
        assert_eq!(put.map(|answer| answer.status), Some(503), "nothing is acknowledged that no standby has");
        let meanwhile = told.total();
        assert!(meanwhile >= written);
        standby.promote();
        told.go_on(20);
        BOTH.into_iter().for_each(|name| http::ready(world.replicas.pieces.admin(name)));
    });
    world.nothing_panicked(&BOTH);
}
