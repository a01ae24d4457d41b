//! Whose turn it is with a user's profile, whichever process over the same store carries an update out.
//!
//! An update has begun once it stands in `acm/profile-turn/USER`, in one commit with what it changes and on condition that its case is
//! still undecided about; it has ended in the commit that ends its case. Until then no other update of the same user begins. The
//! document is read before that and replaced on condition that it is the one that was read, so that a process that was held up, and
//! goes on when its update has ended elsewhere, changes nothing any more.

use kit::{Cause, Cx, Done, Fault};
use store::{Batch, CommitError, Version};
use xml_schemas::ids::McServiceId;

use crate::{
    Acm,
    book::moment,
    case::{Case, CaseKey, Stage},
    engine::{begin, kept_until},
};

/// A turn that may be taken: nothing else has it.
pub(super) struct Turn {
    key: String,
    seen: Option<Version>,
    case: CaseKey,
    of_case: Version,
    /// Whether the update has begun before.
    pub(super) is_taken: bool,
}

/// Where it stands whose turn it is.
pub(super) fn place(user: &McServiceId) -> String {
    format!("acm/profile-turn/{}", user.as_str())
}

impl Turn {
    /// The turn of an update, before the document is read.
    ///
    /// # Errors
    /// [`Cause::Overloaded`], to come again: another update of the user has begun and not ended, or this one has ended.
    pub(super) async fn of(cx: &Cx<Acm>, user: &McServiceId, case: &CaseKey) -> Done<Self> {
        let Some((_, of_case)) = undone(cx, case).await? else { return Err(Cause::Overloaded.into()) };
        let key = place(user);
        let kept = cx.store().get(key.as_bytes()).await.map_err(Fault::from)?;
        let other = kept.as_ref().and_then(|kept| CaseKey::read(std::str::from_utf8(&kept.value).ok()?));
        if let Some(other) = other.clone().filter(|other| other != case)
            && let Some((first, _)) = undone(cx, &other).await?
        {
            // Whoever has begun it may be gone: it is carried out here too, and first.
            begin(cx, &first);
            cx.works().comes_first(&first.partner, &other);
            return Err(Cause::Overloaded.into());
        }
        let is_taken = other.as_ref() == Some(case);
        Ok(Self { key, seen: kept.map(|kept| kept.version), case: case.clone(), of_case, is_taken })
    }

    /// It begins, and what it changes is kept.
    ///
    /// # Errors
    /// [`Cause::Overloaded`], to come again, where another process has been first.
    pub(super) async fn take(self, cx: &Cx<Acm>, (changed, lines): (String, Vec<u8>)) -> Done<()> {
        let Self { key, seen, case, of_case, .. } = self;
        let until = moment(kept_until(cx));
        let batch = Batch::new().expect_version(crate::book::keys::case(&case), of_case);
        let batch = match seen {
            Some(seen) => batch.expect_version(key.clone(), seen),
            None => batch.expect_absent(key.clone()),
        };
        let batch = batch.put_until(key, case.text(), until).put_until(changed, lines, until);
        match cx.store().commit(batch).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(_)) => Err(Cause::Overloaded.into()),
            Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
        }
    }
}

/// A request that was decided with a yes and has no end yet.
async fn undone(cx: &Cx<Acm>, key: &CaseKey) -> Result<Option<(Case, Version)>, Fault> {
    Ok(cx.book().case(key).await?.filter(|(case, _)| case.stage == Stage::Decided))
}
