//! 12: the document that says what a server can do, and the directory beside it, are made from data.

use xcap::{Etag, Root, Target, Tree, caps, directory};
use xml::{Document, Limits};

use crate::support::served;

#[test]
fn s12_capabilities_name_each_usage_and_namespace_once() {
    let bytes = caps::write(&served(), &["xcap-diff"]);
    let document = Document::parse(&bytes, &Limits::default()).unwrap();
    let root = document.root();
    let list = |name: &str| -> Vec<String> {
        root.required(caps::NAMESPACE, name)
            .unwrap()
            .children()
            .map(|child| child.text().into_owned())
            .collect()
    };
    let auids = list("auids");
    for auid in [
        "xcap-caps",
        "resource-lists",
        "rls-services",
        "org.openmobilealliance.groups",
        "org.openmobilealliance.xcap-directory",
        "org.3gpp.mcptt.user-profile",
        "org.3gpp.mcptt.service-config",
        "org.3gpp.mcptt.ue-config",
        "org.3gpp.mcptt.ue-init-config",
        "test-app",
    ] {
        assert!(auids.iter().any(|found| found == auid), "{auid}");
    }
    assert_eq!(list("extensions"), ["xcap-diff"]);
    let mut namespaces = list("namespaces");
    assert!(namespaces.contains(&"urn:oma:xml:poc:list-service".to_owned()));
    let count = namespaces.len();
    namespaces.dedup();
    assert_eq!(namespaces.len(), count);
}

#[test]
fn a_directory_names_documents_by_their_uris() {
    let root = Root::new("https://xcap.example.com").unwrap();
    let target = Target {
        auid: "resource-lists".to_owned(),
        tree: Tree::User("sip:a@b".to_owned()),
        document: "my <list>".to_owned(),
        node: None,
    };
    let entry = directory::Entry { target, etag: Etag::new("1"), size: 7 };
    let bytes = directory::write(
        &[directory::Folder { auid: "resource-lists".to_owned(), entries: vec![entry] }],
        &root,
    );
    let document = Document::parse(&bytes, &Limits::default()).unwrap();
    let folder = document.root().required(directory::NAMESPACE, "folder").unwrap();
    let entry = folder.required(directory::NAMESPACE, "entry").unwrap();
    assert_eq!(folder.attribute("auid"), Some("resource-lists"));
    assert_eq!(
        entry.attribute("uri"),
        Some("https://xcap.example.com/resource-lists/users/sip:a@b/my%20%3Clist%3E")
    );
    assert_eq!((entry.attribute("etag"), entry.attribute("size")), (Some("1"), Some("7")));
}
