//! 8.1 and 8.2: what a server makes of PUT and of what is no method of XCAP.

use xcap::XcapError;

use crate::support::{FRIENDS, LISTS, Server};

const TEST: &str = "/xcap/test-app/users/sip:bill@example.com/index";
/// The document of the examples of 8.2.3.
const ROOT: &str = "<?xml version=\"1.0\"?>\n<root xmlns=\"test-app\">\n<el1 att=\"first\"/>\n<el1 att=\"second\"/>\n<!-- comment -->\n<el2 att=\"first\"/>\n</root>";

fn node(selector: &str) -> String {
    format!("{LISTS}/~~/{selector}")
}

#[test]
fn s8_1_post_is_refused_with_what_is_allowed() {
    let mut server = Server::with(FRIENDS);
    for method in ["POST", "PATCH", "OPTIONS", "get", "PROPFIND"] {
        let told = server.send(method, LISTS, Some("application/resource-lists+xml"), &[], b"");
        assert_eq!((told.status, told.allow), (405, Some("GET, HEAD, PUT, DELETE")), "{method}");
    }
    let group = "/xcap/org.openmobilealliance.groups/global/byGroupID/sip:g@primary.example";
    let told = server.send("POST", group, Some("application/vnd.3gpp.gmop+xml"), &[], b"");
    assert!(told.status == 405 && told.body.contains("GMOP"), "{told:?}");
}

#[test]
fn s8_2_1_without_its_parent_nothing_is_put() {
    let mut server = Server::new();
    let home = "https://xcap.example.com/xcap/resource-lists/users/sip:bill@example.com".to_owned();
    let missing = |what: &str| {
        let phrase = Some(format!("resource-lists/users/sip:bill@example.com/{what}"));
        Some(XcapError::NoParent { phrase, ancestor: Some(home.clone()) })
    };
    let told = server.put(&node("resource-lists/list"), "<list/>");
    assert_eq!((told.status, told.error), (409, missing("index: there is no such document")));
    let told = server.put("/xcap/resource-lists/users/sip:bill@example.com/folder/index", FRIENDS);
    assert_eq!((told.status, told.error), (409, missing("folder/index: there is no such folder")));
    let told = server.put("/xcap/xcap-caps/users/sip:bill@example.com/index", FRIENDS);
    let Some(XcapError::NoParent { ancestor, .. }) = told.error else { panic!("{told:?}") };
    assert_eq!((told.status, ancestor), (409, None), "the usage has no documents of users");
    let mut server = Server::with(FRIENDS);
    let base = "https://xcap.example.com/xcap/resource-lists/users/sip:bill@example.com/index";
    for (selector, ancestor) in [
        ("resource-lists/list%5b@name=%22other%22%5d/entry", format!("{base}/~~/resource-lists")),
        (
            "resource-lists/list%5b@name=%22friends%22%5d/list/entry",
            format!("{base}/~~/resource-lists/list%5B@name=%22friends%22%5D"),
        ),
        ("other/list", base.to_owned()),
        ("resource-lists/list/entry[3]/@uri", format!("{base}/~~/resource-lists/list")),
    ] {
        let body = if selector.ends_with("@uri") { "x" } else { "<entry/>" };
        let told = server.put(&node(selector), body);
        let Some(XcapError::NoParent { ancestor: Some(found), .. }) = told.error else {
            panic!("{selector}: {told:?}")
        };
        assert_eq!((told.status, found), (409, ancestor), "{selector}");
    }
    assert_eq!(server.text(), FRIENDS);
}

