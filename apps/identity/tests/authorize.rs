//! The authorization endpoint and its login page: RFC 6749 4.1, RFC 7636, OpenID Connect Core 3.1.2, TS 33.180 B.4.2
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::time::Duration;

use http::{Request, header};
use server::{A, CLIENT, Idms, PASSWORD, REDIRECT, config, field, location, page_of, parameter, query, user};

#[test]
fn discovery_3_what_the_server_can_do_is_told() {
    let idms = Idms::new();
    let told = idms.json("/.well-known/openid-configuration");
    assert_eq!(told, idms.json("/.well-known/oauth-authorization-server"));
    assert_eq!(told["issuer"], A);
    assert_eq!(told["authorization_endpoint"], "https://idms.a.example/authorize");
    assert_eq!(told["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(told["grant_types_supported"].as_array().map(Vec::len), Some(4));
    let keys = idms.json("/jwks");
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
    assert!(keys["keys"][0].get("d").is_none(), "a private key is nobody's to see");
}

#[test]
fn rfc6749_4_1_2_who_logs_in_is_sent_back_with_a_code() {
    let idms = Idms::new();
    let sent = location(&idms.submit(&idms.page(&query(&[])), "alice", PASSWORD, 1));
    assert!(sent.starts_with("org.example.mcptt:/callback?code="), "{sent}");
    assert_eq!(parameter(&sent, "state").as_deref(), Some("st&te"));
    assert_eq!(parameter(&sent, "iss").as_deref(), Some(A), "RFC 9207");
    let loopback = query(&[("redirect_uri", "http://127.0.0.1:50123/callback")]);
    let sent = location(&idms.submit(&idms.page(&loopback), "alice", PASSWORD, 1));
    assert!(sent.starts_with("http://127.0.0.1:50123/callback?code="), "RFC 8252 7.3: {sent}");
}

#[test]
fn rfc6749_4_1_2_1_nobody_is_sent_where_the_application_is_not() {
    let idms = Idms::new();
    for wrong in [
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "org.example.mcptt:/callback/x"),
        ("redirect_uri", ""),
        ("client_id", "nobody"),
        ("client_id", ""),
    ] {
        let response = idms.get(&format!("/authorize?{}", query(&[wrong])));
        assert_eq!(response.status(), 400, "{wrong:?}");
        assert!(response.headers().get(header::LOCATION).is_none(), "{wrong:?}");
    }
    let twice = idms.get(&format!("/authorize?{}&redirect_uri=https://evil.example", query(&[])));
    assert_eq!(twice.status(), 400, "a parameter that is repeated");
}

#[test]
fn rfc6749_4_1_2_1_whatever_else_is_wrong_is_told_to_the_application() {
    let idms = Idms::new();
    let told = [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "code id_token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("scope", "3gpp:mc:unknown email"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("prompt", "none"), "login_required"),
        (("response_mode", "fragment"), "invalid_request"),
        (("request", "eyJ"), "request_not_supported"),
        (("request_uri", "https://x.example/r"), "request_uri_not_supported"),
    ];
    for (change, code) in told {
        let response = idms.get(&format!("/authorize?{}", query(&[change])));
        let sent = location(&response);
        assert_eq!(response.status(), 303, "{change:?}");
        assert!(sent.starts_with(&format!("{REDIRECT}?")), "{sent}");
        assert_eq!(parameter(&sent, "error").as_deref(), Some(code), "{change:?}");
        assert_eq!(parameter(&sent, "state").as_deref(), Some("st&te"), "{change:?}");
        assert_eq!(parameter(&sent, "iss").as_deref(), Some(A), "{change:?}");
    }
}

#[test]
fn rfc9700_4_16_the_page_runs_nothing_and_stands_in_no_frame() {
    let idms = Idms::new();
    let response = idms.get(&format!("/authorize?{}", query(&[("state", "\"><script>alert(1)</script>")])));
    let (fields, body) = (response.headers(), std::str::from_utf8(response.body()).unwrap());
    let policy = field(fields, "content-security-policy");
    for part in [
        "default-src 'none'",
        "form-action 'self' org.example.mcptt:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!((field(fields, "x-frame-options"), field(fields, "referrer-policy")), ("DENY", "no-referrer"));
    assert_eq!(field(fields, "cache-control"), "no-store");
    let cookie = field(fields, "set-cookie");
    for part in ["__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!body.contains("<script") && !body.contains("style=") && !body.contains("onload"), "{body}");
    assert_eq!(idms.get("/login.css").status(), 200);
}

#[test]
fn rfc9700_4_7_a_page_counts_in_the_browser_and_for_the_request_that_it_was_delivered_to() {
    let idms = Idms::new();
    let (page, other) = (idms.page(&query(&[])), idms.page(&query(&[("state", "other")])));
    assert_ne!(page.cookie, other.cookie, "two browsers");
    let mut forged = Vec::new();
    for change in 0..5 {
        let mut page = page.clone();
        match change {
            0 => page.cookie = other.cookie.clone(),
            1 => page.cookie = "x=1".to_owned(),
            2 => page.csrf = String::new(),
            3 => page.csrf = page.csrf.replacen(|c: char| c.is_ascii_digit(), "9", 1),
            _ => page.request = other.request.clone(),
        }
        forged.push(page);
    }
    for page in &forged {
        let response = idms.submit(page, "alice", PASSWORD, 1);
        assert_eq!(response.status(), 403, "{page:?}");
        assert!(response.headers().get(header::LOCATION).is_none());
    }
    let moved = server::Page { request: query(&[("redirect_uri", "https://evil.example/")]), ..page.clone() };
    assert_eq!(
        idms.submit(&moved, "alice", PASSWORD, 1).status(),
        400,
        "no open redirect by the form either"
    );
    idms.lab.advance(Duration::from_secs(601));
    let stale = idms.submit(&page, "alice", PASSWORD, 1);
    assert_eq!(stale.status(), 403, "it is too old");
    assert_eq!(idms.submit(&page_of(&stale), "alice", PASSWORD, 1).status(), 303, "the new one counts");
}

#[test]
fn a_browser_with_two_pages_open_stays_one_browser() {
    let idms = Idms::new();
    let first = idms.page(&query(&[]));
    let again = Request::get(format!("/authorize?{}", query(&[]))).header(header::COOKIE, &first.cookie);
    let second = page_of(&idms.send(again.body(bytes::Bytes::new()).unwrap(), 1));
    assert_eq!(second.cookie, first.cookie);
    for page in [first, second] {
        assert_eq!(idms.submit(&page, "alice", PASSWORD, 1).status(), 303);
    }
}

#[test]
fn whoever_does_not_log_in_learns_no_more_than_that() {
    let mut config = config();
    config.users.push(server::user("carol"));
    config.users[2].locked = true;
    let idms = Idms::of(kit::testing::Lab::new(), config);
    let page = idms.page(&query(&[]));
    let answers: Vec<_> =
        [("alice", "wrong"), ("mallory", PASSWORD), ("carol", PASSWORD), ("", ""), (&*"x".repeat(4_000), "")]
            .iter()
            .map(|(name, password)| {
                let response = idms.submit(&page, name, password, 1);
                let body = String::from_utf8(response.body().to_vec()).unwrap();
                let csrf = page_of(&response).csrf;
                (response.status(), body.replace(&csrf, ""))
            })
            .collect();
    assert_eq!(answers[0].0, 403);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "wrong, unknown, locked and empty look alike"
    );
}

#[test]
fn rfc6819_4_4_3_6_who_guesses_is_locked_out_and_comes_in_later() {
    let idms = Idms::new();
    let page = idms.page(&query(&[]));
    for _ in 0..3 {
        assert_eq!(idms.submit(&page, "alice", "guess", 7).status(), 403);
    }
    let locked = idms.submit(&page, "alice", PASSWORD, 1);
    assert_eq!((locked.status().as_u16(), field(locked.headers(), "retry-after")), (429, "10"));
    assert_eq!(idms.submit(&page, "bob", PASSWORD, 1).status(), 303, "others are not");
    idms.lab.advance(Duration::from_secs(10));
    assert_eq!(idms.submit(&page, "alice", PASSWORD, 1).status(), 303);
    for name in ["u1", "u2", "u3", "u4", "u5"] {
        idms.submit(&page, name, "guess", 7);
    }
    assert_eq!(idms.submit(&page, "bob", PASSWORD, 7).status(), 429, "the address of who guesses");
}

#[test]
fn a_user_without_the_service_is_told_to_the_application() {
    let mut config = config();
    let mut carol = user("carol");
    carol.ids.mcvideo = None;
    config.users.push(carol);
    let idms = Idms::of(kit::testing::Lab::new(), config);
    let page = idms.page(&query(&[("scope", "3gpp:mc:video_service")]));
    let sent = location(&idms.submit(&page, "carol", PASSWORD, 1));
    assert_eq!(parameter(&sent, "error").as_deref(), Some("access_denied"));
}

#[test]
fn rfc9110_15_5_6_endpoints_have_their_methods() {
    let idms = Idms::new();
    assert_eq!(idms.get("/nowhere").status(), 404);
    assert_eq!(field(idms.get("/token").headers(), "allow"), "POST");
    assert_eq!(idms.post("/jwks", &[]).status(), 405);
    assert_eq!(idms.post("/authorize", &[("client_id", CLIENT)]).status(), 405);
    let request = Request::post("/token").header("content-type", "application/json");
    assert_eq!(idms.send(request.body("{}".into()).unwrap(), 1).status(), 400);
}
