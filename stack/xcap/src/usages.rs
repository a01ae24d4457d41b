//! The application usages that are built in.

mod mission_critical;

use xml::path::Name;

use crate::{Access, Check, Documents, Form, Usage, Usages, Who, caps, directory, services};

pub use mission_critical::{group_documents, mission_critical, unserved};

const RESOURCE_LISTS: &str = "urn:ietf:params:xml:ns:resource-lists";

/// All of them.
#[must_use]
pub fn built_in() -> Usages {
    let mut usages =
        Usages::new().with(capabilities()).with(directories()).with(resource_lists()).with(rls_services());
    usages.add(group_documents());
    mission_critical().into_iter().for_each(|usage| drop(usages.add(usage)));
    usages
}

/// `xcap-caps` (RFC 4825 clause 12): one global document, which the server makes.
#[must_use]
pub fn capabilities() -> Usage {
    Usage {
        global: Some(Documents::generated(&[caps::DOCUMENT])),
        access: Access { global_read: Who::Anyone, ..Access::default() },
        ..Usage::new(caps::AUID, caps::MEDIA_TYPE, caps::NAMESPACE)
    }
}

/// `org.openmobilealliance.xcap-directory`: which documents a user has, made by the server.
#[must_use]
pub fn directories() -> Usage {
    Usage {
        users: Some(Documents::generated(&[directory::DOCUMENT])),
        ..Usage::new(directory::AUID, directory::MEDIA_TYPE, directory::NAMESPACE)
    }
}

/// `resource-lists` (RFC 4826 clause 3.4).
#[must_use]
pub fn resource_lists() -> Usage {
    Usage {
        outermost: Some("resource-lists".to_owned()),
        schema: Some(RESOURCE_LISTS.to_owned()),
        global: Some(Documents::named(&["*"])),
        users: Some(Documents::named(&["*"])),
        checks: list_checks(),
        ..Usage::new("resource-lists", "application/resource-lists+xml", RESOURCE_LISTS)
    }
}

/// `rls-services` (RFC 4826 clause 4.4): a service's URI is in use once on the server, and the services in the documents
/// `index` of all users are in the global document of that name too, which the server makes.
#[must_use]
pub fn rls_services() -> Usage {
    let mut checks = list_checks();
    checks.extend([
        Check::UniqueOnServer {
            element: Name::new(services::NAMESPACE, "service"),
            attribute: "uri".to_owned(),
            alias: None,
        },
        Check::Refers {
            element: Name::new(services::NAMESPACE, "resource-list"),
            auid: "resource-lists".to_owned(),
        },
    ]);
    Usage {
        outermost: Some("rls-services".to_owned()),
        schema: Some(services::NAMESPACE.to_owned()),
        namespaces: vec![RESOURCE_LISTS.to_owned()],
        global: Some(Documents::generated(&[services::DOCUMENT])),
        users: Some(Documents::named(&["*"])),
        checks,
        ..Usage::new(services::AUID, services::MEDIA_TYPE, services::NAMESPACE)
    }
}

/// RFC 4826 clause 3.4.5, which holds for the lists of services too: names of lists, and what entries refer to, are unique under
/// one parent, and references have their forms.
fn list_checks() -> Vec<Check> {
    let unique = |element: &str, attribute: &str| Check::UniqueAmongSiblings {
        element: Name::new(RESOURCE_LISTS, element),
        attribute: attribute.to_owned(),
    };
    let form = |element: &str, attribute: &str, form| Check::Form {
        element: Name::new(RESOURCE_LISTS, element),
        attribute: attribute.to_owned(),
        form,
    };
    vec![
        unique("list", "name"),
        unique("entry", "uri"),
        unique("entry-ref", "ref"),
        unique("external", "anchor"),
        form("external", "anchor", Form::HttpUri),
        form("entry-ref", "ref", Form::RelativePath),
    ]
}
