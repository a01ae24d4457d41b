//! ACM servers, functional alias controlling servers and gateways of both systems are killed by SIGKILL, each in turn and at each of the
//! commits of group information provision, and started again over what they had kept: whatever a server has accepted is answered in
//! the end, once, and both systems say the same of it. TS 23.280 10.17.4.2
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, process::Command};

use interop::{
    Apart, Running,
    apart::SYSTEMS,
    process::until,
    tools::{self, run, text},
};
use serde_json::Value;

const GROUP: &str = "sip:fire@primary.example";

/// What a command printed, a JSON object on each line; none where it has failed.
fn lines(command: &mut Command) -> Option<Vec<Value>> {
    let output = run(command);
    if !output.status.success() {
        return None;
    }
    Some(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    )
}

/// Requests and their states, as a user's ACM server lists them; none where it does not answer now.
fn states(apart: &Apart, user: &str) -> Option<BTreeMap<String, String>> {
    let all = lines(&mut apart.lab.acm(user, &["status"]))?;
    let word = |item: &Value, key: &str| item[key].as_str().map(ToOwned::to_owned);
    all.iter().map(|item| word(item, "request").zip(word(item, "state"))).collect()
}

/// What waits for bob to be decided.
fn waiting(apart: &Apart) -> Vec<String> {
    let all = lines(&mut apart.lab.acm("bob", &["pending"])).unwrap_or_default();
    let to_decide = all.iter().filter(|item| item["to_decide"].is_string());
    to_decide.filter_map(|item| item["request"].as_str().map(ToOwned::to_owned)).collect()
}

fn ask(apart: &Apart) -> Command {
    apart.lab.acm("alice", &["provide-groups", "--to", "bob", GROUP])
}

/// The identifier of a request that alice's server has accepted.
fn accepted(output: &str) -> Option<String> {
    let line = output.lines().find(|line| line.contains("unconfirmed"))?;
    let item: Value = serde_json::from_str(line).ok()?;
    item["request"].as_str().map(ToOwned::to_owned)
}

/// Bob says yes to everything that waits for him, until alice's server has heard so of everything that she has asked; then both lists
/// say the same.
fn settle(apart: &Apart, known: &[String]) {
    until("every request is answered, and both say so", || {
        for request in waiting(apart) {
            // One that was answered a moment ago waits no more.
            run(&mut apart.lab.acm("bob", &["approve", &request]));
        }
        let (Some(hers), Some(his)) = (states(apart, "alice"), states(apart, "bob")) else { return false };
        let is_done = hers.values().all(|state| state == "success") && hers == his;
        is_done && known.iter().all(|request| hers.contains_key(request))
    });
}

/// Each entity's log is whole, and says of each request once that it was answered.
fn logs_are_whole(mut apart: Apart) {
    for system in SYSTEMS {
        apart.kill(system, "acm");
        let output = run(&mut apart.verify(system));
        assert!(output.status.success(), "{system}: {}", text(&output));
    }
}

/// Where somebody is killed: at whose event, and who.
struct Point {
    /// Whose ACM server counts the event, and which.
    at: (&'static str, &'static str),
    /// Who is killed then.
    who: (&'static str, &'static str),
}

fn point(at: (&'static str, &'static str), who: (&'static str, &'static str)) -> Point {
    Point { at, who }
}

/// Kills at the moment at which the event is counted, while the command runs; a command that fails by that is repeated.
fn killed(apart: &mut Apart, Point { at, who }: &Point, command: &mut Command) -> String {
    let before = apart.events(at.0, at.1);
    let mut running = Running::start(command);
    until(at.1, || apart.events(at.0, at.1) > before);
    apart.kill(who.0, who.1);
    apart.serve(who.0, who.1);
    running.end().1
}

#[test]
fn c10_17_4_2_whoever_is_killed_while_a_request_is_under_way_it_is_answered_once() {
    if !tools::have(&[]) {
        return;
    }
    let mut apart = Apart::start();
    let mut known = Vec::new();
    let points = [
        point(("primary", "asked"), ("primary", "acm")),
        point(("primary", "asked"), ("primary", "gateway")),
        point(("partner", "received"), ("partner", "acm")),
        point(("partner", "received"), ("partner", "gateway")),
        point(("primary", "delivered"), ("primary", "acm")),
        point(("primary", "stored"), ("primary", "acm")),
        point(("primary", "stored"), ("primary", "aliases")),
        point(("partner", "delivered"), ("partner", "acm")),
    ];
    for each in &points {
        let mut command = ask(&apart);
        let told = killed(&mut apart, each, &mut command);
        known.extend(accepted(&told));
        settle(&apart, &known);
    }
    assert!(known.len() > points.len() / 2, "hardly any was accepted: {known:?}");
    logs_are_whole(apart);
}

#[test]
fn c10_17_4_2_whoever_is_killed_while_an_answer_is_under_way_it_arrives_once() {
    if !tools::have(&[]) {
        return;
    }
    let mut apart = Apart::start();
    let mut known = Vec::new();
    let points = [
        point(("partner", "decided"), ("partner", "acm")),
        point(("partner", "answered"), ("partner", "acm")),
        point(("partner", "answered"), ("partner", "gateway")),
        point(("primary", "answered"), ("primary", "acm")),
        point(("primary", "answered"), ("primary", "gateway")),
        point(("primary", "answered"), ("partner", "aliases")),
    ];
    for each in &points {
        let told = text(&tools::succeed(&mut ask(&apart)));
        let request = accepted(&told).expect("was accepted");
        until("it waits for bob", || waiting(&apart).contains(&request));
        let mut command = apart.lab.acm("bob", &["approve", &request]);
        killed(&mut apart, each, &mut command);
        known.push(request);
        settle(&apart, &known);
    }
    // She comes, and her server ends while it tells her.
    let told = point(("primary", "told"), ("primary", "acm"));
    let request = accepted(&text(&tools::succeed(&mut ask(&apart)))).expect("was accepted");
    until("it waits for bob", || waiting(&apart).contains(&request));
    let before = apart.events("primary", "answered");
    tools::succeed(&mut apart.lab.acm("bob", &["approve", &request]));
    until("alice's server has it", || apart.events("primary", "answered") > before);
    let mut command = apart.lab.acm("alice", &["pending"]);
    killed(&mut apart, &told, &mut command);
    known.push(request);
    settle(&apart, &known);
    logs_are_whole(apart);
}

#[test]
fn c10_17_4_2_under_load_with_a_kill_every_moment_nothing_that_was_accepted_is_lost() {
    if !tools::have(&[]) {
        return;
    }
    let mut apart = Apart::start();
    let mut known = Vec::new();
    let mut asking: Vec<Running> = Vec::new();
    let victims = [
        ("primary", "acm"),
        ("partner", "gateway"),
        ("partner", "acm"),
        ("primary", "gateway"),
        ("partner", "aliases"),
        ("primary", "acm"),
        ("partner", "acm"),
    ];
    for (system, entity) in victims {
        asking.extend((0..3).map(|_| Running::start(&mut ask(&apart))));
        apart.kill(system, entity);
        apart.serve(system, entity);
        let done = asking.drain(..).filter_map(|mut each| accepted(&each.end().1));
        known.extend(done.collect::<Vec<_>>());
    }
    assert!(!known.is_empty(), "none was accepted");
    settle(&apart, &known);
    logs_are_whole(apart);
}
