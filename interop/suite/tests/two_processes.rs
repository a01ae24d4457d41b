//! The two systems as processes of their own, from the lab's configuration files as they are: what an operator does to
//! them, and what becomes of requests meanwhile.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use interop::{
    Lab, Running, System, http,
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

/// RFC 3261 21.5.4: what is new is told to come later; what was accepted is finished, and then the process ends.
#[test]
fn a_system_that_is_told_to_stop_refuses_what_is_new_finishes_what_it_accepted_and_ends() {
    if !tools::have(&[]) {
        return;
    }
    let patient = |_: &System<'_>, text: String| {
        text.replacen("drain = \"3s\"", "drain = \"30s\"", 1).replacen(
            "\n[locations]\n",
            "\n[locations]\nclient-deadline = \"9s\"\n",
            1,
        )
    };
    let mut lab = Lab::served().edit_servers("partner", patient).start();
    // A terminal that stands still keeps the request under way.
    let terminals = lab.take("partner", "clients");
    terminals.signal(Signal::SIGSTOP);
    let mut asking = Running::start(&mut lab.locate("alice", &["bob"]));
    is_on_its_way_to_bob(&lab);
    let mut servers = lab.take("partner", "servers");
    servers.signal(Signal::SIGTERM);
    servers.line("draining");
    let refused = tools::text(&run(&mut lab.locate("dave", &["bob"])));
    assert!(refused.contains("(cause 51)"), "what is new is refused: {refused}");
    terminals.signal(Signal::SIGCONT);
    let (status, told) = asking.end();
    assert!(status.success() && told.contains("sip:bob@partner.example  60."), "it is finished: {told}");
    let (status, output) = servers.end();
    assert!(status.success(), "{status}\n{output}");
    drop(terminals);
    lab.serve("partner", "servers");
    lab.serve("partner", "clients");
    lab.alice_finds_bob();
}
