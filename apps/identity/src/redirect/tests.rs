use super::*;

fn registered() -> Vec<String> {
    ["https://app.a.example/cb", "http://127.0.0.1/callback", "org.example.mcptt:/callback"]
        .map(str::to_owned)
        .into()
}

#[test]
fn rfc9700_4_1_3_only_the_very_uri_is_registered() {
    for right in ["https://app.a.example/cb", "org.example.mcptt:/callback"] {
        assert!(is_registered(right, &registered()), "{right}");
    }
    let wrong = [
        "https://app.a.example/cb/",
        "https://app.a.example/cb?x=1",
        "https://app.a.example/CB",
        "https://app.a.example:443/cb",
        "https://app.a.example.evil.example/cb",
        "https://app.a.example/cb#f",
        "https://app.a.example/cb/../x",
        "http://app.a.example/cb",
        "//app.a.example/cb",
        "",
    ];
    for wrong in wrong {
        assert!(!is_registered(wrong, &registered()), "{wrong}");
    }
}

#[test]
fn rfc8252_7_3_a_loopback_address_has_any_port() {
    for right in ["http://127.0.0.1/callback", "http://127.0.0.1:49152/callback"] {
        assert!(is_registered(right, &registered()), "{right}");
    }
    let wrong = [
        "http://127.0.0.1:49152/other",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:+5/callback",
        "http://127.0.0.1:1@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://[::1]/callback",
        "http://localhost/callback",
    ];
    for wrong in wrong {
        assert!(!is_registered(wrong, &registered()), "{wrong}");
    }
}

#[test]
fn rfc6749_3_1_2_what_a_page_would_run_is_no_redirect_uri() {
    for wrong in [
        "javascript:alert(1)",
        "DATA:text/html,x",
        "/cb",
        "https:///cb",
        "https://a/\"x",
        "https://a/ b",
        "a",
    ] {
        assert!(!is_usable(wrong), "{wrong}");
    }
}

#[test]
fn parameters_follow_those_that_are_there() {
    assert_eq!(with("https://a/cb", &[("code", "a b&")]), "https://a/cb?code=a+b%26");
    assert_eq!(with("https://a/cb?x=1", &[("code", "c")]), "https://a/cb?x=1&code=c");
    assert_eq!(source("https://a.example:8443/cb?x"), "https://a.example:8443");
    assert_eq!(source("org.example.mcptt:/callback"), "org.example.mcptt:");
}
