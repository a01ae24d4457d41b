//! Values that are in use once, and documents that are found by them.

use super::*;

const ADMIN: Option<&str> = Some("sip:admin@primary.example");

fn group(uri: &str) -> String {
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{uri}\"><display-name>G</display-name></list-service></group>"
    )
}

fn by_id(id: &str) -> String {
    format!("/org.openmobilealliance.groups/global/byGroupID/{id}")
}

const OWN: &str = "/org.openmobilealliance.groups/users/sip:admin@primary.example/one";

#[test]
fn ts24481_a_group_in_a_users_tree_is_found_by_its_identity() {
    let documents = documents(&memory());
    let put = |uri: &str, body: &str| send(&documents, "PUT", uri, ADMIN, &[], body);
    let get = |uri: &str, who| send(&documents, "GET", uri, who, &[], "");
    assert_eq!(put(OWN, &group("sip:g@primary.example")).status, 201);
    let read = get(&by_id("sip%3Ag%40primary.example"), BILL);
    assert_eq!((read.status, read.body), (200, group("sip:g@primary.example")));
    // Written by its alias, it is its owner's, and stays what it is found by.
    let name = format!("{}/~~/group/list-service/display-name", by_id("sip:g@primary.example"));
    assert_eq!(put(&name, "<display-name>H</display-name>").status, 200);
    assert_eq!(send(&documents, "PUT", &name, BILL, &[], "<display-name>I</display-name>").status, 403);
    assert!(get(OWN, ADMIN).body.contains(">H<"));
    assert_eq!(put(&by_id("sip:g@primary.example"), &group("sip:h@primary.example")).status, 409);
    // Another identity: found by that, and no longer by the first.
    assert_eq!(put(OWN, &group("sip:h@primary.example")).status, 200);
    assert_eq!(get(&by_id("sip:g@primary.example"), BILL).status, 404);
    assert_eq!(get(&by_id("SIP:h@PRIMARY.example"), BILL).status, 200);
    assert_eq!(send(&documents, "DELETE", OWN, ADMIN, &[], "").status, 200);
    assert_eq!(get(&by_id("sip:h@primary.example"), BILL).status, 404);
    assert_eq!(put(OWN, &group("sip:h@primary.example")).status, 201);
}

#[test]
fn ts24481_an_identity_in_use_is_refused_with_another() {
    let documents = documents(&memory());
    let put = |uri: &str, body: &str| send(&documents, "PUT", uri, ADMIN, &[], body);
    assert_eq!(put(OWN, &group("sip:g@primary.example")).status, 201);
    let two = OWN.replace("/one", "/two");
    let refused = put(&two, &group("sip:g@PRIMARY.example"));
    assert_eq!(refused.status, 409);
    let Ok(xcap::XcapError::Uniqueness { exists, .. }) = xcap::XcapError::read(refused.body.as_bytes())
    else {
        panic!("{}", refused.body)
    };
    assert_eq!(
        (exists[0].field.as_str(), exists[0].alternatives.as_slice()),
        ("group/list-service/@uri", &["sip:g-2@primary.example".to_owned()][..])
    );
    assert_eq!(put(&two, &group(&exists[0].alternatives[0])).status, 201);
    assert_eq!(put(OWN, &group("sip:g@primary.example")).status, 200);
}

#[test]
fn rfc4826_each_service_of_a_document_is_in_use_once() {
    let documents = documents(&memory());
    let services = |uris: &[&str]| {
        let each = |uri: &&str| format!("<service uri=\"{uri}\"/>");
        format!(
            "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\">{}</rls-services>",
            uris.iter().map(each).collect::<String>()
        )
    };
    let put = |user: &str, uris: &[&str]| {
        let who = format!("sip:{user}@example.com");
        send(&documents, "PUT", &format!("/rls-services/users/{who}/index"), Some(&who), &[], &services(uris))
            .status
    };
    assert_eq!(put("bill", &["sip:a@x", "sip:b@x"]), 201);
    assert_eq!(put("joe", &["sip:c@x", "sip:b@x"]), 409);
    assert_eq!(put("joe", &["sip:c@x", "sip:c@x"]), 409);
    assert_eq!(put("bill", &["sip:a@x"]), 200);
    assert_eq!(put("joe", &["sip:c@x", "sip:b@x"]), 201);
}

#[test]
fn rfc4826_s4_4_7_the_global_index_has_the_services_of_all_users_as_they_are_now() {
    let documents = documents(&memory());
    let global = "/rls-services/global/index";
    let services = |uri: &str| {
        format!(
            "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\"><service uri=\"{uri}\"><list/></service></rls-services>"
        )
    };
    let send = |method: &str, user: &str, name: &str, body: &str| {
        let who = format!("sip:{user}@example.com");
        send(&documents, method, &format!("/rls-services/users/{who}/{name}"), Some(&who), &[], body).status
    };
    let empty = get(&documents, global);
    assert_eq!((empty.status, empty.media_type.as_str()), (200, "application/rls-services+xml"));
    assert_eq!(send("PUT", "joe", "index", &services("sip:b@x")), 201);
    assert_eq!(send("PUT", "bill", "index", &services("sip:a@x")), 201);
    assert_eq!(send("PUT", "bill", "other", &services("sip:c@x")), 201);
    let told = get(&documents, global);
    assert!(told.body.contains("sip:a@x") && told.body.contains("sip:b@x"), "{}", told.body);
    assert!(!told.body.contains("sip:c@x") && told.etag != empty.etag, "only what is called index counts");
    let one =
        get(&documents, "/rls-services/global/index/~~/rls-services/service%5b@uri=%22sip:b@x%22%5d/@uri");
    assert_eq!((one.status, one.body.as_str()), (200, "sip:b@x"));
    assert_eq!(send("DELETE", "joe", "index", ""), 200);
    assert!(!get(&documents, global).body.contains("sip:b@x"));
    assert_eq!(put(&documents, global, &services("sip:d@x")).status, 405);
}

#[test]
fn rfc4825_s8_5_a_tag_is_of_one_state_of_the_document_and_never_comes_back() {
    let documents = documents(&memory());
    let nancy = format!("{LISTS}/~~/resource-lists/list/entry%5b1%5d");
    let mut seen = vec![put(&documents, LISTS, FRIENDS).etag];
    seen.push(put(&documents, &nancy, "<entry uri=\"sip:joe@example.com\"/>").etag);
    for part in [LISTS, &nancy, &format!("{nancy}/@uri")] {
        assert_eq!(&get(&documents, part).etag, &seen[1], "every part has the tag of its document: {part}");
    }
    seen.push(send(&documents, "DELETE", &nancy, BILL, &[], "").etag);
    assert_eq!(send(&documents, "DELETE", LISTS, BILL, &[], "").status, 200);
    seen.push(put(&documents, LISTS, FRIENDS).etag);
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), seen.iter().any(String::is_empty)), (all, false), "{seen:?}");
}
