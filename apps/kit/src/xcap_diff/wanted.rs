//! What a SUBSCRIBE asks to be told of: RFC 5875 clauses 4.3 and 4.4.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sip::Message;
use xcap::{Root, Target, Tree, Usages};
use xml::{Document, Element, Limits};

use super::{XcapDiffPackage, look::named};
use crate::{
    carriage,
    events::Watch,
    peer::Peer,
    refusal::{Cause, Refusal},
    stop::{Done, Stop},
};

/// The media type of the list, and its namespace (RFC 4826 clause 3).
pub(super) const RESOURCE_LISTS: &str = "application/resource-lists+xml";
pub(super) const NAMESPACE: &str = "urn:ietf:params:xml:ns:resource-lists";

/// How many resources one subscription may name.
const MOST: usize = 1_000;

/// How many of them may be nodes: each is looked for in its document whenever that changes.
const MOST_NODES: usize = 64;

/// How changes of documents are told: the event parameter `diff-processing`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Processing {
    /// By their entity tags alone.
    NoPatching,
    /// Each change, with a patch.
    XcapPatching,
    /// Changes in between may be left out, with one patch over all of them.
    Aggregate,
}

/// What the package keeps of a subscription in [`Watch::mode`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Mode {
    pub processing: Processing,
    /// As they were asked for, octet for octet: documents, collections, nodes.
    pub selectors: Vec<String>,
}

/// One thing that is watched.
pub(super) enum Wanted {
    Document(Target),
    /// With its name, which ends in a slash.
    Collection(String),
    Node(Target),
}

impl Wanted {
    /// Reads a request URI: absolute, or relative to the root (RFC 5875 4.4).
    pub(super) fn read(uri: &str, root: &Root, usages: &Usages) -> Option<Self> {
        let selector = below(uri, root).unwrap_or(uri).trim_start_matches('/');
        if let Some(folder) = selector.strip_suffix('/') {
            if is_above_documents(folder, usages) {
                return Some(Self::Collection(selector.to_owned()));
            }
            // A document's name tells whether there can be such a collection.
            let inside = Target::relative(&format!("{folder}/x"), usages).ok()?;
            let name = inside.selector();
            return Some(Self::Collection(name.strip_suffix('x')?.to_owned()));
        }
        let target = Target::relative(selector, usages).ok()?;
        Some(if target.node.is_some() { Self::Node(target) } else { Self::Document(target) })
    }

    /// What has to be readable of whoever is to be told of it.
    fn asks(&self, usages: &Usages) -> Option<Vec<Target>> {
        let name = match self {
            Self::Document(target) | Self::Node(target) => return Some(vec![target.clone()]),
            Self::Collection(name) => name,
        };
        if let Ok(inside) = Target::relative(&format!("{name}x"), usages) {
            let document = inside.document.strip_suffix('x').unwrap_or_default().to_owned();
            return Some(vec![Target { document, ..inside }]);
        }
        let auid = name.split('/').next()?;
        let all = |tree| Target { auid: auid.to_owned(), tree, document: String::new(), node: None };
        let users = all(Tree::User(String::new()));
        Some(if name.ends_with("/users/") { vec![users] } else { vec![all(Tree::Global), users] })
    }

    /// One name for one thing, however it was asked for.
    fn name(&self) -> String {
        match self {
            Self::Node(target) => named(target),
            Self::Document(_) | Self::Collection(_) => self.resource(),
        }
    }

    /// The name under which its changes are told to the notifier.
    fn resource(&self) -> String {
        match self {
            Self::Document(target) | Self::Node(target) => target.selector(),
            Self::Collection(name) => name.clone(),
        }
    }
}

impl XcapDiffPackage {
    pub(super) fn wanted(&self, peer: &Peer, request: &Message) -> Done<Watch> {
        let processing = processing(peer, request);
        let asked = self.each_once(entries(request)?);
        if asked.is_empty() {
            return Err(Refusal::at(Cause::MalformedBody, "resource-lists").into());
        }
        let nodes = asked.iter().filter(|(_, wanted)| matches!(wanted, Some(Wanted::Node(_)))).count();
        if asked.len() > MOST || nodes > MOST_NODES {
            return Err(Refusal::at(Cause::TooLarge, "resource-lists").into());
        }
        if let Some(at) = asked.iter().position(|(uri, _)| self.is_elsewhere(uri)) {
            return Err(Refusal::at(Cause::OtherRoot, &format!("resource-lists, entry {}", at + 1)).into());
        }
        // What cannot be there, and what may not be read, is left out alike (RFC 5875 4.4).
        let asked = asked.into_iter().map(|(selector, _)| selector);
        let selectors: Vec<String> =
            asked.filter(|selector| self.permitted(peer, selector).is_ok()).collect();
        if selectors.is_empty() {
            return Err(Cause::NotPermitted.into());
        }
        self.watch_of(Mode { processing, selectors })
    }

