//! What is watched, as it is now: RFC 5875 clauses 4.4 and 4.7.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use store::Entry;
use xcap::{Current, Etag, Target};

use super::{
    XcapDiffPackage,
    nodes::{SeenNode, SeenNodes},
    wanted::{Mode, Processing, Wanted},
};
use crate::{
    events::Told,
    refusal::{Cause, Refusal},
    stop::{Done, Fault},
};

/// Documents of a collection that are read at once.
const PAGE: usize = 1_000;

/// How many documents a collection may have for as long as it is subscribed to: all of them are looked at whenever one changes.
const LISTED: usize = 10_000;

/// One document as it is, with what the subscriber knows of it.
pub(super) struct Seen<'t> {
    /// By which it is known here.
    pub(super) selector: String,
    /// By which it is told.
    pub(super) sel: String,
    /// Which state of it is there.
    pub(super) etag: Option<Etag>,
    /// That state itself, where it has been read.
    pub(super) current: Option<Current>,
    pub(super) told: Option<&'t Option<String>>,
}

impl Seen<'_> {
    /// As the subscriber is to know it.
    pub(super) fn state(&self) -> Option<String> {
        self.etag.as_ref().map(|etag| etag.as_str().to_owned())
    }
}

/// What is watched, each document and node once (RFC 5875 4.7).
#[derive(Default)]
pub(super) struct Looked<'w> {
    pub(super) documents: Vec<Seen<'w>>,
    /// By document.
    pub(super) nodes: Vec<SeenNodes<'w>>,
    names: HashSet<String>,
    /// What has been read: each document once, so that all that is told of it is of one state.
    read: HashMap<String, Option<Current>>,
}

impl<'w> Looked<'w> {
    fn add_node(&mut self, selector: &'w str, target: Target, now: Option<Current>) {
        let (document, node) = (target.selector(), SeenNode { selector, target });
        match self.nodes.iter_mut().find(|each| each.document == document) {
            Some(known) => known.nodes.push(node),
            None => self.nodes.push(SeenNodes { document, now, nodes: vec![node] }),
        }
    }
}

impl XcapDiffPackage {
    /// Everything that is watched, as it is now.
    ///
    /// # Errors
    /// [`Cause::TooLarge`] where a collection has become larger than can be told.
    pub(super) async fn look<'w>(&self, mode: &'w Mode, told: &'w Told) -> Done<Looked<'w>> {
        let (mut looked, mut collections) = (Looked::default(), Vec::new());
        for uri in &mode.selectors {
            match self.read_uri(uri) {
                Some(Wanted::Document(target)) if looked.names.insert(target.selector()) => {
                    let seen = self.see(target, uri.clone(), told, &mut looked).await?;
                    looked.documents.push(seen);
                }
                Some(Wanted::Collection(name)) => collections.push(name),
                Some(Wanted::Node(target)) if looked.names.insert(named(&target)) => {
                    let now = self.read_once(&target, &mut looked).await?;
                    looked.add_node(uri, target, now);
                }
                _ => {}
            }
        }
        // What was named by itself too is told as it was named.
        let is_patched = mode.processing != Processing::NoPatching;
        for name in collections {
            self.see_all(&name, is_patched, told, &mut looked).await?;
        }
        Ok(looked)
    }

    async fn read_once(&self, target: &Target, looked: &mut Looked<'_>) -> Result<Option<Current>, Fault> {
        let selector = target.selector();
        if let Some(read) = looked.read.get(&selector) {
            return Ok(read.clone());
        }
        let document = Target { node: None, ..target.clone() };
        let current = self.documents.read(&document).await.map_err(Fault::from)?;
        looked.read.insert(selector, current.clone());
        Ok(current)
    }

    async fn see<'t>(
        &self,
        target: Target,
        sel: String,
        told: &'t Told,
        looked: &mut Looked<'_>,
    ) -> Result<Seen<'t>, Fault> {
        let (selector, current) = (target.selector(), self.read_once(&target, looked).await?);
        let etag = current.as_ref().map(|current| current.etag().clone());
        Ok(Seen { told: told.get(&selector), selector, sel, etag, current })
    }

    /// The documents of a collection, and those that the subscriber believes in it. One is read only where a patch may begin with it.
    async fn see_all<'t>(
        &self,
        name: &str,
        is_patched: bool,
        told: &'t Told,
        looked: &mut Looked<'t>,
    ) -> Done<()> {
        let there = self.there(name).await?;
        let known: HashSet<String> = there.iter().map(|(target, _)| target.selector()).collect();
        let is_document = |selector: &str| !selector.contains("/~~/");
        let gone = told.iter().filter(|(selector, etag)| {
            selector.starts_with(name)
                && is_document(selector)
                && etag.is_some()
                && !known.contains(*selector)
        });
        for (selector, told) in gone {
            if looked.names.insert(selector.clone()) {
                let (selector, sel) = (selector.clone(), selector.clone());
                looked.documents.push(Seen { selector, sel, etag: None, current: None, told: Some(told) });
            }
        }
        for (target, etag) in there {
            let sel = target.selector();
            if !looked.names.insert(sel.clone()) {
                continue;
            }
            let told_of = told.get(&sel);
            let is_news = told_of.and_then(Option::as_deref) != Some(etag.as_str());
            let seen = if is_patched && is_news {
                self.see(target, sel, told, looked).await?
            } else {
                Seen { selector: sel.clone(), sel, etag: Some(etag), current: None, told: told_of }
            };
            looked.documents.push(seen);
        }
        Ok(())
    }

    /// Whether each of these collections has no more documents than can be told.
    ///
    /// # Errors
    /// [`Cause::TooLarge`] where one cannot.
    pub(super) async fn are_small(&self, collections: &[String]) -> Done<()> {
        for name in collections {
            self.there(name).await?;
        }
        Ok(())
    }

    /// The documents of a collection and which state of each is there, in the order of their names.
    async fn there(&self, name: &str) -> Done<Vec<(Target, Etag)>> {
        let keys = self.documents.keys();
        let prefix = format!("{}{name}", keys.documents());
        let (mut there, mut after): (Vec<(Target, Etag)>, Option<Bytes>) = (Vec::new(), None);
        loop {
            let page =
                self.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(Fault::from)?;
            let tagged = |entry: &Entry| {
                Some((keys.target(&entry.key)?, Etag::new(&entry.record.version.to_string())))
            };
            there.extend(page.iter().filter_map(tagged));
            match page.last() {
                _ if there.len() > LISTED => return Err(Refusal::at(Cause::TooLarge, "collection").into()),
                Some(last) if page.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(there),
            }
        }
    }
}

/// One name for one node, however it was asked for.
pub(super) fn named(target: &Target) -> String {
    let node = target.node.as_ref().map_or("", |node| node.selector.trim_start_matches('/'));
    let query = target.node.as_ref().map_or("", |node| node.query.as_str());
    format!("{}/~~/{node}?{query}", target.selector())
}
