use super::*;

fn alias(text: &str) -> FunctionalAlias {
    FunctionalAlias::new(text).expect("valid")
}

#[test]
fn ts24379_9a_3_1_what_is_written_is_read_again() {
    let held = AliasStatus {
        user: Some(McServiceId::new("sip:alice@a.example").expect("valid")),
        status: Some(Standing::Activated),
        expires: Some("2026-01-02T03:04:05Z".parse().expect("valid")),
        since: Some("2026-01-01T03:04:05.006Z".parse().expect("valid")),
        client: Some("urn:uuid:1".into()),
        takes_over: true,
        ..AliasStatus::of(alias("sip:dispatcher@a.example"))
    };
    let bare = AliasStatus::of(alias("sip:shift.lead@a.example"));
    let tuple = Tuple { id: "c1".into(), aliases: vec![held, bare], kept: Vec::new() };
    let presence = Presence {
        entity: "sip:alice@a.example".into(),
        scope: Scope::Changes,
        tuples: vec![tuple],
        p_id: Some("7".into()),
        kept: Vec::new(),
    };
    let again = Presence::read(&presence.write()).expect("valid");
    assert_eq!(again, presence);
}

#[test]
fn rfc3863_a_document_that_does_not_say_holds_everything_and_others_children_are_kept() {
    let text = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:m="urn:3gpp:ns:mcpttPresInfo:1.0" entity="sip:alice@a.example">
        <tuple id="c1"><status>
          <m:affiliation group="sip:g@a.example"/><m:functionalAlias functionalAliasID="sip:d@a.example"/>
        </status></tuple>
        <note>x</note></presence>"#;
    let presence = Presence::read(text.as_bytes()).expect("valid");
    assert_eq!((presence.scope, presence.tuples[0].kept.len(), presence.kept.len()), (Scope::Whole, 1, 1));
    assert_eq!(presence.tuples[0].aliases, [AliasStatus::of(alias("sip:d@a.example"))]);
    assert_eq!(Presence::read(&presence.write()).expect("valid").tuples[0].aliases.len(), 1);
}

#[test]
fn what_is_missing_or_of_another_type_is_refused_with_its_place() {
    let of = |status: &str| {
        format!(
            r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:m="urn:3gpp:ns:mcpttPresInfo:1.0" entity="sip:a@a.example"><tuple id="c">{status}</tuple></presence>"#
        )
    };
    for (status, rule) in [
        ("", "status"),
        ("<status><m:functionalAlias/></status>", "functionalAliasID"),
        (r#"<status><m:functionalAlias functionalAliasID="tel:1"/></status>"#, "functionalAliasID"),
        (r#"<status><m:functionalAlias functionalAliasID="sip:d@a.example" status="x"/></status>"#, "status"),
        (
            r#"<status><m:functionalAlias functionalAliasID="sip:d@a.example" expires="x"/></status>"#,
            "expires",
        ),
    ] {
        let fault = Presence::read(of(status).as_bytes()).expect_err(status).to_string();
        assert!(fault.contains(rule), "{fault}");
    }
    assert!(Presence::read(br#"<presence xmlns="urn:ietf:params:xml:ns:pidf"/>"#).is_err(), "no entity");
}
