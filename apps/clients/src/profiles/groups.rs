//! Which group management server a profile names for each of its groups: TS 23.280 clause 10.2.7.1, TS 24.484 clause 8.3
//! (`GroupServerInfo`).

use xml::Element;
use xml_schemas::ids::Psi;

use super::{NAMESPACE, UserProfile, extended};

/// An on-network group that names its server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// In one spelling.
    group: String,
    server: Psi,
}

impl UserProfile {
    /// The group management server that is to be asked for a group; none where the profile names none, and it is the one of the MC
    /// system that serves the user.
    #[must_use]
    pub fn group_server(&self, group: &str) -> Option<&Psi> {
        let group = xcap::canonical(group);
        self.groups.iter().find(|entry| entry.group == group).map(|entry| &entry.server)
    }
}

/// The entries of a network that name a server.
pub(super) fn read<'d>(network: Element<'d>) -> impl Iterator<Item = Entry> + 'd {
    let lists = network.children().filter(|child| child.is(NAMESPACE, "MCPTTGroupInfo"));
    let entries = lists.flat_map(Element::children).filter(|child| child.is(NAMESPACE, "entry"));
    entries.filter_map(|entry| {
        let info = extended(entry).find(|child| child.is(NAMESPACE, "GroupServerInfo"))?;
        let named = info.child(NAMESPACE, "GMS-Serv-Id")?.child(NAMESPACE, "entry")?;
        Some(Entry { group: xcap::canonical(&uri(entry)?), server: Psi::new(&uri(named)?).ok()? })
    })
}

fn uri(entry: Element<'_>) -> Option<String> {
    Some(entry.child(NAMESPACE, "uri-entry")?.text().trim().to_owned())
}
