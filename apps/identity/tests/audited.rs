//! TS 22.280 [R-6.1-004], TS 33.180 clause 10: what is done to users, keys and visitors stands in the audit log, without secrets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use audit::Entry;
use futures::executor::block_on;
use http::Method;
use kit::testing::Lab;
use server::{Idms, PASSWORD, config, of_visitor, partner_config, query, user};

const ACM: &str = "acm1.core.b.example";
const ALICE: &str = "sip:alice@a.example";

fn acts(idms: &Idms) -> Vec<String> {
    idms.entries().into_iter().map(|entry| entry.act).collect()
}

fn of(idms: &Idms, act: &str) -> Vec<Entry> {
    idms.entries().into_iter().filter(|entry| entry.act == act).collect()
}

#[test]
fn users_that_are_added_locked_and_given_passwords_stand_with_their_names_and_no_secret() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    assert!(block_on(users.add(&user("dora"))).is_err());
    block_on(users.lock("dora", true, idms.now())).unwrap();
    block_on(users.lock("dora", true, idms.now())).unwrap();
    block_on(users.lock("dora", false, idms.now())).unwrap();
    block_on(users.set_password("dora", &user("x").password, None, idms.now())).unwrap();
    let ours: Vec<String> = acts(&idms).into_iter().filter(|act| act.starts_with("identity.user")).collect();
    let expected = ["added", "locked", "unlocked", "password-changed"];
    assert_eq!(ours, expected.map(|act| format!("identity.user.{act}")));
    assert_eq!(of(&idms, "identity.user.added")[0].on, ["dora", "sip:dora@a.example"]);
    let text = format!("{:?}", idms.entries());
    assert!(!text.contains("argon2") && !text.contains(PASSWORD), "{text}");
}

#[test]
fn keys_that_follow_each_other_stand_with_when_they_sign_and_nothing_of_them() {
    let mut config = config();
    config.keys.rotation = Duration::from_secs(86_400);
    config.keys.ahead = Duration::from_secs(3_600);
    let idms = Idms::of(Lab::new(), config);
    assert_eq!(of(&idms, "identity.keys.changed").len(), 1);
    idms.lab.advance(Duration::from_secs(86_400));
    let changed = of(&idms, "identity.keys.changed");
    assert_eq!(changed.len(), 2);
    assert_eq!(changed[1].with["before"], changed[0].with["sign-from"]);
    assert_eq!(changed[1].with["sign-from"].split(' ').count(), 2);
}

#[test]
fn who_guesses_passwords_until_he_is_locked_out_stands_without_what_he_typed() {
    let idms = Idms::new();
    let page = idms.page(&query(&[]));
    (0..2).for_each(|_| drop(idms.submit(&page, "alice", "wrong", 1)));
    assert!(of(&idms, "identity.log-in.locked-out").is_empty());
    idms.submit(&page, "alice", "wrong", 1);
    (0..5).for_each(|number| drop(idms.submit(&page, "hunter2", "wrong", 2 + number)));
    let locked = of(&idms, "identity.log-in.locked-out");
    let whose: Vec<&str> = locked.iter().flat_map(|entry| &entry.on).map(String::as_str).collect();
    assert_eq!(whose, ["alice", "nobody"], "a password may have been typed as a name");
    assert!(!format!("{locked:?}").contains("wrong"));
}

fn asked(idms: &Idms, by: &str, method: Method) -> u16 {
    of_visitor(idms, by, (method, ALICE), None).0
}

#[test]
fn whom_the_acm_server_has_admitted_and_which_id_he_was_given_stand() {
    let mut config = partner_config();
    config.acm_servers = vec![ACM.into()];
    let idms = Idms::of(Lab::new(), config);
    for method in [Method::PUT, Method::PUT, Method::DELETE] {
        assert_eq!(asked(&idms, ACM, method), 200);
    }
    assert_eq!(asked(&idms, "mcs1.core.b.example", Method::PUT), 403);
    let allocated = of(&idms, "identity.visitor.allocated");
    assert_eq!((allocated.len(), allocated[0].on[0].as_str()), (1, ALICE), "an ID is his for good");
    let admitted = of(&idms, "identity.visitor.admitted");
    assert_eq!((admitted.len(), admitted[0].by.as_str()), (2, ACM));
    assert!(admitted[0].partner.is_some());
    assert_eq!(of(&idms, "identity.visitor.sent-away").len(), 1);
    assert_eq!(of(&idms, "identity.visitor.refused").len(), 1);
}

/// An ACM server that was killed between this server's commit and its own says the same again.
#[test]
fn what_is_said_again_of_one_decision_stands_once() {
    let mut config = partner_config();
    config.acm_servers = vec![ACM.into()];
    let idms = Idms::of(Lab::new(), config);
    for (method, turn) in [
        (Method::PUT, [1, 1]),
        (Method::PUT, [1, 2]),
        (Method::DELETE, [2, 3]),
        (Method::DELETE, [2, 4]),
        (Method::PUT, [3, 5]),
    ] {
        assert_eq!(of_visitor(&idms, ACM, (method, ALICE), Some(turn)).0, 200);
    }
    let counts = ["admitted", "sent-away"].map(|what| of(&idms, &format!("identity.visitor.{what}")).len());
    assert_eq!(counts, [2, 1]);
}
