//! What is not read, and where the reader says that it stopped. XML 1.0, Namespaces in XML 1.0

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use xml::{Document, Limits, Malformed};

fn refusal(document: impl AsRef<[u8]>) -> Malformed {
    let document = document.as_ref();
    match Document::parse(document, &Limits::default()) {
        Err(malformed) => malformed,
        Ok(_) => panic!("was read: {}", String::from_utf8_lossy(document)),
    }
}

#[test]
fn documents_that_are_not_well_formed() {
    let documents = [
        "",
        " ",
        "text",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=\"<\"/>",
        "<a b=1/>",
        "<a b/>",
        "<a b=\"1\"c=\"2\"/>",
        "<a>\u{1}</a>",
        "<a>&#1;</a>",
        "<a>&unknown;</a>",
        "<a>&</a>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<a><![CDATA[</a>",
        "<1a/>",
        "<a:b:c xmlns:a=\"urn:x\"/>",
        " <?xml version=\"1.0\"?><a/>",
        "<a><?xml version=\"1.0\"?></a>",
        "<a",
    ];
    for document in documents {
        refusal(document);
    }
}

#[test]
fn documents_that_are_not_namespace_well_formed() {
    let documents = [
        "<p:a/>",
        "<a p:b=\"1\"/>",
        "<a xmlns:p=\"\"/>",
        "<a xmlns:xmlns=\"urn:x\"/>",
        "<a xmlns:xml=\"urn:x\"/>",
        "<a xmlns:p=\"http://www.w3.org/2000/xmlns/\"/>",
        "<xmlns:a/>",
        "<a xmlns:p=\"urn:x\" xmlns:q=\"urn:x\" p:b=\"1\" q:b=\"2\"/>",
        "<a xmlns:p=\"urn:x\" xmlns:p=\"urn:y\"/>",
    ];
    for document in documents {
        refusal(document);
    }
}

#[test]
fn a_document_type_declaration_is_refused_before_it_is_read() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"b\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
    assert_eq!(refusal(bomb).rule, "a document type declaration is not allowed");
    assert_eq!(
        refusal("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>").rule,
        "a document type declaration is not allowed"
    );
}

#[test]
fn only_utf8_is_read() {
    assert_eq!(refusal(b"<a>\n\xff</a>").to_string(), "2:1 /a: the document is not UTF-8");
    assert_eq!(
        refusal("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>").rule,
        "the encoding must be UTF-8"
    );
    assert!(Document::parse(b"<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", &Limits::default()).is_ok());
    assert!(Document::parse(b"\xef\xbb\xbf<a/>", &Limits::default()).is_ok());
    refusal(b"\xfe\xff\0<\0a\0/\0>");
}

#[test]
fn every_limit_is_kept_and_reached() {
    let limits =
        Limits { size: 1000, depth: 4, nodes: 12, attributes: 3, namespaces: 4, namespace_name: 9, name: 8 };
    let judge =
        |document: &str| Document::parse(document.as_bytes(), &limits).map(drop).map_err(|error| error.rule);
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(judge(&nested(4)), Ok(()));
    assert_eq!(judge(&nested(5)), Err("elements are nested too deeply".into()));
    assert_eq!(judge("<a><a><a><a><a/></a></a></a></a>"), Err("elements are nested too deeply".into()));
    assert_eq!(judge("<a b=\"\" c=\"\" d=\"\"/>"), Ok(()));
    assert_eq!(judge("<a b=\"\" c=\"\" d=\"\" e=\"\"/>"), Err("an element has too many attributes".into()));
    assert_eq!(judge(&format!("<a>{}</a>", "<b/>".repeat(10))), Ok(()));
    assert_eq!(
        judge(&format!("<a>{}</a>", "<b/>".repeat(11))),
        Err("the document has too many nodes".into())
    );
    assert_eq!(judge(&format!("<a>{}</a>", "<b xmlns=\"\"/>".repeat(4))), Ok(()));
    assert_eq!(
        judge(&format!("<a>{}</a>", "<b xmlns=\"\"/>".repeat(5))),
        Err("too many namespaces are declared".into())
    );
    assert_eq!(judge("<a xmlns=\"urn:12345\"/>"), Ok(()));
    assert_eq!(judge("<a xmlns=\"urn:123456\"/>"), Err("a namespace name is too long".into()));
    for long in ["<a2345678/>", "<a><p:bcdefg/></a>", "<a b2345678=''/>", "<a p:bcdefg=''/>"] {
        let document = |text: &str| format!("<r xmlns:p='urn:p'>{text}</r>");
        let short = long.replace(['8', 'f'], "");
        assert_eq!(judge(&document(&short)), Ok(()), "{short}");
        let longer = long.replace(['8', 'f'], "89");
        assert_eq!(judge(&document(&longer)), Err("a name is too long".into()), "{longer}");
    }
    assert_eq!(judge(&format!("<a>{}</a>", "x".repeat(993))), Ok(()));
    assert_eq!(judge(&format!("<a>{}</a>", "x".repeat(994))), Err("the document is too large".into()));
}

