//! 6: what request URIs name, and which name nothing.

use proptest::prelude::*;
use xcap::{BadUri, Root, Target, Tree};

use crate::support::{Server, served};

fn parse(uri: &str) -> Result<Target, BadUri> {
    Target::parse(uri, &Root::new("https://xcap.example.com/xcap/").unwrap(), &served())
}

fn status(uri: &str) -> u16 {
    parse(uri).map_or_else(|bad| bad.status, |_| 200)
}

#[test]
fn s6_1_a_root_is_an_absolute_http_uri() {
    for good in ["https://xcap.example.com", "http://xcap.example.com:8080/a/b/", "https://[::1]/x"] {
        assert!(Root::new(good).is_some(), "{good}");
    }
    for bad in ["", "xcap.example.com", "ftp://x", "https://", "https://x/?q", "https://x y/"] {
        assert!(Root::new(bad).is_none(), "{bad}");
    }
    assert_eq!(status("/resource-lists/users/sip:a@b/index"), 404);
    assert_eq!(status("/xcapx/resource-lists/users/sip:a@b/index"), 404);
    let root = Root::new("https://xcap.example.com").unwrap();
    assert!(Target::parse("/resource-lists/users/sip:a@b/index", &root, &served()).is_ok());
}

#[test]
fn s6_2_documents_are_in_the_global_tree_or_a_users() {
    let target =
        parse("/xcap/org.openmobilealliance.groups/global/byGroupID/sip%3Aflood-ops%40primary.example")
            .unwrap();
    assert_eq!((target.auid.as_str(), &target.tree), ("org.openmobilealliance.groups", &Tree::Global));
    assert_eq!(target.document, "byGroupID/sip:flood-ops@primary.example");
    assert_eq!(
        target.selector(),
        "org.openmobilealliance.groups/global/byGroupID/sip:flood-ops@primary.example"
    );
    let target = parse("/xcap/resource-lists/users/sip:bill@example.com/index").unwrap();
    assert_eq!(
        (target.tree, target.document.as_str()),
        (Tree::User("sip:bill@example.com".to_owned()), "index")
    );
    for nothing in [
        "/xcap",
        "/xcap/",
        "/xcap/other/global/index",
        "/xcap/resource-lists",
        "/xcap/resource-lists/",
        "/xcap/resource-lists/index",
        "/xcap/resource-lists/user/sip:a@b/index",
        "/xcap/resource-lists/users",
        "/xcap/resource-lists/users/sip:a@b",
        "/xcap/resource-lists/users/sip:a@b/",
        "/xcap/resource-lists/global",
        "/xcap/resource-lists/users//index",
        "/xcap/~~/a",
        "/xcap/resource-lists/~~/a",
    ] {
        assert_eq!(status(nothing), 404, "{nothing}");
    }
}

#[test]
fn s6_2_one_user_has_one_tree_however_the_uri_is_written() {
    let plain = parse("/xcap/resource-lists/users/sip:bill@example.com/index").unwrap();
    for same in [
        "/xcap/resource-lists/users/sip%3Abill%40example.com/index",
        "/xcap/resource-lists/users/SIP:bill@EXAMPLE.com/index",
        "/xcap/resource%2Dlists/users/sip:%62ill@example.com/%69ndex",
    ] {
        assert_eq!(parse(same).as_ref(), Ok(&plain), "{same}");
    }
    assert_ne!(parse("/xcap/resource-lists/users/sip:Bill@example.com/index").unwrap(), plain);
}

