//! A group, by its identity and by what its document says of it.
//! TS 24.481 clause 7.2

use std::{borrow::Cow, collections::BTreeSet, fmt, sync::Arc};

use kit::{document_rules::Prefixes, partner::domain_of};
use xcap::{Current, Target, Tree};
use xml::{Document, Index, Limits, index::NodeId};

/// The application usage of group documents.
pub const AUID: &str = "org.openmobilealliance.groups";

/// The media type of group documents.
pub const MEDIA_TYPE: &str = "application/vnd.oma.poc.groups+xml";

/// The namespace of a group document's outermost elements.
pub const LIST_SERVICE: &str = "urn:oma:xml:poc:list-service";

/// The folder in which a group is found by its identity (TS 24.481 clause 7.2.10).
const FOLDER: &str = "byGroupID/";

/// The prefixes that policy rules on group documents may use.
pub const PREFIXES: Prefixes = Prefixes {
    root: Some("group"),
    default: LIST_SERVICE,
    table: &[
        ("mcpttgi", "urn:3gpp:ns:mcpttGroupInfo:1.0"),
        ("rl", "urn:ietf:params:xml:ns:resource-lists"),
        ("cp", "urn:ietf:params:xml:ns:common-policy"),
        ("ocp", "urn:oma:xml:xdm:common-policy"),
        ("oxe", "urn:oma:xml:xdm:extensions"),
    ],
};

/// An MC service group ID: a SIP URI, in one spelling.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(Arc<str>);

impl GroupId {
    /// Reads an identity; none where it is no SIP URI with a domain, or cannot be one segment of a path.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_name = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\');
        domain_of(text).filter(|_| text.chars().all(is_name))?;
        Some(Self(xcap::canonical(text).into()))
    }

    /// The group that a document target names by its identity.
    #[must_use]
    pub fn of_target(target: &Target) -> Option<Self> {
        let name = target.document.strip_prefix(FOLDER).filter(|_| target.tree == Tree::Global)?;
        if target.auid == AUID { Self::new(name) } else { None }
    }

    /// The SIP URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its domain, which says whose group it is.
    #[must_use]
    pub fn domain(&self) -> String {
        domain_of(&self.0).unwrap_or_default()
    }

    /// Where its document is found.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            auid: AUID.to_owned(),
            tree: Tree::Global,
            document: format!("{FOLDER}{}", self.0),
            node: None,
        }
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a group document says of its group.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The groups that it defines: one, where its schema is kept.
    pub groups: Vec<GroupId>,
    /// The MC service IDs of its members, in one spelling.
    pub members: BTreeSet<String>,
}

impl Facts {
    /// Reads a document; of one that cannot be read there are none.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Ok(document) = Document::parse(text.as_bytes(), &Limits::default()) else {
            return Self::default();
        };
        let mut facts = Self::default();
        let services = document.root().children().filter(|child| child.is(LIST_SERVICE, "list-service"));
        for service in services {
            facts.groups.extend(service.attribute("uri").and_then(GroupId::new));
            let lists = service.children().filter(|child| child.is(LIST_SERVICE, "list"));
            let entries =
                lists.flat_map(xml::Element::children).filter(|child| child.is(LIST_SERVICE, "entry"));
            facts.members.extend(entries.filter_map(|entry| entry.attribute("uri")).map(xcap::canonical));
        }
        facts
    }

    /// The same of a document whose elements have been found already: it is not read again.
    #[must_use]
    pub fn of_current(current: &Current) -> Self {
        Self::of_index(current.text(), current.index())
    }

    /// The same of a text and where everything stands in it.
    #[must_use]
    pub fn of_index(text: &str, index: &Index) -> Self {
        let mut facts = Self::default();
        for service in services(index) {
            facts.groups.extend(index.value(text, service, "uri").and_then(|uri| GroupId::new(&uri)));
            let members = entries(index, service).filter_map(|entry| index.value(text, entry, "uri"));
            facts.members.extend(members.map(|uri| xcap::canonical(&uri)));
        }
        facts
    }

    /// Whether a member's MC service ID is of a domain for which `owns` says yes.
    #[must_use]
    pub fn has_member_of(&self, owns: impl Fn(&str) -> bool) -> bool {
        self.members.iter().filter_map(|member| domain_of(member)).any(|domain| owns(&domain))
    }
}

/// Everybody whom a document names, in the order and the spelling of the document: of two that name the same, the facts are the
/// same.
pub(crate) fn spelled<'t>(text: &'t str, index: &'t Index) -> impl Iterator<Item = Option<Cow<'t, str>>> {
    let named = |service| std::iter::once(service).chain(entries(index, service));
    services(index).flat_map(named).map(|element| index.value(text, element, "uri"))
}

fn services(index: &Index) -> impl Iterator<Item = NodeId> {
    let below_root = index.root().into_iter().flat_map(|root| index.children(root));
    below_root.filter(|id| index.name(*id) == (LIST_SERVICE, "list-service"))
}

fn entries(index: &Index, service: NodeId) -> impl Iterator<Item = NodeId> {
    let lists = index.children(service).filter(|id| index.name(*id) == (LIST_SERVICE, "list"));
    lists.flat_map(|list| index.children(list)).filter(|id| index.name(*id) == (LIST_SERVICE, "entry"))
}

#[cfg(test)]
mod tests;
