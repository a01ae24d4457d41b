//! 5: what a usage says of its documents, and who may touch them.

use xcap::{Access, Act, Denied, Tree, Who, XcapError};

use crate::support::{FRIENDS, LISTS, Server};

fn user(xui: &str) -> Tree {
    Tree::User(xui.to_owned())
}

#[test]
fn s5_7_users_have_their_own_tree_and_read_the_global_one() {
    let access = Access::default();
    let (bill, joe) = (Some("sip:bill@example.com"), Some("sip:joe@example.com"));
    let own = user("sip:bill@example.com");
    for act in [Act::Read, Act::Write] {
        assert_eq!(access.check(bill, &own, act), Ok(()));
        assert_eq!(access.check(joe, &own, act), Err(Denied::Forbidden));
        assert_eq!(access.check(None, &own, act), Err(Denied::Anonymous));
    }
    assert_eq!(access.check(joe, &Tree::Global, Act::Read), Ok(()));
    assert_eq!(access.check(joe, &Tree::Global, Act::Write), Err(Denied::Forbidden));
    assert_eq!(access.check(None, &Tree::Global, Act::Read), Err(Denied::Anonymous));
}

#[test]
fn s5_7_an_identity_is_the_same_in_each_of_its_spellings_and_no_other() {
    let access = Access::default();
    let check = |principal, xui| access.check(Some(principal), &user(xui), Act::Write).is_ok();
    for same in [
        "sip:bill@example.com",
        "SIP:bill@EXAMPLE.COM",
        "bill@example.com",
        "bill@Example.com",
        "sip:%62il%6c@example.com",
    ] {
        assert!(check(same, "sip:bill@example.com") && check("sip:bill@example.com", same), "{same}");
    }
    assert!(check("sip:b;l?l%2f@EXAMPLE.com", "sip:b;l?l%2F@example.com"), "a user may hold delimiters");
    for other in [
        "sip:Bill@example.com",
        "sip:bill%40@example.com",
        "sip:%2562ill@example.com",
        "sip:%6+ll@example.com",
        "sips:bill@example.com",
        "sip:sip:bill@example.com",
        "bill",
        "",
        "sip:bill@example.com.evil",
    ] {
        assert!(!check(other, "sip:bill@example.com"), "{other}");
    }
}

#[test]
fn s5_7_lists_give_more_than_the_rule() {
    let access = Access {
        users_write: Who::Listed,
        readers: vec!["sip:server@example.com".to_owned()],
        writers: vec!["sip:admin@example.com".to_owned()],
        ..Access::default()
    };
    let tree = user("sip:bill@example.com");
    assert_eq!(access.check(Some("sip:server@example.com"), &tree, Act::Read), Ok(()));
    assert_eq!(access.check(Some("sip:server@example.com"), &tree, Act::Write), Err(Denied::Forbidden));
    assert_eq!(access.check(Some("sip:admin@example.com"), &tree, Act::Write), Ok(()));
    assert_eq!(access.check(Some("sip:admin@example.com"), &Tree::Global, Act::Write), Ok(()));
    assert_eq!(access.check(Some("sip:bill@example.com"), &tree, Act::Write), Err(Denied::Forbidden));
    assert_eq!(access.check(Some("sip:bill@example.com"), &tree, Act::Read), Ok(()));
}

#[test]
fn ts24484_the_initial_configuration_is_read_before_log_in() {
    let usages = xcap::usages::built_in();
    let init = usages.get("org.3gpp.mcptt.ue-init-config").unwrap();
    assert_eq!(init.access.check(None, &user("urn:uuid:1"), Act::Read), Ok(()));
    assert_eq!(init.access.check(None, &user("urn:uuid:1"), Act::Write), Err(Denied::Anonymous));
    let profile = usages.get("org.3gpp.mcptt.user-profile").unwrap();
    assert_eq!(profile.access.check(None, &user("sip:a@b"), Act::Read), Err(Denied::Anonymous));
}

#[test]
fn s5_3_a_uniqueness_check_proposes_what_is_free() {
    let mut server = Server::with(FRIENDS);
    let twice = FRIENDS.replace("sip:nancy@", "sip:joe@");
    let told = server.put(LISTS, &twice);
    let Some(XcapError::Uniqueness { exists, .. }) = told.error else { panic!("{told:?}") };
    assert_eq!(told.status, 409);
    assert_eq!(exists[0].field, "resource-lists/list/entry[2]/@uri");
    assert_eq!(exists[0].alternatives, ["sip:joe-2@example.com"]);
    // Under another parent the same value is another.
    let elsewhere =
        FRIENDS.replace("</list>", "</list><list name=\"o\"><entry uri=\"sip:joe@example.com\"/></list>");
    assert_eq!(server.put(LISTS, &elsewhere).status, 200);
}

