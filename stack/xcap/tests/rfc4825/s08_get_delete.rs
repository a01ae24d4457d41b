//! 8.3 and 8.4: GET, HEAD and DELETE.

use crate::support::{FRIENDS, LISTS, Server};

fn node(selector: &str) -> String {
    format!("{LISTS}/~~/{selector}")
}

#[test]
fn s8_3_what_is_not_there_is_not_found() {
    let mut server = Server::with(FRIENDS);
    for selector in [
        "resource-lists/other",
        "resource-lists/list/entry",
        "resource-lists/list/entry[3]",
        "resource-lists/list/@other",
        "resource-lists/list/entry[@uri=\"x\"]/@uri",
    ] {
        for method in ["GET", "HEAD", "DELETE"] {
            assert_eq!(
                server.send(method, &node(selector), None, &[], b"").status,
                404,
                "{method} {selector}"
            );
        }
    }
    assert_eq!(server.get(&node("other/namespace::*")).status, 404);
    assert_eq!(server.text(), FRIENDS);
}

#[test]
fn s8_3_an_element_is_told_as_it_stands() {
    let mut server = Server::with(
        "<r xmlns='urn:ietf:params:xml:ns:resource-lists'><list  name = 'a' ><!-- c -->\n<entry uri='&#x61;'/></list ></r>",
    );
    assert_eq!(
        server.get(&node("r/list")).body,
        "<list  name = 'a' ><!-- c -->\n<entry uri='&#x61;'/></list >"
    );
    assert_eq!(server.get(&node("r/list/entry[@uri=\"a\"]")).body, "<entry uri='&#x61;'/>");
    assert_eq!(server.get(&node("r/list/entry/@uri")).body, "&#x61;");
    assert_eq!(server.get(&node("*/*/*")).status, 200);
}

#[test]
fn s8_4_what_would_find_another_afterwards_is_not_deleted() {
    let mut server = Server::with(FRIENDS);
    for selector in ["resource-lists/list/entry[1]", "resource-lists/list/*[1]"] {
        let told = server.delete(&node(selector));
        assert_eq!((told.status, told.error_name()), (409, "cannot-delete"), "{selector}");
    }
    assert_eq!(server.text(), FRIENDS);
    for selector in
        ["resource-lists/list/entry[2]", "resource-lists/list/*[1][@uri=\"sip:nancy@example.com\"]"]
    {
        assert_eq!(server.delete(&node(selector)).status, 200, "{selector}");
    }
}

#[test]
fn s8_4_what_is_left_follows_the_schema() {
    let mut server = Server::with(FRIENDS);
    let told = server.delete(&node("resource-lists"));
    assert_eq!((told.status, told.error_name()), (409, "schema-validation-error"));
    let group = "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:g@h\"/></group>";
    let mut server = Server::with(group);
    let told = server
        .delete("/xcap/org.openmobilealliance.groups/global/byGroupID/sip:g@h/~~/group/list-service/@uri");
    assert_eq!((told.status, told.error_name()), (409, "constraint-failure"));
    assert_eq!(server.text(), group);
}
