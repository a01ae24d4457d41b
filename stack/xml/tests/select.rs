//! Node selectors (RFC 4825 clause 6.3) over a parsed document and over its index: both find the same.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use xml::{
    Document, Index, Limits, Selected,
    index::Hit,
    path::{Bindings, Path},
};

const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- <decoy><list name="decoy"/></decoy> -->
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:p="urn:p">
  <list name="friends" p:name="q">
    <entry uri="sip:bill@example.com"/>
    <p:entry uri='sip:bill@example.com'>x</p:entry>
    <entry uri="sip:a&amp;b@example.com"><display-name>A &lt; B</display-name></entry>
    <![CDATA[<entry uri="sip:decoy@example.com"/>]]><?pi <entry/> ?>
    <entry  uri = "sip:joe@example.com"
            xmlns:z="urn:z" z:k="v"/>
  </list>
  <list name="work"/>
  <x:mix xmlns:x="urn:p" xmlns=""><bare a="1"/></x:mix>
</resource-lists>
"#;

fn path(selector: &str) -> Path {
    let prefixes = [
        ("p".to_owned(), "urn:p".to_owned()),
        ("k".to_owned(), "urn:z".to_owned()),
        ("n".to_owned(), String::new()),
    ];
    let bindings = Bindings { default: "urn:ietf:params:xml:ns:resource-lists", prefixes: &prefixes };
    Path::parse(selector, &bindings).unwrap_or_else(|invalid| panic!("{selector}: {invalid}"))
}

/// What both ways find, as text; an empty string stands for nothing.
fn select(text: &str, selector: &str) -> String {
    let path = path(selector);
    let document = Document::parse(text.as_bytes(), &Limits::default()).expect("well-formed");
    let index = Index::of(&document);
    let by_index = match index.select(text, &path) {
        None => String::new(),
        Some(Hit::Element(id)) => text[index.span(id).element].to_owned(),
        Some(Hit::Attribute(_, range)) => text[range].to_owned(),
        Some(Hit::Namespaces(id)) => format!("{:?}", index.namespaces(id)),
    };
    let by_tree = match document.select(&path) {
        None => String::new(),
        Some(Selected::Element(element)) => text[element.range()].to_owned(),
        Some(Selected::Attribute(_, value)) => value.replace('&', "&amp;"),
        Some(Selected::Namespaces(_)) => by_index.clone(),
    };
    assert_eq!(by_index, by_tree, "{selector}");
    by_index
}

#[test]
fn clause_6_3_by_name_finds_the_only_one_of_the_name() {
    assert!(select(DOCUMENT, "resource-lists").starts_with("<resource-lists"));
    assert!(select(DOCUMENT, "/resource-lists/p:mix").starts_with("<x:mix"));
    assert_eq!(select(DOCUMENT, "resource-lists/p:mix/n:bare"), "<bare a=\"1\"/>");
    for nothing in ["resource-lists/list", "other", "resource-lists/entry", "p:resource-lists"] {
        assert_eq!(select(DOCUMENT, nothing), "", "{nothing}");
    }
}

#[test]
fn clause_6_3_by_position_counts_those_of_the_name() {
    assert_eq!(select(DOCUMENT, "resource-lists/list[2]"), "<list name=\"work\"/>");
    assert_eq!(select(DOCUMENT, "resource-lists/list[1]/entry[1]"), "<entry uri=\"sip:bill@example.com\"/>");
    assert!(select(DOCUMENT, "resource-lists/list[1]/*[2]").starts_with("<p:entry"));
    assert!(select(DOCUMENT, "*/*[3]").starts_with("<x:mix"));
    assert!(select(DOCUMENT, "resource-lists[1]").starts_with("<resource-lists"));
    for nothing in ["resource-lists[2]", "*/list[0]", "*/list[3]", "*/list[99999999999999999999]"] {
        assert_eq!(select(DOCUMENT, nothing), "", "{nothing}");
    }
}

#[test]
fn clause_6_3_by_attribute_compares_values_as_they_are_read() {
    let bill = "resource-lists/list[@name=\"friends\"]/entry[@uri=\"sip:bill@example.com\"]";
    assert_eq!(select(DOCUMENT, bill), "<entry uri=\"sip:bill@example.com\"/>");
    assert!(
        select(DOCUMENT, "*/list[@name='friends']/entry[@uri='sip:a&amp;b@example.com']")
            .contains("A &lt; B")
    );
    assert!(
        select(DOCUMENT, "*/list[@name='friends']/entry[@uri='sip:a&b@example.com']").contains("A &lt; B")
    );
    assert!(select(DOCUMENT, "*/*[@p:name='q']").starts_with("<list name=\"friends\""));
    assert!(select(DOCUMENT, "*/list[1]/entry[@k:k=\"v\"]").contains("joe"));
    for nothing in
        ["*/list[@name='Friends']", "*/list[@p:name='friends']", "*/list[1]/*[@uri='sip:bill@example.com']"]
    {
        assert_eq!(select(DOCUMENT, nothing), "", "{nothing}");
    }
}

#[test]
fn clause_6_3_by_position_and_attribute_asks_both() {
    assert_eq!(select(DOCUMENT, "*/list[2][@name=\"work\"]"), "<list name=\"work\"/>");
    assert_eq!(select(DOCUMENT, "*/list[1][@name=\"work\"]"), "");
}

