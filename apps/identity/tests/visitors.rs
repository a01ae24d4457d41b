//! TS 23.280 10.17.5 at the identity management server: the own ACM server has visitors admitted, and sent away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use bytes::Bytes;
use http::{Method, Request};
use kit::testing::arrival;
use serde_json::{Value, json};
use server::{Idms, bearer_form, claims, exchange_form, partner_config, text};

const ACM: &str = "acm1.core.b.example";
const ALICE: &str = "sip:alice@a.example";

/// A request of a server whose certificate proves this.
fn asked(idms: &Idms, by: &str, method: Method, id: &str) -> (u16, Value) {
    let path = format!("{}{id}", identity::paths::VISITORS);
    let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
    let response =
        idms.lab.fetch(&idms.site, request, arrival("inner", by)).expect("answered without waiting");
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Value::Null))
}

/// A system and its partner, which lets in nobody but whom its ACM server names.
fn pair() -> (Idms, Idms) {
    let (a, b) = Idms::pair();
    drop(b);
    let mut config = partner_config();
    config.partners[0].visitors = vec!["sip:nobody@a.example".into()];
    config.acm_servers = vec![ACM.into()];
    let b = Idms::of(a.lab.clone(), config);
    (a, b)
}

fn security_token(a: &Idms) -> String {
    let tokens = a.log_in("alice");
    text(&a.token(&exchange_form(text(&tokens, "access_token"), &[])).1, "access_token").to_owned()
}

#[test]
fn who_is_admitted_gets_tokens_at_once_with_the_id_that_was_told() {
    let (a, b) = pair();
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
    let (status, said) = asked(&b, ACM, Method::PUT, ALICE);
    assert_eq!(status, 200, "{said}");
    assert_eq!(asked(&b, ACM, Method::PUT, ALICE), (200, said.clone()), "the same as ever");
    let (status, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(text(&tokens, "access_token"))["mcptt_id"], said["id"]);
}

#[test]
fn who_is_sent_away_gets_none_and_his_id_stays_his() {
    let (a, b) = pair();
    let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
    assert_eq!(asked(&b, ACM, Method::DELETE, ALICE).0, 200);
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
    let b = b.restart();
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant", "after a restart too");
    assert_eq!(asked(&b, ACM, Method::PUT, ALICE), (200, said));
}

#[test]
fn sending_away_counts_more_than_what_the_operator_has_listed() {
    let (a, b) = Idms::pair();
    drop(b);
    let mut config = partner_config();
    config.acm_servers = vec![ACM.into()];
    let b = Idms::of(a.lab.clone(), config);
    assert_eq!(b.token(&bearer_form(&security_token(&a), &[])).0, 200, "listed");
    assert_eq!(asked(&b, ACM, Method::DELETE, ALICE).0, 200);
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
}

#[test]
fn whose_an_id_is_can_be_asked() {
    let (_a, b) = pair();
    let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
    let given = text(&said, "id");
    assert_eq!(asked(&b, ACM, Method::GET, given), (200, json!({ "primary": ALICE })));
    assert_eq!(asked(&b, ACM, Method::GET, "sip:visitor-x@b.example").0, 404);
}

#[test]
fn nobody_else_may_ask_and_only_of_partners_users() {
    let (_a, b) = pair();
    for stranger in ["acm1.core.a.example", "mcs1.core.b.example"] {
        assert_eq!(asked(&b, stranger, Method::PUT, ALICE).0, 403);
    }
    let request = Request::put(format!("{}{ALICE}", identity::paths::VISITORS)).body(Bytes::new()).unwrap();
    assert_eq!(b.send(request, 1).status(), 403, "without a certificate");
    assert_eq!(asked(&b, ACM, Method::PUT, "sip:eve@c.example").0, 404);
    assert_eq!(asked(&b, ACM, Method::DELETE, "sip:eve@c.example").0, 404);
    assert_eq!(asked(&b, ACM, Method::PUT, "alice").0, 400);
    assert_eq!(asked(&b, ACM, Method::POST, ALICE).0, 405);
}
