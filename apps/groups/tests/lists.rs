//! Lists of contacts, and the services made of them, that users of the own system keep. RFC 4826, TS 24.481 clause 6.3.1
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use bytes::Bytes;
use http::{Method, Response, header};
use two_servers::{A, B, FIRE, From, World, config, fire};

const ALICE: From<'_> = From::User("sip:alice@a.example");
const ADMIN: From<'_> = From::User("sip:admin@a.example");
const MCS: From<'_> = From::Server("mcs1.core.a.example");
const LISTS: &str = "/resource-lists/users/sip:alice@a.example/index";
const SERVICES: &str = "/rls-services/users/sip:alice@a.example/index";
const ALL_SERVICES: &str = "/rls-services/global/index";
const DIRECTORY: &str = "/org.openmobilealliance.xcap-directory/users/sip:alice@a.example/directory.xml";

/// Everybody who is refused what is Alice's: of the own system, of another, and another's servers.
const OTHERS: [From<'_>; 5] = [
    ADMIN,
    From::User("sip:eve@a.example"),
    From::User("sip:bob@b.example"),
    From::Gateway("sip:gms_psi@b.example"),
    From::Nobody,
];

fn lists(entries: &str) -> String {
    format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list name=\"crew\">{entries}</list></resource-lists>"
    )
}

fn services(uri: &str) -> String {
    format!(
        "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\"><service uri=\"{uri}\"><resource-list>\
         https://xcap.a.example{LISTS}/~~/resource-lists/list</resource-list></service></rls-services>"
    )
}

fn send(world: &World, from: From<'_>, method: Method, path: &str, body: &str) -> Response<Bytes> {
    let mut request = world.request(method, path, from, body.to_owned());
    let media_type = match path {
        path if path.contains("~~") => "application/xcap-el+xml",
        path if path.starts_with("/rls-services") => "application/rls-services+xml",
        _ => "application/resource-lists+xml",
    };
    request.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().expect("valid"));
    world.send(A, from, request)
}

fn put(world: &World, from: From<'_>, path: &str, body: &str) -> u16 {
    send(world, from, Method::PUT, path, body).status().as_u16()
}

