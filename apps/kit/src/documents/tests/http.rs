//! Requests over HTTP, and what is told of them.

use std::sync::Arc;

use store::{Clock, Disk, Redb, Store};

use super::*;
use crate::{
    documents::{Change, Custom},
    refusal::Cause,
};

#[test]
fn a_document_and_its_nodes_are_put_read_and_deleted() {
    let documents = documents(&memory());
    let created = put(&documents, LISTS, FRIENDS);
    assert_eq!((created.status, created.body.as_str()), (201, ""));
    let read = get(&documents, LISTS);
    assert_eq!(
        (read.status, read.media_type.as_str(), read.body.as_str()),
        (200, "application/resource-lists+xml", FRIENDS)
    );
    assert!(read.etag == created.etag && read.etag.starts_with('"') && read.etag.len() > 2);
    let entry = format!("{LISTS}/~~/resource-lists/list/entry%5B@uri=%22sip:bob@example.com%22%5D");
    let bob = "<entry uri=\"sip:bob@example.com\"/>";
    let added = put(&documents, &entry, bob);
    assert_eq!(added.status, 201);
    assert_ne!(added.etag, created.etag);
    let read = get(&documents, &entry);
    assert_eq!(
        (read.status, read.media_type.as_str(), read.body.as_str(), &read.etag),
        (200, xcap::ELEMENT, bob, &added.etag)
    );
    assert_eq!(send(&documents, "HEAD", &entry, BILL, &[], "").status, 200);
    assert_eq!(send(&documents, "DELETE", &entry, BILL, &[], "").status, 200);
    assert_eq!(get(&documents, &entry).status, 404);
    assert_eq!(send(&documents, "DELETE", LISTS, BILL, &[], "").status, 200);
    assert_eq!(get(&documents, LISTS).status, 404);
}

#[test]
fn conditions_are_read_from_every_line_of_a_field() {
    let documents = documents(&memory());
    let tag = put(&documents, LISTS, FRIENDS).etag;
    let unquoted = tag.trim_matches('"').to_owned();
    for (name, value, status) in [
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"x\"", 200),
        ("if-match", &tag, 200),
        ("if-match", &unquoted, 200),
        ("if-match", "\"x\"", 412),
    ] {
        let read = send(&documents, "GET", LISTS, BILL, &[(name, value)], "");
        assert_eq!((read.status, &read.etag), (status, &tag), "{name}: {value}");
        assert!(status == 200 || !read.body.contains("nancy"));
    }
    let two = [("if-none-match", "\"x\""), ("if-none-match", tag.as_str())];
    assert_eq!(send(&documents, "GET", LISTS, BILL, &two, "").status, 304);
    assert_eq!(send(&documents, "PUT", LISTS, BILL, &[("if-none-match", "*")], FRIENDS).status, 412);
    assert_eq!(send(&documents, "PUT", LISTS, BILL, &[("if-match", &tag)], FRIENDS).status, 200);
    assert_eq!(send(&documents, "PUT", LISTS, BILL, &[("if-match", &tag)], FRIENDS).status, 412);
}

#[test]
fn refusals_have_their_status_and_body() {
    let documents = documents(&memory());
    assert_eq!(put(&documents, LISTS, FRIENDS).status, 201);
    for (method, uri, principal, body, status) in [
        ("GET", LISTS, None, "", 403),
        ("GET", LISTS, Some("sip:joe@example.com"), "", 403),
        ("PUT", LISTS, None, FRIENDS, 403),
        ("POST", LISTS, None, "", 405),
        ("PATCH", LISTS, BILL, "", 405),
        ("GET", "/other/global/index", BILL, "", 404),
        ("GET", "/resource-lists/users/sip:bill@example.com/..", BILL, "", 400),
        ("PUT", LISTS, BILL, "<a", 409),
        ("PUT", "/xcap-caps/global/index", BILL, "<a/>", 405),
        ("DELETE", "/xcap-caps/global/index", None, "", 405),
    ] {
        let answer = send(&documents, method, uri, principal, &[], body);
        assert_eq!(answer.status, status, "{method} {uri}");
        assert_eq!(answer.media_type == xcap::ERROR, status == 409, "{method} {uri}");
    }
    assert_eq!(get(&documents, LISTS).body, FRIENDS);
}

#[test]
fn a_document_too_large_is_refused_and_too_many_requests_are() {
    let store = memory();
    let mut settings = settings();
    settings.limits.size = 100;
    let small = Documents::new(Arc::clone(&store), settings, Arc::new(Plain));
    assert_eq!(put(&small, LISTS, FRIENDS).status, 413);
    let mut settings = super::settings();
    settings.at_once = 0;
    let none = Documents::new(store, settings, Arc::new(Plain));
    assert_eq!(get(&none, LISTS).status, 503);
    let asked = ::http::Request::get(LISTS).body(bytes::Bytes::new()).expect("a request");
    let target = none.target(LISTS).expect("is one");
    let shown = block_on(none.show(&target, &asked)).expect_err("there is no place");
    assert_eq!(shown.cause, Cause::Overloaded);
}

