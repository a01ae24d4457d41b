//! Patches of changes, and how much work they may be: whoever is subscribed decides how many there are, and all others wait.

use std::{future, task::Poll};

use xcap::{
    Etag,
    diff::{Content, DocumentChange},
};
use xml::{Document, Limits, patch::Patch};

use super::{history::Version, parts};

/// Octets that are read for the patches of one NOTIFY, about: what is still to be told then is told by its tags alone.
pub(super) const WORK: usize = 4 << 20;

/// What is left of the work that one NOTIFY may be.
pub(super) struct Work {
    left: usize,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { left: WORK }
    }

    /// Each step with its own patch. None where that is more work than is left, or more than one NOTIFY holds: it is
    /// given up as soon as that is known.
    pub(super) async fn patches(
        &mut self,
        sel: &str,
        steps: Vec<[Version; 2]>,
    ) -> Option<Vec<DocumentChange>> {
        let (mut changes, mut octets) = (Vec::with_capacity(steps.len()), 0);
        for [before, after] in steps {
            self.spend(before.text.len() + after.text.len())?;
            let content = content(&before.text, &after.text);
            others_first().await;
            if let Content::Patched(patch) = &content {
                octets += patch.octets();
                // Each operation is tried on the document as a whole.
                self.spend(patch.operations().len().saturating_mul(before.text.len()))?;
            }
            if octets > parts::MOST {
                return None;
            }
            let (from, to) = (Etag::new(&before.etag), Etag::new(&after.etag));
            changes.push(DocumentChange::modified(sel.to_owned(), from, to, content));
        }
        Some(changes)
    }

    fn spend(&mut self, octets: usize) -> Option<()> {
        let left = self.left.checked_sub(octets);
        self.left = left.unwrap_or_default();
        left.map(drop)
    }
}

/// What is long gives way to what else is to be done, wherever a document has been gone through.
pub(super) async fn others_first() {
    let mut has_waited = false;
    future::poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
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
