//! Group documents (TS 24.481 clause 7.2) and configuration documents (TS 24.484 clauses 7 and 8).

use xml::path::Name;

use crate::{Access, Check, Documents, Usage, Who, check::selector};

const LIST_SERVICE: &str = "urn:oma:xml:poc:list-service";

/// `org.openmobilealliance.groups`: a group is put into the tree of a user who creates groups, or into the global one,
/// and is found by its identity in `global/byGroupID` (TS 24.481 clause 7.2.10).
#[must_use]
pub fn group_documents() -> Usage {
    let uri = || selector("group/list-service/@uri", LIST_SERVICE, &[]).ok();
    let mut checks = vec![Check::UniqueOnServer {
        element: Name::new(LIST_SERVICE, "list-service"),
        attribute: "uri".to_owned(),
        alias: Some("byGroupID".to_owned()),
    }];
    checks.extend(uri().map(|path| Check::Required { path }));
    checks.extend(uri().map(|path| Check::NamesDocument { path, global: true }));
    checks.push(Check::UniqueAmongSiblings {
        element: Name::new(LIST_SERVICE, "entry"),
        attribute: "uri".to_owned(),
    });
    Usage {
        namespaces: GROUP_NAMESPACES.iter().map(|&name| name.to_owned()).collect(),
        outermost: Some("group".to_owned()),
        schema: Some(LIST_SERVICE.to_owned()),
        global: Some(Documents::named(&["byGroupID/*"])),
        users: Some(Documents::named(&["*"])),
        checks,
        post: Some("group management operations (GMOP, TS 24.481 clause 6.3.16)".to_owned()),
        ..Usage::new("org.openmobilealliance.groups", "application/vnd.oma.poc.groups+xml", LIST_SERVICE)
    }
}

const GROUP_NAMESPACES: [&str; 5] = [
    "urn:ietf:params:xml:ns:resource-lists",
    "urn:ietf:params:xml:ns:common-policy",
    "urn:oma:xml:xdm:common-policy",
    "urn:oma:xml:xdm:extensions",
    "urn:3gpp:ns:mcpttGroupInfo:1.0",
];

/// The configuration documents of MCPTT. Those of the other services come with their schemas, as further usages; [`unserved`]
/// names them until then.
#[must_use]
pub fn mission_critical() -> Vec<Usage> {
    let mut usages = vec![
        user_profile("mcptt", "urn:3gpp:mcptt:user-profile:1.0"),
        service_config("mcptt", "urn:3gpp:ns:mcpttServiceConfig:1.0"),
        ue_config("mcptt", "urn:3gpp:mcptt:mcpttUEConfig:1.0"),
    ];
    usages.push(ue_init_config());
    usages
}

/// Why documents of this usage are not kept, where it is one of TS 24.484 whose schema is nowhere at hand: a document that nobody
/// can judge would be believed by those whom it configures.
#[must_use]
pub fn unserved(auid: &str) -> Option<&'static str> {
    const WHY: [(&str, &str); 2] = [
        (
            "org.3gpp.mcvideo.",
            "documents of MCVideo are not served without their schemas, from a folder of usages",
        ),
        (
            "org.3gpp.mcdata.",
            "documents of MCData are not served without their schemas, from a folder of usages",
        ),
    ];
    WHY.iter().find(|(service, _)| auid.starts_with(service)).map(|(_, why)| *why)
}

/// One user's profiles; the index stands in the document and in its name.
fn user_profile(service: &str, namespace: &str) -> Usage {
    let root = format!("{service}-user-profile");
    let path = |attribute: &str| selector(&format!("{root}/@{attribute}"), namespace, &[]).ok();
    let mut checks = Vec::new();
    checks.extend(path("XUI-URI").map(|path| Check::NamesUser { path }));
    checks.extend(path("user-profile-index").map(|path| Check::NamesVariant { path }));
    Usage {
        namespaces: vec!["urn:ietf:params:xml:ns:common-policy".to_owned()],
        outermost: Some(root),
        users: Some(Documents::named(&[&format!("{service}-user-profile-*.xml")])),
        checks,
        access: Access { users_write: Who::Listed, ..Access::default() },
        ..configuration(service, "user-profile", namespace)
    }
}

/// One for the system, or one for each organization.
fn service_config(service: &str, namespace: &str) -> Usage {
    Usage {
        outermost: Some("service-configuration-info".to_owned()),
        global: Some(Documents::named(&["service-config.xml", "*/service-config.xml"])),
        ..configuration(service, "service-config", namespace)
    }
}

fn ue_config(service: &str, namespace: &str) -> Usage {
    Usage {
        outermost: Some(format!("{service}-UE-configuration")),
        users: Some(Documents::named(&["*"])),
        access: Access { users_write: Who::Listed, ..Access::default() },
        ..configuration(service, "ue-config", namespace)
    }
}

/// Under the identity of the equipment, and read before anybody has logged in (TS 24.484 clause 4.2.2.1).
fn ue_init_config() -> Usage {
    Usage {
        outermost: Some("mcptt-UE-initial-configuration".to_owned()),
        users: Some(Documents::named(&["*"])),
        access: Access { users_read: Who::Anyone, users_write: Who::Listed, ..Access::default() },
        ..configuration("mcptt", "ue-init-config", "urn:3gpp:mcptt:mcpttUEinitConfig:1.0")
    }
}

fn configuration(service: &str, kind: &str, namespace: &str) -> Usage {
    Usage {
        schema: Some(namespace.to_owned()),
        ..Usage::new(
            &format!("org.3gpp.{service}.{kind}"),
            &format!("application/vnd.3gpp.{service}-{kind}+xml"),
            namespace,
        )
    }
}
