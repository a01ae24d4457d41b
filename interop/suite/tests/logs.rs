//! What a lab's servers have logged: one JSON object on each line, and one flow under one name in both systems.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs};

use interop::Lab;
use serde_json::Value;

#[test]
fn each_line_of_a_log_is_an_object_and_a_request_has_one_name_in_both_systems() {
    let lab = Lab::up();
    lab.alice_finds_bob();
    let asked = flows(&lab, "primary", "lms1.core.primary.example");
    let told = flows(&lab, "partner", "lms1.core.partner.example");
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked, told, "the flow that the one asked in and the other was asked in");
}

/// The flows in which this server has taken steps of TS 23.280 clause 10.9.3.10.2.
fn flows(lab: &Lab, system: &str, server: &str) -> BTreeSet<String> {
    let file = lab.dir().join(system).join("servers.log");
    let log = fs::read_to_string(&file).expect("a lab's servers log into its folder");
    let entries = log.lines().map(|line| {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
        entry
    });
    let steps = entries.filter(|entry| entry["entity"] == server && entry["clause"] == "10.9.3.10.2");
    steps.filter_map(|entry| entry["flow"].as_str().map(str::to_owned)).collect()
}
