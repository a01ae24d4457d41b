//! Signing keys follow each other, and outlive the process. RFC 7517, TS 33.180 B.2
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use serde_json::Value;
use server::{Idms, config, refresh_form, text};

const HOUR: Duration = Duration::from_secs(3_600);

fn idms() -> Idms {
    let mut config = config();
    config.keys.rotation = 24 * HOUR;
    config.keys.ahead = HOUR;
    Idms::of(kit::testing::Lab::new(), config)
}

fn kids(idms: &Idms) -> Vec<String> {
    let keys = idms.json("/jwks")["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| text(key, "kid").to_owned()).collect()
}

fn signed_by(tokens: &Value) -> String {
    jsonwebtoken::decode_header(text(tokens, "access_token")).unwrap().kid.unwrap()
}

#[test]
fn the_next_key_is_told_before_it_signs_and_the_last_until_nothing_of_it_counts() {
    let idms = idms();
    let first = kids(&idms);
    assert_eq!((first.len(), signed_by(&idms.log_in("alice"))), (1, first[0].clone()));
    idms.lab.advance(23 * HOUR + Duration::from_secs(60));
    let both = kids(&idms);
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "told an hour before");
    let old = idms.log_in("alice");
    assert_eq!(signed_by(&old), first[0]);
    idms.lab.advance(HOUR);
    let new = idms.log_in("alice");
    assert_eq!((signed_by(&new), kids(&idms).len()), (both[1].clone(), 2));
    assert!(
        idms.verifier().verify(text(&old, "access_token"), idms.now()).is_ok(),
        "the old key still verifies"
    );
    idms.lab.advance(HOUR + Duration::from_secs(300));
    assert_eq!(kids(&idms), [both[1].clone()], "nothing that it signed counts any more");
}

#[test]
fn keys_and_refresh_tokens_outlive_the_process() {
    let idms = idms();
    let (before, tokens) = (kids(&idms), idms.log_in("alice"));
    let idms = idms.restart();
    assert_eq!(kids(&idms), before);
    assert!(idms.verifier().verify(text(&tokens, "access_token"), idms.now()).is_ok());
    assert_eq!(idms.token(&refresh_form(text(&tokens, "refresh_token"), &[])).0, 200);
    assert_eq!(
        idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])),
        "invalid_grant",
        "used, whoever asks"
    );
}

#[test]
fn a_code_outlives_the_process_once() {
    let idms = idms();
    let (code, used) = (idms.code(), idms.code());
    assert_eq!(idms.token(&server::code_form(&used, &[])).0, 200);
    let idms = idms.restart();
    assert_eq!(idms.token(&server::code_form(&code, &[])).0, 200);
    assert_eq!(idms.refused(&server::code_form(&used, &[])), "invalid_grant");
}

#[test]
fn a_process_that_starts_after_a_long_rest_makes_the_next_key() {
    let idms = idms();
    let first = kids(&idms);
    let idms = idms.restart_after(30 * HOUR);
    assert_eq!(
        (kids(&idms).len(), signed_by(&idms.log_in("alice"))),
        (2, first[0].clone()),
        "nobody has the new one"
    );
    idms.lab.advance(HOUR);
    assert_ne!(signed_by(&idms.log_in("alice")), first[0]);
}
