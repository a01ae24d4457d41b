//! Patches made from two versions of a document.

use proptest::prelude::*;

use crate::{
    Document, Limits,
    patch::{
        Patch, equivalent,
        fit::LOOKS,
        generate::{Making, WORK},
    },
};

fn parse(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::DEFAULT).unwrap()
}

/// Makes the patch, writes and reads it, applies it, and gives back its operations as they are written.
fn made(old: &str, new: &str) -> String {
    let patch = Patch::between(&parse(old), &parse(new));
    let written: String = patch.write("urn:d").iter().map(|raw| raw.as_str().to_owned()).collect();
    let wrapped = format!("<d:diff xmlns:d=\"urn:d\" xmlns=\"urn:other\">{written}</d:diff>");
    let read = Patch::read(parse(&wrapped).root()).unwrap();
    let patched =
        read.apply(old.as_bytes(), &Limits::DEFAULT).unwrap_or_else(|refused| panic!("{refused}: {written}"));
    let patched = String::from_utf8(patched).unwrap();
    assert!(equivalent(&parse(&patched), &parse(new)), "{old}\n{new}\n{written}\n{patched}");
    written
}

const GROUP: &str = "<group xmlns=\"urn:g\" xmlns:r=\"urn:r\">\n  <list>\n    <entry uri=\"a\"><r:n>A</r:n></entry>\n    \
    <entry uri=\"b\"/>\n    <entry uri=\"c\"/>\n  </list>\n  <max>3</max>\n  \
    <info>What nobody changes, and what makes the whole longer than a few operations on it: a text, one more text, \
    and another one still, since each operation has its own selector and declarations to be written.</info>\n</group>";

fn changed(from: &str, to: &str) -> String {
    assert!(GROUP.contains(from));
    made(GROUP, &GROUP.replacen(from, to, 1))
}

#[test]
fn the_same_needs_no_operation() {
    assert_eq!(made(GROUP, GROUP), "");
    assert_eq!(made("<a b='1' c='2'/>", "<a c=\"2\" b=\"1\"></a>"), "");
}

#[test]
fn small_changes_are_small_operations() {
    let rows = [
        ("<max>3</max>", "<max>4</max>", "sel=\"/*/*[2]/text()\">4<"),
        ("uri=\"b\"", "uri=\"z\"", "sel=\"/*/*[1]/*[2]/@uri\">z<"),
        ("<entry uri=\"b\"/>", "<entry uri=\"b\" k=\"1\"/>", "sel=\"/*/*[1]/*[2]\" type=\"@k\">1<"),
        (
            "<entry uri=\"c\"/>",
            "<entry uri=\"c\"/><entry uri=\"d\"/>",
            "sel=\"/*/*[1]/*[3]\" pos=\"after\"><entry uri=\"d\"/><",
        ),
        ("\n    <entry uri=\"b\"/>", "", "sel=\"/*/*[1]/*[2]\" ws=\"before\"/>"),
        ("<entry uri=\"b\"/>", "", "sel=\"/*/*[1]/*[2]\"/>"),
        ("<r:n>A</r:n>", "", "sel=\"/*/*[1]/*[1]/*[1]\"/>"),
    ];
    for (from, to, expected) in rows {
        let written = changed(from, to);
        assert!(written.contains(expected) && written.matches("sel=").count() == 1, "{from}: {written}");
    }
    let written = changed("<list>\n", "<list>\n    <entry uri=\"0\"/>\n");
    assert!(written.contains("pos=\"prepend\">\n    <entry uri=\"0\"/><"), "{written}");
}

#[test]
fn several_changes_are_told_apart() {
    let new = GROUP
        .replace("<entry uri=\"a\"><r:n>A</r:n></entry>\n    ", "")
        .replace("<max>3</max>", "<max>4</max><r:new>&lt;</r:new>");
    let written = made(GROUP, &new);
    assert_eq!(written.matches("sel=").count(), 3, "{written}");
    assert!(!written.contains("uri=\"b\""), "{written}");
}

#[test]
fn what_is_much_work_to_try_is_replaced_as_a_whole() {
    let document = |number: usize, changed: usize| {
        let entry = |entry| format!("<e k=\"{}\">{}</e>", u8::from(entry < changed), "x".repeat(1000));
        format!("<a>{}</a>", (0..number).map(entry).collect::<String>())
    };
    let operations = |number, changed| {
        let (old, new) = (document(number, 0), document(number, changed));
        Patch::between(&parse(&old), &parse(&new)).operations().len()
    };
    assert_eq!([operations(20, 19), operations(200, 3)], [19, 3]);
    let most = WORK / document(200, 0).len();
    assert_eq!([operations(200, most), operations(200, most + 1)], [most, 1]);
}

/// A document within the limits that declares as much as it may, around so many elements.
fn declaring(inner: usize) -> String {
    let declarations = |from: usize| -> String {
        (from..from + 60).map(|number| format!(" xmlns:p{number}='urn:{}'", "x".repeat(240))).collect()
    };
    let nested = |from: usize| format!("<n{}>", declarations(from));
    let inside: String = [0, 60, 120, 180].into_iter().map(nested).collect();
    format!("<r>{inside}{}</n></n></n></n></r>", "<e/>".repeat(inner))
}

#[test]
fn no_more_is_made_than_may_be_tried_however_much_is_new() {
    let (old, new) = (declaring(0), declaring(1_000));
    let (old, new) = (parse(&old), parse(&new));
    let mut making = Making::new(&old, &new);
    assert!(making.most < 20, "each is tried on the document as a whole");
    assert_eq!(making.change(old.root().node(), new.root().node()), Some(()));
    assert_eq!(making.made, making.most + 1, "given up as soon as there is no room for more");
    assert_eq!(Patch::between(&old, &new).operations().len(), 1);
}

