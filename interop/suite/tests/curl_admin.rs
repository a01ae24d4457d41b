//! curl at the admin listeners: what an operator's probes and a Prometheus ask of each process.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use interop::{
    Lab, Running, http,
    tools::{self, CURL},
};
use nix::sys::signal::Signal;

const PROCESSES: [(&str, &str); 4] =
    [("primary", "servers"), ("primary", "clients"), ("partner", "servers"), ("partner", "clients")];

/// Status, content type and body.
fn get(admin: SocketAddr, path: &str) -> (String, String, String) {
    let mut curl = tools::CURL.command();
    curl.args([
        "--silent",
        "--show-error",
        "--max-time",
        "10",
        "--write-out",
        "\n%{http_code} %{content_type}",
    ]);
    let output = tools::succeed(curl.arg(format!("http://{admin}{path}")));
    let text = tools::text(&output);
    let (body, last) = text.rsplit_once('\n').expect("what --write-out adds");
    let (status, media) = last.split_once(' ').unwrap_or((last, ""));
    (status.to_owned(), media.to_owned(), body.to_owned())
}

#[test]
fn every_process_says_that_it_lives_is_ready_and_what_it_counted() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    lab.alice_finds_bob();
    for (system, process) in PROCESSES {
        let admin = lab.system(system).admin(process);
        assert_eq!(get(admin, "/livez").0, "200", "{system} {process}");
        assert_eq!(get(admin, "/readyz").0, "200", "{system} {process}");
        assert_eq!(get(admin, "/elsewhere").0, "404", "{system} {process}");
        let (status, media, text) = get(admin, "/metrics");
        assert_eq!(status, "200");
        assert!(media.starts_with("application/openmetrics-text; version=1.0.0"), "{media}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert!(text.contains("\nmcx_panics_total 0\n"), "{text}");
    }
    let (_, _, text) = get(lab.system("primary").admin("servers"), "/metrics");
    let passed = |line: &str| {
        line.starts_with("mcx_gateway_decisions_total{partner=\"partner.example\"") && !line.ends_with(" 0")
    };
    assert!(text.lines().any(passed), "the gateway counts what it let pass:\n{text}");
}

#[test]
fn a_process_that_drains_lives_on_and_is_no_longer_ready() {
    if !tools::have(&[CURL]) {
        return;
    }
    let mut lab = Lab::served().start();
    // A terminal that stands still leaves its server with a request unanswered, which keeps it from ending at once.
    let terminals = lab.take("partner", "clients");
    terminals.signal(Signal::SIGSTOP);
    let asking = Running::start(&mut lab.locate("alice", &["bob"]));
    let admin = lab.system("partner").admin("servers");
    let core = lab.system("partner").name("sip-core");
    http::counted(
        admin,
        &format!("sip_requests_total{{node=\"{core}\",direction=\"out\",method=\"MESSAGE\"}}"),
    );
    let mut servers = lab.take("partner", "servers");
    servers.signal(Signal::SIGTERM);
    servers.line("draining");
    assert_eq!(get(admin, "/livez").0, "200");
    assert_eq!(get(admin, "/readyz").0, "503");
    let (status, output) = servers.end();
    assert!(status.success(), "{status}\n{output}");
    drop(asking);
}