#[test]
fn s8_2_2_each_kind_of_target_has_its_media_type() {
    let mut server = Server::with(FRIENDS);
    let (element, attribute) =
        (node("resource-lists/list/entry[2]"), node("resource-lists/list/entry[2]/@uri"));
    let right = [
        (LISTS, "application/resource-lists+xml", FRIENDS),
        (&*element, "application/xcap-el+xml", "<entry uri=\"sip:x@y\"/>"),
        (&*attribute, "application/xcap-att+xml", "sip:z@y"),
    ];
    for (uri, media_type, body) in right {
        for spelt in [
            media_type.to_owned(),
            media_type.to_uppercase(),
            format!("{media_type}; charset=\"utf-8\""),
            format!("{media_type};x=y"),
        ] {
            assert_eq!(server.send("PUT", uri, Some(&spelt), &[], body.as_bytes()).status, 200, "{spelt}");
        }
        for wrong in
            [None, Some(""), Some("text/plain"), Some("application/xml"), Some("application/xcap-ns+xml")]
        {
            assert_eq!(server.send("PUT", uri, wrong, &[], body.as_bytes()).status, 415, "{uri} {wrong:?}");
        }
        let latin = format!("{media_type}; charset=iso-8859-1");
        assert_eq!(server.send("PUT", uri, Some(&latin), &[], body.as_bytes()).error_name(), "not-utf-8");
        assert_eq!(server.send("PUT", uri, Some(media_type), &[], b"<a>\xff</a>").error_name(), "not-utf-8");
    }
    let swapped = server.send("PUT", &element, Some("application/xcap-att+xml"), &[], b"x");
    assert_eq!(swapped.status, 415);
}

#[test]
fn s8_2_2_a_document_is_well_formed_and_in_utf_8() {
    let mut server = Server::with(FRIENDS);
    let kept = server.text().to_owned();
    for (body, error) in [
        ("", "not-well-formed"),
        ("x", "not-well-formed"),
        ("<a>", "not-well-formed"),
        ("<a/><b/>", "not-well-formed"),
        ("<a b='1' b='2'/>", "not-well-formed"),
        ("<p:a/>", "not-well-formed"),
        ("<a>&x;</a>", "not-well-formed"),
        ("<a>\u{1}</a>", "not-well-formed"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "not-utf-8"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "constraint-failure"),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "constraint-failure"),
    ] {
        let told = server.put(LISTS, body);
        assert_eq!((told.status, told.error_name()), (409, error), "{body}");
    }
    let deep = format!(
        "<r xmlns='urn:ietf:params:xml:ns:resource-lists'>{}{}</r>",
        "<a>".repeat(100),
        "</a>".repeat(100)
    );
    assert_eq!(server.put(LISTS, &deep).error_name(), "constraint-failure");
    let wide = format!("<a {}/>", (0..100).map(|n| format!("a{n}='' ")).collect::<String>());
    assert_eq!(server.put(LISTS, &wide).error_name(), "constraint-failure");
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [&[0xff, 0xfe], &*utf16].concat();
    assert_eq!(
        server.send("PUT", LISTS, Some("application/resource-lists+xml"), &[], &utf16).error_name(),
        "not-utf-8"
    );
    assert_eq!(server.put(LISTS, &" ".repeat(300 * 1024)).status, 413);
    assert_eq!(server.text(), kept);
}

#[test]
fn s8_2_2_an_element_is_one_and_a_value_is_one() {
    let mut server = Server::with(FRIENDS);
    for body in [
        "",
        "x",
        "<entry",
        "<entry/><entry/>",
        "</list><list>",
        "<entry></list>",
        "<?xml version='1.0'?><entry/>",
        "<!DOCTYPE a><entry/>",
        "<p:entry/>",
        "<entry a='1' a='2'/>",
        "<entry>&x;</entry>",
        "<entry>\u{1}</entry>",
        "<entry/>x",
        "<entry\u{0}/>",
    ] {
        let told = server.put(&node("resource-lists/list/entry[2]"), body);
        assert_eq!((told.status, told.error_name()), (409, "not-xml-frag"), "{body}");
    }
    for body in ["<", "a&b", "&x;", "'\"", "\u{1}", "a\" x=\"'"] {
        let told = server.put(&node("resource-lists/list/entry[2]/@uri"), body);
        assert_eq!((told.status, told.error_name()), (409, "not-xml-att-value"), "{body}");
    }
    assert_eq!(server.text(), FRIENDS);
}

