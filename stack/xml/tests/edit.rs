//! Edits (RFC 4825 clauses 8.2.3, 8.2.4, 8.4): where a new element goes, and that nothing else moves.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use xml::{
    Document, Index, Limits,
    edit::{self, Fragment, Refused, Spliced},
    path::{Bindings, Path},
};

const START: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<root xmlns=\"test-app\">\n<el1 att=\"first\"/>\n<el1 att=\"second\"/>\n<!-- comment -->\n<el2 att=\"first\"/>\n</root>";

fn path(selector: &str) -> Path {
    let prefixes = [("p".to_owned(), "urn:p".to_owned())];
    Path::parse(selector, &Bindings { default: "test-app", prefixes: &prefixes }).expect(selector)
}

fn put(text: &str, selector: &str, element: &str) -> Result<Spliced, Refused> {
    let fragment = Fragment::parse(element, &Limits::default()).expect(element);
    edit::put_element(text, &Index::build(text).expect("an index"), &path(selector), &fragment)
}

fn put_value(text: &str, selector: &str, value: &str) -> Result<Spliced, Refused> {
    let value = edit::attribute_value(value).expect("a value");
    edit::put_attribute(text, &Index::build(text).expect("an index"), &path(selector), &value)
}

fn delete(text: &str, selector: &str) -> Result<Spliced, Refused> {
    edit::delete(text, &Index::build(text).expect("an index"), &path(selector))
}

fn holds(spliced: &Spliced, selector: &str) -> bool {
    let document = Document::parse(spliced.text.as_bytes(), &Limits::default()).expect("well-formed");
    spliced.keeps(&Index::of(&document), &path(selector))
}

/// Puts an element that is new, finds it again, deletes it, and is back where it began.
fn inserted(selector: &str, element: &str, expected: &str) {
    let spliced = put(START, selector, element).unwrap_or_else(|why| panic!("{selector}: {why:?}"));
    assert_eq!(spliced.text, expected, "{selector}");
    assert!(spliced.created && holds(&spliced, selector), "{selector}");
    assert_eq!(delete(&spliced.text, selector).expect("is there").text, START, "{selector}");
}

#[test]
fn clause_8_2_3_a_new_element_stands_behind_the_last_of_its_name_or_at_its_position() {
    let expected = START.replace("second\"/>", "second\"/><el1 att=\"third\"/>");
    for selector in [
        "root/el1[@att=\"third\"]",
        "root/el1[3][@att=\"third\"]",
        "root/*[3][@att=\"third\"]",
        "root/*[@att='third']",
    ] {
        inserted(selector, "<el1 att=\"third\"/>", &expected);
    }
    let expected = START.replace("</root>", "<el3 att=\"first\"/></root>");
    inserted("root/el3", "<el3 att=\"first\"/>", &expected);
    let expected = START.replace("<el2 att=\"first\"/>", "<el2 att=\"first\"/><el2 att=\"2\"/>");
    inserted("root/el2[@att=\"2\"]", "<el2 att=\"2\"/>", &expected);
    inserted("root/el2[2][@att=\"2\"]", "<el2 att=\"2\"/>", &expected);
    let expected = START.replace("<el1 att=\"first\"/>", "<el1 att=\"first\"/><el2 att=\"2\"/>");
    inserted("root/*[2][@att=\"2\"]", "<el2 att=\"2\"/>", &expected);
    let expected = START.replace("<el2 att=\"first\"/>", "<el2 att=\"2\"/><el2 att=\"first\"/>");
    inserted("root/el2[1][@att=\"2\"]", "<el2 att=\"2\"/>", &expected);
}

#[test]
fn clause_8_2_3_what_has_no_place_is_not_inserted() {
    for selector in ["root/el1[4]", "root/el1[4][@att=\"third\"]", "root/*[0]", "root/*[9]", "other"] {
        assert_eq!(put(START, selector, "<el1 att=\"third\"/>"), Err(Refused::CannotInsert), "{selector}");
    }
    assert_eq!(put(START, "root/el9/el1", "<el1/>"), Err(Refused::NoParent { found: 1 }));
    assert_eq!(put(START, "other/el1", "<el1/>"), Err(Refused::NoParent { found: 0 }));
    assert_eq!(put(START, "root/el1/el3", "<el3/>"), Err(Refused::NoParent { found: 1 }));
}