#[test]
fn s6_3_a_selector_is_read_raw_and_encoded() {
    let raw =
        "/xcap/resource-lists/users/sip:a@b/index/~~/resource-lists/list[@name=\"friends\"]/entry[2]/@uri";
    let expected = parse(raw).unwrap().node.unwrap();
    for same in [
        "/xcap/resource-lists/users/sip:a@b/index/~~/resource-lists/list%5b@name=%22friends%22%5d/entry%5B2%5D/@uri",
        "/xcap/resource-lists/users/sip:a@b/index/%7E%7E/resource-lists/list%5B%40name%3D%22friends%22%5D/entry[2]/%40uri",
        "/xcap/resource-lists/users/sip:a@b/index/~~/resource-lists%2Flist%5B%40name%3D%22friends%22%5D%2Fentry%5B2%5D%2F%40uri",
        "/xcap/resource-lists/users/sip:a@b/index/~~//resource-lists/list[@name=\"friends\"]/entry[2]/@uri",
    ] {
        let node = parse(same).map(|target| target.node);
        let same_steps = node.as_ref().ok().and_then(Option::as_ref).map(|node| node.path.clone());
        assert!(
            same_steps.is_some_and(|path| path.steps.len() == 3 && path.terminal == expected.path.terminal),
            "{same}"
        );
    }
    for bad in ["~~", "~~/", "~~/a[", "~~/a[]", "~~/q:a", "~~/a/text()", "~~/a/@xmlns"] {
        assert_eq!(status(&format!("/xcap/resource-lists/users/sip:a@b/index/{bad}")), 400, "{bad}");
    }
}

#[test]
fn s6_3_a_value_may_hold_what_separates_steps() {
    let uri =
        "/xcap/resource-lists/users/sip:a@b/index/~~/resource-lists/external[@anchor=\"https://x/y?z[1]\"]";
    let encoded = uri.replace('?', "%3F").replace("//x/", "%2F%2Fx%2F");
    for uri in [encoded, uri.replace('?', "%3f")] {
        let node = parse(&uri).unwrap().node.unwrap();
        let test = node.path.steps[1].attribute.clone().unwrap();
        assert_eq!((&*test.value, node.query.as_str()), ("https://x/y?z[1]", ""));
    }
}

#[test]
fn s6_4_the_query_binds_prefixes() {
    let base = "/xcap/resource-lists/users/sip:a@b/index/~~/p:a/q:b";
    let name = |uri: &str| {
        let node = parse(uri).unwrap_or_else(|bad| panic!("{uri}: {bad}")).node.unwrap();
        match &node.path.steps[1].test {
            xml::path::Test::Name(name) => name.namespace.to_string(),
            xml::path::Test::Any => String::new(),
        }
    };
    for query in [
        "?xmlns(p=urn:x)xmlns(q=urn:y)",
        "?xmlns(p=urn:x)%20xmlns(q=urn:y)",
        "?xmlns(p=urn:x)xmlns(q=%22urn:y%22)",
        "?xmlns(p=urn:x)xmlns(q='urn:y')",
        "?other(xmlns(q=urn:z))xmlns(p=urn:x)xmlns(q=urn:z)xmlns(q=urn:y)",
        "%3Fxmlns(p=%22urn:x%22)xmlns(q=%22urn:y%22)",
        "%3fxmlns%28p%3Durn%3Ax%29xmlns%28q%3Durn%3Ay%29",
    ] {
        assert_eq!(name(&format!("{base}{query}")), "urn:y", "{query}");
    }
    assert_eq!(name(&format!("{base}?xmlns(p=a)xmlns(q=urn:(y)^)^^)")), "urn:(y))^");
    for bad in [
        "",
        "?",
        "?xmlns(p=urn:x)",
        "?xmlns(",
        "?xmlns(p)",
        "?xmlns(=urn:x)",
        "?v=1",
        "?xmlns(p=urn:x)x",
        "?xmlns(p=^x)",
    ] {
        assert_eq!(status(&format!("{base}{bad}")), 400, "{bad}");
    }
}

