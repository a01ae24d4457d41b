//! Every element of the companion body's schema is in its struct, and the other way round.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::crate_path;
use xml::{Document, Element, Limits};
use xml_schemas::{
    body::{
        Body, InterconnectionInfo, Kept,
        interconnection_info::{McService, MessageKind, Outcome, Party, ResultInfo, Target},
    },
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    mime::namespace::INTERCONNECTION_INFO as NS,
};

const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// A value in every field. A new field does not compile until it is here.
fn full(kind: MessageKind, party: Party) -> InterconnectionInfo {
    let result = ResultInfo {
        outcome: Outcome::Fail,
        cause_code: Some(403),
        cause_text: Some("no".into()),
        kept: Kept::default(),
    };
    InterconnectionInfo {
        kind,
        request_id: RequestId::new("r-1").unwrap(),
        mc_service: Some(McService::Mcptt),
        requesting_system: Some(SystemId::new("primary.example").unwrap().into()),
        target_system: Some(SystemId::new("partner.example").unwrap().into()),
        requesting_id: Some(McServiceId::new("sip:alice@primary.example").unwrap().into()),
        requesting_alias: Some(FunctionalAlias::new("sip:dispatcher@primary.example").unwrap().into()),
        targets: vec![Target {
            party,
            result: Some(result.clone()),
            partner: Some(McServiceId::new("sip:m0417@partner.example").unwrap().into()),
            kept: Kept::default(),
        }],
        requested: vec!["coordinate".into()],
        result: Some(result),
        kept: Kept::default(),
        kept_beside: Kept::default(),
    }
}

/// Names of the elements that a named type of the schema declares, but for the extension point.
fn declared(schema: Element<'_>, type_name: &str) -> BTreeSet<String> {
    let definition = schema
        .children()
        .find(|child| child.is(XS, "complexType") && child.attribute("name") == Some(type_name))
        .unwrap_or_else(|| panic!("the schema has no type {type_name}"));
    let mut names = BTreeSet::new();
    let mut open = vec![definition];
    while let Some(at) = open.pop() {
        open.extend(at.children());
        names.extend(at.is(XS, "element").then(|| at.attribute("name").unwrap().to_owned()));
    }
    names.remove("anyExt");
    names
}

/// Names of the children of every element with this name.
fn written(documents: &[Vec<u8>], parent: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for bytes in documents {
        let document = Document::parse(bytes, &Limits::default()).unwrap();
        let mut open = vec![document.root()];
        while let Some(at) = open.pop() {
            open.extend(at.children());
            if at.is(NS, parent) {
                names.extend(at.children().map(|child| child.name().to_owned()));
            }
        }
    }
    names
}

#[test]
fn the_companion_body_has_the_elements_of_its_schema_and_no_other() {
    let schema = std::fs::read(crate_path("xsd/interconnection-info.xsd")).unwrap();
    let schema = Document::parse(&schema, &Limits::default()).unwrap();
    let user = Party::User(McServiceId::new("sip:bob@partner.example").unwrap().into());
    let alias = Party::Alias(FunctionalAlias::new("sip:incident-commander@partner.example").unwrap().into());
    let documents = [
        full(MessageKind::Request("a".to_owned().into()), user).write(),
        full(MessageKind::Response("b".to_owned().into()), alias).write(),
    ];
    let types = [
        ("paramsType", "icx-Params"),
        ("targetListType", "target-list"),
        ("targetType", "target"),
        ("resultType", "result"),
    ];
    for (type_name, parent) in types {
        assert_eq!(written(&documents, parent), declared(schema.root(), type_name), "{type_name}");
    }
    for document in documents {
        assert_eq!(InterconnectionInfo::read(&document).unwrap().write(), document);
    }
}
