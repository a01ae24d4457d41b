//! 7: what a client does, from the first document to conditional requests.

use crate::support::{FRIENDS, LISTS, Server};

fn node(selector: &str) -> String {
    format!("{LISTS}/~~/{selector}")
}

#[test]
fn s7_1_to_7_3_a_document_is_created_replaced_read_and_deleted() {
    let mut server = Server::new();
    let told = server.put(LISTS, FRIENDS);
    assert_eq!((told.status, told.etag.as_deref(), told.body.as_str()), (201, Some("\"v1\""), ""));
    assert_eq!(server.put(LISTS, FRIENDS).status, 200);
    let told = server.get(LISTS);
    assert_eq!((told.status, told.media_type.as_str()), (200, "application/resource-lists+xml"));
    assert_eq!((told.body.as_str(), told.etag.as_deref()), (FRIENDS, Some("\"v2\"")));
    let told = server.delete(LISTS);
    assert_eq!((told.status, told.etag), (200, None));
    assert_eq!(server.get(LISTS).status, 404);
    assert_eq!(server.delete(LISTS).status, 404);
}

#[test]
fn s7_4_to_7_6_an_element_is_created_replaced_read_and_deleted() {
    let mut server = Server::with(FRIENDS);
    let bob = node("resource-lists/list[@name=\"friends\"]/entry[@uri=\"sip:bob@example.com\"]");
    let told = server.put(&bob, "<entry uri=\"sip:bob@example.com\"/>");
    assert_eq!((told.status, told.etag.as_deref()), (201, Some("\"v2\"")));
    let told =
        server.put(&bob, "<entry uri=\"sip:bob@example.com\"><display-name>Bob</display-name></entry>");
    assert_eq!((told.status, told.etag.as_deref()), (200, Some("\"v3\"")));
    let told = server.get(&bob);
    assert_eq!(
        (told.status, told.media_type.as_str(), told.etag.as_deref()),
        (200, "application/xcap-el+xml", Some("\"v3\""))
    );
    assert_eq!(told.body, "<entry uri=\"sip:bob@example.com\"><display-name>Bob</display-name></entry>");
    assert_eq!(server.delete(&bob).status, 200);
    assert_eq!(server.text(), FRIENDS);
    assert_eq!(server.get(&bob).status, 404);
}

#[test]
fn s7_4_a_client_says_where_a_new_element_goes() {
    let mut server = Server::with(FRIENDS);
    let first = node("resource-lists/list/*[1][@uri=\"sip:first@example.com\"]");
    assert_eq!(server.put(&first, "<entry uri=\"sip:first@example.com\"/>").status, 201);
    let last = node("resource-lists/list/entry[4][@uri=\"sip:last@example.com\"]");
    assert_eq!(server.put(&last, "<entry uri=\"sip:last@example.com\"/>").status, 201);
    let uris: Vec<&str> =
        server.text().split("uri=\"sip:").skip(1).filter_map(|rest| rest.split('@').next()).collect();
    assert_eq!(uris, ["first", "nancy", "joe", "last"]);
}

#[test]
fn s7_7_to_7_9_an_attribute_is_created_replaced_read_and_deleted() {
    let mut server = Server::with(FRIENDS);
    let attribute = node("resource-lists/list/entry[1]/@note");
    let told = server.put(&attribute, "old");
    assert_eq!((told.status, told.etag.as_deref()), (201, Some("\"v2\"")));
    assert_eq!(server.put(&attribute, "\"a &amp; b\"").status, 200);
    let told = server.get(&attribute);
    assert_eq!(
        (told.status, told.media_type.as_str(), told.body.as_str()),
        (200, "application/xcap-att+xml", "a &amp; b")
    );
    assert_eq!(server.delete(&attribute).status, 200);
    assert_eq!(server.get(&attribute).status, 404);
    assert_eq!(server.text(), FRIENDS);
}

