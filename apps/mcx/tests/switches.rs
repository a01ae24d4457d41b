//! The ways of the commands that a newcomer in a lab does not take: another server than a lab's, entity tags, what is known already.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{fs, path::Path};

use mcx::endpoints::Endpoints;
use support::{Up, mcx};

const GROUP: &str = "sip:flood@primary.example";

/// What a command comes to: its status, what it prints, and what else it says.
fn does(words: &[&str]) -> (Option<i32>, String, String) {
    let output = mcx(words);
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

/// A file with an access token of this user.
fn token(folder: &Path, user: &str) -> String {
    let (code, token, why) = does(&["lab", "token", "--as", user, "--dir", folder.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(0), "{why}");
    let file = path(folder, &format!("{}.token", user.replace(':', "-")));
    fs::write(&file, token).expect("the folder is ours");
    file
}

#[test]
fn rfc4825_a_server_outside_a_lab_is_named_by_root_address_authority_and_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let endpoints = Endpoints::open(&folder.path().join("endpoints.json")).expect("was written");
    let system = &endpoints.systems[0];
    let at = &system.listener("groups", "clients").expect("is there").address;
    let ca = system.tls.ca.to_str().expect("UTF-8");
    let administrator = token(folder.path(), &system.administrator);
    let there = ["--root", &system.xcap_root, "--at", at, "--ca", ca, "--token", &administrator];
    let group = |words: &[&str]| does(&[&["groups"], words, &there].concat());
    let file = path(folder.path(), "group.xml");
    let document = format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{GROUP}\"><list>\
         <entry uri=\"sip:alice@primary.example\"/></list></list-service></group>"
    );
    fs::write(&file, &document).expect("the folder is ours");

    let (code, told, why) = group(&["put", GROUP, &file]);
    assert!(code == Some(0) && told.starts_with("201"), "{told}{why}");
    let (_, etag) = told.trim_end().split_once("entity tag ").expect("it is told");
    let (code, _, why) = group(&["put", GROUP, &file, "--if-match", "\"stale\""]);
    assert!(code == Some(1) && why.starts_with("412"), "{why}");
    let (code, told, why) = group(&["get", GROUP]);
    assert!(code == Some(0) && told.trim_end() == document, "{told}{why}");

    let (clients, alices) = (path(folder.path(), "primary/clients.toml"), token(folder.path(), "alice"));
    let whom =
        ["--as", "alice", "--config", &clients, "--server", &system.services.groups, "--token", &alices];
    let how = ["--diff-processing", "aggregate", "--once", "--xml", GROUP];
    let (code, told, why) = does(&[&["groups", "subscribe"], &whom[..], &how].concat());
    assert!(code == Some(0) && told.contains("<xcap-diff") && told.contains("sip:flood@"), "{told}{why}");

    let (code, _, why) = group(&["delete", GROUP, "--if-match", "\"stale\""]);
    assert!(code == Some(1) && why.starts_with("412"), "{why}");
    let (code, told, why) = group(&["delete", GROUP, "--if-match", etag]);
    assert!(code == Some(0) && told.starts_with("200"), "{told}{why}");

    let nobodys = path(folder.path(), "nobodys.token");
    fs::write(&nobodys, "x.y.z").expect("the folder is ours");
    let wrong = ["--root", &system.xcap_root, "--at", at, "--ca", ca, "--token", &nobodys];
    let (code, _, why) = does(&[&["groups", "get", GROUP], &wrong[..]].concat());
    assert!(code == Some(1) && why.starts_with("401"), "{why}");
}

/// TS 23.280 10.9.3.10.2 step 5: what is known already, with its time; the terminal is left alone.
#[test]
fn a_last_known_position_is_that_of_the_last_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let file = path(folder.path(), "endpoints.json");
    let bob = |more: &[&str]| {
        let words = ["location", "request", "--as", "alice", "--format", "json", "--endpoints", &file];
        let (code, told, why) = does(&[&words, more, &["bob"]].concat());
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        (code, told["targets"][0].clone(), why)
    };
    let (code, unknown, _) = bob(&["--last-known"]);
    assert!(code == Some(1) && unknown["cause"].is_number(), "nobody has asked yet: {unknown}");
    let (code, fresh, why) = bob(&[]);
    assert!(code == Some(0) && fresh["time"].is_string(), "{fresh}{why}");
    let (code, known, why) = bob(&["--last-known"]);
    assert_eq!((code, &known), (Some(0), &fresh), "{why}");
}
