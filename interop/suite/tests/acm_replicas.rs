//! Two processes on one database are one ACM server: requests of one initiator to one target, asked at the one and at the other in turn,
//! reach the partner in the order in which they were accepted, whichever of them is killed in between. TS 23.280 10.17
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use interop::{
    AcmReplicas,
    postgres::{self, Server},
    process::until,
    replicas::BOTH,
    tools::{self, STUNNEL},
};
use serde_json::Value;
use store::{Address, Postgres};

const GROUP: &str = "sip:fire@primary.example";

struct World {
    replicas: AcmReplicas,
    _database: Server,
    /// What has been accepted, in this order.
    accepted: Vec<String>,
}

impl World {
    fn start() -> Self {
        let database = Server::start();
        Postgres::migrate(&Address::new(&database.address(), None).unwrap()).unwrap();
        let replicas = AcmReplicas::start(&postgres::url(&[&database]));
        Self { replicas, _database: database, accepted: Vec::new() }
    }

    /// Alice asks bob once more: first there, and where nobody answers at the other one, as a SIP core does.
    fn asks(&mut self, replica: &str) {
        let request = format!("r-{}", self.accepted.len() + 1);
        let lab = &self.replicas.lab;
        let (primary, partner) = (lab.system("primary"), lab.system("partner"));
        let who = (&primary.user("alice"), partner.user("bob").mc_service_id());
        let [one, two] = BOTH;
        let other = if replica == one { two } else { one };
        let is_accepted = self.replicas.asks(replica, who, GROUP, &request)
            || self.replicas.asks(other, who, GROUP, &request);
        assert!(is_accepted, "{request}: neither answers");
        self.accepted.push(request);
    }

    fn ask(&mut self, many: usize) {
        (0..many).for_each(|number| self.asks(BOTH[number % 2]));
    }

    /// What bob has been asked, the newest last: in the order in which his server took it.
    fn arrived(&self) -> Vec<String> {
        let output = tools::run(&mut self.replicas.lab.acm("bob", &["pending"]));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|item| item["request"].as_str().map(ToOwned::to_owned)).collect()
    }

    fn all_arrive_in_order(&self) {
        until("all have arrived", || self.arrived().len() >= self.accepted.len());
        assert_eq!(self.arrived(), self.accepted, "in the order in which they were accepted, each once");
    }
}

fn have() -> bool {
    postgres::have() && tools::have(&[STUNNEL])
}

#[test]
fn c10_17_requests_of_a_pair_keep_their_order_over_two_processes_on_one_database() {
    if !have() {
        return;
    }
    let mut world = World::start();
    world.ask(12);
    world.all_arrive_in_order();
    world.replicas.lab.nothing_panicked();
}

#[test]
fn c10_17_what_a_killed_process_has_still_to_tell_comes_before_what_is_asked_of_the_other() {
    if !have() {
        return;
    }
    let mut world = World::start();
    for (gone, stays) in [("one", "two"), ("two", "one")] {
        // What both have accepted stays under way, since nobody takes it; then one of them is gone.
        world.replicas.lab.kill("partner", "servers");
        world.ask(4);
        world.replicas.pieces.kill(gone);
        world.asks(stays);
        world.replicas.lab.serve("partner", "servers");
        world.all_arrive_in_order();
        world.replicas.pieces.serve(gone);
        world.ask(2);
        world.all_arrive_in_order();
    }
    world.replicas.lab.nothing_panicked();
}

#[test]
fn c10_17_processes_killed_in_between_repeat_nothing_and_change_no_order() {
    if !have() {
        return;
    }
    let mut world = World::start();
    for gone in ["one", "two", "two", "one"] {
        world.ask(3);
        world.replicas.pieces.kill(gone);
        world.ask(2);
        world.replicas.pieces.serve(gone);
    }
    world.all_arrive_in_order();
    world.replicas.lab.nothing_panicked();
}
