//! Several terminals of one user at once, each a process of its own over real sockets: RFC 3261 16.7, RFC 5626 5.3.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Stdio;

use interop::{
    Lab,
    tools::{self, CURL},
};

const BOB: &str = "sip:bob@partner.example";

#[test]
fn rfc3261_16_7_four_location_requests_of_one_user_at_once_each_get_their_own_answer() {
    // Nothing of others' software is needed; where interop is not wanted this is not either.
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    let ask = |_| {
        let mut command = tools::mcx();
        command.args(["location", "request", "--as", "alice", "--format", "json", "--endpoints"]);
        command.arg(lab.dir().join("endpoints.json")).arg(BOB);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mcx runs")
    };
    let asked: Vec<_> = (0..4).map(ask).collect();
    let mut requests = Vec::new();
    for child in asked {
        let output = child.wait_with_output().expect("it ends");
        let told = tools::text(&output);
        assert!(output.status.success(), "{told}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        assert!(report["targets"][0]["latitude"].is_f64(), "{told}");
        requests.push(report["request_id"].to_string());
    }
    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), 4, "each its own");
    lab.nothing_panicked();
}
