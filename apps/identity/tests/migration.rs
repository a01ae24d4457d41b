//! Both halves of a migration: TS 33.180 B.7 and B.8, RFC 8693 at the primary, RFC 7523 at the partner; the partner MC service ID of
//! TS 23.280 table 10.6.3.2.1-1
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use identity::config::AllocatedId;
use kit::tokens::Signer;
use serde_json::{Value, json};
use server::{A, B, CLIENT, Idms, SCOPE, bearer_form, claims, exchange_form, id, new_key, text};

/// A security token of alice's.
fn security_token(a: &Idms) -> String {
    let tokens = a.log_in("alice");
    let (status, answer) = a.token(&exchange_form(text(&tokens, "access_token"), &[]));
    assert_eq!(status, 200, "{answer}");
    text(&answer, "access_token").to_owned()
}

#[test]
fn ts33180_b_8_the_security_token_says_who_for_whom_and_for_how_long() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    let (status, answer) = idms.token(&exchange_form(text(&tokens, "access_token"), &[]));
    assert_eq!((status, &answer["token_type"], &answer["expires_in"]), (200, &json!("N_A"), &json!(600)));
    assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:jwt");
    assert!(answer.get("refresh_token").is_none());
    let token = text(&answer, "access_token");
    let said = claims(token);
    assert_eq!(
        (&said["iss"], &said["sub"], &said["aud"]),
        (&json!(A), &json!("sip:alice@a.example"), &json!(B))
    );
    assert_eq!(said["exp"].as_u64().zip(said["iat"].as_u64()).map(|(exp, iat)| exp - iat), Some(600));
    assert!(said["jti"].is_string());
    assert!(idms.verifier().verify(token, idms.now()).is_err(), "at home it opens nothing");
    let by_endpoint =
        exchange_form(text(&tokens, "access_token"), &[("resource", "https://idms.b.example/token")]);
    assert_eq!(claims(text(&idms.token(&by_endpoint).1, "access_token"))["aud"], B);
}

#[test]
fn rfc8693_2_2_2_each_refusal_of_an_exchange() {
    let idms = Idms::new();
    let (alice, bob) = (idms.log_in("alice"), idms.log_in("bob"));
    let token = text(&alice, "access_token");
    let wrong = [
        (("resource", "https://idms.c.example"), "invalid_target"),
        (("resource", A), "invalid_target"),
        (("resource", ""), "invalid_request"),
        (("subject_token", "nonsense"), "invalid_grant"),
        (("subject_token", ""), "invalid_request"),
        (("subject_token", text(&alice, "id_token")), "invalid_grant"),
        (("subject_token", text(&alice, "refresh_token")), "invalid_grant"),
        (("subject_token", text(&bob, "access_token")), "invalid_target"),
        (("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"), "invalid_request"),
        (("subject_token_type", ""), "invalid_request"),
        (("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"), "invalid_request"),
        (("actor_token", token), "invalid_request"),
        (("client_id", "other"), "invalid_grant"),
    ];
    for (change, error) in wrong {
        assert_eq!(idms.refused(&exchange_form(token, &[change])), error, "{change:?}");
    }
    idms.post("/revoke", &[("token", token), ("client_id", CLIENT)]);
    assert_eq!(idms.refused(&exchange_form(token, &[])), "invalid_grant", "revoked");
    let alice = idms.log_in("alice");
    idms.lab.advance(Duration::from_secs(3_631));
    assert_eq!(idms.refused(&exchange_form(text(&alice, "access_token"), &[])), "invalid_grant", "expired");
}

#[test]
fn ts33180_b_7_4_the_partner_gives_tokens_with_the_id_that_the_visitor_has_there() {
    let (a, b) = Idms::pair();
    let (status, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["scope"], SCOPE);
    assert!(tokens.get("refresh_token").is_none(), "RFC 7521 4.1");
    let bearer = b.verifier().verify(text(&tokens, "access_token"), b.now()).unwrap();
    assert_eq!(bearer.primary, Some(id("sip:alice@a.example")), "for whom the primary vouched");
    let [visitor] = bearer.users.as_slice() else { panic!("{:?}", bearer.users) };
    assert_eq!(visitor.domain(), "b.example");
    assert!(!visitor.as_str().contains("alice"));
    let (_, again) = b.token(&bearer_form(&security_token(&a), &[]));
    assert_eq!(claims(text(&again, "access_token"))["mcptt_id"], visitor.as_str(), "the same ever after");
    assert!(
        a.verifier().verify(text(&tokens, "access_token"), a.now()).is_err(),
        "10.6.2: at home it opens nothing"
    );
    let onward = exchange_form(text(&again, "access_token"), &[("resource", A)]);
    assert_eq!(b.refused(&onward), "invalid_grant", "a visitor does not migrate from there");
}

#[test]
fn ts33180_b_7_4_the_allocation_outlives_the_process() {
    let (a, b) = Idms::pair();
    let (_, before) = b.token(&bearer_form(&security_token(&a), &[]));
    let used = security_token(&a);
    assert_eq!(b.token(&bearer_form(&used, &[])).0, 200);
    let b = b.restart();
    assert_eq!(b.refused(&bearer_form(&used, &[])), "invalid_grant", "what is used up stays so");
    let (_, after) = b.token(&bearer_form(&security_token(&a), &[]));
    let visitor = |tokens: &Value| claims(text(tokens, "access_token"))["mcptt_id"].clone();
    assert_eq!(visitor(&before), visitor(&after));
}

