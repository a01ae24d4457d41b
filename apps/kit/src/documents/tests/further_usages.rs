//! Application usages from a folder.

use std::{fs, path::Path};

use xml::schema::Catalog;

use super::*;
use crate::documents::{load, with_schemas};

const USAGE: &str = r#"auid = "org.example.tracks"
media-type = "application/resource-lists+xml"
namespace = "urn:example:tracks"
schema = "tracks.xsd"
outermost = "tracks"
users = ["track-*.xml"]

[access]
users-read = "authenticated"
writers = ["sip:admin@example.com"]

[[unique]]
element = "point"
attribute = "id"

[[value]]
of = "tracks/@number"
is = "variant"
"#;

const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:example:tracks"
  targetNamespace="urn:example:tracks" elementFormDefault="qualified">
  <xs:element name="tracks"><xs:complexType>
    <xs:sequence><xs:element name="point" minOccurs="0" maxOccurs="9"><xs:complexType><xs:attribute name="id"/></xs:complexType></xs:element></xs:sequence>
    <xs:attribute name="number" type="xs:unsignedByte" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn faults(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let errors = load(folder.path(), &mut Catalog::default()).expect_err("faults");
    errors.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_usage_from_a_folder_is_served_by_its_rules() {
    let folder = folder(&[("tracks.toml", USAGE), ("tracks.xsd", SCHEMA), ("notes.txt", "x")]);
    let settings = with_schemas(settings(), Some(folder.path())).unwrap_or_else(|errors| panic!("{errors}"));
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    let uri = "/org.example.tracks/users/sip:bill@example.com/track-7.xml";
    let track = |number: &str, points: &str| {
        format!("<tracks xmlns=\"urn:example:tracks\" number=\"{number}\">{points}</tracks>")
    };
    for (body, status) in [
        (track("7", "<point id=\"a\"/><point id=\"b\"/>"), 201),
        (track("8", ""), 409),
        (track("7", "<point id=\"a\"/><point id=\"a\"/>"), 409),
        (track("x", ""), 409),
        (track("7", "<other/>"), 409),
    ] {
        assert_eq!(put(&documents, uri, &body).status, status, "{body}");
    }
    assert_eq!(send(&documents, "GET", uri, Some("sip:joe@example.com"), &[], "").status, 200);
    assert_eq!(send(&documents, "DELETE", uri, Some("sip:joe@example.com"), &[], "").status, 403);
    assert_eq!(send(&documents, "DELETE", uri, Some("sip:admin@example.com"), &[], "").status, 200);
}

#[test]
fn what_is_wrong_with_a_usage_is_told_with_its_place() {
    assert!(load(Path::new("/nonexistent-folder"), &mut Catalog::default()).is_err());
    let misspelt = faults(&[("t.toml", &USAGE.replace("users-read", "user-read")), ("tracks.xsd", SCHEMA)]);
    assert!(misspelt.contains("t.toml:9:1: unknown key \"user-read\""), "{misspelt}");
    let missing = faults(&[("t.toml", USAGE)]);
    assert!(missing.contains("t.toml:4:10:") && missing.contains("cannot be read"), "{missing}");
    let no_schema = faults(&[("t.toml", USAGE), ("tracks.xsd", "<a/>")]);
    assert!(no_schema.contains("not a schema"), "{no_schema}");
    let selector =
        faults(&[("t.toml", &USAGE.replace("tracks/@number", "tracks/@")), ("tracks.xsd", SCHEMA)]);
    assert!(selector.contains("t.toml:17:6:"), "{selector}");
    let pattern = faults(&[("t.toml", &USAGE.replace("track-*.xml", "*-*")), ("tracks.xsd", SCHEMA)]);
    assert!(pattern.contains("t.toml:6:9:"), "{pattern}");
    let two = faults(&[("a.toml", "auid = 1\n"), ("b.toml", "")]);
    assert!(two.contains("a.toml:1:8:") && two.contains("b.toml"), "{two}");
}

#[test]
fn documents_of_built_in_usages_follow_their_schemas() {
    let settings = with_schemas(settings(), None).unwrap_or_else(|errors| panic!("{errors}"));
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    assert_eq!(put(&documents, LISTS, FRIENDS).status, 201);
    for bad in [
        FRIENDS.replace("entry", "entri"),
        FRIENDS.replace("uri=", "url="),
        FRIENDS.replace("resource-lists>", "list>").replace("<resource-lists", "<list"),
    ] {
        let refused = put(&documents, LISTS, &bad);
        assert_eq!((refused.status, refused.body.contains("schema-validation-error")), (409, true), "{bad}");
    }
    assert_eq!(get(&documents, LISTS).body, FRIENDS);
}

#[test]
fn a_usage_of_a_name_in_use_is_refused() {
    let folder =
        folder(&[("t.toml", &USAGE.replace("org.example.tracks", "resource-lists")), ("tracks.xsd", SCHEMA)]);
    let errors = with_schemas(settings(), Some(folder.path())).err().map(|errors| errors.to_string());
    assert!(errors.is_some_and(|errors| errors.contains("\"resource-lists\" is there twice")));
}