#[test]
fn clause_6_3_terminals_find_attributes_and_namespaces() {
    assert_eq!(select(DOCUMENT, "*/list[2]/@name"), "work");
    assert_eq!(select(DOCUMENT, "*/list[1]/@p:name"), "q");
    assert_eq!(select(DOCUMENT, "*/list[1]/entry[2]/@uri"), "sip:a&amp;b@example.com");
    assert_eq!(select(DOCUMENT, "*/list[2]/@uri"), "");
    let scope = select(DOCUMENT, "*/list[1]/entry[3]/namespace::*");
    assert_eq!(scope, r#"[("", "urn:ietf:params:xml:ns:resource-lists"), ("p", "urn:p"), ("z", "urn:z")]"#);
    assert_eq!(select(DOCUMENT, "*/p:mix/namespace::*"), r#"[("p", "urn:p"), ("x", "urn:p")]"#);
}

#[test]
fn clause_6_3_what_is_no_selector_is_told_with_its_place() {
    let bindings = Bindings { default: "urn:d", prefixes: &[] };
    let bad = [
        ("", 0),
        ("/", 1),
        ("//a", 1),
        ("a//b", 2),
        ("a/", 2),
        ("a[", 2),
        ("a[]", 2),
        ("a[1", 3),
        ("a[1][2]", 5),
        ("a[@b]", 4),
        ("a[@b=c]", 5),
        ("a[@b=\"c]", 6),
        ("a[@b=\"c\"", 8),
        ("a[@b=\"<\"]", 6),
        ("a[@b='1'][1]", 9),
        ("q:a", 1),
        ("a/@q:b", 4),
        ("a/@xmlns", 8),
        ("a/@xmlns:x", 8),
        ("a/@b/c", 4),
        ("a/namespace::*/b", 14),
        ("a/namespace::x", 11),
        ("a/text()", 6),
        ("a/..", 2),
        ("a b", 1),
        ("1a", 0),
        ("a[-1]", 2),
        ("a[last()]", 2),
        ("id(\"x\")", 2),
    ];
    for (selector, at) in bad {
        let invalid = Path::parse(selector, &bindings).expect_err(selector);
        assert_eq!(invalid.at, at, "{selector}: {invalid}");
    }
    assert!(Path::parse("xml:a/@xml:lang", &bindings).is_ok());
}

#[test]
fn hostile_selectors_are_refused_or_end_soon() {
    let bindings = Bindings::default();
    let long = "a/".repeat(10_000);
    for selector in
        [long.as_str(), &"a/".repeat(4_000), &"[".repeat(8_000), &format!("a[@b='{}']", "&".repeat(8_192))]
    {
        assert!(Path::parse(selector, &bindings).is_err());
    }
    let references = format!("a[@b='{}']", "&#x26;".repeat(1_300));
    assert!(Path::parse(&references, &bindings).is_ok());
}

#[test]
fn an_index_of_what_is_no_document_is_none_and_finds_nothing() {
    for text in [
        "",
        "x",
        "<",
        "<a",
        "<a>",
        "</a>",
        "<a></a></a>",
        "<a/><b/>",
        "<a b>",
        "<a b=>",
        "<a b='>",
        "<!DOCTYPE a><a/>",
        "<!-- <a/>",
        "<p:a/>",
        "<a/",
    ] {
        assert!(Index::build(text).is_none(), "{text}");
    }
}

/// Small documents with what trips an index: namespaces declared and undeclared, references, sections, comments.
fn documents() -> impl Strategy<Value = String> {
    let attribute = prop::sample::select(vec![
        "",
        " a=\"1\"",
        " a='2' b=\"x&amp;y\"",
        " xmlns:p=\"urn:q\"",
        " xmlns=\"\"",
        " xmlns='urn:d'",
        " p:a=\"1\" a = \"3\"",
    ]);
    let text =
        prop::sample::select(vec!["", "t", "<!--<x/>-->", "<![CDATA[<x a='1'/>]]>", "<?x <x/>?>", "&lt;x/>"]);
    let name = prop::sample::select(vec!["a", "b", "p:a", "p:b"]);
    let leaf = (name.clone(), attribute.clone(), text.clone())
        .prop_map(|(n, a, t)| if t.is_empty() { format!("<{n}{a}/>") } else { format!("<{n}{a}>{t}</{n}>") });
    leaf.prop_recursive(4, 40, 5, move |inner| {
        (name.clone(), attribute.clone(), text.clone(), prop::collection::vec(inner, 1..5))
            .prop_map(|(n, a, t, c)| format!("<{n}{a} >{t}{}{t}</{n} >", c.join(t)))
    })
    .prop_map(|inner| format!("<?xml version=\"1.0\"?>\n<r xmlns:p=\"urn:p\">{inner}{inner}</r>"))
}

proptest! {
    #[test]
    fn an_index_knows_what_the_tree_knows(text in documents()) {
        let document = Document::parse(text.as_bytes(), &Limits::default()).expect("well-formed");
        let index = Index::build(&text).expect("an index");
        let mut queue = vec![document.root()];
        let mut elements = Vec::new();
        while let Some(element) = queue.pop() {
            elements.push(element);
            queue.extend(element.children().collect::<Vec<_>>().into_iter().rev());
        }
        prop_assert_eq!(elements.len(), index.len());
        for (element, id) in elements.into_iter().zip(index.elements()) {
            prop_assert_eq!(index.name(id), (element.namespace(), element.name()));
            prop_assert_eq!(index.span(id).element, element.range());
            for (namespace, local, value) in element.attributes() {
                let name = xml::path::Name::new(namespace, local);
                let found = index.attribute_value(&text, id, &name);
                prop_assert_eq!(found.as_deref(), Some(value));
            }
        }
    }
}
