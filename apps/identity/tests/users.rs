//! Users of the store: they log in, are locked, and what they were given is revoked.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use futures::executor::block_on;
use identity::users::Problem;
use server::{Idms, PASSWORD, claims, query, refresh_form, text, user};

#[test]
fn a_user_of_the_store_logs_in_and_outlives_the_process() {
    let idms = Idms::new();
    block_on(idms.server.users().add(&user("dora"))).unwrap();
    idms.log_in("dora");
    let idms = idms.restart();
    idms.log_in("dora");
    assert_eq!(block_on(idms.server.users().all()).unwrap(), [user("dora")]);
}

#[test]
fn a_name_and_an_identity_are_one_users() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    assert!(matches!(block_on(users.add(&user("dora"))), Err(Problem::Exists)));
    let mut twin = user("emil");
    twin.ids.mcvideo = user("dora").ids.mcvideo;
    assert!(matches!(block_on(users.add(&twin)), Err(Problem::Taken(_))));
    assert!(block_on(users.get("emil")).unwrap().is_none(), "nothing of it was written");
}

#[test]
fn a_lock_ends_what_was_given_and_an_unlock_lets_in_again() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    let tokens = idms.log_in("dora");
    assert!(block_on(users.lock("dora", true, idms.now())).unwrap());
    assert!(!block_on(users.lock("dora", true, idms.now())).unwrap(), "she is locked already");
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
    let revoked = idms.revoked();
    let access = claims(text(&tokens, "access_token"));
    assert_eq!((revoked.len(), &revoked[0]["sub"]), (1, &access["sub"]));
    assert!(access["iat"].as_u64() < revoked[0]["before"].as_u64());
    assert_eq!(idms.submit(&idms.page(&query(&[])), "dora", PASSWORD, 1).status(), 403);
    assert!(block_on(users.lock("dora", false, idms.now())).unwrap());
    assert_eq!(
        idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])),
        "invalid_grant",
        "what ended stays so"
    );
    idms.lab.advance(std::time::Duration::from_secs(2));
    idms.log_in("dora");
}

#[test]
fn whoever_has_the_name_of_somebody_who_is_gone_has_none_of_his_log_ins() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    let tokens = idms.log_in("dora");
    block_on(users.remove("dora", idms.now())).unwrap();
    let refresh = refresh_form(text(&tokens, "refresh_token"), &[]);
    assert_eq!(idms.refused(&refresh), "invalid_grant");
    // As a line of `mcx users import` says it, and the operator's configuration: since when he counts is not said.
    idms.lab.advance(std::time::Duration::from_secs(2));
    block_on(users.add(&user("dora"))).unwrap();
    assert_eq!(idms.refused(&refresh), "invalid_grant", "another dora has not logged in");
    idms.log_in("dora");
    block_on(users.remove("dora", idms.now())).unwrap();
    let idms = idms.restart_as(|config| config.users.push(user("dora")));
    assert_eq!(idms.refused(&refresh), "invalid_grant");
    idms.log_in("dora");
}

#[test]
fn another_password_ends_what_the_old_one_gave() {
    let idms = Idms::new();
    let users = idms.server.users();
    block_on(users.add(&user("dora"))).unwrap();
    let tokens = idms.log_in("dora");
    let hash = identity::password::hash(&server::CHEAP, "another", b"fedcba9876543210").unwrap();
    block_on(users.set_password("dora", &hash, None, idms.now())).unwrap();
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
    let page = idms.page(&query(&[]));
    assert_eq!(idms.submit(&page, "dora", PASSWORD, 1).status(), 403);
    assert_eq!(idms.submit(&page, "dora", "another", 1).status(), 303);
    assert!(matches!(block_on(users.set_password("nobody", &hash, None, idms.now())), Err(Problem::Unknown)));
}
