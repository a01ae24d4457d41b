//! Walking a document.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use xml::{Document, Limits, Malformed};

fn parse(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).expect("well-formed")
}

#[test]
fn elements_are_found_by_namespace_and_local_name() {
    let document =
        parse("<p:a xmlns:p='urn:p' xmlns='urn:d'><b/><q:b xmlns:q='urn:p' n='2'/><b xmlns=''/></p:a>");
    let root = document.root();
    assert!(root.is("urn:p", "a") && !root.is("urn:d", "a"));
    let found: Vec<&str> = root.children().map(|child| child.namespace()).collect();
    assert_eq!(found, ["urn:d", "urn:p", ""]);
    assert_eq!(root.required("urn:p", "b").unwrap().attribute("n"), Some("2"));
    assert!(root.child("urn:q", "b").is_none());
}

#[test]
fn attributes_in_a_namespace_are_not_taken_for_plain_ones() {
    let document = parse("<a xmlns:p='urn:p' p:type='Encrypted' type='Normal'/>");
    assert_eq!(document.root().attribute("type"), Some("Normal"));
    let spoofed = parse("<a xmlns:p='urn:p' p:type='Encrypted'/>");
    assert_eq!(spoofed.root().attribute("type"), None);
}

#[test]
fn text_is_put_together_and_trimmed() {
    let document = parse("<a>\n x<!-- c -->y<![CDATA[<z>]]>&amp;<b>not mine</b> \t</a>");
    assert_eq!(document.root().text(), "xy<z>&");
    assert_eq!(document.root().untrimmed_text(), "\n xy<z>& \t");
    assert_eq!(parse("<a/>").root().text(), "");
}

#[test]
fn the_text_of_an_element_that_should_hold_nothing_else_is_not_taken_from_beside_elements() {
    let alone = parse("<a> x<!-- c --><?p i?>y<![CDATA[<z>]]> </a>");
    assert_eq!(alone.root().simple_text().unwrap(), "xy<z>");
    for beside in ["<a>x<b/></a>", "<a><b/>x</a>", "<a><b/></a>", "<a>x<q:b xmlns:q='urn:q'/></a>"] {
        let fault = parse(beside).root().simple_text().unwrap_err();
        assert_eq!(fault.to_string(), "1:1 /a: elements stand where the schema has text alone");
    }
}

#[test]
fn a_fault_names_line_column_and_path() {
    let document = parse("<a>\n  <b>\n    <c/></b></a>");
    let c = document.root().required("", "b").unwrap().required("", "c").unwrap();
    assert_eq!(c.fault("wrong").to_string(), "3:5 /a/b/c: wrong");
    let missing: Malformed = c.required("", "d").unwrap_err();
    assert_eq!(missing.to_string(), "3:5 /a/b/c: a required element is missing: d");
    assert_eq!(c.required_attribute("id").unwrap_err().rule, "a required attribute is missing: id");
}

#[test]
fn ranges_point_into_the_text() {
    let document = parse("\u{feff}<a><b>1</b></a>");
    let b = document.root().required("", "b").unwrap();
    assert_eq!(&document.text()[b.range()], "<b>1</b>");
}
