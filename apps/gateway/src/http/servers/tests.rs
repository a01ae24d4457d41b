use wire::{Streams, Transport};

use super::*;

fn server(auid: &str, groups: &[&str], host: &str) -> Server {
    Server {
        auids: vec![auid.into()],
        groups: groups.iter().map(|group| (*group).into()).collect(),
        root: Root::new(&format!("https://{host}")).expect("a root"),
        hop: Hop {
            name: host.into(),
            transport: Transport::Tls,
            address: ([10, 0, 0, 1], 443).into(),
            tls: None,
            connection: None,
            streams: Streams::default(),
        },
    }
}

fn serving(servers: &Servers, below: &str) -> Option<String> {
    let target = Target::read(below).expect("unambiguous");
    servers.serving(&target).map(|server| server.root.host().to_owned())
}

#[test]
fn of_two_servers_the_group_decides_and_the_nameless_one_has_the_rest() {
    let root = Root::new("https://xcap.a.example").expect("a root");
    let groups = "org.openmobilealliance.groups";
    let servers = Servers::new(
        root,
        vec![
            server(groups, &[], "gms2.a.example"),
            server(groups, &["sip:fire-*@a.example", "sip:all@a.example"], "gms1.a.example"),
            server("org.3gpp.mcptt.user-profile", &[], "cms.a.example"),
        ],
    );
    let group = |id: &str| serving(&servers, &format!("/{groups}/global/byGroupID/{id}"));
    assert_eq!(group("sip:fire-1@a.example").as_deref(), Some("gms1.a.example"));
    assert_eq!(
        group("sip:fire%2d1@a.example").as_deref(),
        Some("gms1.a.example"),
        "decoded before it is compared"
    );
    assert_eq!(group("sip:all@a.example").as_deref(), Some("gms1.a.example"));
    assert_eq!(group("sip:police@a.example").as_deref(), Some("gms2.a.example"));
    let profile = "/org.3gpp.mcptt.user-profile/users/sip:a@a.example/profile";
    assert_eq!(serving(&servers, profile).as_deref(), Some("cms.a.example"));
    assert_eq!(serving(&servers, "/resource-lists/global/index"), None);
}

#[test]
fn patterns_match_as_they_read() {
    for (pattern, text, is_match) in [
        ("sip:a@b", "sip:a@b", true),
        ("sip:a@b", "sip:a@b.example", false),
        ("sip:*@b", "sip:anything@b", true),
        ("sip:*@b", "sip:anything@c", false),
        ("*", "", true),
        ("a*b*c", "a-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("a*a", "a", false),
    ] {
        assert_eq!(matches(pattern, text), is_match, "{pattern} {text}");
    }
}

#[test]
fn rfc4825_6_1_a_root_is_known_by_authority_and_path() {
    let root = Root::new("https://XCAP.a.example:443/xcap/").expect("a root");
    assert!(
        root.is_at("xcap.a.example")
            && root.is_at("xcap.A.example:443")
            && !root.is_at("xcap.a.example:8443")
    );
    assert_eq!(root.below("/xcap/a/b"), Some("/a/b"));
    assert_eq!(root.below("/xcapa"), None);
    assert_eq!(root.below("/"), None);
    assert_eq!(root.uri("/a?b"), "https://xcap.a.example/xcap/a?b");
    assert_eq!(root.below_uri("https://xcap.a.example/xcap/a"), Some("/a"));
    assert_eq!(root.below_uri("http://xcap.a.example/xcap/a"), None);
    assert_eq!(Root::new("https://[2001:db8::1]:8443").expect("a root").host(), "[2001:db8::1]");
    for bad in [
        "xcap.a.example",
        "ftp://a.example",
        "https://u@a.example",
        "https://a.example/a/../b",
        "https://a.example/a?b",
    ] {
        assert!(Root::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_inner_path_is_seen_where_it_is_no_part_of_the_public_one() {
    let root = |path: &str| Root::new(&format!("https://xcap.a.example{path}")).expect("a root");
    for (inner, public, text, is_seen) in [
        ("/inner", "/xcap", "<ancestor>/inner/a</ancestor>", true),
        ("/inner", "/xcap", "<ancestor>/inner</ancestor>", true),
        ("/inner", "/xcap", "<ancestor>/inner-city/a</ancestor>", false),
        ("/xcap", "/xcap", "<ancestor>/xcap/a</ancestor>", false),
        ("/xcap", "/xcap/v1", "<ancestor>https://xcap.a.example/xcap/v1/a</ancestor>", false),
        ("/xcap", "/xcap/v1", "<ancestor>/xcap/v1/a</ancestor> of /xcap/v2", true),
        ("/xcap", "/xcap/v1", "/xcap/v10/a", true),
        ("/inner", "/x/inner", "<ancestor>/x/inner/a</ancestor>", false),
        ("/inner", "/x/inner", "<ancestor>/x/inner/a</ancestor>/inner", true),
        ("", "/xcap", "/a", false),
        ("/inner", "", "/inner/a", true),
    ] {
        assert_eq!(
            root(inner).path_occurs_in(text.as_bytes(), &root(public)),
            is_seen,
            "{inner} {public} {text}"
        );
    }
}

#[test]
fn rfc3986_6_2_2_an_inner_path_is_seen_however_it_is_written() {
    let root = |path: &str| Root::new(&format!("https://xcap.a.example{path}")).expect("a root");
    for text in [
        "%2Finner/a",
        "%2finner%2Fa",
        "%252Finner",
        "/%69nner/a",
        "/inn%65r",
        "{\"instance\":\"\\/inner\\/a\"}",
        "{\"instance\":\"\\u002finner\"}",
        "{\"instance\":\"%5c/inner\"}",
        "<a>&#47;inner/a</a>",
        "<a>&#x2F;inner/a</a>",
        "<a>&#x25;2Finner</a>",
        "<a>/in<!-- -->ner</a>",
        "<a><![CDATA[/]]>inner</a>",
        "/x/../inner/a",
        "/x/%2e%2E/inner",
        "//inner",
        "/./inner",
    ] {
        assert!(root("/inner").path_occurs_in(text.as_bytes(), &root("/xcap")), "{text}");
    }
    for text in
        ["/deep//inner/a", "/deep/./inner", "/deep/x/../inner", "/x/../deep/%2E/inner", "\\/deep\\/inner"]
    {
        assert!(root("/deep/inner").path_occurs_in(text.as_bytes(), &root("/xcap")), "{text}");
    }
    for text in
        ["%2Fxcap/a", "https://xcap.a.example/xcap/inn", "/xcap/v1/%2e/a", "dinner/a", "%2Finner-city"]
    {
        assert!(!root("/inner").path_occurs_in(text.as_bytes(), &root("/xcap")), "{text}");
    }
}
