use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

fn leaves(text: &str) -> Option<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let namespace = skim(text, |path, text| found.push((path.join("/"), text.to_owned())))?;
    Some((namespace.to_owned(), found))
}

/// What the full reader says of the same document.
fn oracle(text: &str) -> Option<(String, Vec<(String, String)>)> {
    fn walk(element: xml::Element<'_>, path: &str, found: &mut Vec<(String, String)>) {
        let path =
            if path.is_empty() { element.name().to_owned() } else { format!("{path}/{}", element.name()) };
        if element.children().next().is_none() {
            found.push((path.clone(), element.text().into_owned()));
        }
        element.children().for_each(|child| walk(child, &path, found));
    }
    let document = xml::Document::parse(text.as_bytes(), &xml::Limits::default()).ok()?;
    let mut found = Vec::new();
    walk(document.root(), "", &mut found);
    Some((document.root().namespace().to_owned(), found))
}

#[test]
fn a_plain_document_is_read_whole() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a xmlns=\"urn:x\" p='1'> <b><c t=\"N\" > v </c><d/></b>\n</a >\n";
    let (namespace, found) = leaves(text).unwrap();
    assert_eq!(namespace, "urn:x");
    let expected = [("a/b/c", "v"), ("a/b/d", "")].map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn what_is_not_plain_is_left_to_the_full_reader() {
    for text in [
        "",
        "<a>",
        "<a></b>",
        "<a/><a/>",
        "<a/>x",
        "<a><!-- c --></a>",
        "<a><![CDATA[x]]></a>",
        "<!DOCTYPE a><a/>",
        "<a><?pi?></a>",
        "<a>&lt;</a>",
        "<a b='&lt;'/>",
        "<x:a xmlns:x='urn:x'/>",
        "<a xmlns:x='urn:x'/>",
        "<a><b xmlns='urn:y'/></a>",
        "<a xmlns='urn:x' xmlns='urn:y'/>",
        "<a>text<b/></a>",
        "<a><b/>text</a>",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>",
        "< a/>",
        "<a / >",
        "<a>x\r\ny</a>",
    ] {
        assert_eq!(leaves(text), None, "{text}");
    }
    assert_eq!(leaves(&("<a>".repeat(17) + &"</a>".repeat(17))), None);
}

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(24379), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    /// Where both readers have an answer, it is the same one: the skim cannot be made to read something else.
    #[test]
    fn the_skim_never_contradicts_the_full_reader(pieces in proptest::collection::vec(prop::sample::select(vec![
        "<a", "<b", "</a>", "</b>", "<a>", "<b>", "<b/>", "/>", ">", " ", "\n", "\r", "x", "&amp;", "&#60;", "<!--", "-->", "<![CDATA[",
        "]]>", "xmlns='urn:x'", " xmlns=\"urn:y\"", "xmlns:p='urn:z'", "<p:b>", "</p:b>", " c='1'", "'", "\"", "=", "<?x?>", "é", "\u{a0}",
    ]), 0..24)) {
        let text = format!("<a xmlns='urn:x'>{}</a>", pieces.concat());
        if let (Some(skimmed), Some(read)) = (leaves(&text), oracle(&text)) {
            prop_assert_eq!(skimmed, read);
        }
    }
}