#[test]
fn hostile_documents_cost_no_more_than_their_size() {
    let deep = "<a>".repeat(80_000);
    assert_eq!(refusal(&deep).rule, "elements are nested too deeply");
    let wide: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
    assert_eq!(refusal(format!("<a{wide}/>")).rule, "an element has too many attributes");
    let comments = "<!---->".repeat(30_000);
    assert_eq!(refusal(format!("<a>{comments}</a>")).rule, "the document has too many nodes");
}

#[test]
fn a_refusal_names_the_innermost_open_element() {
    let document = "<a xmlns='urn:x'>\n  <b>é\n    <c><d/></c>\n    <e>&nbsp;</e>\n  </b>\n</a>";
    assert_eq!(refusal(document).to_string(), "4:8 /a/b/e: an entity is not known");
    assert_eq!(refusal("<a>\n<p:b/>\n</a>").to_string(), "2:2 /a/b: a namespace prefix is not declared");
}

#[test]
fn a_refusal_repeats_no_content_and_stays_short() {
    let name = "n".repeat(200);
    let document = format!("<a><{name}><{name}>&secret;</{name}></{name}></a>");
    let said = refusal(document).to_string();
    assert!(!said.contains("secret") && said.len() < 350, "{said}");
    assert!(!said.contains(['\r', '\n', '"']), "{said}");
}

#[test]
fn xml_1_0_4_1_a_reference_to_no_character_is_refused_and_one_with_many_zeroes_is_read_as_it_stands() {
    for number in
        ["xD800", "xDFFF", "55296", "x110000", "0", "x1F", "xFFFE", "+97", "", "x", "99999999999999"]
    {
        for text in [format!("<a>&#{number};</a>"), format!("<a b=\"&#{number};\"/>")] {
            assert!(Document::parse(text.as_bytes(), &Limits::default()).is_err(), "{text}");
        }
    }
    let zeroes = "0".repeat(500);
    let text = format!("<a b=\"&#{zeroes}97;\">&#x{zeroes}61;</a>");
    let document = Document::parse(text.as_bytes(), &Limits::default()).expect("well-formed");
    assert_eq!(document.root().text(), "a");
}

/// XML 1.0 2.8, 2.9 and 4.3.3.
#[test]
fn xml_1_0_2_8_a_declaration_says_version_encoding_and_standalone_and_nothing_else() {
    let parse = |declaration: &str| {
        Document::parse(format!("<?xml{declaration}?><a/>").as_bytes(), &Limits::default())
            .map(drop)
            .map_err(|malformed| malformed.rule.into_owned())
    };
    let read = [
        " version=\"1.0\"",
        " version='1.1'",
        " version = '1.0' encoding = 'UTF-8' standalone = 'yes' ",
        " version='1.0' standalone='no'",
    ];
    for declaration in read {
        assert_eq!(parse(declaration), Ok(()), "{declaration}");
    }
    for version in ["2.0", "1", "1.", "1.0a", "", " 1.0", "-1.0"] {
        let refused = parse(&format!(" version='{version}'"));
        assert_eq!(refused, Err("the version of XML must be 1.0".into()), "{version}");
    }
    for standalone in ["maybe", "YES", "", "true"] {
        let refused = parse(&format!(" version='1.0' standalone='{standalone}'"));
        assert_eq!(refused, Err("standalone must be yes or no".into()), "{standalone}");
    }
    let malformed = [
        "",
        " ",
        " encoding='utf-8'",
        " version='1.0'encoding='utf-8'",
        " version='1.0' encoding='utf-8' version='1.0'",
        " version='1.0' standalone='yes' encoding='utf-8'",
        " version='1.0' other='x'",
        " version=1.0",
        " version2='1.0'",
        " Version='1.0'",
        "\tversion='2.0'",
        " version='1.0'?><?xml\tversion='1.0'",
        "\nversion='1.0' standalone='maybe'",
    ];
    for declaration in malformed {
        assert!(parse(declaration).is_err(), "{declaration:?}");
    }
}

/// XML 1.0 2.6, Namespaces in XML 1.0 7.
#[test]
fn xml_names_1_0_7_a_processing_instruction_has_a_name_without_a_colon_that_is_not_xml() {
    for name in ["a:b", ":a", "a:", "XML", "Xml", "xml\t"] {
        for document in
            [format!("<?{name} x?><a/>"), format!("<a><?{name} x?></a>"), format!("<a/><?{name}?>")]
        {
            assert!(Document::parse(document.as_bytes(), &Limits::default()).is_err(), "{document}");
        }
    }
    for name in ["a", "xml-stylesheet", "xmlx"] {
        let document = format!("<?{name} a:b?><a><?{name}?></a>");
        assert!(Document::parse(document.as_bytes(), &Limits::default()).is_ok(), "{document}");
    }
}
