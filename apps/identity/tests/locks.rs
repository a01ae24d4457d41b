//! Whoever is locked is so for as long as he is: what he was given counts no more, and servers are told (RFC 7009; TS 23.280 10.6.3.3
//! step 6).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use futures::executor::block_on;
use identity::Config;
use kit::testing::Lab;
use serde_json::Value;
use server::{Idms, claims, refresh_form, text, user};

const DAY: Duration = Duration::from_secs(86_400);

/// Of how many it is told that they are locked.
fn locked(idms: &Idms) -> usize {
    idms.revoked().iter().filter(|entry| entry["locked"] == Value::Bool(true)).count()
}

#[test]
fn a_user_of_the_store_is_told_to_be_locked_for_as_long_as_he_is() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    assert!(block_on(users.lock("dora", true, idms.now())).unwrap());
    idms.lab.advance(2 * DAY);
    assert_eq!(locked(&idms), 1, "two days later");
    let hash = block_on(users.get("dora")).unwrap().unwrap().password;
    block_on(users.set_password("dora", &hash, None, idms.now())).unwrap();
    idms.lab.advance(2 * DAY);
    assert_eq!(locked(&idms), 1, "another password does not unlock");
    assert!(block_on(users.lock("dora", false, idms.now())).unwrap());
    assert_eq!(locked(&idms), 0);
    idms.lab.advance(2 * DAY);
    assert!(idms.revoked().is_empty(), "and what he had been given has ended by itself");
}

#[test]
fn a_user_whom_the_configuration_locks_while_no_server_runs_is_locked() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    let idms = idms.restart_as(|config| config.users[0].locked = true);
    let revoked = idms.revoked();
    assert_eq!(locked(&idms), 1);
    assert_eq!(revoked[0]["sub"], claims(text(&tokens, "access_token"))["sub"]);
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
    let idms = idms.restart_after(2 * DAY);
    assert_eq!(locked(&idms), 1, "and stays so");
    let idms = idms.restart_as(|config| config.users[0].locked = false);
    assert_eq!(locked(&idms), 0, "until it is said otherwise");
    idms.lab.advance(Duration::from_secs(2));
    idms.log_in("alice");
}

#[test]
fn who_is_named_no_more_is_forgotten_once_nothing_that_he_was_given_counts() {
    let idms = Idms::new();
    idms.log_in("alice");
    let mut changed = idms.config.clone();
    changed.users.remove(0);
    idms.server.replace(&changed);
    idms.lab.run();
    assert_eq!(locked(&idms), 1);
    idms.lab.advance(2 * DAY);
    assert!(idms.revoked().is_empty());
}

#[test]
fn a_log_in_that_was_revoked_is_told_for_as_long_as_anything_granted_under_it_may_be_renewed() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", server::CLIENT)];
    assert_eq!(idms.post("/revoke", &form).status(), 200);
    let sid = claims(text(&tokens, "access_token"))["sid"].clone();
    let idms = idms.restart_after(29 * DAY);
    let told = idms.revoked();
    assert!(told.iter().any(|entry| entry["sid"] == sid), "{told:?}");
    idms.lab.advance(2 * DAY);
    assert!(idms.revoked().is_empty(), "what no log-in gives any more");
}

#[test]
fn what_is_revoked_is_told_to_servers_that_prove_who_they_are() {
    let idms = Idms::new();
    assert_eq!(idms.revoked_as(Some(server::MCS)).0, 200);
    assert_eq!(idms.revoked_as(None).0, 403, "it says who was locked, and when");
    let of = |servers: &[&str]| {
        let config = Config {
            revoked_to: servers.iter().map(|name| (*name).to_owned()).collect(),
            ..server::config()
        };
        Idms::of(Lab::new(), config)
    };
    let named = of(&[server::MCS]);
    assert_eq!(named.revoked_as(Some(server::MCS)).0, 200);
    assert_eq!(named.revoked_as(Some("gms1.core.a.example")).0, 403);
    assert_eq!(of(&["*"]).revoked_as(None).0, 200);
}
