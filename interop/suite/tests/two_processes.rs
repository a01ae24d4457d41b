//! The two systems as processes of their own, from the lab's configuration files as they are: what an operator does to
//! them, and what becomes of requests meanwhile.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use interop::{
    Lab, Running, http,
    tools::{self, run},
};
use nix::sys::signal::Signal;

/// Until the request for bob has left system B's SIP core for bob's terminal.
fn is_on_its_way_to_bob(lab: &Lab) {
    let partner = lab.system("partner");
    let core = partner.name("sip-core");
    let sent = format!("sip_requests_total{{node=\"{core}\",direction=\"out\",method=\"MESSAGE\"}}");
    http::counted(partner.admin("servers"), &sent);
}

#[test]
fn c10_9_3_10_2_works_between_processes_that_serve_the_labs_own_files() {
    if !tools::have(&[]) {
        return;
    }
    let mut lab = Lab::served().start();
    lab.alice_finds_bob();
    let all =
        [("partner", "clients"), ("primary", "clients"), ("partner", "servers"), ("primary", "servers")];
    for (system, process) in all {
        let (status, output) = lab.take(system, process).stop();
        assert!(status.success(), "{system} {process}: {status}\n{output}");
        assert!(output.contains("draining"), "{output}");
    }
}

#[test]
fn a_partner_that_crashes_in_the_middle_is_told_to_the_requester_and_serves_again_after_its_restart() {
    if !tools::have(&[]) {
        return;
    }
    let mut lab = Lab::served().start();
    // A terminal that stands still keeps the request under way.
    let terminals = lab.take("partner", "clients");
    terminals.signal(Signal::SIGSTOP);
    let mut asking = Running::start(&mut lab.locate("alice", &["bob"]));
    is_on_its_way_to_bob(&lab);
    lab.kill("partner", "servers");
    let (_, told) = asking.end();
    assert!(told.contains("not reported: no answer within the deadline (cause 36)"), "{told}");
    let told = tools::text(&run(&mut lab.locate("alice", &["bob"])));
    assert!(told.contains("not reported: partner system unreachable (cause 14)"), "{told}");
    drop(terminals);
    lab.serve("partner", "servers");
    lab.serve("partner", "clients");
    lab.alice_finds_bob();
    lab.nothing_panicked();
}

#[test]
fn an_own_system_that_is_told_to_stop_refuses_what_is_new_and_ends() {
    if !tools::have(&[]) {
        return;
    }
    let mut lab = Lab::served().start();
    let (status, output) = lab.take("primary", "servers").stop();
    assert!(status.success(), "{status}\n{output}");
    let refused = run(&mut lab.locate("alice", &["bob"]));
    assert!(!refused.status.success(), "{}", tools::text(&refused));
    lab.serve("primary", "servers");
    lab.alice_finds_bob();
}