#[test]
fn ts23280_10_1_6_an_id_that_was_allocated_beforehand_is_the_visitors_and_stays_his() {
    let (a, _) = Idms::pair();
    let mut config = server::partner_config();
    let given = AllocatedId { primary: id("sip:alice@a.example"), id: id("sip:guest-7@b.example") };
    config.partners[0].allocated = vec![given];
    let b = Idms::of(a.lab.clone(), config);
    let named = || {
        let (status, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
        assert_eq!(status, 200, "{tokens}");
        claims(text(&tokens, "access_token"))["mcptt_id"].clone()
    };
    assert_eq!((named(), named()), (json!("sip:guest-7@b.example"), json!("sip:guest-7@b.example")));
}

#[test]
fn rfc7523_3_an_assertion_counts_once() {
    let (a, b) = Idms::pair();
    let token = security_token(&a);
    assert_eq!(b.refused(&bearer_form(&token, &[("scope", "3gpp:mc:data_service")])), "invalid_scope");
    assert_eq!(b.token(&bearer_form(&token, &[])).0, 200, "what was refused has used nothing up");
    assert_eq!(b.refused(&bearer_form(&token, &[])), "invalid_grant");
    let late = security_token(&a);
    b.lab.advance(Duration::from_secs(631));
    assert_eq!(b.refused(&bearer_form(&late, &[])), "invalid_grant", "expired");
}

#[test]
fn rfc7523_3_each_claim_of_an_assertion_wrong_or_absent() {
    let key = new_key()().unwrap();
    let signer = Signer::new(A, &key).unwrap();
    let mut config = server::partner_config();
    let keys = kit::tokens::KeySource::Given(signer.jwks().into_bytes());
    config.partners[0].issuer.as_mut().unwrap().keys = keys;
    let b = Idms::of(kit::testing::Lab::new(), config);
    let now = b.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let right =
        json!({"iss": A, "sub": "sip:alice@a.example", "aud": B, "iat": now, "exp": now + 600, "jti": "1"});
    let sign = |kind: &str, changes: Value| {
        let mut claims = right.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
        }
        signer.sign_claims(kind, &claims).unwrap()
    };
    let wrong = [
        json!({"iss": "https://idms.c.example"}),
        json!({"iss": null}),
        json!({"sub": "sip:alice@c.example"}),
        json!({"sub": "sip:alice@b.example"}),
        json!({"sub": "sip:bob@a.example"}),
        json!({"sub": "alice"}),
        json!({"sub": null}),
        json!({"aud": A}),
        json!({"aud": ["mcx"]}),
        json!({"aud": null}),
        json!({"exp": now - 60}),
        json!({"exp": now + 7_200}),
        json!({"exp": null}),
        json!({"nbf": now + 120}),
        json!({"jti": null}),
        json!({"jti": "x".repeat(257)}),
    ];
    for changes in wrong {
        assert_eq!(b.refused(&bearer_form(&sign("JWT", changes.clone()), &[])), "invalid_grant", "{changes}");
    }
    assert_eq!(b.refused(&bearer_form(&sign("at+jwt", json!({})), &[])), "invalid_grant", "RFC 8725 3.11");
    let mallory = Signer::new(A, &new_key()().unwrap()).unwrap().sign_claims("JWT", &right).unwrap();
    assert_eq!(b.refused(&bearer_form(&mallory, &[])), "invalid_grant", "another's key");
    assert_eq!(b.refused(&bearer_form("a.b.c", &[])), "invalid_grant");
    assert_eq!(b.refused(&bearer_form("", &[])), "invalid_request");
    for (jti, changes) in
        [("2", json!({})), ("3", json!({"aud": ["x", B]})), ("4", json!({"aud": format!("{B}/token")}))]
    {
        let mut changes = changes;
        changes["jti"] = json!(jti);
        assert_eq!(b.token(&bearer_form(&sign("JWT", changes), &[])).0, 200, "{jti}");
    }
}

#[test]
fn clocks_of_two_systems_may_be_half_a_minute_apart() {
    let key = new_key()().unwrap();
    let signer = Signer::new(A, &key).unwrap();
    let mut config = server::partner_config();
    let keys = kit::tokens::KeySource::Given(signer.jwks().into_bytes());
    config.partners[0].issuer.as_mut().unwrap().keys = keys;
    let b = Idms::of(kit::testing::Lab::new(), config);
    let now = b.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let status = |jti: &str, issued: u64, expires: u64| {
        let claims = json!({
            "iss": A, "sub": "sip:alice@a.example", "aud": B, "jti": jti, "iat": issued, "nbf": issued, "exp": expires,
        });
        b.token(&bearer_form(&signer.sign_claims("JWT", &claims).unwrap(), &[])).0
    };
    assert_eq!(status("1", now + 29, now + 629), 200, "theirs is fast");
    assert_eq!(status("2", now - 629, now - 29), 200, "theirs is slow");
    assert_eq!(status("3", now + 31, now + 631), 400, "too fast");
    assert_eq!(status("4", now - 631, now - 31), 400, "too slow");
}

#[test]
fn ts33180_b_7_who_takes_nobody_allocates_nothing() {
    let (a, _) = Idms::pair();
    let token = security_token(&a);
    assert_eq!(a.refused(&bearer_form(&token, &[])), "invalid_grant", "no partner of its is called that");
}
