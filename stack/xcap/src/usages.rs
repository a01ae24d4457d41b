//! The application usages that are built in.

mod mission_critical;

use xml::path::Name;

use crate::{Access, Check, Documents, Form, Served, Usage, Usages, Who, caps, directory};

pub use mission_critical::{group_documents, mission_critical};

const RESOURCE_LISTS: &str = "urn:ietf:params:xml:ns:resource-lists";
const RLS_SERVICES: &str = "urn:ietf:params:xml:ns:rls-services";

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
        global: Some(Documents::named(&["index"])),
        served: Served::Generated,
        access: Access { global_read: Who::Anyone, ..Access::default() },
        ..Usage::new(caps::AUID, caps::MEDIA_TYPE, caps::NAMESPACE)
    }
}

/// `org.openmobilealliance.xcap-directory`: which documents a user has, made by the server.
#[must_use]
pub fn directories() -> Usage {
    Usage {
        users: Some(Documents::named(&[directory::DOCUMENT])),
        served: Served::Generated,
        ..Usage::new(directory::AUID, directory::MEDIA_TYPE, directory::NAMESPACE)
    }
}

/// `resource-lists` (RFC 4826 clause 3.4).
#[must_use]
pub fn resource_lists() -> Usage {
    let mut checks = list_checks();
    checks.extend([
        Check::Form {
            element: Name::new(RESOURCE_LISTS, "external"),
            attribute: "anchor".to_owned(),
            form: Form::HttpUri,
        },
        Check::Form {
            element: Name::new(RESOURCE_LISTS, "entry-ref"),
            attribute: "ref".to_owned(),
            form: Form::RelativePath,
        },
    ]);
    Usage {
        outermost: Some("resource-lists".to_owned()),
        schema: Some(RESOURCE_LISTS.to_owned()),
        global: Some(Documents::named(&["*"])),
        users: Some(Documents::named(&["*"])),
        checks,
        ..Usage::new("resource-lists", "application/resource-lists+xml", RESOURCE_LISTS)
    }
}

/// `rls-services` (RFC 4826 clause 4.4): a service's URI is in use once on the server.
#[must_use]
pub fn rls_services() -> Usage {
    let mut checks = list_checks();
    checks.push(Check::UniqueOnServer {
        element: Name::new(RLS_SERVICES, "service"),
        attribute: "uri".to_owned(),
        alias: None,
    });
    Usage {
        outermost: Some("rls-services".to_owned()),
        schema: Some(RLS_SERVICES.to_owned()),
        namespaces: vec![RESOURCE_LISTS.to_owned()],
        users: Some(Documents::named(&["*"])),
        checks,
        ..Usage::new("rls-services", "application/rls-services+xml", RLS_SERVICES)
    }
}

/// RFC 4826 clause 3.4.5: names of lists, and what entries refer to, are unique under one parent.
fn list_checks() -> Vec<Check> {
    let unique = |element: &str, attribute: &str| Check::UniqueAmongSiblings {
        element: Name::new(RESOURCE_LISTS, element),
        attribute: attribute.to_owned(),
    };
    vec![
        unique("list", "name"),
        unique("entry", "uri"),
        unique("entry-ref", "ref"),
        unique("external", "anchor"),
    ]
}