#[test]
fn s7_10_namespaces_in_scope_are_read() {
    let mut server = Server::with(&FRIENDS.replace("<list name", "<list xmlns:p=\"urn:&amp;p\" name"));
    let told = server.get(&node("resource-lists/list/entry[1]/namespace::*"));
    assert_eq!((told.status, told.media_type.as_str()), (200, "application/xcap-ns+xml"));
    assert_eq!(told.body, "<entry xmlns=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:p=\"urn:&amp;p\"/>");
    for method in ["PUT", "DELETE"] {
        let told = server.send(method, &node("resource-lists/namespace::*"), None, &[], b"");
        assert_eq!((told.status, told.allow), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn s7_11_conditions_hold_for_a_document() {
    let mut server = Server::with(FRIENDS);
    for (name, value, get, put) in [
        ("If-Match", "\"v1\"", 200, 200),
        ("If-Match", "\"x\", \"v1\"", 200, 200),
        ("If-Match", "v1", 200, 200),
        ("If-Match", "x,v1", 200, 200),
        ("If-Match", "*", 200, 200),
        ("If-Match", "\"v9\"", 412, 412),
        ("If-Match", "W/\"v1\"", 412, 412),
        ("If-Match", "", 412, 412),
        ("If-None-Match", "\"v9\"", 200, 200),
        ("If-None-Match", "\"v1\"", 304, 412),
        ("If-None-Match", "W/\"v1\"", 304, 412),
        ("If-None-Match", "*", 304, 412),
        ("If-None-Match", "v9 , v1", 304, 412),
    ] {
        let conditions = [(name, value)];
        let mut fresh = Server::with(FRIENDS);
        let told = server.send("GET", LISTS, None, &conditions, b"");
        assert_eq!(told.status, get, "GET {name}: {value}");
        assert_eq!(told.etag.as_deref(), Some("\"v1\""));
        assert!(get != 304 || told.body.is_empty());
        assert_eq!(server.send("HEAD", LISTS, None, &conditions, b"").status, get);
        assert_eq!(fresh.put_if(LISTS, &conditions, FRIENDS).status, put, "PUT {name}: {value}");
        assert_eq!(fresh.etag_is("v1"), put == 412);
        let mut fresh = Server::with(FRIENDS);
        assert_eq!(fresh.send("DELETE", LISTS, None, &conditions, b"").status, put, "DELETE {name}: {value}");
    }
}

#[test]
fn s7_11_conditions_on_what_is_not_there() {
    for (name, value, status) in [
        ("If-None-Match", "*", 201),
        ("If-None-Match", "\"v1\"", 201),
        ("If-Match", "*", 412),
        ("If-Match", "\"v1\"", 412),
    ] {
        assert_eq!(Server::new().put_if(LISTS, &[(name, value)], FRIENDS).status, status, "{name}: {value}");
    }
    assert_eq!(Server::new().send("DELETE", LISTS, None, &[("If-Match", "*")], b"").status, 412);
    assert_eq!(Server::new().send("GET", LISTS, None, &[("If-None-Match", "*")], b"").status, 404);
}

#[test]
fn s7_11_a_node_has_the_tag_of_its_document() {
    let bob = node("resource-lists/list/entry[@uri=\"sip:bob@example.com\"]");
    let body = "<entry uri=\"sip:bob@example.com\"/>";
    for (name, value, status) in [
        ("If-Match", "\"v1\"", 201),
        ("If-Match", "\"v0\"", 412),
        ("If-Match", "*", 412),
        ("If-None-Match", "*", 201),
        ("If-None-Match", "\"v1\"", 201),
    ] {
        assert_eq!(
            Server::with(FRIENDS).put_if(&bob, &[(name, value)], body).status,
            status,
            "{name}: {value}"
        );
    }
    let joe = node("resource-lists/list/entry[@uri=\"sip:joe@example.com\"]");
    let body = "<entry uri=\"sip:joe@example.com\"/>";
    for (name, value, status) in
        [("If-Match", "*", 200), ("If-None-Match", "*", 412), ("If-None-Match", "\"v1\"", 412)]
    {
        assert_eq!(
            Server::with(FRIENDS).put_if(&joe, &[(name, value)], body).status,
            status,
            "{name}: {value}"
        );
    }
}

#[test]
fn s7_11_a_put_of_the_same_still_asks_its_conditions_and_gives_a_new_tag() {
    let mut server = Server::with(FRIENDS);
    assert_eq!(server.put(LISTS, FRIENDS).etag.as_deref(), Some("\"v2\""));
    assert_eq!(server.put_if(LISTS, &[("If-Match", "\"v1\"")], FRIENDS).status, 412);
    let joe = node("resource-lists/list/entry[2]");
    let body = server.get(&joe).body;
    assert_eq!(server.put(&joe, &body).etag.as_deref(), Some("\"v3\""));
    assert_eq!(server.text(), FRIENDS);
}
