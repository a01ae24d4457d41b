//! 11: every error element is written, read back, and says what it has to.

use xcap::{Exists, XcapError};
use xml::{Document, Limits};

fn all() -> Vec<XcapError> {
    let phrase = || Some("line 3, <a> & \"b\"".to_owned());
    let extension = b"<x xmlns=\"urn:x\"><y/></x>";
    let raw = Document::parse(extension, &Limits::default()).unwrap().root().to_raw();
    let exists = |values: &[&str]| Exists {
        field: "group/list-service/@uri".to_owned(),
        alternatives: values.iter().map(|&value| value.to_owned()).collect(),
    };
    vec![
        XcapError::SchemaValidation(phrase()),
        XcapError::NotXmlFragment(phrase()),
        XcapError::NoParent {
            phrase: phrase(),
            ancestor: Some("https://x/a/~~/b%5B1%5D?xmlns(p=q)&r".to_owned()),
        },
        XcapError::NoParent { phrase: None, ancestor: None },
        XcapError::CannotInsert(phrase()),
        XcapError::NotXmlAttributeValue(None),
        XcapError::Uniqueness { phrase: phrase(), exists: vec![exists(&["a", "b"]), exists(&[])] },
        XcapError::NotWellFormed(phrase()),
        XcapError::Constraint(phrase()),
        XcapError::CannotDelete(phrase()),
        XcapError::NotUtf8(phrase()),
        XcapError::Extension(vec![raw]),
    ]
}

#[test]
fn s11_each_is_written_and_read_back() {
    for error in all() {
        let bytes = error.write();
        assert_eq!(XcapError::read(&bytes).as_ref(), Ok(&error), "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn s11_a_peers_error_document_is_read() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<xcap-error xmlns="urn:ietf:params:xml:ns:xcap-error">
  <uniqueness-failure phrase="group identity already in use">
    <exists field="group/list-service/@uri">
      <alt-value>sip:flood-ops-2@primary.example</alt-value>
    </exists>
  </uniqueness-failure>
</xcap-error>"#;
    let Ok(XcapError::Uniqueness { phrase, exists }) = XcapError::read(text.as_bytes()) else {
        panic!("{text}")
    };
    assert_eq!(phrase.as_deref(), Some("group identity already in use"));
    assert_eq!(
        (exists[0].field.as_str(), exists[0].alternatives.as_slice()),
        ("group/list-service/@uri", &["sip:flood-ops-2@primary.example".to_owned()][..])
    );
}

#[test]
fn s11_what_is_no_error_document_is_refused() {
    for bad in [
        "",
        "<a/>",
        "<xcap-error/>",
        "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"/>",
        "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><other/></xcap-error>",
        "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><uniqueness-failure><exists/></uniqueness-failure></xcap-error>",
    ] {
        assert!(XcapError::read(bad.as_bytes()).is_err(), "{bad}");
    }
}