#[test]
fn rfc4826_values_have_their_forms() {
    let mut server = Server::with(FRIENDS);
    for (entry, status) in [
        ("<external anchor=\"https://xcap.example.com/x\"/>", 200),
        ("<external anchor=\"x\"/>", 409),
        ("<entry-ref ref=\"resource-lists/users/a/index/~~/x\"/>", 200),
        ("<entry-ref ref=\"https://xcap.example.com/x\"/>", 409),
        ("<entry-ref ref=\"/x\"/>", 409),
    ] {
        let told = server.put(LISTS, &FRIENDS.replace("</list>", &format!("{entry}</list>")));
        assert_eq!(told.status, status, "{entry}");
        assert!(status == 200 || told.error_name() == "constraint-failure");
    }
}

const GROUP: &str =
    "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:g@primary.example\"/></group>";

#[test]
fn ts24481_a_group_goes_by_its_identity() {
    let mut server = Server::new();
    let uri = "/xcap/org.openmobilealliance.groups/global/byGroupID/sip:g@primary.example";
    assert_eq!(server.put(uri, GROUP).status, 201);
    assert_eq!(server.put(&uri.replace("sip:g@", "sip:h@"), GROUP).error_name(), "constraint-failure");
    assert_eq!(
        server.put(uri, &GROUP.replace(" uri=\"sip:g@primary.example\"", "")).error_name(),
        "constraint-failure"
    );
    assert_eq!(
        server.put("/xcap/org.openmobilealliance.groups/users/sip:admin@primary.example/doc", GROUP).status,
        200
    );
    assert_eq!(
        server.put("/xcap/org.openmobilealliance.groups/global/other/x", GROUP).error_name(),
        "no-parent"
    );
}

#[test]
fn ts24481_what_only_one_group_may_have_is_claimed() {
    let usages = xcap::usages::built_in();
    let usage = usages.get("org.openmobilealliance.groups").unwrap();
    let claims = xcap::claims(usage, GROUP, &xml::Index::build(GROUP).unwrap());
    assert_eq!(claims.len(), 1);
    assert_eq!(
        (claims[0].value.as_str(), claims[0].field.as_str()),
        ("sip:g@primary.example", "group/list-service/@uri")
    );
    assert_eq!(claims[0].alternative(2), "sip:g-2@primary.example");
}

#[test]
fn ts24484_a_profile_is_its_users_and_of_its_index() {
    let mut server = Server::new();
    let profile = "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"sip:a@b.example\" user-profile-index=\"3\"/>";
    let uri = "/xcap/org.3gpp.mcptt.user-profile/users/sip:a@b.example/mcptt-user-profile-3.xml";
    assert_eq!(server.put(uri, profile).status, 201);
    for other in [
        uri.replace("-3.xml", "-4.xml"),
        uri.replace("sip:a@", "sip:c@"),
        uri.replace("mcptt-user-profile-3", "x"),
    ] {
        assert_eq!(server.put(&other, profile).error_name(), "constraint-failure", "{other}");
    }
}

#[test]
fn rfc4826_a_document_claims_so_many_services_and_no_more() {
    let mut server = Server::new();
    let services = |count: usize| {
        let each: String = (0..count).map(|n| format!("<service uri=\"sip:s{n}@x\"/>")).collect();
        format!("<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\">{each}</rls-services>")
    };
    let uri = "/xcap/rls-services/users/sip:bill@example.com/index";
    assert_eq!(server.put(uri, &services(256)).status, 201);
    assert_eq!(server.put(uri, &services(9_000)).error_name(), "constraint-failure");
}

/// `index` of bill, with one service whose members are in the list at this URI.
fn service_of(list: &str) -> String {
    format!(
        "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\"><service uri=\"sip:friends@example.com\">\
         <resource-list>{list}</resource-list></service></rls-services>"
    )
}

