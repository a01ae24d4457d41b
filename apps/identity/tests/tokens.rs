//! The token endpoint for the server's own users: code, refresh, revocation. RFC 6749, RFC 7009, TS 33.180 B.1, B.2 and B.4
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use kit::tokens::Invalid;
use serde_json::json;
use server::{A, CLIENT, Idms, SCOPE, claims, code_form, config, refresh_form, text};

#[test]
fn ts33180_b_1_a_log_in_gives_tokens_that_name_the_user() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    assert_eq!(tokens["scope"], SCOPE);
    let bearer = idms.verifier().verify(text(&tokens, "access_token"), idms.now()).unwrap();
    assert_eq!(bearer.users, [server::id("sip:alice@a.example")]);
    assert_eq!((bearer.client.as_deref(), bearer.primary.as_ref()), (Some(CLIENT), None));
    let access = claims(text(&tokens, "access_token"));
    assert_eq!((&access["iss"], &access["aud"]), (&json!(A), &json!(["mcx"])));
    assert!(access.get("mcvideo_id").is_none(), "no scope is of MCVideo");
    assert_ne!(access["sub"], "alice", "what names the user to everybody is not what he logs in by");
    let id_token = claims(text(&tokens, "id_token"));
    assert_eq!((&id_token["aud"], &id_token["nonce"]), (&json!(CLIENT), &json!("n0nce")));
    assert_eq!((&id_token["mcptt_id"], &id_token["sub"]), (&json!("sip:alice@a.example"), &access["sub"]));
    assert_eq!(
        idms.verifier().verify(text(&tokens, "id_token"), idms.now()).unwrap_err(),
        Invalid::Audience,
        "an ID token is no access token"
    );
}

#[test]
fn oidc_3_1_2_1_without_openid_there_is_no_id_token() {
    let idms = Idms::new();
    let code = idms.code_for("alice", "3gpp:mc:video_service 3gpp:mc:ptt_service email");
    let (status, tokens) = idms.token(&code_form(&code, &[]));
    assert_eq!((status, tokens.get("id_token")), (200, None));
    assert_eq!(tokens["scope"], "3gpp:mc:video_service 3gpp:mc:ptt_service", "RFC 6749 3.3");
}

#[test]
fn rfc6749_5_2_a_code_counts_for_its_client_its_redirect_uri_and_its_verifier() {
    let idms = Idms::new();
    let wrong = [
        (("client_id", "other"), "invalid_grant"),
        (("client_id", "nobody"), "invalid_client"),
        (("client_id", ""), "invalid_client"),
        (("redirect_uri", "http://127.0.0.1/callback"), "invalid_grant"),
        (("redirect_uri", ""), "invalid_request"),
        (("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"), "invalid_grant"),
        (("code_verifier", server::CHALLENGE), "invalid_grant"),
        (("code_verifier", ""), "invalid_request"),
        (("code", "t0000000000000000000000099t0000000000000000000000098"), "invalid_grant"),
        (("code", ""), "invalid_request"),
        (("grant_type", "password"), "unsupported_grant_type"),
        (("grant_type", ""), "invalid_request"),
    ];
    for (change, error) in wrong {
        let code = idms.code();
        assert_eq!(idms.refused(&code_form(&code, &[change])), error, "{change:?}");
        let spent = matches!(change.0, "redirect_uri" | "code_verifier") && error == "invalid_grant"
            || change.1 == "other";
        let (status, _) = idms.token(&code_form(&code, &[]));
        assert_eq!(status, if spent { 400 } else { 200 }, "{change:?}: who shows it has used it up");
    }
}

#[test]
fn rfc6749_4_1_2_a_code_lasts_a_minute() {
    let idms = Idms::new();
    let (early, late) = (idms.code(), idms.code());
    idms.lab.advance(Duration::from_secs(59));
    assert_eq!(idms.token(&code_form(&early, &[])).0, 200);
    idms.lab.advance(Duration::from_secs(2));
    assert_eq!(idms.refused(&code_form(&late, &[])), "invalid_grant");
}

#[test]
fn rfc6749_4_1_2_a_code_that_is_shown_twice_revokes_what_it_gave() {
    let idms = Idms::new();
    let code = idms.code();
    let (_, tokens) = idms.token(&code_form(&code, &[]));
    assert_eq!(idms.refused(&code_form(&code, &[])), "invalid_grant");
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
    let sid = claims(text(&tokens, "access_token"))["sid"].clone();
    assert_eq!(idms.revoked(), [json!({ "sid": sid })], "servers are told");
}

