//! The processes of either system are killed while a user migrates, by SIGKILL, and started again over what they had kept: in the end both
//! systems say the same of him. TS 23.280 10.6.3.3
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use interop::{Lab, Running, http, process::until, tools};

/// The visitor asks the partner system, beside the test.
fn migrates(lab: &Lab) -> Running {
    let visitor = lab.system("partner").visitor();
    let mut migrate = tools::mcx();
    migrate.args(["migrate", "--to", "partner.example", "--profile", "3", "--as", visitor.user().username()]);
    migrate.args(["--primary", visitor.primary_mc_service_id(), "--config"]);
    migrate.arg(lab.dir().join("partner/clients.toml"));
    Running::start(&mut migrate)
}

fn gauge(lab: &Lab, system: &str, name: &str) -> f64 {
    http::metric(lab.system(system).admin("servers"), name)
}

/// Neither system has anything to tell the other any more, and as many have gone as have come. What the partner's has for his client
/// waits for him to register anew.
fn agree(lab: &Lab) -> bool {
    let is_told = |system| gauge(lab, system, "mcx_migration_letters") < 1.0;
    let (marks, visits) =
        (gauge(lab, "primary", "mcx_migration_marks"), gauge(lab, "partner", "mcx_migration_visits"));
    let is_confirmed = gauge(lab, "primary", "mcx_migration_unconfirmed") < 1.0;
    is_told("primary") && is_confirmed && (marks - visits).abs() < 0.5
}

fn killed(system: &'static str, event: &str) {
    let mut lab = Lab::served().start();
    let migrating = migrates(&lab);
    let name = lab.system(system).name("service").to_owned();
    let counter = format!("mcx_migrations_total{{entity=\"{name}\",event=\"{event}\"}}");
    http::counted(lab.system(system).admin("servers"), &counter);
    lab.kill(system, "servers");
    lab.serve(system, "servers");
    until("both systems say the same of him", || agree(&lab));
    drop(migrating);
    lab.nothing_panicked();
}

#[test]
fn the_partner_systems_servers_are_killed_once_they_have_asked() {
    killed("partner", "asked");
}

#[test]
fn the_primary_systems_servers_are_killed_once_they_have_marked_him() {
    killed("primary", "marked");
}

#[test]
fn the_partner_systems_servers_are_killed_once_they_have_admitted_him() {
    killed("partner", "admitted");
}
