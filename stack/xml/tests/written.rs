//! Writing, and keeping what is not understood.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use xml::{Document, Limits, Raw, Writer};

fn parse(bytes: &[u8]) -> Document<'_> {
    Document::parse(bytes, &Limits::default())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

/// The first child of the root, kept.
fn keep(bytes: &[u8]) -> Raw {
    parse(bytes).root().children().next().expect("a child").to_raw()
}

fn write(raw: &Raw) -> Vec<u8> {
    Writer::document("host", "urn:host", &[], |w| w.raw(raw))
}

#[test]
fn elements_are_closed_and_empty_ones_short() {
    let bytes = Writer::document("a", "urn:x", &[("v", "1 < \"2\"\n")], |w| {
        w.leaf("b", "");
        w.element("c", &[("d", "e")], |w| w.leaf("f", "g"));
    });
    let expected = "<a xmlns=\"urn:x\" v=\"1 &lt; &quot;2&quot;&#xA;\"><b/><c d=\"e\"><f>g</f></c></a>";
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{expected}")
    );
}

#[test]
fn a_kept_element_takes_its_namespaces_with_it() {
    let cases = [
        ("<a xmlns='urn:a'><b/></a>", "<b xmlns=\"urn:a\"/>"),
        ("<p:a xmlns:p='urn:p'><p:b/></p:a>", "<p:b xmlns=\"\" xmlns:p=\"urn:p\"/>"),
        (
            "<a xmlns='urn:a' xmlns:q='urn:q'><b t='q:v'/></a>",
            "<b xmlns=\"urn:a\" xmlns:q=\"urn:q\" t='q:v'/>",
        ),
        ("<a xmlns='urn:a' xmlns:u='urn:unused'><b xmlns=''/></a>", "<b xmlns=''/>"),
        ("<a><b xml:lang='en'>x</b></a>", "<b xmlns=\"\" xml:lang='en'>x</b>"),
    ];
    for (document, expected) in cases {
        let raw = keep(document.as_bytes());
        assert_eq!(raw.as_str(), expected);
        let kept = parse(document.as_bytes()).root().children().next().unwrap().namespace().to_owned();
        assert_eq!((raw.namespace(), raw.name()), (kept.as_str(), "b"));
        assert_eq!(keep(&write(&raw)), raw, "{document}");
    }
}

#[test]
fn a_kept_element_is_not_shown() {
    let raw = keep(b"<a><b>sip:bob@partner.example</b></a>");
    assert!(!format!("{raw:?}").contains("bob"));
}

/// What XML can carry of a text: characters that it cannot become U+FFFD.
fn carried(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

proptest! {
    #[test]
    fn any_text_is_read_as_it_was_written(text in any::<String>(), value in any::<String>()) {
        let bytes = Writer::document("a", "urn:x", &[("v", &value)], |w| w.leaf("b", &text));
        let document = parse(&bytes);
        prop_assert_eq!(document.root().attribute("v").map(str::to_owned), Some(carried(&value)));
        let b = document.root().required("urn:x", "b").unwrap();
        prop_assert_eq!(b.untrimmed_text(), carried(&text));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Document::parse(&bytes, &Limits::default());
    }

    #[test]
    fn no_markup_panics_and_what_is_kept_is_kept_again(text in "(<[abp:/!?\\[ ='\"x>-]{0,8}>?|&[a;#1]{0,3}|xmlns(:p)?='[u ]?'|\\PC){0,30}") {
        let document = format!("<r xmlns:p='urn:p'><k>{text}</k></r>");
        for candidate in [text.as_bytes(), document.as_bytes()] {
            if let Ok(document) = Document::parse(candidate, &Limits::default()) {
                for child in document.root().children() {
                    let raw = child.to_raw();
                    prop_assert_eq!(keep(&write(&raw)), raw);
                }
            }
        }
    }
}
