//! Nodes of documents, and what is told of them: RFC 5875 clause 4.4.
//!
//! Whatever is watched of a document, it is read once for one look. Whether a node is another is found by the index that the document
//! has anyway, and is shared by all who watch it; it is parsed, once, for whoever is told of a node of it.

use sha2::{Digest as _, Sha256};
use xcap::{
    Current, Target, Usages,
    diff::{Change, NodeChange, State},
};
use xml::{Document, Limits, Selected, index::Hit};

use crate::{
    events::Told,
    refusal::{Cause, Refusal},
    stop::Done,
};

/// Octets that the nodes of one subscription may have altogether. Each may lie within the other, so that few selectors could make much
/// of one document.
const OCTETS: usize = 1 << 20;

/// One node that is watched.
pub(super) struct SeenNode<'w> {
    /// As it was asked for.
    pub(super) selector: &'w str,
    pub(super) target: Target,
}

/// The nodes of one document that are watched, and that document as it is.
pub(super) struct SeenNodes<'w> {
    /// The name of the document.
    pub(super) document: String,
    pub(super) now: Option<Current>,
    pub(super) nodes: Vec<SeenNode<'w>>,
}

impl SeenNodes<'_> {
    /// A name for the state of each, none where it is not there; `octets` grows by what they have.
    ///
    /// # Errors
    /// [`Cause::TooLarge`] where the nodes have more than can be told.
    pub(super) fn states(&self, octets: &mut usize) -> Done<Told> {
        let mut states = Told::new();
        for each in &self.nodes {
            let state = self.now.as_ref().and_then(|current| fingerprint(current, &each.target, octets));
            if *octets > OCTETS {
                return Err(Refusal::at(Cause::TooLarge, "nodes").into());
            }
            states.insert(each.selector.to_owned(), state);
        }
        Ok(states)
    }

    /// What is told of those whose state is another.
    pub(super) fn changes(&self, usages: &Usages, is_other: impl Fn(&str) -> bool) -> Vec<Change> {
        let others: Vec<&SeenNode<'_>> = self.nodes.iter().filter(|each| is_other(each.selector)).collect();
        if others.is_empty() {
            return Vec::new();
        }
        let document = self.now.as_ref().and_then(parsed);
        others.into_iter().filter_map(|each| change(each, document.as_ref(), usages)).collect()
    }
}

fn parsed(current: &Current) -> Option<Document<'_>> {
    Document::parse(current.bytes(), &Limits::default()).ok()
}

/// A name for the state of a node, so that it is told when it is another; none where it is not there.
fn fingerprint(current: &Current, target: &Target, octets: &mut usize) -> Option<String> {
    let node = target.node.as_ref()?;
    let (index, text) = (current.index(), current.text());
    let mut hash = Sha256::new();
    let mut with = |part: &str| {
        *octets = octets.saturating_add(part.len());
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    };
    match index.select(text, &node.path)? {
        Hit::Element(id) => {
            with(text.get(index.span(id).element)?);
            // What it inherits is of its meaning. As it is written: where that is another and means the same, it is told once more.
            let above = std::iter::successors(index.parent(id), |id| index.parent(*id));
            let tag = |id| text.get(index.span(id).element.start..index.span(id).content.start);
            above.filter_map(tag).filter(|tag| tag.contains("xmlns")).for_each(with);
        }
        Hit::Attribute(_, range) => with(text.get(range)?),
        Hit::Namespaces(_) => return None,
    }
    Some(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn change(seen: &SeenNode<'_>, document: Option<&Document<'_>>, usages: &Usages) -> Option<Change> {
    let target = &seen.target;
    let node = target.node.as_ref()?;
    let default = usages.get(&target.auid).map(|usage| (String::new(), usage.default_namespace.clone()));
    let bindings: Vec<(String, String)> = default.into_iter().chain(node.prefixes.iter().cloned()).collect();
    let sel = seen.selector.to_owned();
    let found = document.and_then(|document| document.select(&node.path));
    Some(match (found, &node.path.terminal) {
        (Some(Selected::Element(element)), _) => {
            Change::Element(NodeChange { sel, bindings, state: State::Is(element.to_raw()) })
        }
        (Some(Selected::Attribute(_, value)), _) => {
            Change::Attribute(NodeChange { sel, bindings, state: State::Is(value.to_owned()) })
        }
        (_, None) => Change::Element(NodeChange { sel, bindings, state: State::Gone }),
        (_, Some(_)) => Change::Attribute(NodeChange { sel, bindings, state: State::Gone }),
    })
}
