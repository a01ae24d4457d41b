//! What `mcx lab up` prints to be pasted works when it is pasted. The line for tshark is tested with the capture.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{env, path::Path, process::Command};

use interop::{
    Lab,
    tools::{self, CURL, OPENSSL, SIPP, Tool},
};

/// Runs every printed line of a program as a shell does, and hands back what each printed.
fn paste(lab: &Lab, program: &str) -> Vec<String> {
    let mcx = tools::mcx();
    let beside = Path::new(mcx.get_program()).parent().expect("a file is in a folder");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(beside.to_path_buf()).chain(env::split_paths(&path)));
    let shell = |line| {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env("PATH", path.as_ref().expect("no colon in it")).env("TERM", "dumb");
        tools::text(&tools::succeed(&mut shell))
    };
    let told: Vec<String> = lab.pasted(program).map(shell).collect();
    assert!(!told.is_empty(), "mcx lab up prints no line for {program}");
    told
}

fn lab(tools: &[Tool]) -> Option<Lab> {
    tools::have(tools).then(Lab::up)
}

#[test]
fn mcx_location_request_tells_of_each_user_where_he_is_or_why_not() {
    let Some(lab) = lab(&[]) else { return };
    let told = paste(&lab, "mcx").concat();
    assert!(told.contains("sip:bob@partner.example  60."), "{told}");
    assert!(told.contains("sip:carol@partner.example  not reported: "), "{told}");
    assert!(told.contains("sip:erin@partner.example  not reported: "), "{told}");
}

#[test]
fn curl_shows_health_and_counters() {
    let Some(lab) = lab(&[CURL]) else { return };
    assert!(paste(&lab, "curl").concat().contains("mcx_panics_total 0"));
}

#[test]
fn sipp_plays_the_scenarios_that_lie_beside_the_lab() {
    let Some(lab) = lab(&[SIPP]) else { return };
    paste(&lab, "sipp");
    lab.nothing_panicked();
}

#[test]
fn openssl_shakes_hands_at_the_border() {
    let Some(lab) = lab(&[OPENSSL]) else { return };
    assert!(paste(&lab, "openssl").concat().contains("Verify return code: 0 (ok)"));
}