#[test]
fn hostile_paths_are_refused_in_bounded_time() {
    let users = "/xcap/resource-lists/users/";
    for bad in [
        "../global/index",
        "%2e%2e/index",
        "sip:a@b/..",
        "sip:a@b/%2E",
        "sip:a@b/a%2Fb",
        "sip:a@b/a%5Cb",
        "sip:a@b/a\\b",
        "sip:a@b/a%00",
        "sip:a@b/a%0d%0a",
        "sip:a@b/%",
        "sip:a@b/%4",
        "sip:a@b/%zz",
        "sip:a@b/%c0%ae%c0%ae",
        "sip:a@b/%e0%80%af",
        "sip:a@b/%ff",
        "sip:a@b/%ed%a0%80",
        "sip:a@b/index/~~/a%00",
        "sip:a@b/index/~~/%c0%af",
    ] {
        assert_eq!(status(&format!("{users}{bad}")), 400, "{bad}");
    }
    assert_eq!(status(&format!("{users}{}", "a/".repeat(40))), 404);
    assert_eq!(status(&format!("{users}sip:a@b/{}", "a".repeat(20_000))), 414);
    assert_eq!(status(&format!("{users}sip:a@b/index/~~/{}", "%5b".repeat(4_000))), 400);
    assert_eq!(status(&format!("{users}sip:a@b/index/~~/a?{}", "xmlns(a=b)".repeat(1_000))), 400);
    assert_eq!(status(&format!("{users}sip:a@b/index/~~/a?x{}", "(".repeat(10_000))), 400);
}

#[test]
fn what_is_told_of_a_bad_uri_holds_none_of_it() {
    for uri in ["/xcap/secret/global/index", "/xcap/resource-lists/users/sip:a@b/index/~~/secret["] {
        assert!(!parse(uri).unwrap_err().to_string().contains("secret"));
    }
}

#[test]
fn uris_of_documents_and_ancestors_lead_back() {
    let server = Server::new();
    let uri = "/xcap/resource-lists/users/sip:a@b/index/~~/p:a%5B@b=%22c%20d%22%5D/e/f?xmlns(p=urn:x)";
    let target = server.target(uri);
    assert_eq!(target.uri(&server.root), "https://xcap.example.com/xcap/resource-lists/users/sip:a@b/index");
    let ancestor = target.ancestor(&server.root, 1);
    let path = ancestor.strip_prefix("https://xcap.example.com").unwrap();
    let node = server.target(path).node.unwrap();
    assert_eq!(node.path.steps, target.node.as_ref().unwrap().path.steps[..1]);
    assert_eq!(target.ancestor(&server.root, 0), target.uri(&server.root));
}

proptest! {
    /// Whatever comes, it is read or refused with one of four statuses; what is read has a URI that leads back to it.
    #[test]
    fn any_uri_is_read_or_refused(tail in "[ -~é%/\\[\\]\"'@=()?~:^]{0,80}") {
        for base in ["/xcap/", "/xcap/resource-lists/users/sip:a@b/", "/xcap/resource-lists/users/sip:a@b/index/~~/"] {
            match parse(&format!("{base}{tail}")) {
                Err(bad) => prop_assert!(matches!(bad.status, 400 | 404)),
                Ok(target) => {
                    let root = Root::new("https://xcap.example.com/xcap").unwrap();
                    let uri = target.uri(&root);
                    let again = parse(uri.strip_prefix("https://xcap.example.com").unwrap()).unwrap();
                    prop_assert_eq!(again.selector(), target.selector());
                }
            }
        }
    }

    /// Percent-encoding a selector changes nothing of what it names.
    #[test]
    fn an_encoded_selector_names_the_same(value in "[a-z/?\\[\\]@ é;]{0,20}", position in 0_u32..5) {
        let selector = format!("resource-lists/list[{position}][@name=\"{value}\"]/entry/@uri");
        let base = "/xcap/resource-lists/users/sip:a@b/index/~~/";
        let node = parse(&format!("{base}{}", xcap::encode(&selector))).unwrap().node.unwrap();
        prop_assert_eq!(&node.selector, &selector);
        prop_assert_eq!(&*node.path.steps[1].attribute.as_ref().unwrap().value, value);
    }
}