#[test]
fn rfc6749_6_a_refresh_token_gives_others_and_its_successor() {
    let idms = Idms::new();
    let first = idms.log_in("alice");
    idms.lab.advance(Duration::from_secs(3_000));
    let (status, second) =
        idms.token(&refresh_form(text(&first, "refresh_token"), &[("scope", "3gpp:mc:ptt_service")]));
    assert_eq!((status, &second["scope"]), (200, &json!("3gpp:mc:ptt_service")));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let (old, new) = (claims(text(&first, "access_token")), claims(text(&second, "access_token")));
    assert_eq!((&old["sid"], &old["sub"]), (&new["sid"], &new["sub"]), "the same log-in");
    assert_ne!(old["jti"], new["jti"]);
    assert!(idms.verifier().verify(text(&second, "access_token"), idms.now()).is_ok());
    let (status, third) = idms.token(&refresh_form(text(&second, "refresh_token"), &[]));
    assert_eq!(
        (status, &third["scope"]),
        (200, &json!(SCOPE)),
        "what the log-in has, not what was asked last"
    );
}

#[test]
fn rfc9700_4_14_2_a_refresh_token_that_is_used_twice_ends_its_log_in() {
    let idms = Idms::new();
    let first = idms.log_in("alice");
    let (_, second) = idms.token(&refresh_form(text(&first, "refresh_token"), &[]));
    assert_eq!(idms.refused(&refresh_form(text(&first, "refresh_token"), &[])), "invalid_grant");
    assert_eq!(
        idms.refused(&refresh_form(text(&second, "refresh_token"), &[])),
        "invalid_grant",
        "the thief's too"
    );
    assert_eq!(idms.revoked().len(), 1);
}

#[test]
fn rfc6749_6_a_refresh_token_counts_for_its_client_and_for_a_while() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    let token = text(&tokens, "refresh_token");
    assert_eq!(idms.refused(&refresh_form(token, &[("client_id", "other")])), "invalid_grant");
    assert_eq!(idms.refused(&refresh_form(token, &[("scope", "3gpp:mc:video_service")])), "invalid_scope");
    assert_eq!(idms.refused(&refresh_form("nonsense", &[])), "invalid_grant");
    assert_eq!(idms.refused(&refresh_form("", &[])), "invalid_request");
    assert_eq!(idms.token(&refresh_form(token, &[])).0, 200, "whoever was refused has used nothing up");
    let tokens = idms.log_in("bob");
    idms.lab.advance(Duration::from_secs(86_401));
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn a_log_in_ends_however_often_it_is_refreshed() {
    let mut config = config();
    config.lifetimes.log_in = Duration::from_secs(7_200);
    let idms = Idms::of(kit::testing::Lab::new(), config);
    let mut tokens = idms.log_in("alice");
    for _ in 0..2 {
        idms.lab.advance(Duration::from_secs(3_000));
        tokens = idms.token(&refresh_form(text(&tokens, "refresh_token"), &[])).1;
    }
    idms.lab.advance(Duration::from_secs(1_201));
    assert_eq!(idms.refused(&refresh_form(text(&tokens, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn rfc7009_2_a_token_is_revoked_by_its_client_alone() {
    let idms = Idms::new();
    let tokens = idms.log_in("alice");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let revoke = |form: &[(&str, &str)]| idms.post("/revoke", form).status().as_u16();
    assert_eq!(revoke(&[("token", access), ("client_id", "other")]), 400);
    assert_eq!(revoke(&[("token", refresh), ("client_id", "other")]), 400);
    assert_eq!(revoke(&[("token", refresh), ("client_id", "nobody")]), 401);
    assert_eq!(revoke(&[("client_id", CLIENT)]), 400);
    assert_eq!(revoke(&[("token", access), ("client_id", CLIENT), ("token_type_hint", "saml")]), 400);
    assert_eq!(revoke(&[("token", "nonsense"), ("client_id", CLIENT)]), 200, "2.2: as good as revoked");
    assert!(idms.revoked().is_empty());
    assert_eq!(revoke(&[("token", access), ("client_id", CLIENT)]), 200);
    assert_eq!(idms.revoked(), [json!({ "jti": claims(access)["jti"] })]);
    assert_eq!(revoke(&[("token", refresh), ("client_id", CLIENT)]), 200);
    assert_eq!(idms.refused(&refresh_form(refresh, &[])), "invalid_grant");
    assert_eq!(idms.revoked().len(), 2, "2.1: what the same grant gave goes with it");
    idms.lab.advance(Duration::from_secs(2 * 3_600));
    let log_in = json!({ "sid": claims(access)["sid"] });
    assert_eq!(idms.revoked(), [log_in], "a token that has ended by itself is not told");
}

#[test]
fn who_is_locked_is_refreshed_no_more_and_his_tokens_are_revoked() {
    let idms = Idms::new();
    let (alice, bob) = (idms.log_in("alice"), idms.log_in("bob"));
    let code = idms.code();
    let mut changed = idms.config.clone();
    changed.users[0].locked = true;
    idms.server.replace(&changed);
    idms.lab.run();
    assert_eq!(idms.refused(&refresh_form(text(&alice, "refresh_token"), &[])), "invalid_grant");
    assert_eq!(idms.refused(&code_form(&code, &[])), "invalid_grant");
    assert_eq!(idms.token(&refresh_form(text(&bob, "refresh_token"), &[])).0, 200);
    let revoked = idms.revoked();
    assert_eq!((revoked.len(), &revoked[0]["sub"]), (1, &claims(text(&alice, "access_token"))["sub"]));
}
