//! `mcx lab run` over real sockets and real TLS, as a newcomer runs it.

#![allow(clippy::expect_used, reason = "a test")]

mod support;

use std::process::Output;

use support::mcx;

/// The steps of 10.9.3.10.2 in the order in which they were taken: entity and number.
fn steps(output: &Output) -> Vec<(String, u64)> {
    let text = String::from_utf8_lossy(&output.stdout);
    let entries = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    entries
        .filter(|entry| entry["kind"] == "step" && entry["clause"] == "10.9.3.10.2")
        .map(|entry| {
            (entry["entity"].as_str().unwrap_or_default().to_owned(), entry["step"].as_u64().unwrap_or(0))
        })
        .collect()
}

fn run(topology: &str) -> Vec<(String, u64)> {
    let output = mcx(&["lab", "run", "location", "--topology-hiding", topology, "--format", "json"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!told.contains("shutting down"), "{told}");
    steps(&output)
}

fn took(steps: &[(String, u64)], entity: &str, number: u64) -> bool {
    steps.iter().any(|step| *step == (entity.to_owned(), number))
}

#[test]
fn every_step_is_taken_through_both_gateways() {
    for topology in ["on", "off"] {
        let steps = run(topology);
        for number in [1, 2, 3, 7] {
            assert!(
                took(&steps, "lms1.core.primary.example", number),
                "{topology}: step {number} of {steps:?}"
            );
        }
        for number in [4, 5, 6] {
            assert!(
                took(&steps, "lms1.core.partner.example", number),
                "{topology}: step {number} of {steps:?}"
            );
        }
        for gateway in ["mcgw.primary.example", "mcgw.partner.example"] {
            assert!(
                took(&steps, gateway, 3) && took(&steps, gateway, 6),
                "{topology}: {gateway} in {steps:?}"
            );
        }
    }
}

#[test]
fn servers_talk_without_gateways_in_direct_mode() {
    let steps = run("direct");
    assert!(took(&steps, "lms1.core.partner.example", 6), "{steps:?}");
    assert!(!steps.iter().any(|(entity, _)| entity.starts_with("mcgw")), "{steps:?}");
}

/// RFC 3261 19.1.1, RFC 5118: addresses of IPv6 in URIs, routes and Vias, from end to end.
#[test]
fn rfc5118_every_step_is_taken_over_ipv6() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    for topology in ["on", "off", "direct"] {
        let output = mcx(&["lab", "run", "location", "--ipv6", "--topology-hiding", topology]);
        let (text, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{topology}: {why}{text}");
        assert!(text.contains("[10.9.3.10.2 step 7]"), "{topology}: {text}");
    }
    let output = mcx(&["lab", "run", "group-provide", "--ipv6"]);
    assert_eq!(output.status.code(), Some(0), "over HTTP: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_user_migrates_in_each_topology() {
    for topology in ["on", "off", "direct"] {
        let output = mcx(&["lab", "run", "migration", "--topology-hiding", topology]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{topology}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("[10.6.3.3 step 11]"), "{text}");
        assert_eq!(text.contains("[10.6.3.3 step 5]"), topology != "direct", "{text}");
    }
}

#[test]
fn a_user_migrates_with_mcvideo_where_that_is_asked_for() {
    let output = mcx(&["lab", "run", "migration", "--service", "mcvideo"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("[10.6.3.3 step 11]"), "{text}");
}

#[test]
fn administration_waits_for_people_in_each_topology() {
    let all = [
        ("group-information", "[10.17.4.2 step 14]"),
        ("users-for-migration", "[10.17.5.2 step 10]"),
        ("profile-update", "[10.17.7.2 step 10]"),
    ];
    for topology in ["on", "off", "direct"] {
        for (procedure, last) in all {
            let output = mcx(&["lab", "run", procedure, "--topology-hiding", topology]);
            let (text, why) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(0), "{procedure}, {topology}: {why}");
            assert!(text.contains(last), "{procedure}, {topology}: {text}");
        }
    }
}

#[test]
fn the_ladder_names_clause_and_step_for_a_newcomer() {
    let output = mcx(&["lab", "run"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("# location (TS 23.280 10.9.3.10.2)\n\n"), "{text}");
    assert!(text.contains("\n# profile-update (TS 23.280 10.17.7.2)\n\n"), "{text}");
    assert!(text.contains("[10.9.3.10.2 step 7]"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("sip:bob@partner.example  60.1")), "{text}");
    assert!(text.contains("sip:carol@partner.example  not reported: "), "{text}");
    let mermaid = mcx(&["lab", "run", "location", "--format", "mermaid"]);
    assert!(String::from_utf8_lossy(&mermaid.stdout).starts_with("sequenceDiagram"));
}

#[test]
fn each_of_several_ladders_is_told_from_the_others() {
    let all = [
        "location",
        "group-provide",
        "group-request",
        "migration",
        "group-information",
        "users-for-migration",
        "profile-update",
    ];
    let printed = |format: &str| {
        let output = mcx(&["lab", "run", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let titles = |text: &str| -> Vec<String> {
        let titles = text.lines().filter_map(|line| line.strip_prefix("# "));
        titles.map(|title| title.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    let mermaid = printed("mermaid");
    assert_eq!(titles(&mermaid), all);
    assert_eq!(mermaid.matches("\n```mermaid\nsequenceDiagram\n").count(), all.len(), "{mermaid}");
    assert_eq!(mermaid.matches("\n```\n").count(), all.len(), "{mermaid}");
    let mut named: Vec<String> = Vec::new();
    for line in printed("json").lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("a JSON object");
        named.push(entry["procedure"].as_str().expect("is named").to_owned());
    }
    named.dedup();
    assert_eq!(named, all);
}

/// An agreement is what refuses, over the wire; each procedure says which step that was.
#[test]
fn a_run_whose_step_does_not_happen_exits_1_and_names_the_step() {
    let all = [
        ("location", "on", "location-information-request", "step 4 of 10.9.3.10.2 was not taken"),
        ("location", "direct", "location-information-request", "step 4 of 10.9.3.10.2 was not taken"),
        ("migration", "on", "migration-service-authorization-request", "step 5 of 10.6.3.3 was not taken"),
    ];
    for (procedure, topology, flow, says) in all {
        let output = mcx(&["lab", "run", procedure, "--topology-hiding", topology, "--deny", flow]);
        let (text, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{procedure}, {topology}: {text}");
        assert!(why.contains(says), "{procedure}, {topology}: {why}");
        assert!(text.contains(" step 1] "), "and shows how far it came: {text}");
    }
    let output = mcx(&["lab", "run", "group-provide", "--deny", "location-information-request"]);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && why.contains("nothing of this procedure needs that flow"), "{why}");
    let output = mcx(&["lab", "run", "location", "--deny", "foo"]);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && why.contains("; they name "), "{why}");
    assert!(why.contains("location-information-request"), "{why}");
    let output = mcx(&["lab", "run", "location", "--deny", "location-information-requst"]);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && why.contains("did you mean \"location-information-request\"?"),
        "{why}"
    );
}

#[test]
fn a_seeded_run_prints_the_same_ladders_twice_through_gateways_and_without() {
    for topology in ["on", "direct"] {
        let run = || mcx(&["lab", "run", "all", "--seed", "7", "--topology-hiding", topology]);
        let (one, other) = (run(), run());
        assert_eq!(one.status.code(), Some(0), "{topology}: {}", String::from_utf8_lossy(&one.stderr));
        let (one, other) = (String::from_utf8_lossy(&one.stdout), String::from_utf8_lossy(&other.stdout));
        let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{topology}:\n{one}\n\nand\n\n{other}");
        assert_eq!(one.lines().count(), other.lines().count(), "{topology}");
        assert!(one.contains("\n# profile-update (TS 23.280 10.17.7.2)\n"), "{topology}: {one}");
    }
}

#[test]
fn another_seed_draws_other_identifiers_and_the_same_seed_the_same() {
    let run = |seed: &str| mcx(&["lab", "run", "location", "--format", "json", "--seed", seed]).stdout;
    let (seven, eight) = (run("7"), run("8"));
    assert!(!seven.is_empty() && seven == run("7"));
    assert_ne!(seven, eight, "each line says its flow's request-id");
}
