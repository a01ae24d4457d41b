//! The group entries of an MCPTT user profile, and the group management server that they name.
//! TS 24.484 clause 8.3 (`MCPTTGroupInfo`, `GroupServerInfo`, `OffNetworkGroupServerInfo`), TS 23.280 clause 10.2.7.1

use std::ops::Range;

use kit::partner::domain_of;
use xml::{Document, Element, Limits, escaped};

use crate::config::GroupServer;

/// The application usage of MCPTT user profiles.
pub const AUID: &str = "org.3gpp.mcptt.user-profile";

/// The media type of MCPTT user profiles.
pub const MEDIA_TYPE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";

/// Their namespace.
pub const NAMESPACE: &str = "urn:3gpp:mcptt:user-profile:1.0";

/// What is to stand in place of a part of the text.
type Edit = (Range<usize>, String);

/// The profile as the rule wants it, every octet kept that says nothing of a server; none where it is so already.
///
/// 10.2.7.1: for a group of another MC system, clients ask the group management server of the system that serves them.
#[must_use]
pub fn naming(text: &str, server: &GroupServer) -> Option<String> {
    let document = Document::parse(text.as_bytes(), &Limits::default()).ok()?;
    let edits: Vec<Edit> = group_entries(document.root())
        .filter(|(_, entry)| is_abroad(*entry, server))
        .filter_map(|(network, entry)| edit(text, network, entry, server))
        .collect();
    if edits.is_empty() {
        return None;
    }
    let mut text = text.to_owned();
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    Some(text)
}

/// One of the two networks of a profile, and the element in which its group entries name their server.
struct Network {
    name: &'static str,
    server_info: &'static str,
}

const NETWORKS: [Network; 2] = [
    Network { name: "OnNetwork", server_info: "GroupServerInfo" },
    Network { name: "OffNetwork", server_info: "OffNetworkGroupServerInfo" },
];

/// The entries of groups, in the order of the document, each with its network.
fn group_entries(root: Element<'_>) -> impl Iterator<Item = (&'static Network, Element<'_>)> {
    let profile = Some(root).filter(|root| root.is(NAMESPACE, "mcptt-user-profile")).into_iter();
    profile.flat_map(Element::children).flat_map(|part| {
        let network = NETWORKS.iter().find(|network| named(part, network.name));
        network.into_iter().flat_map(move |network| {
            let lists = named_children(part, "MCPTTGroupInfo");
            lists.flat_map(|list| named_children(list, "entry")).map(move |entry| (network, entry))
        })
    })
}

fn named_children<'d>(parent: Element<'d>, name: &'static str) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(move |child| named(*child, name))
}

fn named(element: Element<'_>, name: &str) -> bool {
    element.is(NAMESPACE, name)
}

fn is_abroad(entry: Element<'_>, server: &GroupServer) -> bool {
    let group = entry.child(NAMESPACE, "uri-entry").and_then(|uri| domain_of(uri.text().trim()));
    group.is_some_and(|domain| server.partners.iter().any(|partner| partner.eq_ignore_ascii_case(&domain)))
}

/// What has to change at one entry; none where it names the server already.
fn edit(text: &str, network: &Network, entry: Element<'_>, server: &GroupServer) -> Option<Edit> {
    let write = Names { prefix: prefix(text, entry)?, server_info: network.server_info };
    let extensions = || named_children(entry, "anyExt");
    if let Some(info) = extensions().find_map(|each| each.child(NAMESPACE, network.server_info)) {
        return match info.child(NAMESPACE, "GMS-Serv-Id") {
            Some(now) if names(now, server.psi.as_str()) => None,
            Some(now) => Some((now.range(), write.list("GMS-Serv-Id", server.psi.as_str()))),
            None => Some((info.range(), write.info(server))),
        };
    }
    if let Some(extension) = extensions().next() {
        return into(text, extension.range(), &write, server);
    }
    let last = entry.child(NAMESPACE, "display-name").or_else(|| entry.child(NAMESPACE, "uri-entry"))?;
    let end = last.range().end;
    Some((end..end, write.element("anyExt", &write.info(server))))
}

/// At the end of an extension that is there, open or empty.
fn into(text: &str, extension: Range<usize>, write: &Names<'_>, server: &GroupServer) -> Option<Edit> {
    let whole = text.get(extension.clone())?;
    if whole.ends_with("/>") {
        return Some((extension, write.element("anyExt", &write.info(server))));
    }
    let end = extension.start + whole.rfind("</")?;
    Some((end..end, write.info(server)))
}

/// Whether a list holds this one URI.
fn names(list: Element<'_>, uri: &str) -> bool {
    let mut entries = named_children(list, "entry").filter_map(|entry| entry.child(NAMESPACE, "uri-entry"));
    let same = |found: Element<'_>| xcap::canonical(found.text().trim()) == xcap::canonical(uri);
    entries.next().is_some_and(same) && entries.next().is_none()
}

/// What stands before the local name of an element in the text, its colon included.
fn prefix<'t>(text: &'t str, element: Element<'_>) -> Option<&'t str> {
    let tag = text.get(element.range())?.strip_prefix('<')?;
    let end = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
    let name = tag.get(..end)?;
    Some(name.find(':').and_then(|colon| name.get(..=colon)).unwrap_or_default())
}

/// Writes elements of the profile's namespace as those around them are written.
struct Names<'p> {
    prefix: &'p str,
    server_info: &'static str,
}

impl Names<'_> {
    fn element(&self, name: &str, content: &str) -> String {
        let prefix = self.prefix;
        format!("<{prefix}{name}>{content}</{prefix}{name}>")
    }

    fn list(&self, name: &str, uri: &str) -> String {
        let uri = self.element("uri-entry", &escaped(uri));
        self.element(name, &self.element("entry", &uri))
    }

    fn info(&self, server: &GroupServer) -> String {
        let lists = [
            self.list("GMS-Serv-Id", server.psi.as_str()),
            self.list("IDMS-token-endpoint", &server.token_endpoint),
            self.list("KMS-URI", &server.kms),
        ];
        self.element(self.server_info, &lists.concat())
    }
}

#[cfg(test)]
mod tests;
