//! What a NOTIFY says: RFC 5875 clauses 4.5 to 4.7.

use std::{
    collections::{HashSet, VecDeque},
    sync::PoisonError,
};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use xcap::{
    Etag, Target,
    diff::{Change, Content, DocumentChange, NodeChange, State, XcapDiff},
};
use xml::{Document, Limits, Selected, patch::Patch};

use super::{
    XcapDiffPackage,
    history::Version,
    wanted::{Mode, Processing, Wanted, read_mode},
};
use crate::{
    events::{Body, Told, Watch},
    stop::Fault,
};

/// How many bodies are kept for others who are to be told the same.
const MADE: usize = 64;

/// Documents of a collection that are read at once.
const PAGE: usize = 1_000;

/// How many documents a collection may have when it is subscribed to: all of them are told in one NOTIFY.
const LISTED: usize = 10_000;

/// The last bodies that were made, by what was watched, what had been told and what is so now.
pub(super) type Made = VecDeque<([u8; 32], Bytes)>;

/// One document as it is, with what the subscriber knows of it.
struct Seen<'t> {
    selector: String,
    now: Option<xcap::Current>,
    told: Option<&'t Option<String>>,
}

impl Seen<'_> {
    fn etag(&self) -> Option<String> {
        self.now.as_ref().map(|current| current.etag().as_str().to_owned())
    }
}

/// One node of a document, and that document as it is.
struct SeenNode<'w> {
    /// As it was asked for.
    selector: &'w str,
    target: Target,
    now: Option<xcap::Current>,
}

/// What is watched.
#[derive(Default)]
struct Looked<'w> {
    documents: Vec<Seen<'w>>,
    nodes: Vec<SeenNode<'w>>,
}

impl XcapDiffPackage {
    pub(super) async fn compose(&self, watch: &Watch, told: &Told) -> Result<Body, Fault> {
        let mode = read_mode(watch)?;
        let Looked { documents, nodes } = self.look(&mode, told).await?;
        if mode.processing != Processing::NoPatching {
            documents.iter().for_each(|each| self.begin_with(each));
        }
        let states = documents.iter().map(|each| (each.selector.clone(), each.etag()));
        let of_node =
            |each: &SeenNode<'_>| each.now.as_ref().and_then(|current| fingerprint(current, &each.target));
        let now: Told =
            states.chain(nodes.iter().map(|each| (each.selector.to_owned(), of_node(each)))).collect();
        let is_news = *told != now;
        let key = key(watch, told, &now);
        if let Some(bytes) = self.found(&key) {
            return Ok(Body { bytes: Some(bytes), told: now, is_news });
        }
        let mut diff = XcapDiff::new(format!("{}/", self.documents.root().uri()));
        for each in documents {
            diff.changes.extend(self.changes(&mode, each).into_iter().map(Change::Document));
        }
        for each in nodes.iter().filter(|each| told.get(each.selector) != now.get(each.selector)) {
            diff.changes.extend(node_change(each.now.as_ref(), &each.target, self.documents.usages()));
        }
        let bytes = Bytes::from(diff.write());
        self.keep_made(key, bytes.clone());
        Ok(Body { bytes: Some(bytes), told: now, is_news })
    }

    /// Everything that is watched, as it is now.
    async fn look<'w>(&self, mode: &'w Mode, told: &'w Told) -> Result<Looked<'w>, Fault> {
        let mut looked = Looked::default();
        for selector in &mode.selectors {
            match Wanted::read(selector, self.documents.usages()) {
                Some(Wanted::Document(target)) => looked.documents.push(self.see(target, told).await?),
                Some(Wanted::Collection(name)) => {
                    self.see_all(&name, told, &mut looked.documents).await?;
                }
                Some(Wanted::Node(target)) => {
                    let now = self.see(target.clone(), told).await?.now;
                    looked.nodes.push(SeenNode { selector, target, now });
                }
                None => {}
            }
        }
        Ok(looked)
    }

