//! Documents that somebody made to hurt, and documents broken at random, against the schemas.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::LazyLock;

use common::{crate_path, samples};
use proptest::prelude::*;
use xml::{
    Document, Limits,
    schema::{SchemaSet, Validator},
};

static SCHEMAS: LazyLock<SchemaSet> =
    LazyLock::new(|| xml_schemas::xsd::documents(&xml_schemas::xsd::catalog().unwrap()).unwrap());

static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let good = std::fs::read_dir(crate_path("samples/good")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = good.collect();
    folders.sort();
    folders.iter().flat_map(|folder| samples(folder)).map(|(_, bytes)| bytes).collect()
});

/// The first rule broken, by reading or by the schema.
fn judged(bytes: &[u8]) -> Result<(), String> {
    let document =
        Document::parse(bytes, &Limits::default()).map_err(|malformed| malformed.rule.into_owned())?;
    SCHEMAS.validate(&document).map_err(|faults| faults[0].rule.to_owned())
}

fn group(content: &str) -> String {
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\" xmlns:gi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\">\
         <list-service uri=\"sip:g@a.example\">{content}</list-service></group>"
    )
}

#[test]
fn what_is_made_to_hurt_is_refused_before_it_is_judged() {
    let deep = group(&format!("{}{}", "<x xmlns=\"urn:y\">".repeat(100_000), "</x>".repeat(100_000)));
    let attributes: String =
        (0..20_000).map(|number| format!(" xmlns:n{number}='u' n{number}:a='1'")).collect();
    let entities = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;\">]><a>&d;</a>";
    let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
    let rows = [
        (deep.clone(), "the document is too large"),
        (
            group(&format!("{}{}", "<x xmlns=\"urn:y\">".repeat(70), "</x>".repeat(70))),
            "elements are nested too deeply",
        ),
        (format!("<a{attributes}/>"), "the document is too large"),
        (format!("<a{}/>", &attributes[..attributes.len() / 10]), "an element has too many attributes"),
        (group(&"<x xmlns=\"u\"/>".repeat(300)), "too many namespaces are declared"),
        (group(&"<a/>".repeat(30_000)), "the document has too many nodes"),
        (entities.to_owned(), "a document type declaration is not allowed"),
        (outside.to_owned(), "a document type declaration is not allowed"),
        (group("&lol;"), "an entity is not known"),
        ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>".to_owned(), "the encoding must be UTF-8"),
    ];
    for (document, expected) in rows {
        assert_eq!(
            judged(document.as_bytes()),
            Err(expected.to_owned()),
            "{}",
            &document[..document.len().min(100)]
        );
    }
    assert_eq!(judged(b"<a>\xff</a>"), Err("the document is not UTF-8".to_owned()));
}

#[test]
fn what_is_within_the_limits_is_judged_however_odd() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    let status = "mcdata-enhanced-status-operational-values";
    let rows = [
        (group(&format!("<list>{}</list>", many("<entry uri='a'/>", 15_000))), true),
        (group(&format!("<gi:{status}>{}</gi:{status}>", many("<gi:anyExt/>", 15_000))), true),
        (group(&format!("<gi:user-priority>{}7</gi:user-priority>", many("0", 200_000))), true),
        (group(&format!("<gi:user-priority>{}</gi:user-priority>", many("9", 200_000))), false),
        (
            group(&format!("<gi:on-network-hang-timer>P{}Y</gi:on-network-hang-timer>", many("9", 200_000))),
            false,
        ),
        (group(&format!("<display-name xml:lang='{}'>x</display-name>", many("a-", 100_000))), false),
        (
            format!(
                "<xcap-diff xmlns='urn:ietf:params:xml:ns:xcap-diff' xcap-root='a'><document sel='a'>\
                 <remove sel=\"{}b\"/></document></xcap-diff>",
                many("a[b='c'][1]/", 10_000)
            ),
            true,
        ),
    ];
    for (document, expected) in rows {
        assert_eq!(judged(document.as_bytes()).is_ok(), expected, "{}", &document[..document.len().min(200)]);
    }
}

/// A sample with some of its octets left out, doubled, exchanged, or put elsewhere.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let cut = (any::<prop::sample::Index>(), 0..40_usize, any::<prop::sample::Index>(), 0..4_u8, any::<u8>());
    (any::<prop::sample::Index>(), prop::collection::vec(cut, 1..4)).prop_map(|(sample, cuts)| {
        let mut bytes = SAMPLES[sample.index(SAMPLES.len())].clone();
        for (from, length, to, kind, octet) in cuts {
            if bytes.is_empty() {
                break;
            }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece: Vec<u8> = bytes[from..(from + length).min(bytes.len())].to_vec();
            match kind {
                0 => drop(bytes.drain(from..from + piece.len())),
                1 => drop(bytes.splice(to..to, piece)),
                2 => bytes[from] = octet,
                _ => bytes[from] = b"<>&\"'/= ]"[usize::from(octet) % 9],
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_document_panics(bytes in broken()) {
        let _ = judged(&bytes);
    }

    /// What a fault shows of a document is names of elements and attributes.
    #[test]
    fn no_fault_shows_a_value(secret in "[q-z]{12}") {
        let document = group(&format!("<invite-members>{secret}</invite-members><gi:user-priority>{secret}</gi:user-priority>"));
        let document = document.replace("sip:g@a.example", &secret);
        let parsed = Document::parse(document.as_bytes(), &Limits::default()).unwrap();
        let shown = format!("{:?}", SCHEMAS.validate(&parsed).unwrap_err());
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }
}
