//! `mcx audit` and `mcx users` beside running servers, whose stores are files: through the socket beside each.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{fs, path::Path};

use support::{Up, mcx};

/// What a command says, and how it ends.
fn said(store: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let store = format!("redb:{}", store.display());
    let output = mcx(&[arguments, &["--store", &store]].concat());
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn does(store: &Path, arguments: &[&str]) -> String {
    let (status, text) = said(store, arguments);
    assert_eq!(status, Some(0), "mcx {}: {text}", arguments.join(" "));
    text
}

#[test]
fn logs_are_read_and_users_are_locked_beside_the_server_that_has_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut up = Up::start(folder.path());
    let store = folder.path().join("primary").join("servers.redb");
    assert!(does(&store, &["audit", "show", "--format", "json"]).contains("\"act\""));
    let password = folder.path().join("password");
    fs::write(&password, "correct horse battery\n").expect("the folder is ours");
    let file = password.to_str().expect("a path in UTF-8");
    does(
        &store,
        &["users", "add", "frank", "--mc-service-id", "sip:frank@primary.example", "--password-file", file],
    );
    does(&store, &["users", "lock", "frank"]);
    let listed = does(&store, &["users", "list"]);
    let frank = ["frank", "sip:frank@primary.example", "-", "locked"];
    assert!(listed.lines().any(|line| line.split_whitespace().eq(frank)), "{listed}");
    let entered = does(&store, &["audit", "show", "--on", "frank", "--format", "json"]);
    assert!(entered.contains("identity.user.added") && entered.contains("identity.user.locked"), "{entered}");
    assert!(does(&store, &["audit", "verify"]).contains("mcx-users"));
    // Who stands before a user of the store is told of while the server has it.
    let file = |name: &str| folder.path().join("primary").join(name).display().to_string();
    let told =
        || String::from_utf8_lossy(&mcx(&["check", "--config", &file("servers.toml")]).stderr).into_owned();
    assert_eq!(told(), "");
    let password = password.to_str().expect("a path in UTF-8");
    let id = "sip:alice.too@primary.example";
    does(&store, &["users", "add", "alice", "--mc-service-id", id, "--password-file", password]);
    assert!(told().contains("warning: [[identity.user]] \"alice\" stands before"), "{}", told());
    assert_eq!(up.stop(), Some(0));
    assert!(!store.with_extension("redb.sock").exists(), "nobody is let in any more");
    assert!(does(&store, &["users", "list"]).contains("frank"), "and the file has it");
}