#[test]
fn clause_8_2_3_what_the_selector_would_not_find_is_seen() {
    for (selector, element) in [
        ("root/el1[@att=\"third\"]", "<el1 att=\"fourth\"/>"),
        ("root/el3", "<el4/>"),
        ("root/el3", "<el3 xmlns=\"urn:other\"/>"),
        ("root/el1[1]", "<el3/>"),
        ("root/el1[@att=\"first\"]", "<el1 att=\"second\"/>"),
    ] {
        let spliced = put(START, selector, element).expect("spliced");
        assert!(!holds(&spliced, selector), "{selector} {element}");
    }
    // A position that the new element takes from another is its own.
    assert!(holds(&put(START, "root/el1[2]", "<el1 att=\"x\"/>").unwrap(), "root/el1[2]"));
}

#[test]
fn clause_8_2_4_an_element_is_replaced_octet_for_octet() {
    let spliced = put(START, "root/el1[2]", " <el1 a='&lt;'>\n<b/></el1>\n").unwrap();
    assert_eq!(spliced.text, START.replace("<el1 att=\"second\"/>", "<el1 a='&lt;'>\n<b/></el1>"));
    assert!(!spliced.created && holds(&spliced, "root/el1[2]"));
}

#[test]
fn an_empty_tag_is_opened_for_its_first_child() {
    let spliced = put("<p:r xmlns:p='urn:p' xmlns='test-app' />", "p:r/b", "<b/>").unwrap();
    assert_eq!(spliced.text, "<p:r xmlns:p='urn:p' xmlns='test-app' ><b/></p:r>");
    assert!(holds(&spliced, "p:r/b"));
}

#[test]
fn a_fragment_takes_the_namespaces_of_the_place_at_which_it_is_put() {
    let text = "<root xmlns=\"test-app\" xmlns:q=\"urn:p\"><q:a/><b/></root>";
    let spliced = put(text, "root/p:a[2]", "<q:a/>").unwrap();
    assert_eq!(spliced.text, "<root xmlns=\"test-app\" xmlns:q=\"urn:p\"><q:a/><q:a/><b/></root>");
    assert!(holds(&spliced, "root/p:a[2]"));
    let spliced = put(text, "root/p:a[@k='1']", "<a xmlns='urn:p' k='1'/>").unwrap();
    assert_eq!(
        spliced.text,
        "<root xmlns=\"test-app\" xmlns:q=\"urn:p\"><q:a/><a xmlns='urn:p' k='1'/><b/></root>"
    );
    assert!(holds(&spliced, "root/p:a[@k='1']"));
    // A prefix that is not bound there is seen by the parser.
    let spliced = put(text, "root/c", "<z:c/>").unwrap();
    assert!(Document::parse(spliced.text.as_bytes(), &Limits::default()).is_err());
}

#[test]
fn clause_8_2_2_a_fragment_is_one_element() {
    for bad in [
        "",
        " ",
        "x",
        "<a>",
        "<a/><b/>",
        "</a>",
        "<a></b>",
        "<a/>x",
        "x<a/>",
        "<?xml version='1.0'?><a/>",
        "<!DOCTYPE a><a/>",
        "<!--c--><a/>",
        "<a></a></a>",
        "</list><list>",
        "<a/><!--c-->",
        "<a><![CDATA[</a>",
        "&lt;a/>",
    ] {
        assert!(Fragment::parse(bad, &Limits::default()).is_err(), "{bad}");
    }
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    assert!(Fragment::parse(&deep, &Limits::default()).is_err());
    assert_eq!(
        Fragment::parse("\n<a><!-- c --><?p?><b/></a> ", &Limits::default()).unwrap().text(),
        "<a><!-- c --><?p?><b/></a>"
    );
}