#[test]
fn rfc9110_8_4_a_coded_body_is_not_kept() {
    let documents = documents(&memory());
    let with = |method, codings: &[&str]| {
        let fields: Vec<_> = codings.iter().map(|coding| ("content-encoding", *coding)).collect();
        send(&documents, method, LISTS, BILL, &fields, FRIENDS).status
    };
    for codings in [&["gzip"][..], &["identity, br"], &["identity", "GZIP"], &["x"]] {
        assert_eq!(with("PUT", codings), 415, "{codings:?}");
        assert_eq!(get(&documents, LISTS).status, 404, "{codings:?}");
    }
    assert_eq!(with("PUT", &["identity", "Identity"]), 201);
    assert_eq!(with("DELETE", &["gzip"]), 200, "what has no body is not coded");
}

#[test]
fn on_a_full_disk_writers_are_told_so_and_when_to_come_again_and_readers_read_on() {
    let disk = Disk::new();
    let store: Arc<dyn Store> =
        Arc::new(Redb::open_in_memory(disk.clone(), Clock::still(UNIX_EPOCH)).expect("a store"));
    let documents = documents(&store);
    assert_eq!(put(&documents, LISTS, FRIENDS).status, 201);
    disk.set_capacity(0);
    let request = || {
        let put = ::http::Request::put(LISTS).header("content-type", "application/resource-lists+xml");
        put.body(bytes::Bytes::from(FRIENDS.replace("friends", "others"))).expect("a request")
    };
    let response = block_on(documents.serve(request(), BILL));
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].as_bytes()), (503, &b"30"[..]));
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let told: serde_json::Value = serde_json::from_slice(response.body()).expect("a problem");
    assert_eq!(told["type"], "urn:x-mcx:cause:no-space");
    let read = get(&documents, LISTS);
    assert_eq!((read.status, read.body.as_str()), (200, FRIENDS));
    disk.set_capacity(u64::MAX);
    assert_eq!(block_on(documents.serve(request(), BILL)).status().as_u16(), 200, "it goes on by itself");
}

/// Lets nobody but a partner in, and keeps a mark with every change.
struct Partner;

impl Custom for Partner {
    fn may(
        &self,
        principal: Option<&str>,
        _: &xcap::Usage,
        _: &xcap::Target,
        act: xcap::Act,
    ) -> Option<Result<(), xcap::Denied>> {
        (principal == Some("sip:gms@partner.example")).then_some(if act == xcap::Act::Read {
            Err(xcap::Denied::Forbidden)
        } else {
            Ok(())
        })
    }

    fn accompany(&self, batch: store::Batch, change: &Change<'_>) -> store::Batch {
        batch.put("mark", format!("{} {}", change.target.document, change.after.is_some()))
    }
}

#[test]
fn an_entity_adds_its_own_rule_and_its_own_records() {
    let store = memory();
    let documents = Documents::new(Arc::clone(&store), settings(), Arc::new(Partner));
    let partner = Some("sip:gms@partner.example");
    assert_eq!(send(&documents, "PUT", LISTS, partner, &[], FRIENDS).status, 201);
    assert_eq!(send(&documents, "GET", LISTS, partner, &[], "").status, 403);
    assert_eq!(get(&documents, LISTS).status, 200);
    let mark = || block_on(store.get(b"mark")).expect("read").expect("a mark").value;
    assert_eq!(mark(), "index true");
    assert_eq!(send(&documents, "DELETE", LISTS, partner, &[], "").status, 200);
    assert_eq!(mark(), "index false");
}

#[test]
fn the_cache_serves_only_the_version_that_the_store_has() {
    let store = memory();
    let (one, other) = (documents(&store), documents(&store));
    assert_eq!(put(&one, LISTS, FRIENDS).status, 201);
    assert_eq!(get(&one, LISTS).body, FRIENDS);
    assert_eq!(one.cache_counts(), (1, 0));
    let changed = FRIENDS.replace("nancy", "joe");
    assert_eq!(put(&other, LISTS, &changed).status, 200);
    assert_eq!(get(&one, LISTS).body, changed);
    assert_eq!(one.cache_counts(), (1, 1));
    assert!(get(&one, &format!("{LISTS}/~~/resource-lists/list")).body.contains("joe"));
    assert_eq!(one.cache_counts(), (1, 2), "what was handed on whole is not kept");
    assert_eq!(get(&one, LISTS).body, changed);
    assert_eq!(one.cache_counts(), (2, 2));
    assert_eq!(send(&other, "DELETE", LISTS, BILL, &[], "").status, 200);
    assert_eq!(get(&one, LISTS).status, 404);
}

#[test]
fn the_cache_is_bounded() {
    let mut settings = settings();
    settings.cached = 8 * 1024;
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    for number in 0..50 {
        let uri = format!("/resource-lists/users/sip:bill@example.com/list{number}");
        assert_eq!(put(&documents, &uri, FRIENDS).status, 201);
        assert!(documents.cache.weight() <= 8 * 1024);
    }
    assert!(documents.cache.weight() > 1024);
    assert_eq!(get(&documents, "/resource-lists/users/sip:bill@example.com/list0").status, 200);
}

#[test]
fn documents_survive_a_restart() {
    let disk = Disk::new();
    let open = || -> Arc<dyn Store> {
        Arc::new(Redb::open_in_memory(disk.clone(), Clock::still(UNIX_EPOCH)).expect("a store"))
    };
    let tag = {
        let store = open();
        put(&documents(&store), LISTS, FRIENDS).etag
    };
    let read = get(&documents(&open()), LISTS);
    assert_eq!((read.body.as_str(), read.etag), (FRIENDS, tag));
}