#[test]
fn rfc4826_s4_4_5_the_list_of_a_service_is_the_users_own_or_a_global_one() {
    let mut server = Server::new();
    let uri = "/xcap/rls-services/users/sip:bill@example.com/index";
    for (list, status) in [
        (
            "https://xcap.example.com/resource-lists/users/sip:bill@example.com/index/~~/resource-lists/list",
            201,
        ),
        ("https://xcap.example.com/xcap/resource-lists/users/sip%3abill%40EXAMPLE.com/index", 200),
        ("http://elsewhere.example/root/resource-lists/global/index", 200),
        ("https://xcap.example.com/resource-lists/users/sip:joe@example.com/index", 409),
        ("https://xcap.example.com/rls-services/users/sip:bill@example.com/index", 409),
        ("/resource-lists/users/sip:bill@example.com/index", 409),
        ("https://xcap.example.com/x/~~/resource-lists/global/index", 409),
        ("https:///resource-lists/global/index", 409),
        ("", 409),
    ] {
        let told = server.put(uri, &service_of(list));
        assert_eq!(told.status, status, "{list}");
        assert!(status != 409 || told.error_name() == "constraint-failure", "{list}: {told:?}");
    }
}

#[test]
fn rfc4826_s3_4_5_lists_within_a_service_are_held_to_the_constraints_of_lists() {
    let mut server = Server::new();
    let uri = "/xcap/rls-services/users/sip:bill@example.com/index";
    let listed = |entries: &str| {
        format!(
            "<rls-services xmlns=\"urn:ietf:params:xml:ns:rls-services\" xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\">\
             <service uri=\"sip:friends@example.com\"><list>{entries}</list></service></rls-services>"
        )
    };
    assert_eq!(
        server.put(uri, &listed("<rl:entry uri=\"sip:a@x\"/><rl:entry uri=\"sip:b@x\"/>")).status,
        201
    );
    for (entries, error) in [
        ("<rl:entry uri=\"sip:a@x\"/><rl:entry uri=\"sip:a@X\"/>", "uniqueness-failure"),
        ("<rl:list name=\"a\"/><rl:list name=\"a\"/>", "uniqueness-failure"),
        ("<rl:entry-ref ref=\"/a\"/>", "constraint-failure"),
        ("<rl:external anchor=\"sip:a@x\"/>", "constraint-failure"),
    ] {
        assert_eq!(server.put(uri, &listed(entries)).error_name(), error, "{entries}");
    }
}

#[test]
fn rfc4826_s4_4_7_the_services_of_all_users_are_one_document_that_nobody_writes() {
    let own = |prefix: &str, uri: &str| {
        let colon = if prefix.is_empty() { "" } else { ":" };
        format!(
            "<{prefix}{colon}rls-services xmlns{colon}{prefix}=\"urn:ietf:params:xml:ns:rls-services\">\
             <{prefix}{colon}service uri=\"{uri}\"><{prefix}{colon}list/></{prefix}{colon}service></{prefix}{colon}rls-services>"
        )
    };
    let (one, two) = (own("", "sip:a@x"), own("s", "sip:b@x"));
    let made = xcap::services::write([one.as_bytes(), b"<broken", two.as_bytes()], &xml::Limits::default());
    let document = xml::Document::parse(&made, &xml::Limits::default()).unwrap();
    let uris: Vec<_> = document.root().children().filter_map(|service| service.attribute("uri")).collect();
    assert_eq!(uris, ["sip:a@x", "sip:b@x"]);
    assert!(document.root().children().all(|service| service.is(xcap::services::NAMESPACE, "service")));
    let told = Server::new().put("/xcap/rls-services/global/index", &one);
    assert_eq!((told.status, told.allow), (405, Some("GET, HEAD")));
}

#[test]
fn ts24484_documents_of_services_without_a_schema_are_refused_by_name_until_one_is_loaded() {
    let server = Server::new();
    for (service, name) in [("mcvideo", "MCVideo"), ("mcdata", "MCData")] {
        for kind in ["user-profile", "service-config", "ue-config"] {
            let uri = format!("/xcap/org.3gpp.{service}.{kind}/users/sip:a@b.example/x.xml");
            let bad = xcap::Target::parse(&uri, &server.root, &server.usages).unwrap_err();
            assert_eq!(bad.status, 404);
            assert!(bad.phrase.contains(name), "{}", bad.phrase);
            let loaded = xcap::Usage {
                users: Some(xcap::Documents::named(&["*.xml"])),
                ..xcap::Usage::new(&format!("org.3gpp.{service}.{kind}"), "application/xml", "urn:x")
            };
            assert!(xcap::Target::parse(&uri, &server.root, &server.usages.clone().with(loaded)).is_ok());
        }
    }
}