#[test]
fn attributes_are_replaced_added_and_deleted_in_place() {
    let text = "<root xmlns=\"test-app\"><a  x = 'one' y=\"2\" /><b></b></root>";
    let replaced = put_value(text, "root/a/@x", "two").unwrap();
    assert_eq!(replaced.text, "<root xmlns=\"test-app\"><a  x = 'two' y=\"2\" /><b></b></root>");
    assert!(!replaced.created && holds(&replaced, "root/a/@x"));
    assert!(put_value(text, "root/a/@x", "it's").unwrap().text.contains("x = \"it's\" y"));
    assert!(put_value(text, "root/a/@x", "\"two\"").unwrap().text.contains("x = 'two' y"));
    let added = put_value(text, "root/a/@z", "3").unwrap();
    assert_eq!(added.text, "<root xmlns=\"test-app\"><a  x = 'one' y=\"2\" z=\"3\" /><b></b></root>");
    assert!(added.created && holds(&added, "root/a/@z"));
    assert!(put_value(text, "root/b/@z", "3").unwrap().text.contains("<b z=\"3\"></b>"));
    let foreign = put_value(text, "root/b/@p:z", "3").unwrap();
    assert!(
        foreign.text.contains("<b xmlns:ns1=\"urn:p\" ns1:z=\"3\"></b>") && holds(&foreign, "root/b/@p:z")
    );
    let deleted = delete(text, "root/a/@x").unwrap();
    assert_eq!(deleted.text, "<root xmlns=\"test-app\"><a y=\"2\" /><b></b></root>");
    assert_eq!(put_value(text, "root/c/@x", "1"), Err(Refused::NoParent { found: 1 }));
    assert_eq!(delete(text, "root/a/@w"), Err(Refused::NotFound));
    assert_eq!(delete(text, "root/a/namespace::*"), Err(Refused::Namespaces));
}

#[test]
fn an_attribute_that_its_own_selector_tests_is_lost_by_a_change() {
    let spliced = put_value(START, "root/el1[@att=\"first\"]/@att", "other").unwrap();
    assert!(!holds(&spliced, "root/el1[@att=\"first\"]/@att"));
}

#[test]
fn what_is_no_attribute_value_is_refused() {
    for bad in ["<", "&", "&x;", "a&b", "&#0;", "\u{1}", "'\""] {
        assert!(edit::attribute_value(bad).is_err(), "{bad}");
    }
}

#[test]
fn clause_8_4_deleting_one_of_several_leaves_what_the_selector_finds() {
    let spliced = delete(START, "root/el1[1]").unwrap();
    assert!(spliced.still_finds(&Index::build(&spliced.text).unwrap(), &path("root/el1[1]")));
    let spliced = delete(START, "root/el2").unwrap();
    assert!(!spliced.still_finds(&Index::build(&spliced.text).unwrap(), &path("root/el2")));
    assert_eq!(delete(START, "root/el1"), Err(Refused::NotFound));
}

/// A list with odd white space, quotes and comments, and how many entries it has.
fn lists() -> impl Strategy<Value = (String, usize)> {
    let between = prop::sample::select(vec![
        "",
        " ",
        "\n  ",
        "<!-- <entry n='0'/> -->",
        "&#x20;",
        "<![CDATA[<entry/>]]>",
        "é",
    ]);
    let entry = prop::sample::select(vec![
        "<entry n='{}'/>",
        "<entry  n = \"{}\" >x</entry >",
        "<e:entry xmlns:e=\"test-app\" n='{}'><in/></e:entry>",
    ]);
    prop::collection::vec((between, entry), 1..12).prop_map(|parts| {
        let entries = parts.len();
        let body: String = parts
            .into_iter()
            .enumerate()
            .map(|(n, (b, e))| b.to_owned() + &e.replace("{}", &n.to_string()))
            .collect();
        (format!("<root xmlns=\"test-app\"><list>{body}\n</list ></root>\n"), entries)
    })
}

proptest! {
    #[test]
    fn edits_keep_every_octet_that_they_do_not_replace((text, entries) in lists(), which in any::<prop::sample::Index>()) {
        let n = which.index(entries);
        let selector = format!("root/list/entry[@n=\"{n}\"]");
        let index = Index::build(&text).unwrap();
        let Some(xml::index::Hit::Element(id)) = index.select(&text, &path(&selector)) else { panic!("{selector}") };
        let range = index.span(id).element;
        let new = format!("<entry n='{n}'><new/></entry>");

        let replaced = put(&text, &selector, &new).unwrap();
        prop_assert_eq!(&replaced.text[..range.start], &text[..range.start]);
        prop_assert_eq!(&replaced.text[range.start + new.len()..], &text[range.end..]);
        prop_assert!(holds(&replaced, &selector));

        let deleted = delete(&text, &selector).unwrap();
        prop_assert_eq!(deleted.text, [&text[..range.start], &text[range.end..]].concat());

        let selector = format!("root/list/entry[{}][@n=\"new\"]", n + 1);
        let inserted = put(&text, &selector, "<entry n=\"new\"/>").unwrap();
        let without = inserted.text.replacen("<entry n=\"new\"/>", "", 1);
        prop_assert_eq!(&without, &text);
        prop_assert!(holds(&inserted, &selector));
        prop_assert_eq!(delete(&inserted.text, &selector).unwrap().text, text);
    }
}