#[test]
fn s8_2_3_the_examples() {
    let text = |put: &str, after: &str| ROOT.replacen(after, &format!("{after}{put}"), 1);
    let third = "<el1 att=\"third\"/>";
    for selector in ["root/el1[@att=\"third\"]", "root/el1[3][@att=\"third\"]", "root/*[3][@att=\"third\"]"] {
        let mut server = Server::with(ROOT);
        assert_eq!(server.put(&format!("{TEST}/~~/{selector}"), third).status, 201, "{selector}");
        assert_eq!(server.text(), text(third, "<el1 att=\"second\"/>"));
    }
    let mut server = Server::with(ROOT);
    assert_eq!(server.put(&format!("{TEST}/~~/root/el3"), "<el3 att=\"first\"/>").status, 201);
    assert_eq!(server.text(), ROOT.replace("</root>", "<el3 att=\"first\"/></root>"));
    for (selector, after) in [
        ("root/el2[@att=\"2\"]", "<el2 att=\"first\"/>"),
        ("root/el2[2][@att=\"2\"]", "<el2 att=\"first\"/>"),
        ("root/*[2][@att=\"2\"]", "<el1 att=\"first\"/>"),
        ("root/el2[1][@att=\"2\"]", "<!-- comment -->\n"),
    ] {
        let mut server = Server::with(ROOT);
        assert_eq!(
            server.put(&format!("{TEST}/~~/{selector}"), "<el2 att=\"2\"/>").status,
            201,
            "{selector}"
        );
        assert_eq!(server.text(), text("<el2 att=\"2\"/>", after), "{selector}");
    }
}

#[test]
fn s8_2_3_what_a_get_would_not_find_cannot_be_inserted() {
    let mut server = Server::with(ROOT);
    for (selector, body) in [
        ("root/el1[@att=\"third\"]", "<el1 att=\"fourth\"/>"),
        ("root/el1[@att=\"third\"]", "<el2 att=\"third\"/>"),
        ("root/el1[9][@att=\"third\"]", "<el1 att=\"third\"/>"),
        ("root/el1[0]", "<el1/>"),
        ("root/el3", "<el4/>"),
        ("root/el1", "<el1/>"),
        ("root/el3", "<el3 xmlns=\"\"/>"),
        ("other", "<other/>"),
        ("root", "<other xmlns=\"test-app\"/>"),
        ("root/el2[@att=\"first\"]/@att", "second"),
    ] {
        let told = server.put(&format!("{TEST}/~~/{selector}"), body);
        assert_eq!((told.status, told.error_name()), (409, "cannot-insert"), "{selector} {body}");
    }
    assert_eq!(server.text(), ROOT);
}

#[test]
fn s8_2_4_the_outermost_element_is_replaced() {
    let mut server = Server::with(ROOT);
    let told = server.put(&format!("{TEST}/~~/root"), "<root xmlns=\"test-app\"/>");
    assert_eq!((told.status, server.text()), (200, "<?xml version=\"1.0\"?>\n<root xmlns=\"test-app\"/>"));
}

#[test]
fn s8_2_5_the_result_follows_schema_and_checks() {
    let mut server = Server::with(FRIENDS);
    let told = server.put(LISTS, &FRIENDS.replace("<list ", "<invalid/><list "));
    let Some(XcapError::SchemaValidation(Some(phrase))) = told.error else { panic!("{told:?}") };
    assert_eq!(
        (told.status, phrase.as_str()),
        (409, "3:1 /resource-lists/invalid: the element is not declared")
    );
    let told = server.put(&node("resource-lists/list/invalid"), "<invalid/>");
    assert_eq!((told.status, told.error_name()), (409, "schema-validation-error"));
    let told = server.put(&node("resource-lists/list/entry[2]"), "<entry uri=\"sip:nancy@example.com\"/>");
    assert_eq!((told.status, told.error_name()), (409, "uniqueness-failure"));
    let told = server.put(&node("resource-lists/list/entry[2]/@uri"), "sip:nancy@example.com");
    assert_eq!((told.status, told.error_name()), (409, "uniqueness-failure"));
    assert_eq!(server.put(LISTS, "<resource-lists/>").error_name(), "schema-validation-error");
    assert_eq!(server.text(), FRIENDS);
}

#[test]
fn s8_2_an_element_that_makes_the_document_too_large_is_refused() {
    let mut server = Server::with(FRIENDS);
    server.limits.size = FRIENDS.len() + 10;
    let told = server.put(
        &node("resource-lists/list/entry[@uri=\"sip:bob@example.com\"]"),
        "<entry uri=\"sip:bob@example.com\"/>",
    );
    assert_eq!((told.status, server.text()), (413, FRIENDS));
}
