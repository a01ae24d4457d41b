use super::*;

fn read(below: &str) -> Result<(String, Option<String>), &'static str> {
    Target::read(below).map(|target| (target.auid, target.group)).map_err(|why| why.0)
}

fn group(below: &str) -> Option<String> {
    read(below).expect("unambiguous").1
}

/// RFC 4825 6.1 and 6.2.
#[test]
fn rfc4825_6_a_document_is_known_by_usage_and_group() {
    assert_eq!(read("/resource-lists/users/sip:a@a.example/index"), Ok(("resource-lists".into(), None)));
    let fire = Some("sip:fire@a.example".to_owned());
    assert_eq!(group("/org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example"), fire);
    assert_eq!(group("/org.openmobilealliance.groups/global/byGroupID/sip%3afire%40a.example"), fire);
    assert_eq!(
        group("/org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example/~~/group?xmlns(a=urn:b)"),
        fire
    );
    assert_eq!(
        group("/org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example/%7E%7e/group"),
        fire
    );
    assert_eq!(group("/org.openmobilealliance.groups/users/sip:x@a.example/byGroupID"), None);
    assert_eq!(group("/org.openmobilealliance.groups/global/byGroupID"), None);
    assert_eq!(group("/xcap-caps/global/byGroupID/index"), None, "another usage has no groups");
}

/// RFC 3986 6.2.2: what could be read as another path is not passed on.
#[test]
fn rfc3986_6_2_2_what_can_be_read_in_two_ways_is_refused() {
    let groups = "/org.openmobilealliance.groups/global/byGroupID";
    for below in [
        "",
        "/",
        "//org.openmobilealliance.groups/global/index",
        "/org.openmobilealliance.groups/../xcap-caps/global/index",
        "/org.openmobilealliance.groups/%2e%2E/xcap-caps/global/index",
        "/org.openmobilealliance.groups/./global/index",
        "/org.openmobilealliance.groups/global//index",
        "/org.openmobilealliance.groups%2Fglobal/index",
        "/org.openmobilealliance.groups/global/a%5cb",
        "/org.openmobilealliance.groups/global/a\\b",
        "/org.openmobilealliance.groups/global/a%252fb",
        "/org.openmobilealliance.groups/global/a%00",
        "/org.openmobilealliance.groups/global/a%0d%0aHost:%20b",
        "/org.openmobilealliance.groups/global/a%3fb",
        "/org.openmobilealliance.groups/global/a%23b",
        "/org.openmobilealliance.groups/global/a%zz",
        "/org.openmobilealliance.groups/global/a%4",
        "/org.openmobilealliance.groups/global/%ff",
        "/org.openmobilealliance.groups;x/global/index",
        "/org.openmobilealliance.groups/global/index/",
        "/~~/a",
        "/%2Finner/org.openmobilealliance.groups/global/index",
        "/..%2f..%2finner/org.openmobilealliance.groups",
        "/%2e%2e%2finner/global",
        "/%252e%252e/inner",
        "/%25%32%65%25%32%65/inner",
        "/org.openmobilealliance.groups/%2e./inner",
        "/org.openmobilealliance.groups/.%2E;x/inner",
        "/org.openmobilealliance.groups/..;/inner",
        "/org.openmobilealliance.groups/.;x=1/inner",
        "/org.openmobilealliance.groups/%c0%ae%c0%ae/inner",
        "/org.openmobilealliance.groups/%u002e%u002e/inner",
        "/org.openmobilealliance.groups/..%00/inner",
        "/org.openmobilealliance.groups/..%09/inner",
        "/org.openmobilealliance.groups/..%5c..%5cinner",
        "/org.openmobilealliance.groups/global/%2f%2finner",
    ] {
        assert!(read(below).is_err(), "{below}");
    }
    for node in ["..", "..;x/a", "%2e%2e;/a", "a/../../../../other", "a%2f..%2f..", "%2e%2e/a", "a%00"] {
        assert!(read(&format!("{groups}/sip:fire@a.example/~~/{node}")).is_err(), "{node}");
    }
    assert!(read(&format!("{groups}/a?x=%0a")).is_err());
    assert!(read(&format!("{groups}/{}", "a".repeat(20_000))).is_err());
}

/// RFC 4825 6.3: node selectors have what document selectors must not have.
#[test]
fn rfc4825_6_3_node_selectors_pass() {
    let groups = "/org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example/~~";
    for node in
        ["/group/list-service%5b@uri=%22sip:a%2fb%22%5d", "/a/b%5B1%5D/@c", "/*%5b1%5d", "/a/namespace::*"]
    {
        assert!(read(&format!("{groups}{node}")).is_ok(), "{node}");
    }
}
