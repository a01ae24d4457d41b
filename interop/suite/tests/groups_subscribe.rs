//! `mcx groups subscribe` against `mcx lab up`: RFC 5875 from the command line, over real sockets. TS 24.481 clause 6.3.13.2
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, process::Command};

use interop::{
    Lab, Running,
    tools::{self, CURL},
};
use nix::sys::signal::Signal;

const FIRE: &str = "sip:fire@primary.example";

fn groups(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = tools::mcx();
    command.arg("groups").args(arguments).arg("--endpoints").arg(lab.dir().join("endpoints.json"));
    command
}

/// The group, with this name, as its administrator puts it.
fn put(lab: &Lab, name: &str) {
    let file = lab.dir().join("put.xml");
    let group = format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{FIRE}\"><display-name>{name}</display-name>\
         <list><entry uri=\"sip:alice@primary.example\"/></list></list-service></group>"
    );
    fs::write(&file, group).expect("the folder is ours");
    tools::succeed(&mut groups(lab, &["put", FIRE, &file.display().to_string()]));
}

#[test]
fn rfc5875_a_member_is_told_what_there_is_and_then_each_change_until_it_is_told_to_stop() {
    // Nothing of others' software is needed; where interop is not wanted this is not either.
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    put(&lab, "Fire");
    let once = tools::succeed(&mut groups(&lab, &["subscribe", "--once", "--as", "alice", FIRE]));
    let told = String::from_utf8_lossy(&once.stdout).into_owned();
    assert!(told.starts_with(&format!("{FIRE}  there  ")) && told.lines().count() == 1, "{told}");
    let mut follows = Running::start(&mut groups(&lab, &["subscribe", "--as", "alice", FIRE]));
    follows.line("  there  ");
    put(&lab, "Brigade");
    follows.line("  changed  ");
    assert!(follows.line("replace").contains("Brigade"), "the patch says what has changed");
    tools::succeed(&mut groups(&lab, &["delete", FIRE]));
    follows.line("  gone  was ");
    follows.signal(Signal::SIGTERM);
    let (status, output) = follows.end();
    assert!(status.success(), "{status}\n{output}");
    lab.nothing_panicked();
}

#[test]
fn rfc5875_the_documents_of_changes_are_printed_as_they_are() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    put(&lab, "Fire");
    let arguments =
        ["subscribe", "--once", "--xml", "--diff-processing", "no-patching", "--as", "alice", FIRE];
    let told = tools::succeed(&mut groups(&lab, &arguments));
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("<xcap-diff ") && told.contains("new-etag=") && !told.contains("previous-etag"),
        "{told}"
    );
}

#[test]
fn ts24481_6_3_13_whoever_is_no_member_is_refused() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    put(&lab, "Fire");
    for arguments in [
        &["subscribe", "--once", "--as", "bob", FIRE][..],
        &["subscribe", "--once", "--as", "alice", "sip:nowhere@primary.example"],
    ] {
        let refused = tools::run(&mut groups(&lab, arguments));
        assert!(
            !refused.status.success() && tools::text(&refused).contains("(403)"),
            "{}",
            tools::text(&refused)
        );
    }
    lab.nothing_panicked();
}
