//! What a NOTIFY says: RFC 5875 clauses 4.5 to 4.7.

use std::{collections::VecDeque, sync::PoisonError};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use xcap::{
    Etag,
    diff::{Content, DocumentChange},
};

use super::{
    XcapDiffPackage,
    look::{Looked, Seen},
    parts::{self, Piece},
    patches::{Work, others_first},
    wanted::{Mode, Processing, read_mode},
};
use crate::{
    events::{Body, Told, Watch, is_once_more, known, once_more},
    refusal::{Cause, Refusal},
    stop::Done,
};

/// How many bodies are kept for others who are to be told the same.
const MADE: usize = 64;

/// The last bodies that were made, by what was watched, what had been told and what is so now.
pub(super) type Made = VecDeque<([u8; 32], Bytes)>;

impl XcapDiffPackage {
    pub(super) async fn compose(&self, watch: &Watch, told: &Told, is_whole: bool) -> Done<Body> {
        let mode = read_mode(watch)?;
        let Looked { documents, nodes, .. } = self.look(&mode, told).await?;
        if mode.processing != Processing::NoPatching {
            documents.iter().for_each(|each| self.begin_with(each));
        }
        let mut now: Told = documents.iter().map(|each| (each.selector.clone(), each.state())).collect();
        let mut octets = 0;
        for each in &nodes {
            now.extend(each.states(&mut octets)?);
            others_first().await;
        }
        let is_news = *told != now;
        let key = key(watch, (told, is_whole), &now);
        if let Some(bytes) = self.found(&key) {
            return Ok(Body { bytes: Some(bytes), told: now, is_news, is_part: false });
        }
        let (mut pieces, mut work) = (Vec::new(), Work::new());
        for mut each in documents {
            // As if nothing had been told, but for what is there no more.
            each.told = each.told.filter(|_| !is_whole || each.etag.is_none());
            let name = each.selector.clone();
            pieces.extend(Piece::of_document(name, self.changes(&mode, each, &mut work).await));
        }
        let is_other = |node: &str| {
            let (before, after) =
                (told.get(node).and_then(Option::as_ref), now.get(node).and_then(Option::as_ref));
            before != after || is_whole && after.is_some()
        };
        for each in &nodes {
            pieces.extend(each.changes(self.documents.usages(), is_other).into_iter().map(Piece::of_node));
            others_first().await;
        }
        let part = parts::first(&format!("{}/", self.documents.root().uri()), pieces)?;
        if part.rest.is_empty() {
            self.keep_made(key, part.bytes.clone());
            return Ok(Body { bytes: Some(part.bytes), told: now, is_news, is_part: false });
        }
        part.rest.iter().for_each(|name| put_off(&mut now, name, told, is_whole));
        let is_news = *told != now;
        Ok(Body { bytes: Some(part.bytes), told: now, is_news, is_part: true })
    }

    /// A fetch (RFC 6665 4.4.3) has one NOTIFY only.
    ///
    /// # Errors
    /// [`Cause::TooLarge`] where one does not hold all that is fetched.
    pub(super) async fn is_fetched_at_once(&self, request: &sip::Message, watch: &Watch) -> Done<()> {
        let expires = request.typed::<sip::Expires>().ok().flatten();
        let is_fetch = expires.is_some_and(|expires| expires.0 == 0);
        let is_one = |request| matches!(dialog::Id::of_request(request), Ok(None));
        if is_fetch && is_one(request) && self.compose(watch, &Told::new(), true).await?.is_part {
            return Err(Refusal::at(Cause::TooLarge, "collection").into());
        }
        Ok(())
    }

    /// Keeps what a subscriber who wants patches is told of, so that the next one can begin there.
    fn begin_with(&self, seen: &Seen<'_>) {
        if let Some(current) = &seen.current {
            self.history().keep(&seen.selector, current.etag().as_str(), None, current.text());
        }
    }

    async fn changes(&self, mode: &Mode, seen: Seen<'_>, work: &mut Work) -> Vec<DocumentChange> {
        let Seen { selector, sel, etag, told, .. } = seen;
        match (told.and_then(Option::as_deref), etag) {
            (None, None) => Vec::new(),
            (None, Some(new)) => vec![DocumentChange::created(sel, new)],
            (Some(previous), Some(new)) if is_once_more(previous) => vec![DocumentChange::created(sel, new)],
            (Some(previous), None) => vec![DocumentChange::deleted(sel, Etag::new(known(previous)))],
            (Some(previous), Some(new)) if previous == new.as_str() => Vec::new(),
            (Some(previous), Some(new)) => {
                self.modified(mode.processing, (&selector, sel), (previous, new), work).await
            }
        }
    }

    /// RFC 5875 4.3: each change with its own patch, or one over all of them. Where that is not known or too much, the tags alone:
    /// whoever wants the document gets it.
    async fn modified(
        &self,
        processing: Processing,
        (selector, sel): (&str, String),
        (previous, new): (&str, Etag),
        work: &mut Work,
    ) -> Vec<DocumentChange> {
        let steps = match processing {
            Processing::NoPatching => Vec::new(),
            Processing::XcapPatching => self.history().steps(selector, previous, new.as_str()),
            Processing::Aggregate => self.history().step(selector, previous, new.as_str()),
        };
        match work.patches(&sel, steps).await {
            Some(changes) if !changes.is_empty() => changes,
            _ => vec![DocumentChange::modified(sel, Etag::new(previous), new, Content::Untold)],
        }
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

/// What did not fit is as unknown to the subscriber as it was; where everything was to be told, what is there is told once more.
fn put_off(now: &mut Told, name: &str, told: &Told, is_whole: bool) {
    let is_gone = now.get(name).is_none_or(Option::is_none);
    match told.get(name) {
        Some(before) if is_gone || !is_whole => now.insert(name.to_owned(), before.clone()),
        Some(Some(before)) => now.insert(name.to_owned(), Some(once_more(before))),
        Some(None) | None => now.remove(name),
    };
}

fn key(watch: &Watch, (told, is_whole): (&Told, bool), now: &Told) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([u8::from(is_whole)]);
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
