//! Operations by clause of RFC 5261, refusals by name, and patches made from two versions.

mod made;

use super::{Code, Patch, Refused, equivalent};
use crate::{Document, Limits};

fn read(operations: &str) -> Result<Patch, Refused> {
    let text = format!("<d:diff xmlns:d=\"urn:d\" xmlns:p=\"urn:p\">{operations}</d:diff>");
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    Patch::read(document.root())
}

fn applied(document: &str, operations: &str) -> Result<String, Code> {
    let patch = read(operations).map_err(|refused| refused.code)?;
    let patched = patch.apply(document.as_bytes(), &Limits::default()).map_err(|refused| refused.code)?;
    // What is written means the same as what was read.
    let written: String = patch.write("urn:other").iter().map(|raw| raw.as_str().to_owned()).collect();
    let again = format!("<o:diff xmlns:o=\"urn:other\" xmlns=\"urn:nothing\">{written}</o:diff>");
    let again = Document::parse(again.as_bytes(), &Limits::default()).unwrap();
    let again = Patch::read(again.root()).unwrap().apply(document.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(String::from_utf8(again), Ok(String::from_utf8(patched.clone()).unwrap()), "{written}");
    Ok(String::from_utf8(patched).unwrap())
}

fn all(rows: &[(&str, &str, &str)]) {
    for (document, operations, expected) in rows {
        assert_eq!(applied(document, operations).as_deref(), Ok(*expected), "{operations}");
    }
}

fn refused(rows: &[(&str, &str, Code)]) {
    for (document, operations, code) in rows {
        assert_eq!(applied(document, operations), Err(*code), "{operations}");
    }
}

#[test]
fn c4_1_a_selector_locates_one_node() {
    let document = "<a><b c='1'>x</b><b c='2'><e>y</e></b><!--n--><?t v?>text<f/></a>";
    all(&[
        (document, "<d:remove sel=\"a/b[1]\"/>", "<a><b c='2'><e>y</e></b><!--n--><?t v?>text<f/></a>"),
        (document, "<d:remove sel=\"/a/b[@c='2']\"/>", "<a><b c='1'>x</b><!--n--><?t v?>text<f/></a>"),
        (document, "<d:remove sel=\"*/b[e='y']\"/>", "<a><b c='1'>x</b><!--n--><?t v?>text<f/></a>"),
        (document, "<d:remove sel='a/*[.=\"x\"]'/>", "<a><b c='2'><e>y</e></b><!--n--><?t v?>text<f/></a>"),
        (
            document,
            "<d:remove sel=\"a/*[3]\"/>",
            "<a><b c='1'>x</b><b c='2'><e>y</e></b><!--n--><?t v?>text</a>",
        ),
        (
            document,
            "<d:remove sel=\"a/b[@c='2'][1]/e/text()\"/>",
            "<a><b c='1'>x</b><b c='2'><e></e></b><!--n--><?t v?>text<f/></a>",
        ),
        (
            document,
            "<d:remove sel=\"a/comment()[1]\"/>",
            "<a><b c='1'>x</b><b c='2'><e>y</e></b><?t v?>text<f/></a>",
        ),
        (
            document,
            "<d:remove sel=\"a/processing-instruction('t')\"/>",
            "<a><b c='1'>x</b><b c='2'><e>y</e></b><!--n-->text<f/></a>",
        ),
        (
            document,
            "<d:remove sel=\"a/text()\"/>",
            "<a><b c='1'>x</b><b c='2'><e>y</e></b><!--n--><?t v?><f/></a>",
        ),
        (
            document,
            "<d:remove sel=\"a/b[2]/@c\"/>",
            "<a><b c='1'>x</b><b><e>y</e></b><!--n--><?t v?>text<f/></a>",
        ),
    ]);
    refused(&[
        (document, "<d:remove sel=\"a/b\"/>", Code::UnlocatedNode),
        (document, "<d:remove sel=\"a/b[3]\"/>", Code::UnlocatedNode),
        (document, "<d:remove sel=\"a/b[0]\"/>", Code::UnlocatedNode),
        (document, "<d:remove sel=\"a/b[1]/@z\"/>", Code::UnlocatedNode),
        (document, "<d:remove sel=\"b\"/>", Code::UnlocatedNode),
        (document, "<d:remove sel=\"id('x')\"/>", Code::UnsupportedIdFunction),
        (document, "<d:remove sel=\"q:a\"/>", Code::InvalidNamespacePrefix),
        (document, "<d:remove sel=\"\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a//b\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/b[last()]\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/b[@c]\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/@c/b\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/text()/b\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/b[\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove/>", Code::InvalidDiffFormat),
    ]);
}

#[test]
fn c4_2_1_a_name_without_prefix_is_in_the_default_namespace_of_the_patch() {
    let document = "<x:a xmlns:x='urn:x'><x:b/><b x:c='1'/></x:a>";
    all(&[
        (document, "<d:remove xmlns='urn:x' sel=\"a/b\"/>", "<x:a xmlns:x='urn:x'><b x:c='1'/></x:a>"),
        (document, "<d:remove xmlns:q='urn:x' sel=\"q:a/b\"/>", "<x:a xmlns:x='urn:x'><x:b/></x:a>"),
        (
            document,
            "<d:remove xmlns:q='urn:x' sel=\"*/*[@q:c='1']/@q:c\"/>",
            "<x:a xmlns:x='urn:x'><x:b/><b/></x:a>",
        ),
    ]);
    refused(&[(document, "<d:remove sel=\"a/b\"/>", Code::UnlocatedNode)]);
}

#[test]
fn c4_2_3_prefixes_of_the_patch_become_those_of_the_document() {
    let document = "<x:a xmlns:x='urn:x' xmlns:y='urn:y'/>";
    all(&[
        (
            document,
            "<d:add sel=\"*\"><x:b xmlns:x='urn:x'/></d:add>",
            "<x:a xmlns:x='urn:x' xmlns:y='urn:y'><x:b xmlns:x='urn:x'/></x:a>",
        ),
        (
            document,
            "<d:add xmlns:x='urn:x' sel=\"*\"><x:b/></d:add>",
            "<x:a xmlns:x='urn:x' xmlns:y='urn:y'><x:b/></x:a>",
        ),
        (
            document,
            "<d:add xmlns='urn:x' xmlns:q='urn:y' sel=\"*\"><b q:c='1'><q:d>t</q:d></b></d:add>",
            "<x:a xmlns:x='urn:x' xmlns:y='urn:y'><x:b y:c='1'><y:d>t</y:d></x:b></x:a>",
        ),
        (document, "<d:add sel=\"*\"><b/></d:add>", "<x:a xmlns:x='urn:x' xmlns:y='urn:y'><b/></x:a>"),
        (
            "<a xmlns='urn:x'/>",
            "<d:add sel=\"*\"><b><c/></b></d:add>",
            "<a xmlns='urn:x'><b xmlns=\"\"><c xmlns=\"\"/></b></a>",
        ),
        (
            "<a xmlns='urn:x'/>",
            "<d:add xmlns:q='urn:x' sel=\"*\"><q:b></q:b></d:add>",
            "<a xmlns='urn:x'><b></b></a>",
        ),
        (
            "<a xmlns='urn:x' xmlns:z='urn:x'/>",
            "<d:add xmlns:q='urn:x' sel=\"*\" type=\"@q:b\">1</d:add>",
            "<a xmlns='urn:x' xmlns:z='urn:x' z:b=\"1\"/>",
        ),
    ]);
    refused(&[
        (document, "<d:add xmlns:q='urn:q' sel=\"*\"><q:b/></d:add>", Code::InvalidNamespaceUri),
        (
            "<a xmlns='urn:x'/>",
            "<d:add xmlns:q='urn:x' sel=\"*\" type=\"@q:b\">1</d:add>",
            Code::InvalidNamespaceUri,
        ),
    ]);
}

#[test]
fn c4_3_add() {
    let document = "<a>\n <b/>t<c>1</c>\n</a>";
    all(&[
        (
            document,
            "<d:add sel=\"a\"><n k=\"&lt;\">&amp;</n></d:add>",
            "<a>\n <b/>t<c>1</c>\n<n k=\"&lt;\">&amp;</n></a>",
        ),
        (document, "<d:add sel=\"a\" pos=\"prepend\">\n <n/></d:add>", "<a>\n <n/>\n <b/>t<c>1</c>\n</a>"),
        (document, "<d:add sel=\"a/c\" pos=\"before\"><n/></d:add>", "<a>\n <b/>t<n/><c>1</c>\n</a>"),
        (document, "<d:add sel=\"a/b\" pos=\"after\"><!--n--></d:add>", "<a>\n <b/><!--n-->t<c>1</c>\n</a>"),
        (document, "<d:add sel=\"a/text()[2]\" pos=\"after\">u</d:add>", "<a>\n <b/>tu<c>1</c>\n</a>"),
        (document, "<d:add sel=\"a/b\">in</d:add>", "<a>\n <b>in</b>t<c>1</c>\n</a>"),
        (document, "<d:add sel=\"a/b\" pos=\"prepend\"><n/></d:add>", "<a>\n <b><n/></b>t<c>1</c>\n</a>"),
        (
            document,
            "<d:add sel=\"a/b\" type=\"@k\">&lt;\"'</d:add>",
            "<a>\n <b k=\"&lt;&quot;'\"/>t<c>1</c>\n</a>",
        ),
        (
            document,
            "<d:add sel=\"a/b\" type=\"namespace::z\">urn:z</d:add>",
            "<a>\n <b xmlns:z=\"urn:z\"/>t<c>1</c>\n</a>",
        ),
        (document, "<d:add sel=\"a\" pos=\"before\"><!--n--></d:add>", "<!--n--><a>\n <b/>t<c>1</c>\n</a>"),
        (document, "<d:add sel=\"a\" pos=\"after\">\n<?p?></d:add>", "<a>\n <b/>t<c>1</c>\n</a>\n<?p?>"),
    ]);
    refused(&[
        (document, "<d:add sel=\"a\" pos=\"before\"><n/></d:add>", Code::InvalidRootElementOperation),
        (document, "<d:add sel=\"a\" pos=\"after\">t</d:add>", Code::InvalidXmlPrologOperation),
        (document, "<d:add sel=\"a/text()[1]\">t</d:add>", Code::InvalidPatchDirective),
        (document, "<d:add sel=\"a/c\" pos=\"inside\">t</d:add>", Code::InvalidAttributeValue),
        (document, "<d:add sel=\"a/@c\">t</d:add>", Code::InvalidAttributeValue),
        (document, "<d:add sel=\"a/c\" type=\"c\">t</d:add>", Code::InvalidAttributeValue),
        (document, "<d:add sel=\"a/c\" type=\"@c\"><n/></d:add>", Code::InvalidAttributeValue),
        (document, "<d:add sel=\"a/c\" type=\"@c\" pos=\"after\">1</d:add>", Code::InvalidPatchDirective),
        ("<a c='1'/>", "<d:add sel=\"a\" type=\"@c\">1</d:add>", Code::InvalidPatchDirective),
        (
            "<a xmlns:z='urn:z'/>",
            "<d:add sel=\"a\" type=\"namespace::z\">urn:y</d:add>",
            Code::InvalidPatchDirective,
        ),
        ("<a/>", "<d:add sel=\"a\" type=\"namespace::z\"/>", Code::InvalidNamespaceUri),
    ]);
}

#[test]
fn c4_4_replace() {
    let document = "<a xmlns:p='urn:p' k='1'><b>t</b>x<![CDATA[y]]>&amp;z<!--n--><?p v?></a>";
    let with = |from: &str, to: &str| document.replacen(from, to, 1);
    all(&[
        (document, "<d:replace sel=\"a/b\"> <n/> </d:replace>", &with("<b>t</b>", "<n/>")),
        (document, "<d:replace sel=\"a/b/text()\">u&lt;</d:replace>", &with(">t<", ">u&lt;<")),
        (document, "<d:replace sel=\"a/text()[1]\">u</d:replace>", &with("x<![CDATA[y]]>&amp;z", "u")),
        (
            document,
            "<d:replace sel=\"a/@k\">it's \"2\"</d:replace>",
            &with("k='1'", "k=\"it's &quot;2&quot;\""),
        ),
        (document, "<d:replace sel=\"a/@k\"/>", &with("k='1'", "k=\"\"")),
        (document, "<d:replace sel=\"a/comment()\"><!--m--></d:replace>", &with("<!--n-->", "<!--m-->")),
        (
            document,
            "<d:replace sel=\"a/processing-instruction()\"><?q?></d:replace>",
            &with("<?p v?>", "<?q?>"),
        ),
        (document, "<d:replace sel=\"a/namespace::p\">urn:q</d:replace>", &with("'urn:p'", "\"urn:q\"")),
        (document, "<d:replace sel=\"a\"><n/></d:replace>", "<n/>"),
        (document, "<d:replace sel=\"a/b/text()\"/>", &with(">t<", "><")),
    ]);
    refused(&[
        (document, "<d:replace sel=\"a/b\">t</d:replace>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/b\"><n/><n/></d:replace>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/b\"><n/>t</d:replace>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/b\"/>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/comment()\"><n/></d:replace>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/b/text()\"><n/></d:replace>", Code::InvalidNodeTypes),
        (document, "<d:replace sel=\"a/@k\"><n/></d:replace>", Code::InvalidAttributeValue),
        (document, "<d:replace sel=\"a/namespace::p\"/>", Code::InvalidNamespaceUri),
        (document, "<d:replace sel=\"a/namespace::q\">urn:q</d:replace>", Code::UnlocatedNode),
    ]);
}

#[test]
fn c4_5_remove() {
    let document = "<a xmlns:p='urn:p'>\n <b/>\n <c/>t<e/></a>";
    all(&[
        (document, "<d:remove sel=\"a/b\"/>", "<a xmlns:p='urn:p'>\n \n <c/>t<e/></a>"),
        (document, "<d:remove sel=\"a/b\" ws=\"before\"/>", "<a xmlns:p='urn:p'>\n <c/>t<e/></a>"),
        (document, "<d:remove sel=\"a/b\" ws=\"after\"/>", "<a xmlns:p='urn:p'>\n <c/>t<e/></a>"),
        (document, "<d:remove sel=\"a/b\" ws=\"both\"/>", "<a xmlns:p='urn:p'><c/>t<e/></a>"),
        (document, "<d:remove sel=\"a/namespace::p\"/>", "<a>\n <b/>\n <c/>t<e/></a>"),
        ("<!--n--><a/>", "<d:remove sel=\"comment()\"/>", "<a/>"),
    ]);
    refused(&[
        (document, "<d:remove sel=\"a\"/>", Code::InvalidRootElementOperation),
        (document, "<d:remove sel=\"a/c\" ws=\"after\"/>", Code::InvalidWhitespaceDirective),
        (document, "<d:remove sel=\"a/e\" ws=\"both\"/>", Code::InvalidWhitespaceDirective),
        (document, "<d:remove sel=\"a/e\" ws=\"all\"/>", Code::InvalidAttributeValue),
        (document, "<d:remove sel=\"a/text()[1]\" ws=\"before\"/>", Code::InvalidWhitespaceDirective),
        (document, "<d:remove sel=\"a/namespace::p\" ws=\"before\"/>", Code::InvalidWhitespaceDirective),
        ("<p:a xmlns:p='urn:p'/>", "<d:remove sel=\"p:a/namespace::p\"/>", Code::InvalidNamespacePrefix),
    ]);
}

#[test]
fn operations_follow_each_other_and_none_is_done_when_one_is_refused() {
    let operations = "<d:add sel=\"a\"><b/></d:add><d:add sel=\"a/b\"><c/></d:add><d:remove sel=\"a/b/c\"/>";
    assert_eq!(applied("<a/>", operations).as_deref(), Ok("<a><b></b></a>"));
    let refusal =
        read(&format!("{operations}<d:remove sel=\"a/c\"/>")).unwrap().apply(b"<a/>", &Limits::default());
    assert_eq!(refusal, Err(Refused { code: Code::UnlocatedNode, operation: 4 }));
    assert_eq!(refusal.unwrap_err().to_string(), "operation 4: unlocated-node");
    let refusal = read("<d:remove sel=\"a/b\"/><d:add/>").unwrap_err();
    assert_eq!((refusal.code, refusal.operation), (Code::InvalidDiffFormat, 2));
}

#[test]
fn what_is_not_touched_keeps_its_octets() {
    let document = "\u{feff}<?xml version='1.0'  encoding=\"utf-8\" ?>\r\n<!-- é -->\r\n<a  k = '1'\r\n><b></b ><c   /></a >\r\n";
    let patched = applied(document, "<d:add sel=\"a/c\" type=\"@z\">1</d:add>").unwrap();
    assert_eq!(patched, document.replace("<c   /", "<c z=\"1\"   /"));
}

#[test]
fn limits_hold_for_what_comes_out() {
    let limits = Limits { size: 64, ..Limits::DEFAULT };
    let patch = read(&format!("<d:add sel=\"a\">{}</d:add>", "x".repeat(100))).unwrap();
    assert_eq!(patch.apply(b"<a/>", &limits).unwrap_err().code, Code::InvalidPatchDirective);
    assert_eq!(patch.apply(b"<a>\xff</a>", &limits).unwrap_err().code, Code::InvalidCharacterSet);
    let many = "<d:remove sel=\"a\"/>".repeat(super::MAX_OPERATIONS + 1);
    assert_eq!(read(&many).unwrap_err().code, Code::InvalidDiffFormat);
}

#[test]
fn equivalent_documents_differ_in_spelling_only() {
    let parse = |text: &'static str| Document::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
    let one = parse("<!--x--><a xmlns='urn:x' b='1' c='&lt;'>1<![CDATA[2]]></a>");
    assert!(equivalent(&one, &parse("<p:a xmlns:p='urn:x' c=\"&#60;\" b=\"1\">12</p:a>")));
    for other in [
        "<a b='1' c='&lt;'>12</a>",
        "<a xmlns='urn:x' b='1'>12</a>",
        "<a xmlns='urn:x' b='1' c='&lt;'>1<b/>2</a>",
    ] {
        assert!(!equivalent(&one, &parse(other)), "{other}");
    }
    assert!(!equivalent(&parse("<a><b/><c/></a>"), &parse("<a><b><c/></b></a>")));
    assert!(!equivalent(&parse("<a><!--1--></a>"), &parse("<a><!--2--></a>")));
}
