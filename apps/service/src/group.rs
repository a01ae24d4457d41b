//! Groups: which a profile names, and who the members of one are. TS 24.481 clause 7.2, TS 24.484 clause 8.3

use std::collections::{BTreeMap, BTreeSet};

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

/// The groups that a profile names, each with the public service identity, in one spelling, of the group management server that its
/// entry names; none where it names none.
pub(crate) type Named = BTreeMap<Group, Option<String>>;

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

/// The on-network groups that a profile names. Of several entries for one group the first counts.
pub(crate) fn of_profile(text: &[u8]) -> Named {
    let Ok(document) = Document::parse(text, &Limits::default()) else { return Named::new() };
    let networks = named_children(document.root(), "OnNetwork");
    let lists = networks.flat_map(|network| named_children(network, "MCPTTGroupInfo"));
    let entries = lists.flat_map(|list| named_children(list, "entry"));
    let mut named = Named::new();
    for entry in entries {
        let group = entry.child(USER_PROFILE, "uri-entry").and_then(|id| identity(id.text().trim()));
        if let Some(group) = group {
            named.entry(group).or_insert_with(|| server(entry));
        }
    }
    named
}

/// `GroupServerInfo` of an entry (TS 24.484 clause 8.3): whom it names as the group management server.
fn server(entry: Element<'_>) -> Option<String> {
    let infos = named_children(entry, "anyExt").flat_map(|each| named_children(each, "GroupServerInfo"));
    let lists = infos.flat_map(|info| named_children(info, "GMS-Serv-Id"));
    let mut ids = lists.flat_map(|list| named_children(list, "entry"));
    let id = ids.find_map(|entry| entry.child(USER_PROFILE, "uri-entry"))?;
    Some(xcap::canonical(id.text().trim())).filter(|id| !id.is_empty())
}

fn named_children<'d>(parent: Element<'d>, name: &'static str) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(move |child| child.is(USER_PROFILE, name))
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
