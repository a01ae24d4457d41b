//! Read, decide, commit; and again, where somebody else was first.

use bytes::Bytes;
use store::{Batch, Record, Version};
use xcap::{Answer, Claim, Current, Denied, Etag, Outcome, Rules, Target, Usage, XcapError};
use xml::Index;

use super::Documents;
use crate::{refusal::Cause, stop::Fault};

/// More often than this a request does not lose.
const ATTEMPTS: usize = 64;

/// What a request came to.
#[derive(Debug)]
pub enum Applied {
    /// Nothing was changed.
    Answered(Answer),
    /// The document is kept.
    Kept {
        /// 200 or 201.
        status: u16,
        /// Of the document as it is now; none where it was deleted.
        etag: Option<Etag>,
    },
    /// The identity may not.
    Denied(Denied),
    /// What the operator says admits no such document, and why.
    Objected(XcapError),
}

/// A change that is about to be committed.
#[derive(Clone, Copy, Debug)]
pub struct Change<'c> {
    /// Of which document, an alias resolved.
    pub target: &'c Target,
    /// The document as it was.
    pub before: Option<&'c Current>,
    /// The document as it shall be; none where it is deleted.
    pub after: Option<&'c str>,
    /// Where everything stands in that.
    pub index: Option<&'c Index>,
    /// The values that no other document may hold: those that it held and those that it shall hold.
    pub claims: &'c [Claim],
    /// Who asked for it: the authenticated identity; none where the server does it of its own.
    pub by: Option<&'c str>,
}

/// Why a request could not be carried out: ours to repair.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The store failed.
    Store(store::Fault),
    /// Others were first too often, or too much is under way.
    Busy,
    /// What the store holds under this key is no document.
    Unreadable(Bytes),
}

impl From<store::Fault> for Trouble {
    fn from(fault: store::Fault) -> Self {
        Self::Store(fault)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(fault) => fault.fmt(f),
            Self::Busy => f.write_str("too much is under way"),
            Self::Unreadable(_) => f.write_str("a record of the store is not a document"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(fault) => fault.into(),
            Trouble::Busy => Self::new(trouble.to_string()).told_as(Cause::Overloaded),
            Trouble::Unreadable(_) => Self::new(trouble.to_string()),
        }
    }
}

/// What of a document is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// It goes to whoever asks as it is.
    Whole,
    /// Elements in it are looked for.
    Parts,
}

/// A document found.
pub(super) struct Located {
    /// Which it is, an alias resolved.
    pub(super) target: Target,
    pub(super) key: Bytes,
    pub(super) version: Option<Version>,
    pub(super) current: Option<Current>,
}

impl Located {
    /// On condition that it is still what was found.
    pub(super) fn as_read(&self) -> Batch {
        match self.version {
            Some(version) => Batch::new().expect_version(self.key.clone(), version),
            None => Batch::new().expect_absent(self.key.clone()),
        }
    }
}

/// Who may, of a target.
pub(super) type May<'m> = &'m (dyn Fn(&Target) -> Result<(), Denied> + Send + Sync);
/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    /// The authenticated identity; none of the server's own.
    pub(super) identity: Option<&'a str>,
    pub(super) may: May<'a>,
}

pub(super) type Extend<'e> = &'e (dyn Fn(Batch, &Change<'_>) -> Batch + Send + Sync);

impl Documents {
    /// As [`Documents::read`], with the key and the version on condition of which a commit may rest on what was read.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn read_at(&self, target: &Target) -> Result<Option<(Current, Bytes, Version)>, Trouble> {
        let Located { current, key, version, .. } = self.locate(target, Wanted::Parts).await?;
        Ok(current.zip(version).map(|(current, version)| (current, key, version)))
    }

    pub(super) fn usage(&self, target: &Target) -> Option<&Usage> {
        self.settings.usages.get(&target.auid)
    }

    /// The document of a target: by its own key, or by the value that its name says.
    pub(super) async fn locate(&self, target: &Target, wanted: Wanted) -> Result<Located, Trouble> {
        let key = self.keys.document(target);
        let mut found = Located { target: target.clone(), version: None, current: None, key };
        let mut record = self.store.get(&found.key).await?;
        if record.is_none()
            && let Some(usage) = self.usage(target)
            && let Some(key) = self.aliased(usage, target).await?
            && let Some(other) = self.keys.target(&key)
        {
            record = self.store.get(&key).await?;
            if record.is_some() {
                (found.target, found.key) = (Target { node: target.node.clone(), ..other }, key);
            }
        }
        if let Some(record) = record {
            found.version = Some(record.version);
            found.current = Some(self.current(&found.key, &record, wanted)?);
        }
        Ok(found)
    }

    /// What the store has just said needs no second place in memory where it is handed on as it is.
    fn current(&self, key: &Bytes, record: &Record, wanted: Wanted) -> Result<Current, Trouble> {
        if let Some(current) = self.cache.get(key, record.version) {
            return Ok(current);
        }
        let (bytes, etag) = (&record.value, Etag::new(&record.version.to_string()));
        let current = match wanted {
            Wanted::Whole => Current::whole(bytes, etag),
            Wanted::Parts => Current::read(bytes, etag),
        };
        let current = current.ok_or_else(|| Trouble::Unreadable(key.clone()))?;
        if wanted == Wanted::Parts {
            self.cache.put(key, record.version, &current);
        }
        Ok(current)
    }

    pub(super) async fn carry_out(
        &self,
        request: &xcap::Request<'_>,
        by: Asker<'_>,
        extend: Extend<'_>,
    ) -> Result<Applied, Trouble> {
        let turn = if request.method.reads() { None } else { self.turn(&self.keys.document(request.target)) };
        let _held = match turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        for _ in 0..ATTEMPTS {
            if let Some(applied) = self.attempt(request, by, extend).await? {
                return Ok(applied);
            }
        }
        Err(Trouble::Busy)
    }

    /// None: somebody else was first, and the request is to be decided again.
    async fn attempt(
        &self,
        request: &xcap::Request<'_>,
        by: Asker<'_>,
        extend: Extend<'_>,
    ) -> Result<Option<Applied>, Trouble> {
        let asked = request.target;
        let Some(usage) = self.usage(asked) else {
            return Ok(Some(Applied::Answered(Answer::phrase(
                404,
                "the application usage is not served here",
            ))));
        };
        let is_whole = request.method.reads() && asked.node.is_none();
        let wanted = if is_whole { Wanted::Whole } else { Wanted::Parts };
        let located = self.locate(asked, wanted).await?;
        if let Err(denied) =
            (by.may)(asked).or_else(|denied| may_alias(&located, asked, by.may).ok_or(denied))
        {
            return Ok(Some(Applied::Denied(denied)));
        }
        let rules = Rules {
            usage,
            schema: usage
                .schema
                .as_ref()
                .and_then(|name| self.settings.schemas.get(name))
                .map(|found| &**found),
            root: &self.settings.root,
            limits: &self.settings.limits,
        };
        let resolved = xcap::Request { target: &located.target, ..request.clone() };
        match xcap::decide(&rules, &resolved, located.current.as_ref()) {
            Outcome::Answer(answer) => Ok(Some(Applied::Answered(answer))),
            Outcome::Commit(commit) => self.keep(usage, (asked, by.identity), &located, commit, extend).await,
        }
    }
}

/// Whoever may touch the document itself may touch it by its alias.
fn may_alias(located: &Located, asked: &Target, may: May<'_>) -> Option<()> {
    (located.target != *asked && may(&located.target).is_ok()).then_some(())
}
