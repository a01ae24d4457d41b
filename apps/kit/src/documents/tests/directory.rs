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
