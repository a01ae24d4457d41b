//! Documents that the server makes.

use super::*;

#[test]
fn rfc4825_s12_what_the_server_can_do_is_told_to_everybody() {
    let documents = documents(&memory());
    let told = send(&documents, "GET", "/xcap-caps/global/index", None, &[], "");
    assert_eq!((told.status, told.media_type.as_str()), (200, "application/xcap-caps+xml"));
    assert!(told.body.contains("<auid>org.openmobilealliance.groups</auid>"));
    let again =
        send(&documents, "GET", "/xcap-caps/global/index", None, &[("if-none-match", &told.etag)], "");
    assert_eq!(again.status, 304);
    let first = send(&documents, "GET", "/xcap-caps/global/index/~~/xcap-caps/auids/auid[1]", None, &[], "");
    assert_eq!((first.status, first.media_type.as_str()), (200, xcap::ELEMENT));
    assert_eq!(get(&documents, "/xcap-caps/global/other").status, 404);
}

#[test]
fn a_directory_lists_the_documents_of_its_user_over_all_usages() {
    let documents = documents(&memory());
    let own = "/org.openmobilealliance.xcap-directory/users/sip:bill@example.com/directory.xml";
    let empty = get(&documents, own);
    assert_eq!(empty.status, 200);
    for number in 0..300 {
        assert_eq!(
            put(&documents, &format!("/resource-lists/users/sip:bill@example.com/l{number}"), FRIENDS).status,
            201
        );
    }
    let joe = Some("sip:joe@example.com");
    assert_eq!(send(&documents, "PUT", &LISTS.replace("bill", "joe"), joe, &[], FRIENDS).status, 201);
    let told = get(&documents, own);
    assert_eq!(told.body.matches("<entry ").count(), 300);
    assert!(!told.body.contains("joe") && told.etag != empty.etag);
    assert_eq!(send(&documents, "GET", own, joe, &[], "").status, 403);
}

#[test]
fn what_would_list_more_than_it_may_is_507_and_never_cut() {
    let settings = Settings { listed: 300, ..settings() };
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    let own = "/org.openmobilealliance.xcap-directory/users/sip:bill@example.com/directory.xml";
    let list = |number: usize| format!("/resource-lists/users/sip:bill@example.com/l{number}");
    (0..300).for_each(|number| assert_eq!(put(&documents, &list(number), FRIENDS).status, 201));
    assert_eq!(get(&documents, own).body.matches("<entry ").count(), 300);
    assert_eq!(put(&documents, &list(300), FRIENDS).status, 201);
    let told = get(&documents, own);
    assert_eq!((told.status, told.etag.as_str()), (507, ""));
    assert!(told.body.contains("more than 300"), "{}", told.body);
    assert_eq!(send(&documents, "PUT", own, BILL, &[], "").status, 405);
}

#[test]
fn rfc4826_4_4_7_the_services_of_more_users_than_may_be_are_507() {
    let settings = Settings { listed: 2, ..settings() };
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    let services = |user: &str| {
        let uri = format!("/rls-services/users/sip:{user}@example.com/index");
        let body = format!(
            "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\"><service uri=\"sip:{user}-list@example.com\"><list/>\
             </service></rls-services>"
        );
        let user = format!("sip:{user}@example.com");
        assert_eq!(send(&documents, "PUT", &uri, Some(&user), &[], &body).status, 201);
    };
    let all = || get(&documents, "/rls-services/global/index");
    ["ann", "bill"].into_iter().for_each(services);
    assert_eq!((all().status, all().body.matches("<service ").count()), (200, 2));
    services("carol");
    assert_eq!(all().status, 507);
}
