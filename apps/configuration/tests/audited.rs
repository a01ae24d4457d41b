//! TS 22.280 [R-6.1-004], TS 33.180 clause 10: every change of a configuration document stands in the audit log, with who made it; so
//! does every one that is refused.
#![allow(clippy::expect_used, reason = "a test fails loudly")]

mod server;

use audit::{Digest, Entry};
use server::{ADMIN, BOB, From, PROFILE, PROFILE_TYPE, World, entries, entry, profile};

const FLOOD: &str = "sip:flood@a.example";

fn told(entries: &[Entry]) -> Vec<(&str, &str)> {
    entries.iter().map(|entry| (entry.act.as_str(), entry.by.as_str())).collect()
}

#[test]
fn who_wrote_a_profile_and_what_the_server_made_of_it_stand_in_the_log() {
    let world = World::new();
    assert_eq!(world.put_profile(&entry(FLOOD)).status(), 201);
    let entries = entries(&world.lab, &world.store);
    let expected = [
        ("configuration.document.written", ADMIN),
        // 10.2.7.1: its group entries name the server to ask.
        ("configuration.document.written", "sip:cms_psi@b.example"),
    ];
    assert_eq!(told(&entries), expected);
    assert_eq!(entries[0].on, [PROFILE.trim_start_matches('/')]);
    assert_eq!(entries[0].digest, Some(Digest::of(profile(&entry(FLOOD)).as_bytes())));
    assert!(!format!("{entries:?}").contains("Bob"), "what a profile says stays there");
    let gone = world.send(From::User(ADMIN), http::Method::DELETE, PROFILE, &[], "");
    assert_eq!(gone.status(), 200);
    let entries = server::entries(&world.lab, &world.store);
    assert_eq!(told(&entries).last(), Some(&("configuration.document.deleted", ADMIN)));
}

#[test]
fn who_may_not_write_a_profile_stands_in_the_log_with_which_it_was() {
    let world = World::new();
    let refused = world.put(From::User(BOB), PROFILE, PROFILE_TYPE, &profile(""));
    assert_eq!(refused.status(), 403);
    let entries = entries(&world.lab, &world.store);
    assert_eq!(told(&entries), [("configuration.document.refused", BOB)]);
    assert_eq!(entries[0].on, [PROFILE.trim_start_matches('/')]);
    assert!(world.get(From::User(BOB), PROFILE).status().is_client_error());
    assert_eq!(server::entries(&world.lab, &world.store).len(), 1, "reading is no act");
}

#[test]
fn what_was_not_kept_does_not_stand_in_the_log() {
    let world = World::new();
    let bad = world.put(From::User(ADMIN), PROFILE, PROFILE_TYPE, "<mcptt-user-profile");
    assert_eq!(bad.status(), 409);
    assert!(entries(&world.lab, &world.store).is_empty());
}
