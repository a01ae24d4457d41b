//! Groups: which a profile names, and who the members of one are. TS 24.481 clause 7.2, TS 24.484 clause 8.3

use std::collections::BTreeSet;

use kit::partner::domain_of;
use xcap::{Target, Tree};
use xml::{Document, Element, Limits};
use xml_schemas::{
    body::interconnection_info::McService, ids::McServiceId, lexical::Lexical as _, migration::ProfileIndex,
};

/// The namespace of a group document's outermost elements.
const LIST_SERVICE: &str = "urn:oma:xml:poc:list-service";

/// The namespace of an MCPTT user profile.
const USER_PROFILE: &str = "urn:3gpp:mcptt:user-profile:1.0";

/// A group by its MC service group ID, in one spelling.
pub(crate) type Group = String;

/// Where a group's document is found, by its identity (TS 24.481 clause 7.2.10).
pub(crate) fn document(group: &str) -> Target {
    Target {
        auid: "org.openmobilealliance.groups".to_owned(),
        tree: Tree::Global,
        document: format!("byGroupID/{group}"),
        node: None,
    }
}

/// Where a user's profiles are.
pub(crate) fn profiles(user: &McServiceId) -> String {
    format!("org.3gpp.mcptt.user-profile/users/{}/", xcap::canonical(user.as_str()))
}

/// One profile of a user, by the selector that a NOTIFY names it with.
pub(crate) fn profile(user: &McServiceId, selector: &str) -> Option<Target> {
    let name = selector.trim_start_matches('/').strip_prefix(&profiles(user))?;
    let is_name = !name.is_empty() && !name.contains(['/', '~', '?']);
    is_name.then(|| Target {
        auid: "org.3gpp.mcptt.user-profile".to_owned(),
        tree: Tree::User(xcap::canonical(user.as_str())),
        document: name.to_owned(),
        node: None,
    })
}

/// The profile of a user for this MC service with this index (TS 24.484 clauses 8.3.2.8 and 9.3.2.8).
pub(crate) fn profile_with(service: McService, user: &McServiceId, index: ProfileIndex) -> Target {
    let service = service.write();
    Target {
        auid: format!("org.3gpp.{service}.user-profile"),
        tree: Tree::User(xcap::canonical(user.as_str())),
        document: format!("{service}-user-profile-{index}.xml"),
        node: None,
    }
}

/// The on-network groups that a profile names.
pub(crate) fn of_profile(text: &[u8]) -> BTreeSet<Group> {
    let Ok(document) = Document::parse(text, &Limits::default()) else { return BTreeSet::new() };
    let named = |name: &'static str| move |element: &Element<'_>| element.is(USER_PROFILE, name);
    let networks = document.root().children().filter(named("OnNetwork"));
    let lists = networks.flat_map(Element::children).filter(named("MCPTTGroupInfo"));
    let entries = lists.flat_map(Element::children).filter(named("entry"));
    let ids = entries.filter_map(|entry| entry.child(USER_PROFILE, "uri-entry"));
    ids.filter_map(|id| identity(id.text().trim())).collect()
}

/// A group's identity, where it can be part of a path.
fn identity(text: &str) -> Option<Group> {
    let is_name = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\' | '?' | '#');
    domain_of(text).filter(|_| text.chars().all(is_name)).map(|_| xcap::canonical(text))
}

/// The MC service IDs of a group's members, in one spelling.
pub(crate) fn members(text: &[u8]) -> BTreeSet<String> {
    let Ok(document) = Document::parse(text, &Limits::default()) else { return BTreeSet::new() };
    let named = |name: &'static str| move |element: &Element<'_>| element.is(LIST_SERVICE, name);
    let services = document.root().children().filter(named("list-service"));
    let lists = services.flat_map(Element::children).filter(named("list"));
    let entries = lists.flat_map(Element::children).filter(named("entry"));
    entries.filter_map(|entry| entry.attribute("uri")).map(xcap::canonical).collect()
}
