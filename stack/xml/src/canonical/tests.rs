use super::*;
use crate::{Document, Limits};

fn child(source: &str, name: &str, form: Form) -> String {
    let document = Document::parse(source.as_bytes(), &Limits::default()).unwrap();
    let root = document.root();
    let element = root.children().find(|child| child.name() == name).unwrap_or(root);
    canonical(element, form)
}

#[test]
fn c14n_2_3_names_attributes_and_empty_elements_have_one_form() {
    let source = "<?xml version='1.0'?><!-- gone --><a:r  z='1'\n b:y=\"2\" a='3' xmlns:b='urn:b' xmlns:a='urn:a'  xmlns=''><e/></a:r>";
    let expected = "<a:r xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" a=\"3\" z=\"1\" b:y=\"2\"><e></e></a:r>";
    assert_eq!(child(source, "", Form::INCLUSIVE), expected);
    assert_eq!(child(source, "", Form::EXCLUSIVE), expected);
}

#[test]
fn c14n_2_3_characters_are_escaped_as_the_recommendation_says() {
    let source =
        "<r a='&lt;&quot;>&#9;&#10;&#13;&amp;'>&lt;&gt;\"&amp;&#13;<![CDATA[<x>]]>\r\n<!--c--><?p  v ?></r>";
    let expected = "<r a=\"&lt;&quot;>&#x9;&#xA;&#xD;&amp;\">&lt;&gt;\"&amp;&#xD;&lt;x&gt;\n<?p v ?></r>";
    assert_eq!(child(source, "", Form::INCLUSIVE), expected);
    let kept = child(source, "", Form { comments: true, ..Form::INCLUSIVE });
    assert_eq!(kept, expected.replace("<?p", "<!--c--><?p"));
}

#[test]
fn c14n_2_4_an_inner_element_takes_along_what_is_in_scope_and_the_exclusive_form_only_what_it_uses() {
    let source = "<r xmlns='urn:r' xmlns:s='urn:s' xmlns:t='urn:t' xml:lang='en' xml:space='preserve'>\
                  <s:e xml:lang='de' t:a='1'><f xmlns=''><s:g xmlns:s='urn:s'/></f></s:e></r>";
    assert_eq!(
        child(source, "e", Form::INCLUSIVE),
        "<s:e xmlns=\"urn:r\" xmlns:s=\"urn:s\" xmlns:t=\"urn:t\" xml:lang=\"de\" xml:space=\"preserve\" t:a=\"1\">\
         <f xmlns=\"\"><s:g></s:g></f></s:e>"
    );
    assert_eq!(
        child(source, "e", Form::EXCLUSIVE),
        "<s:e xmlns:s=\"urn:s\" xmlns:t=\"urn:t\" xml:lang=\"de\" t:a=\"1\"><f><s:g></s:g></f></s:e>"
    );
}

#[test]
fn exc_c14n_3_a_prefix_is_declared_where_it_is_used_and_again_where_it_changes() {
    let source = "<r xmlns:n='urn:1'><n:e><x><n:f/></x><n:g xmlns:n='urn:2'><n:h/></n:g></n:e></r>";
    assert_eq!(
        child(source, "e", Form::EXCLUSIVE),
        "<n:e xmlns:n=\"urn:1\"><x><n:f></n:f></x><n:g xmlns:n=\"urn:2\"><n:h></n:h></n:g></n:e>"
    );
    assert_eq!(
        child(source, "", Form::EXCLUSIVE),
        "<r><n:e xmlns:n=\"urn:1\"><x><n:f></n:f></x><n:g xmlns:n=\"urn:2\"><n:h></n:h></n:g></n:e></r>"
    );
}
