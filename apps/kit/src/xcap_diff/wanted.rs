//! What a SUBSCRIBE asks to be told of: RFC 5875 clauses 4.3 and 4.4.

use serde::{Deserialize, Serialize};
use sip::Message;
use xcap::{Target, Usages};
use xml::{Document, Element, Limits};

use super::XcapDiffPackage;
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
    /// As they were asked for, canonical: documents, collections, nodes.
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
    /// Reads a selector, relative to the root.
    pub(super) fn read(selector: &str, usages: &Usages) -> Option<Self> {
        let selector = selector.trim_start_matches('/');
        if let Some(folder) = selector.strip_suffix('/') {
            // A document's name tells whether there can be such a collection.
            let inside = Target::relative(&format!("{folder}/x"), usages).ok()?;
            let name = inside.selector();
            return Some(Self::Collection(name.strip_suffix('x')?.to_owned()));
        }
        let target = Target::relative(selector, usages).ok()?;
        Some(if target.node.is_some() { Self::Node(target) } else { Self::Document(target) })
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
        let processing = processing(request)?;
        // What a partner gets of a document is what policy makes of it: it is told that it has changed, never what.
        let processing = if peer.partner().is_some() { Processing::NoPatching } else { processing };
        let asked = entries(request)?;
        if asked.is_empty() || asked.len() > MOST {
            let cause = if asked.is_empty() { Cause::MalformedBody } else { Cause::TooLarge };
            return Err(Refusal::at(cause, "resource-lists").into());
        }
        // What cannot be there, and what may not be read, is left out alike (RFC 5875 4.4).
        let permitted = |selector: &String| self.permitted(peer, selector).is_ok();
        let selectors: Vec<String> = asked.into_iter().filter(permitted).collect();
        if selectors.is_empty() {
            return Err(Cause::NotPermitted.into());
        }
        self.watch_of(Mode { processing, selectors })
    }

    pub(super) fn still_wanted(&self, peer: &Peer, watch: &Watch) -> Done<()> {
        let mode: Mode = read_mode(watch)?;
        mode.selectors.iter().try_for_each(|selector| Ok(self.permitted(peer, selector)?))
    }

    fn permitted(&self, peer: &Peer, selector: &str) -> Result<(), Cause> {
        let usages = self.documents.usages();
        match Wanted::read(selector, usages).ok_or(Cause::UnknownTarget)? {
            Wanted::Document(target) | Wanted::Node(target) => (self.may_read)(peer, &target),
            Wanted::Collection(name) => {
                let inside =
                    Target::relative(&format!("{name}x"), usages).map_err(|_| Cause::UnknownTarget)?;
                let document = inside.document.strip_suffix('x').unwrap_or_default().to_owned();
                (self.may_read)(peer, &Target { document, ..inside })
            }
        }
    }

    fn watch_of(&self, mode: Mode) -> Done<Watch> {
        let wanted =
            mode.selectors.iter().filter_map(|selector| Wanted::read(selector, self.documents.usages()));
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

/// RFC 5875 4.3; without the parameter nobody has to be able to patch.
fn processing(request: &Message) -> Result<Processing, Stop> {
    let event = request.typed::<sip::Event<'_>>().ok().flatten();
    let value =
        event.as_ref().and_then(|event| event.params.get("diff-processing")).unwrap_or(b"no-patching");
    let is = |name: &[u8]| value.eq_ignore_ascii_case(name);
    match () {
        () if is(b"no-patching") => Ok(Processing::NoPatching),
        () if is(b"xcap-patching") => Ok(Processing::XcapPatching),
        () if is(b"aggregate") => Ok(Processing::Aggregate),
        () => Err(Refusal::at(Cause::MalformedMessage, "Event: diff-processing").into()),
    }
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