/// As much as the limits admit, around as many elements: each tag is read once, and no list of declarations for each element.
#[test]
fn an_operation_is_no_more_work_than_what_it_holds_is_long() {
    let (old, new) = (declaring(0), declaring(18_000));
    let patch = Patch::between(&parse(&old), &parse(&new));
    assert_eq!(patch.operations().len(), 1);
    assert!((18_000..18_020).contains(&LOOKS.get()), "{}", LOOKS.get());
    // Of names that have to be spelled otherwise where they go too, with other prefixes for the same namespace.
    let bound = |prefix: &str| -> String {
        (0..60).map(|number| format!(" xmlns:{prefix}{number:03}='urn:same'")).collect()
    };
    let document = format!("<r{}/>", bound("a"));
    let inner = "<b000:e b001:k='1'/>".repeat(2_000);
    let patch = format!("<d{}><add sel='*'>{inner}</add></d>", bound("b"));
    let patch = Patch::read(parse(&patch).root()).unwrap();
    let patched = patch.apply(document.as_bytes(), &Limits::DEFAULT).unwrap();
    let patched = String::from_utf8(patched).unwrap();
    assert_eq!(patched.matches("<a000:e a000:k='1'/>").count(), 2_000);
    assert!((2_000..2_005).contains(&LOOKS.get()), "{}", LOOKS.get());
}

#[test]
fn what_comes_to_nothing_is_made_a_few_times_only() {
    // Attributes are new, and then it is seen that what is in the element cannot be told in detail.
    let entry = |new: bool| {
        let attributes = (0..60).map(|number| format!(" a{number}='{}'", u8::from(new))).collect::<String>();
        format!("<e{attributes}>x<b/>{}</e>", u8::from(new))
    };
    let document = |new| format!("<r>{}</r>", entry(new).repeat(100));
    let (old, new) = (document(false), document(true));
    let (old, new) = (parse(&old), parse(&new));
    let mut making = Making::new(&old, &new);
    assert_eq!(making.change(old.root().node(), new.root().node()), None);
    assert_eq!(making.made, 4 * making.most);
    assert_eq!(Patch::between(&old, &new).operations().len(), 1);
}

#[test]
fn what_cannot_be_told_in_detail_is_replaced() {
    let rows = [
        ("<a/>", "<b/>"),
        ("<a/>", "<a xmlns='urn:x'/>"),
        ("<a>x<b/>y</a>", "<a>x<b/>z</a>"),
        ("<a><b/><!--1--></a>", "<a><b/><!--2--></a>"),
        ("<a>\n<b/></a>", "<a> <b/></a>"),
        ("<x:a xmlns:x='urn:x'/>", "<x:a xmlns:x='urn:x'><y:b xmlns:y='urn:y'/></x:a>"),
        ("<a xmlns='urn:x'/>", "<a xmlns='urn:x'><b xmlns=''><c/></b></a>"),
        ("<a b='1'/>", "<a xmlns:p='urn:p' p:b='1'/>"),
        ("<a>]]&gt;</a>", "<a>&lt;![CDATA[<![CDATA[<x/>]]></a>"),
    ];
    for (old, new) in rows {
        assert!(made(old, new).contains("sel="), "{old} {new}");
        assert!(made(new, old).contains("sel="), "{new} {old}");
    }
}

/// Trees of few names, so that versions have much in common.
fn tree() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "p:c"]);
    let attributes = prop::sample::select(vec!["", " k='1'", " k='2' p:l='x'", " l='&lt;&quot;'"]);
    let text = prop::sample::select(vec!["", "t", " ", "\n ", "&amp;<![CDATA[<]]>", "<!--n-->", "<?q r?>"]);
    let leaf = (name.clone(), attributes.clone(), text.clone())
        .prop_map(|(name, attributes, text)| format!("<{name}{attributes}>{text}</{name}>"));
    leaf.prop_recursive(4, 24, 5, move |inner| {
        (name.clone(), attributes.clone(), prop::collection::vec((text.clone(), inner), 0..5)).prop_map(
            |(name, attributes, children)| {
                let content: String =
                    children.into_iter().map(|(text, child)| format!("{text}{child}")).collect();
                format!("<{name}{attributes}>{content}</{name}>")
            },
        )
    })
}

fn document(scope: &str, content: &[String]) -> String {
    format!("<r {scope} xmlns:p='urn:p'>{}</r>", content.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_patch_gives_the_new_version(
        old in prop::collection::vec(tree(), 0..5),
        new in prop::collection::vec(tree(), 0..5),
        scopes in prop::sample::select(vec![("", ""), ("xmlns='urn:x'", "xmlns='urn:x'"), ("", "xmlns='urn:x'")]),
    ) {
        made(&document(scopes.0, &old), &document(scopes.1, &new));
    }

    #[test]
    fn a_patch_of_lists_that_have_much_in_common_gives_the_new_version(
        common in prop::collection::vec(tree(), 2..8),
        dropped in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        added in prop::collection::vec((any::<prop::sample::Index>(), tree()), 0..3),
    ) {
        let mut new = common.clone();
        for index in dropped {
            if !new.is_empty() {
                new.remove(index.index(new.len()));
            }
        }
        for (index, element) in added {
            new.insert(index.index(new.len() + 1), element);
        }
        made(&document("xmlns='urn:x'", &common), &document("xmlns='urn:x'", &new));
    }

    #[test]
    fn no_selector_panics(selector in "[-a-z*@/\\[\\]().=:'\"0-9 é]{0,40}") {
        let _ = super::super::Selector::parse(&selector, |_| Some(String::new()));
    }
}
