//! Two processes on one database are one MC service server of the partner system: clients ask at the one, the primary system answers
//! the other, and either may be killed. In the end both systems say the same of whoever migrates. TS 23.280 10.6.3.3
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use interop::{
    Running, ServiceReplicas, http,
    postgres::{self, Server},
    process::until,
    tools,
};
use store::{Address, Postgres};

struct World {
    replicas: ServiceReplicas,
    _database: Server,
}

impl World {
    fn start() -> Self {
        let database = Server::start();
        Postgres::migrate(&Address::new(&database.address(), None).unwrap()).unwrap();
        Self { replicas: ServiceReplicas::start(&postgres::url(&[&database])), _database: database }
    }

    fn migrates(&self) -> Running {
        let (lab, visitor) = (&self.replicas.lab, self.replicas.lab.system("partner").visitor());
        let mut migrate = tools::mcx();
        migrate.args([
            "migrate",
            "--to",
            "partner.example",
            "--profile",
            "3",
            "--as",
            visitor.user().username(),
        ]);
        migrate.args(["--primary", visitor.primary_mc_service_id(), "--config"]);
        migrate.arg(lab.dir().join("partner/clients.toml"));
        Running::start(&mut migrate)
    }

    fn visits(&self, name: &str) -> f64 {
        http::metric(self.replicas.pieces.admin(name), "mcx_migration_visits")
    }

    fn primary(&self, name: &str) -> f64 {
        http::metric(self.replicas.lab.system("primary").admin("servers"), name)
    }

    /// He has migrated, as both systems say, and as each of these processes does.
    fn has_migrated(&self, running: &[&str]) -> bool {
        let is = |value: f64| (value - 1.0).abs() < 0.5;
        let is_confirmed = self.primary("mcx_migration_unconfirmed") < 0.5;
        is(self.primary("mcx_migration_marks"))
            && is_confirmed
            && running.iter().all(|name| is(self.visits(name)))
    }

    fn counted(&self, name: &str, event: &str) {
        let server = self.replicas.lab.system("partner").name("service").to_owned();
        let counter = format!("mcx_migrations_total{{entity=\"{server}\",event=\"{event}\"}}");
        http::counted(self.replicas.pieces.admin(name), &counter);
    }
}

#[test]
fn what_is_asked_at_one_process_is_answered_at_the_other_and_both_know() {
    if !postgres::have() {
        return;
    }
    let mut world = World::start();
    let migrating = world.migrates();
    world.counted("one", "asked");
    world.counted("two", "admitted");
    until("both systems and both processes say so", || world.has_migrated(&["one", "two"]));
    world.replicas.pieces.kill("one");
    assert!(world.has_migrated(&["two"]), "the other one knows");
    world.replicas.pieces.serve("one");
    assert!(world.has_migrated(&["one", "two"]), "and so does who comes back");
    drop(migrating);
    world.replicas.lab.nothing_panicked();
}

#[test]
fn the_process_that_has_asked_is_killed_and_the_other_goes_on() {
    if !postgres::have() {
        return;
    }
    let mut world = World::start();
    let migrating = world.migrates();
    world.counted("one", "asked");
    world.replicas.pieces.kill("one");
    until("both systems say the same of him", || {
        let marks = world.primary("mcx_migration_marks");
        let (letters, visits) = (world.primary("mcx_migration_letters"), world.visits("two"));
        letters < 0.5 && (marks - visits).abs() < 0.5 && world.primary("mcx_migration_unconfirmed") < 0.5
    });
    world.replicas.pieces.serve("one");
    until("and who comes back says so too", || (world.visits("one") - world.visits("two")).abs() < 0.5);
    drop(migrating);
    world.replicas.lab.nothing_panicked();
}
