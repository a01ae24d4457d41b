//! `mcx acm` as a program against `mcx lab up`, over real sockets: what is taken back, refused, watched, and printed.
//! TS 23.280 10.17

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a real program over real sockets, in real time")]

mod support;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use support::{Up, mcx, signal};

const GROUP: &str = "sip:fire@primary.example";
const DAVE: &str = "sip:dave@primary.example";

/// Longer than a request takes to be stored, or an answer to be told.
const PATIENCE: Duration = Duration::from_secs(20);

struct Lab {
    folder: tempfile::TempDir,
    up: Up,
}

impl Lab {
    fn up() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let up = Up::start(folder.path());
        Self { folder, up }
    }

    fn endpoints(&self) -> String {
        self.folder.path().join("endpoints.json").to_str().expect("a path in UTF-8").to_owned()
    }

    /// What a command comes to: its status, and what it says.
    fn try_to(&self, user: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let endpoints = self.endpoints();
        let output = mcx(&[&["acm"], arguments, &["--as", user, "--endpoints", &endpoints]].concat());
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    /// What it prints.
    fn does(&self, user: &str, arguments: &[&str]) -> String {
        let (status, text) = self.try_to(user, arguments);
        assert_eq!(status, Some(0), "mcx acm {}: {text}", arguments.join(" "));
        text
    }

    /// What it does not do, and why.
    fn refuses(&self, user: &str, arguments: &[&str]) -> String {
        let (status, text) = self.try_to(user, arguments);
        assert_eq!(status, Some(1), "mcx acm {}: {text}", arguments.join(" "));
        text
    }

    /// The name of a request that alice asks of bob.
    fn asks(&self, arguments: &[&str]) -> String {
        let (command, rest) = arguments.split_first().expect("a command");
        let text = self.does("alice", &[&[*command, "--to", "bob"], rest].concat());
        let id = text.trim().strip_prefix("asked: ").unwrap_or_else(|| panic!("{text}"));
        id.to_owned()
    }

    /// The request as this user's server lists it, once it has come to this.
    fn stands(&self, user: &str, request: &str, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let listed = self.does(user, &["status", "--format", "json"]);
            let lines = listed.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            let found = lines.into_iter().find(|line| line["request"] == request);
            if let Some(found) = found.as_ref().filter(|found| found["state"] == state) {
                return found.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{request} is {found:?} and not {state}");
        }
    }

    /// A terminal that stays logged on, and the lines that it prints.
    fn watches(&self, user: &str, arguments: &[&str]) -> Watch {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
        command.arg("acm").args(arguments).args(["--watch", "--as", user, "--endpoints", &self.endpoints()]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("mcx runs");
        let (tell, lines) = channel();
        let told = BufReader::new(child.stdout.take().expect("is piped"));
        thread::spawn(move || told.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Watch { child, lines }
    }
}

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    /// The next line that has these words.
    fn says(&self, words: &[&str]) -> String {
        let begun = Instant::now();
        let mut others = Vec::new();
        while let Some(left) = PATIENCE.checked_sub(begun.elapsed()) {
            match self.lines.recv_timeout(left) {
                Ok(line) if words.iter().all(|word| line.contains(word)) => return line,
                Ok(line) => others.push(line),
                Err(_) => break,
            }
        }
        panic!("{words:?} is not among {others:?}");
    }

    fn stops(mut self) -> Option<i32> {
        signal(self.child.id());
        self.child.wait().ok().and_then(|status| status.code())
    }
}

#[test]
fn what_is_taken_back_in_time_is_withdrawn_and_what_has_ended_is_not() {
    let mut lab = Lab::up();
    let taken_back = lab.asks(&["provide-groups", GROUP]);
    let said = lab.does("alice", &["withdraw", &taken_back]);
    assert!(said.contains(&taken_back) && said.contains("withdrawn"), "{said}");
    lab.stands("alice", &taken_back, "withdrawn");
    lab.stands("bob", &taken_back, "withdrawn");
    let nothing = lab.does("bob", &["pending"]);
    assert!(!nothing.contains(&taken_back), "{nothing}");
    let late = lab.refuses("bob", &["approve", &taken_back]);
    assert!(late.contains("waits no more") && late.contains("withdrawn"), "{late}");

    let answered = lab.asks(&["provide-groups", GROUP]);
    lab.stands("bob", &answered, "stored");
    let said = lab.does("bob", &["approve", &answered]);
    assert!(said.contains("success"), "{said}");
    lab.stands("alice", &answered, "success");
    let late = lab.refuses("alice", &["withdraw", &answered]);
    assert!(late.contains(&answered) && late.contains("success"), "{late}");
    // Nobody listened while that was said: the response has waited for whoever asks for it.
    let waits = lab.does("alice", &["pending"]);
    let line = waits.lines().find(|line| line.starts_with(&answered)).unwrap_or_else(|| panic!("{waits}"));
    assert!(line.contains("success") && line.contains("sip:bob@partner.example"), "{line}");
    let nothing = lab.does("alice", &["pending"]);
    assert!(!nothing.contains(&answered), "once: {nothing}");
    assert_eq!(lab.up.stop(), Some(0));
}

#[test]
fn users_are_taken_back_and_the_table_says_what_came_of_it() {
    let mut lab = Lab::up();
    let added = lab.asks(&["add-users", DAVE]);
    lab.stands("bob", &added, "stored");
    let waits = lab.does("bob", &["pending"]);
    let line = waits.lines().find(|line| line.starts_with(&added)).unwrap_or_else(|| panic!("{waits}"));
    assert!(line.contains("to decide") && line.contains(DAVE) && line.contains("from sip:alice@"), "{line}");
    let said = lab.does("bob", &["refuse", &added, "--because", "not before spring"]);
    assert!(said.contains("fail: not before spring"), "{said}");
    lab.stands("alice", &added, "fail");

    let removed = lab.asks(&["remove-users", DAVE, "--urgency", "high", "--within", "1h"]);
    lab.stands("bob", &removed, "stored");
    let waits = lab.does("bob", &["pending"]);
    let line = waits.lines().find(|line| line.starts_with(&removed)).unwrap_or_else(|| panic!("{waits}"));
    assert!(line.contains("urgent") && line.contains("until ") && line.contains(DAVE), "{line}");
    let said = lab.does("bob", &["approve", &removed]);
    assert!(said.contains("success"), "{said}");
    let ended = lab.stands("alice", &removed, "success");
    assert_eq!(ended["about"][0], DAVE, "{ended}");

    let table = lab.does("alice", &["status"]);
    let mut lines = table.lines();
    let head: Vec<_> = lines.next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(head, ["REQUEST", "STATE", "WHAT", "WITH", "SINCE", "ABOUT"], "{table}");
    for (request, state) in [(&added, "fail: not before spring"), (&removed, "success")] {
        let row = lines.clone().find(|line| line.starts_with(request.as_str()));
        assert!(row.is_some_and(|row| row.contains(state) && row.contains("to sip:bob@")), "{table}");
    }
    assert_eq!(lab.up.stop(), Some(0));
}

#[test]
fn a_terminal_that_stays_is_shown_what_comes_as_it_comes() {
    let mut lab = Lab::up();
    let bob = lab.watches("bob", &["pending"]);
    bob.says(&["nothing waits for sip:bob@partner.example"]);
    let first = lab.asks(&["provide-groups", GROUP]);
    bob.says(&[&first, "to decide", GROUP]);
    assert_eq!(bob.stops(), Some(0));

    let alice = lab.watches("alice", &["pending", "--format", "json"]);
    let said = lab.does("bob", &["approve", &first]);
    assert!(said.contains("success"), "{said}");
    let line = alice.says(&[&first, "answered"]);
    let answered: Value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{line}: {why}"));
    assert_eq!((&answered["request"], &answered["outcome"]), (&first.into(), &"success".into()));
    assert_eq!(alice.stops(), Some(0));
    // What she has read waits no more.
    let nothing = lab.does("alice", &["pending"]);
    assert!(nothing.contains("nothing waits for sip:alice@primary.example"), "{nothing}");
    assert_eq!(lab.up.stop(), Some(0));
}
