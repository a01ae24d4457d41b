//! Every element of the body of administration is in its struct, and the other way round. `xsd/acm-info.xsd`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{crate_path, samples};
use xml::{Document, Element, Limits};
use xml_schemas::{
    body::{AcmInfo, Body as _},
    mime::namespace::ACM_INFO as NS,
};

const XS: &str = "http://www.w3.org/2001/XMLSchema";

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

/// Names of the children of every element with one of these names, as the golden documents have them once they have been read and
/// written.
fn written(parents: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, bytes) in samples(&crate_path("samples/good/acm-info")) {
        let again = AcmInfo::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")).write();
        let document = Document::parse(&again, &Limits::default()).unwrap();
        let mut open = vec![document.root()];
        while let Some(at) = open.pop() {
            open.extend(at.children());
            if at.namespace() == NS && parents.contains(&at.name()) {
                let own = at.children().filter(|child| child.namespace() == NS && child.name() != "anyExt");
                names.extend(own.map(|child| child.name().to_owned()));
            }
        }
    }
    names
}

#[test]
fn the_golden_documents_have_every_element_of_the_schema_and_no_other() {
    let schema = std::fs::read(crate_path("xsd/acm-info.xsd")).unwrap();
    let schema = Document::parse(&schema, &Limits::default()).unwrap();
    let types: [(&str, &[&str]); 7] = [
        ("acm-ParamsType", &["acm-Params"]),
        ("partyType", &["initiating-party", "target-party", "handling-party"]),
        ("entryListType", &["group-id-list", "user-id-list"]),
        ("migrationUserListType", &["migration-user-list"]),
        ("migrationUserType", &["migration-user"]),
        ("resultType", &["result"]),
        ("receiptType", &["receipt"]),
    ];
    for (type_name, parents) in types {
        assert_eq!(written(parents), declared(schema.root(), type_name), "{type_name}");
    }
}

/// What is not known stays, wherever it stood.
#[test]
fn what_is_not_known_is_kept() {
    let document = br#"<acm-info xmlns="urn:x-mcx:ns:acm-info:1.0"><acm-Params>
        <req-type><mcsString>acm-pending-data-request</mcsString></req-type><request-id>r-1</request-id>
        <target-party><mcs-id><mcsURI>sip:bob@partner.example</mcsURI></mcs-id><anyExt><a/></anyExt></target-party>
        <group-id-list><entry><uri-entry><mcsURI>sip:g@partner.example</mcsURI></uri-entry><b xmlns="urn:b"/></entry></group-id-list>
        <migration-user-list><migration-user><c xmlns="urn:c"/></migration-user></migration-user-list>
        <result><outcome>stored</outcome><d xmlns="urn:d"/></result>
        </acm-Params><e xmlns="urn:e"/></acm-info>"#;
    let written = AcmInfo::read(document).unwrap().write();
    let text = String::from_utf8(written.clone()).unwrap();
    for name in ["<a", "<b xmlns=\"urn:b\"", "<c xmlns=\"urn:c\"", "<d xmlns=\"urn:d\"", "<e xmlns=\"urn:e\""]
    {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    assert_eq!(AcmInfo::read(&written).unwrap().write(), written);
}
