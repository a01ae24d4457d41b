use xcap::{Current, Etag};

use super::Facts;

const GROUP: &str = "<g:group xmlns:g=\"urn:oma:xml:poc:list-service\" xmlns:other=\"urn:other\">
 <g:list-service uri=\"sip:Flood@A.example\" other:uri=\"sip:no@a.example\">
  <g:list><g:entry uri=\"sip:bob@B.example\"/><g:entry uri='sip:a&amp;b@a.example'/><other:entry uri=\"sip:no@a.example\"/><g:entry/></g:list>
  <g:entry uri=\"sip:no@a.example\"/>
  <other:list><g:entry uri=\"sip:no@a.example\"/></other:list>
 </g:list-service>
 <other:list-service uri=\"sip:no@a.example\"/>
</g:group>";

#[test]
fn ts24481_7_2_what_a_document_says_is_the_same_by_its_index() {
    let read = Facts::of(GROUP);
    assert_eq!(read.groups.iter().map(super::GroupId::as_str).collect::<Vec<_>>(), ["sip:Flood@a.example"]);
    assert_eq!(read.members.iter().collect::<Vec<_>>(), ["sip:a&b@a.example", "sip:bob@b.example"]);
    let current = Current::read(GROUP.as_bytes(), Etag::new("1")).expect("a document");
    assert_eq!(Facts::of_current(&current), read);
}