    async fn see<'t>(&self, target: Target, told: &'t Told) -> Result<Seen<'t>, Fault> {
        let selector = target.selector();
        let now = self.documents.read(&Target { node: None, ..target }).await;
        let now = now.map_err(Fault::from)?;
        Ok(Seen { told: told.get(&selector), selector, now })
    }

    /// Keeps what a subscriber who wants patches is told of, so that the next one can begin there.
    fn begin_with(&self, seen: &Seen<'_>) {
        if let Some(current) = &seen.now {
            self.history().keep(&seen.selector, current.etag().as_str(), None, current.text());
        }
    }

    /// The documents of a collection, and those that the subscriber believes in it.
    async fn see_all<'t>(&self, name: &str, told: &'t Told, seen: &mut Vec<Seen<'t>>) -> Result<(), Fault> {
        let there = self.there(name, usize::MAX).await?;
        let known: HashSet<String> = there.iter().map(Target::selector).collect();
        let gone = told.iter().filter(|(selector, etag)| {
            selector.starts_with(name) && etag.is_some() && !known.contains(*selector)
        });
        seen.extend(gone.map(|(selector, told)| Seen {
            selector: selector.clone(),
            now: None,
            told: Some(told),
        }));
        for target in there {
            seen.push(self.see(target, told).await?);
        }
        Ok(())
    }

    /// Whether each of these collections can be told in one NOTIFY.
    pub(super) async fn are_told_at_once(&self, collections: &[String]) -> Result<bool, Fault> {
        for name in collections {
            if self.there(name, LISTED + 1).await?.len() > LISTED {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The documents of a collection, in the order of their names; so many at least where there are as many.
    async fn there(&self, name: &str, enough: usize) -> Result<Vec<Target>, Fault> {
        let keys = self.documents.keys();
        let prefix = format!("{}{name}", keys.documents());
        let (mut there, mut after): (Vec<Target>, Option<Bytes>) = (Vec::new(), None);
        loop {
            let page = self.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
            there.extend(page.iter().filter_map(|entry| keys.target(&entry.key)));
            match page.last() {
                Some(last) if page.len() == PAGE && there.len() < enough => after = Some(last.key.clone()),
                _ => return Ok(there),
            }
        }
    }

    fn changes(&self, mode: &Mode, seen: Seen<'_>) -> Vec<DocumentChange> {
        let Seen { selector, now, told } = seen;
        let now = now.map(|current| current.etag().clone());
        match (told.and_then(Option::as_deref), now) {
            (None, None) => Vec::new(),
            (None, Some(new)) => vec![DocumentChange::created(selector, new)],
            (Some(previous), None) => vec![DocumentChange::deleted(selector, Etag::new(previous))],
            (Some(previous), Some(new)) if previous == new.as_str() => Vec::new(),
            (Some(previous), Some(new)) => self.modified(mode.processing, selector, previous, new),
        }
    }

    /// RFC 5875 4.3: each change with its own patch, or one over all of them. Where that is not known, the tags alone: whoever wants
    /// the document gets it.
    fn modified(
        &self,
        processing: Processing,
        selector: String,
        previous: &str,
        new: Etag,
    ) -> Vec<DocumentChange> {
        let steps = match processing {
            Processing::NoPatching => Vec::new(),
            Processing::XcapPatching => self.history().steps(&selector, previous, new.as_str()),
            Processing::Aggregate => self.history().step(&selector, previous, new.as_str()),
        };
        if steps.is_empty() {
            return vec![DocumentChange::modified(selector, Etag::new(previous), new, Content::Untold)];
        }
        let change = |[before, after]: [Version; 2]| {
            let content = content(&before.text, &after.text);
            let (from, to) = (Etag::new(&before.etag), Etag::new(&after.etag));
            DocumentChange::modified(selector.clone(), from, to, content)
        };
        steps.into_iter().map(change).collect()
    }

    fn found(&self, key: &[u8; 32]) -> Option<Bytes> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().find(|(kept, _)| kept == key).map(|(_, bytes)| bytes.clone())
    }

    fn keep_made(&self, key: [u8; 32], bytes: Bytes) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.push_back((key, bytes));
        if made.len() > MADE {
            made.pop_front();
        }
    }
}

fn content(before: &str, after: &str) -> Content {
    if before == after {
        return Content::NotChanged;
    }
    let limits = Limits::default();
    match (Document::parse(before.as_bytes(), &limits), Document::parse(after.as_bytes(), &limits)) {
        (Ok(before), Ok(after)) => match Patch::between(&before, &after) {
            patch if patch.is_empty() => Content::Untold,
            patch => Content::Patched(patch),
        },
        _ => Content::Untold,
    }
}

/// A name for the state of a node, so that it is told when it is another; none where it is not there.
fn fingerprint(current: &xcap::Current, target: &Target) -> Option<String> {
    let node = target.node.as_ref()?;
    let document = Document::parse(current.bytes(), &Limits::default()).ok()?;
    let state = match document.select(&node.path)? {
        Selected::Element(element) => element.to_raw().as_str().to_owned(),
        Selected::Attribute(_, value) => value.to_owned(),
        Selected::Namespaces(_) => return None,
    };
    let digest = Sha256::digest(state.as_bytes());
    Some(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn node_change(current: Option<&xcap::Current>, target: &Target, usages: &xcap::Usages) -> Option<Change> {
    let node = target.node.as_ref()?;
    let default = usages.get(&target.auid).map(|usage| (String::new(), usage.default_namespace.clone()));
    let bindings: Vec<(String, String)> = default.into_iter().chain(node.prefixes.iter().cloned()).collect();
    let sel = format!("{}/~~/{}", target.selector(), node.selector.trim_start_matches('/'));
    let document = current.and_then(|current| Document::parse(current.bytes(), &Limits::default()).ok());
    let found = document.as_ref().and_then(|document| document.select(&node.path));
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

fn key(watch: &Watch, told: &Told, now: &Told) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.len().to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(&watch.mode);
    for (name, state) in told.iter().chain(now) {
        part(name);
        part(state.as_deref().unwrap_or("\u{0}"));
    }
    hash.finalize().into()
}