    /// What is named twice is kept, and counts, once: as it was named first.
    fn each_once(&self, asked: Vec<String>) -> Vec<(String, Option<Wanted>)> {
        let mut names = HashSet::new();
        let read = asked.into_iter().map(|uri| (self.read_uri(&uri), uri));
        read.filter(|(wanted, uri)| names.insert(wanted.as_ref().map_or_else(|| uri.clone(), Wanted::name)))
            .map(|(wanted, uri)| (uri, wanted))
            .collect()
    }

    pub(super) fn still_wanted(&self, peer: &Peer, watch: &Watch) -> Done<()> {
        let mode: Mode = read_mode(watch)?;
        mode.selectors.iter().try_for_each(|selector| Ok(self.permitted(peer, selector)?))
    }

    /// RFC 5875 4.3: a refresh may ask for another way of telling, whatever it is about.
    pub(super) fn told_otherwise(&self, peer: &Peer, request: &Message, watch: Watch) -> Watch {
        let renewed = read_mode(&watch).ok().and_then(|mode| {
            let mode = Mode { processing: processing(peer, request), ..mode };
            serde_json::to_string(&mode).ok()
        });
        Watch { mode: renewed.unwrap_or(watch.mode), ..watch }
    }

    /// Whether it is below another root: left out in silence, its subscriber would wait for what nobody here will tell.
    fn is_elsewhere(&self, uri: &str) -> bool {
        let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
        let is_web =
            scheme.is_some_and(|scheme| ["https", "http"].iter().any(|web| web.eq_ignore_ascii_case(scheme)));
        is_web && below(uri, self.documents.root()).is_none()
    }

    pub(super) fn read_uri(&self, uri: &str) -> Option<Wanted> {
        Wanted::read(uri, self.documents.root(), self.documents.usages())
    }

    fn permitted(&self, peer: &Peer, uri: &str) -> Result<(), Cause> {
        let asks = self.read_uri(uri).and_then(|wanted| wanted.asks(self.documents.usages()));
        let asks = asks.ok_or(Cause::UnknownTarget)?;
        asks.iter().try_for_each(|target| (self.may_read)(peer, target))
    }

    fn watch_of(&self, mode: Mode) -> Done<Watch> {
        let wanted = mode.selectors.iter().filter_map(|uri| self.read_uri(uri));
        let mut resources: Vec<String> = wanted.map(|wanted| wanted.resource()).collect();
        resources.sort_unstable();
        resources.dedup();
        let mode =
            serde_json::to_string(&mode).map_err(|error| crate::stop::Fault::new(error.to_string()))?;
        Ok(Watch { resources, mode })
    }
}

pub(super) fn read_mode(watch: &Watch) -> Result<Mode, crate::stop::Fault> {
    serde_json::from_str(&watch.mode).map_err(|error| crate::stop::Fault::new(error.to_string()))
}

/// RFC 5875 4.3: a hint, of which the simplest way may always be made. Without it, and for one that is not known, nobody has to be able
/// to patch.
fn processing(peer: &Peer, request: &Message) -> Processing {
    let event = request.typed::<sip::Event<'_>>().ok().flatten();
    let value = event.as_ref().and_then(|event| event.params.get("diff-processing")).unwrap_or_default();
    let is = |name: &[u8]| value.eq_ignore_ascii_case(name);
    match () {
        // What a partner gets of a document is what policy makes of it: it is told that it has changed, never what.
        () if peer.partner().is_some() => Processing::NoPatching,
        () if is(b"xcap-patching") => Processing::XcapPatching,
        () if is(b"aggregate") => Processing::Aggregate,
        () => Processing::NoPatching,
    }
}

/// What follows the root in an absolute URI.
fn below<'u>(uri: &'u str, root: &Root) -> Option<&'u str> {
    uri.strip_prefix(root.uri()).filter(|below| below.starts_with('/'))
}

/// Whether a folder is that of a usage, or of all of its users.
fn is_above_documents(folder: &str, usages: &Usages) -> bool {
    usages.get(folder.strip_suffix("/users").unwrap_or(folder)).is_some()
}

/// The URIs of the list, with those of lists within it.
fn entries(request: &Message) -> Done<Vec<String>> {
    let parts = carriage::parts(request)?;
    let list = parts.iter().find(|part| part.is(RESOURCE_LISTS)).ok_or(Cause::UnsupportedBody)?;
    let document = Document::parse(&list.bytes, &Limits::default());
    let document = document.map_err(|fault| Stop::Malformed(format!("{RESOURCE_LISTS} {fault}")))?;
    if !document.root().is(NAMESPACE, "resource-lists") {
        return Err(Stop::Malformed(format!("{RESOURCE_LISTS} has another outermost element")));
    }
    let mut uris = Vec::new();
    collect(document.root(), &mut uris);
    Ok(uris)
}

fn collect(element: Element<'_>, uris: &mut Vec<String>) {
    for child in element.children() {
        if child.is(NAMESPACE, "entry") {
            uris.extend(child.attribute("uri").map(str::to_owned));
        } else if child.is(NAMESPACE, "list") {
            collect(child, uris);
        }
    }
}
