//! The document both ways. RFC 5874

use xml::{Document, Limits, patch::Patch};

use super::{Change, Content, DocumentChange, NodeChange, State, XcapDiff};
use crate::Etag;

const SEL: &str = "org.openmobilealliance.groups/global/byGroupID/sip:g@a.example";
const OLD: &str = "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:g@a.example\"><list><entry \
    uri=\"sip:ines@a.example\"/></list><max-participant-count>40</max-participant-count></list-service></group>";

fn etag(text: &str) -> Etag {
    Etag::new(text)
}

fn parsed(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::DEFAULT).unwrap()
}

fn diff(changes: Vec<Change>) -> XcapDiff {
    XcapDiff { changes, ..XcapDiff::new("https://xcap.a.example/") }
}

fn read(text: &str) -> Result<XcapDiff, String> {
    XcapDiff::read(text.as_bytes(), &Limits::DEFAULT).map_err(|malformed| malformed.to_string())
}

fn kept(diff: &XcapDiff) -> String {
    let written = String::from_utf8(diff.write()).unwrap();
    assert_eq!(read(&written).as_ref(), Ok(diff), "{written}");
    written
}

#[test]
fn c3_2_documents_are_created_modified_and_deleted() {
    let changes = [
        DocumentChange::created(SEL, etag("a")),
        DocumentChange::modified(SEL, etag("a"), etag("b"), Content::Untold),
        DocumentChange::modified(SEL, etag("b"), etag("c"), Content::NotChanged),
        DocumentChange::deleted(SEL, etag("c")),
    ];
    let written = kept(&diff(changes.into_iter().map(Change::Document).collect()));
    for part in [
        format!("<document sel=\"{SEL}\" new-etag=\"a\"/>"),
        format!("<document sel=\"{SEL}\" new-etag=\"b\" previous-etag=\"a\"/>"),
        "<body-not-changed/></document>".to_owned(),
        format!("<document sel=\"{SEL}\" previous-etag=\"c\"/>"),
    ] {
        assert!(written.contains(&part), "{part} is not in {written}");
    }
}

#[test]
fn c3_2_a_patch_leads_from_the_one_version_to_the_other() {
    let new =
        OLD.replace(">40<", ">41<").replace("/></list>", "/><entry uri=\"sip:omar@b.example\"/></list>");
    let patch = Patch::between(&parsed(OLD), &parsed(&new));
    let modified = DocumentChange::modified(SEL, etag("a"), etag("b"), Content::Patched(patch));
    let written = String::from_utf8(diff(vec![Change::Document(modified)]).write()).unwrap();
    let again = read(&written).unwrap();
    let [Change::Document(DocumentChange { content: Content::Patched(patch), .. })] =
        again.changes.as_slice()
    else {
        panic!("{again:?}")
    };
    assert_eq!(patch.apply(OLD.as_bytes(), &Limits::DEFAULT), Ok(new.into_bytes()));
}

#[test]
fn c3_3_and_3_4_nodes_are_there_gone_or_told() {
    let bindings = vec![(String::new(), "urn:x".to_owned()), ("q".to_owned(), "urn:q".to_owned())];
    let sel = "usage/users/sip:a@a.example/index/~~/a/q:b".to_owned();
    let raw = parsed("<b xmlns=\"urn:q\" c=\"&lt;\"><d/></b>").root().to_raw();
    for state in [State::Is(raw), State::There, State::Gone] {
        let written = kept(&diff(vec![Change::Element(NodeChange {
            sel: sel.clone(),
            bindings: bindings.clone(),
            state,
        })]));
        assert!(written.contains("xmlns=\"urn:x\" xmlns:q=\"urn:q\""), "{written}");
    }
    for state in [State::Is(" 1 < 2".to_owned()), State::Is(String::new()), State::There, State::Gone] {
        let sel = format!("{sel}/@c");
        kept(&diff(vec![Change::Attribute(NodeChange { sel, bindings: bindings.clone(), state })]));
    }
}

#[test]
fn what_is_foreign_is_passed_over_and_what_is_wrong_is_refused_with_its_place() {
    let document = |content: &str| {
        format!(
            "<x:xcap-diff xmlns:x=\"urn:ietf:params:xml:ns:xcap-diff\" xcap-root=\"/\">{content}</x:xcap-diff>"
        )
    };
    assert_eq!(read(&document("<more xmlns=\"urn:more\"/>")), Ok(XcapDiff::new("/")));
    let rows = [
        ("<x:document/>", "1:71 /xcap-diff/document: a required attribute is missing: sel"),
        ("<x:folder sel=\"a\"/>", "1:71 /xcap-diff/folder: not an element of xcap-diff"),
        ("<x:element sel=\"a\"/>", "1:71 /xcap-diff/element: a required element is missing"),
        (
            "<x:element sel=\"a\" exists=\"maybe\"/>",
            "1:71 /xcap-diff/element: attribute exists: not true or false",
        ),
        (
            "<x:document sel=\"a\"><x:remove sel=\"//b\"/></x:document>",
            "1:71 /xcap-diff/document: a patch that cannot be applied: operation 1: invalid-attribute-value",
        ),
    ];
    for (content, expected) in rows {
        assert_eq!(read(&document(content)), Err(expected.to_owned()));
    }
    assert!(read("<xcap-diff xcap-root=\"/\"/>").is_err());
    assert!(read("<xcap-diff xmlns=\"urn:ietf:params:xml:ns:xcap-diff\"/>").is_err());
}
