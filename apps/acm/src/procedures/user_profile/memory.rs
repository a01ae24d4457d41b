//! What an update has put into a document, or may have: whoever does not hear what came of that, or takes over from one who did not,
//! finds it here, and overwrites nothing that somebody else has written since.
//!
//! It is kept before the document is replaced, in a commit on condition that the request has no end yet, and counts how often it was put
//! without an answer. An answer that says that nothing was changed (412) takes one of those back where it is the only one. Once the request
//! has ended only the lines are left of it, for whoever lists it.

use kit::{Cause, Cx, Done, Fault};
use serde::{Deserialize, Serialize};
use store::{Batch, CommitError, Version};

use super::difference::{self, Change};
use crate::{
    Acm,
    book::{Effects, keys, moment},
    case::{Case, CaseKey, Stage},
    engine::{kept_until, undone},
};

/// Under which key it is kept what an update changed.
fn place(case: &CaseKey) -> String {
    format!("acm/profile/{}", case.text())
}

#[derive(Serialize, Deserialize, Clone)]
struct Record {
    document: String,
    /// The entity tag of what stood there before.
    etag: String,
    lines: Vec<String>,
    /// The same for whoever compares: every value, however long or many.
    #[serde(default)]
    change: Change,
    /// How often it was put and nothing is known of what came of that.
    #[serde(default)]
    unanswered: u32,
}

/// What earlier attempts have left.
pub(super) struct Memory {
    case: CaseKey,
    of_case: Version,
    seen: Option<Version>,
    record: Option<Record>,
}

impl Memory {
    /// Of this request.
    ///
    /// # Errors
    /// [`Cause::Overloaded`] where it has ended: then another process has carried it out.
    pub(super) async fn of(cx: &Cx<Acm>, case: &CaseKey) -> Done<Self> {
        let Some((_, of_case)) = undone(cx, case).await? else { return Err(Cause::Overloaded.into()) };
        let kept = cx.store().get(place(case).as_bytes()).await.map_err(Fault::from)?;
        let record = kept.as_ref().and_then(|kept| serde_json::from_slice(&kept.value).ok());
        Ok(Self { case: case.clone(), of_case, seen: kept.map(|kept| kept.version), record })
    }

    /// What an earlier attempt was to change, where it may have, and the document is another by now than the one that it was to replace.
    pub(super) fn was_overtaken(&self, etag: &str) -> Option<&Change> {
        let record = self.record.as_ref().filter(|record| record.unanswered > 0 && record.etag != etag)?;
        Some(&record.change)
    }

    /// The document is about to be replaced, if it is still the one of this entity tag.
    ///
    /// # Errors
    /// [`Cause::Overloaded`], to come again, where another process has been first.
    pub(super) async fn put(
        self,
        cx: &Cx<Acm>,
        document: &str,
        etag: &str,
        (before, after): (&[u8], &[u8]),
    ) -> Done<Put> {
        let unanswered = self.record.map_or(0, |record| record.unanswered).saturating_add(1);
        let (lines, change) = (difference::of(before, after), Change::between(before, after));
        let (document, etag) = (document.to_owned(), etag.to_owned());
        let record = Record { document, etag, lines, change, unanswered };
        let batch = Batch::new().expect_version(keys::case(&self.case), self.of_case);
        let version = write(cx, batch, (&self.case, self.seen), &record).await?;
        Ok(Put { case: self.case, version, record })
    }
}

/// A document that is being replaced.
pub(super) struct Put {
    case: CaseKey,
    version: Version,
    record: Record,
}

impl Put {
    /// The server has said that it was not. Where an earlier attempt has had no answer, or another process has begun one, that says nothing
    /// of those.
    pub(super) async fn came_to_nothing(self, cx: &Cx<Acm>) -> Done<()> {
        if self.record.unanswered > 1 {
            return Ok(());
        }
        let record = Record { unanswered: 0, ..self.record };
        write(cx, Batch::new(), (&self.case, Some(self.version)), &record).await.map(drop)
    }
}

async fn write(
    cx: &Cx<Acm>,
    batch: Batch,
    (case, seen): (&CaseKey, Option<Version>),
    record: &Record,
) -> Done<Version> {
    let key = place(case);
    let batch = match seen {
        Some(seen) => batch.expect_version(key.clone(), seen),
        None => batch.expect_absent(key.clone()),
    };
    let value = serde_json::to_vec(record).map_err(|why| Fault::new(why.to_string()))?;
    match cx.store().commit(batch.put_until(key, value, moment(kept_until(cx)))).await {
        Ok(version) => Ok(version),
        Err(CommitError::Conflict(_)) => Err(Cause::Overloaded.into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}

/// The request has ended: where it was done, or may have been, since somebody has not heard what came of it, the lines stay for as long
/// as it is known; whoever compares compares no more.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(super) async fn ended(cx: &Cx<Acm>, case: &Case) -> Result<Effects, Fault> {
    let key = place(&case.key);
    let Some(kept) = cx.store().get(key.as_bytes()).await? else {
        return Ok(Effects::none().if_absent(key));
    };
    let effects = Effects::none().if_still(key.clone(), kept.version);
    let is_listed = |record: &Record| case.stage == Stage::Answered || may_have_been(record, case);
    let record = serde_json::from_slice::<Record>(&kept.value).ok().filter(is_listed);
    let Some(record) = record else { return Ok(effects.delete(key)) };
    let shown = Record { change: Change::default(), ..record };
    let value = serde_json::to_vec(&shown).map_err(|why| Fault::new(why.to_string()))?;
    Ok(effects.put_until(key, value, kept_until(cx)))
}

/// Whether it was put and nobody heard what came of that, and the document has not said since that it was not.
fn may_have_been(record: &Record, case: &Case) -> bool {
    record.unanswered > 0 && case.cause != Some(Cause::ChangedMeanwhile)
}

/// What an update has changed, or may have where it came to nothing, for people; none where that is not known, since the operator applies
/// updates by himself.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn changed(cx: &Cx<Acm>, case: &Case) -> Result<Option<String>, Fault> {
    let record = cx.store().get(place(&case.key).as_bytes()).await?;
    let record: Option<Record> = record.and_then(|record| serde_json::from_slice(&record.value).ok());
    let what = if case.stage == Stage::Answered { "This changed" } else { "This may have changed" };
    Ok(record.map(|record| format!("{what}:\n{}", record.lines.join("\n"))))
}