fn get(world: &World, from: From<'_>, path: &str) -> (u16, String) {
    let response = send(world, from, Method::GET, path, "");
    (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
}

const BOB: &str = "<entry uri=\"sip:bob@b.example\"/>";

#[test]
fn rfc4826_3_4_a_user_keeps_lists_and_reads_them_whole_and_by_element() {
    let world = World::new();
    assert_eq!(put(&world, ALICE, LISTS, &lists(BOB)), 201);
    assert_eq!(get(&world, ALICE, LISTS), (200, lists(BOB)));
    let crew = format!("{LISTS}/~~/resource-lists/list%5b@name=%22crew%22%5d");
    let bob = format!("{crew}/entry%5b@uri=%22sip:bob@b.example%22%5d");
    assert_eq!(get(&world, ALICE, &bob), (200, BOB.to_owned()));
    let carol = "<entry uri=\"sip:carol@b.example\"/>";
    assert_eq!(put(&world, ALICE, &bob, carol), 409, "would not be found again where it was put");
    assert_eq!(put(&world, ALICE, &format!("{crew}/entry%5b2%5d"), carol), 201);
    assert!(get(&world, ALICE, LISTS).1.contains("carol"));
    assert_eq!(send(&world, ALICE, Method::DELETE, LISTS, "").status(), 200);
    assert_eq!(get(&world, ALICE, LISTS).0, 404);
}

#[test]
fn rfc4826_3_4_5_what_its_constraints_and_its_schema_forbid_is_409() {
    let world = World::new();
    for (body, says) in [
        (lists(&[BOB, BOB].concat()), "uniqueness-failure"),
        (lists("<external anchor=\"sip:x@a.example\"/>"), "constraint-failure"),
        (lists("<entry/>"), "schema-validation-error"),
        (lists("<entry"), "not-well-formed"),
    ] {
        let refused = send(&world, ALICE, Method::PUT, LISTS, &body);
        assert_eq!(refused.status(), 409, "{body}");
        assert!(String::from_utf8_lossy(refused.body()).contains(says), "{says}: {:?}", refused.body());
    }
    assert_eq!(get(&world, ALICE, LISTS).0, 404, "nothing was kept");
}

#[test]
fn rfc4826_3_4_8_nobody_else_touches_a_users_lists_and_own_servers_read_them() {
    let world = World::new();
    put(&world, ALICE, LISTS, &lists(BOB));
    for from in OTHERS {
        assert_eq!(get(&world, from, LISTS).0, 403, "{from:?}");
        assert_eq!(put(&world, from, LISTS, &lists("")), 403, "{from:?}");
        assert_eq!(send(&world, from, Method::DELETE, LISTS, "").status(), 403, "{from:?}");
    }
    assert_eq!(put(&world, MCS, LISTS, &lists("")), 403);
    assert_eq!(get(&world, MCS, LISTS), (200, lists(BOB)));
    let theirs = LISTS.replace("alice@a", "bob@b");
    assert_eq!(put(&world, From::User("sip:bob@b.example"), &theirs, &lists("")), 403, "of another system");
}

#[test]
fn rfc4826_4_4_the_services_of_all_users_are_one_document_for_the_own_system() {
    let world = World::new();
    assert_eq!(put(&world, ALICE, SERVICES, &services("sip:crew@a.example")), 201);
    let eve = From::User("sip:eve@a.example");
    let taken = services("sip:crew@a.example").replace("alice", "eve");
    let refused = send(&world, eve, Method::PUT, &SERVICES.replace("alice", "eve"), &taken);
    assert_eq!(refused.status(), 409, "a service's URI is in use once");
    assert!(String::from_utf8_lossy(refused.body()).contains("uniqueness-failure"));
    assert_eq!(put(&world, eve, SERVICES, &taken), 403);
    for from in [ALICE, eve, ADMIN, MCS] {
        let (status, text) = get(&world, from, ALL_SERVICES);
        assert_eq!((status, text.matches("sip:crew@a.example").count()), (200, 1), "{from:?}: {text}");
    }
    for from in [From::User("sip:bob@b.example"), From::Gateway("sip:gms_psi@b.example"), From::Nobody] {
        assert_eq!(get(&world, from, ALL_SERVICES).0, 403, "{from:?}");
    }
    assert_eq!(put(&world, ADMIN, ALL_SERVICES, &taken), 405, "the server makes it");
}

#[test]
fn rfc4825_12_the_lists_are_among_what_the_server_can_do() {
    let world = World::new();
    let (status, told) = get(&world, From::Nobody, "/xcap-caps/global/index");
    assert_eq!(status, 200);
    for auid in ["resource-lists", "rls-services", "org.openmobilealliance.groups"] {
        assert!(told.contains(&format!("<auid>{auid}</auid>")), "{told}");
    }
}

#[test]
fn ts24481_6_3_1_own_servers_read_what_the_server_makes() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    put(&world, ALICE, LISTS, &lists(BOB));
    let (status, told) = get(&world, MCS, "/xcap-caps/global/index");
    assert_eq!((status, told), get(&world, ALICE, "/xcap-caps/global/index"));
    let (status, told) = get(&world, MCS, DIRECTORY);
    assert!(
        status == 200 && told.contains("resource-lists/users/sip:alice@a.example/index"),
        "{status} {told}"
    );
    assert_eq!(get(&world, ALICE, DIRECTORY), (200, told));
    assert_eq!(send(&world, MCS, Method::HEAD, DIRECTORY, "").status(), 200);
    for from in OTHERS {
        assert_eq!(get(&world, from, DIRECTORY).0, 403, "{from:?}");
    }
}

#[test]
fn a_user_keeps_so_many_documents_of_a_usage_and_no_more() {
    let mut a = config(A, B);
    a.documents_per_user = 2;
    let world = World::of(a, config(B, A));
    let path = |user: &str, name: &str| format!("/resource-lists/users/sip:{user}@a.example/{name}");
    let list = lists(BOB);
    for name in ["one", "two"] {
        assert_eq!(put(&world, ALICE, &path("alice", name), &list), 201);
    }
    let third = send(&world, ALICE, Method::PUT, &path("alice", "three"), &list);
    assert_eq!(third.status(), 409);
    assert!(String::from_utf8_lossy(third.body()).contains("<constraint-failure"), "{third:?}");
    assert_eq!(
        put(&world, ALICE, &path("alice", "two"), &lists("")),
        200,
        "one that is there is written again"
    );
    assert_eq!(put(&world, ALICE, SERVICES, &services("sip:crew@a.example")), 201, "each usage by itself");
    assert_eq!(put(&world, From::User("sip:carol@a.example"), &path("carol", "one"), &list), 201);
    assert_eq!(send(&world, ALICE, Method::DELETE, &path("alice", "one"), "").status(), 200);
    assert_eq!(put(&world, ALICE, &path("alice", "three"), &list), 201);
}
