//! Whom a request does not bring here after all, and what was begun for him.
//!
//! It is kept before anything is undone, in a writing of the case: what another process has done of the same decision can be kept no
//! more from then on, and whoever carries it out, after a restart too, undoes and refuses.

use kit::{Cause, Cx, Done, Fault};
use serde::{Deserialize, Serialize};
use store::Version;
use xml_schemas::{acm::AddMigrationUsersRequest as Request, ids::McServiceId};

use super::{EXPECTED, VISITORS};
use crate::{
    Acm,
    book::{Changes, Effects},
    case::{CaseKey, Unreadable},
    procedure::Approved,
};

/// Under which key it is kept.
pub(super) fn key(case: &CaseKey) -> String {
    format!("acm/undoing/{}", case.text())
}

#[derive(Default)]
pub(super) struct Undoing {
    users: Vec<User>,
    /// So many of them are kept.
    known: usize,
}

#[derive(Serialize, Deserialize)]
struct User {
    #[serde(rename = "id")]
    primary: String,
    #[serde(rename = "why")]
    cause: u16,
    /// Whether he may be expected by what was said here, beside being known; by what another attempt has said he may be in any case.
    #[serde(rename = "exp")]
    is_expected: bool,
}

/// What is to be undone of a user.
pub(super) struct Due {
    pub(super) primary: McServiceId,
    /// At which server.
    pub(super) path: &'static str,
    /// Nothing ends before it has been.
    pub(super) is_needed: bool,
}

impl Undoing {
    /// What an earlier attempt has left, here or elsewhere.
    pub(super) async fn of(cx: &Cx<Acm>, case: &CaseKey) -> Result<Self, Fault> {
        let Some(record) = cx.store().get(key(case).as_bytes()).await? else { return Ok(Self::default()) };
        let users: Vec<User> =
            serde_json::from_slice(&record.value).map_err(|_| Unreadable("what is being undone"))?;
        Ok(Self { known: users.len(), users })
    }

    /// Why nothing comes of this user; none where that is not settled.
    pub(super) fn cause(&self, primary: &McServiceId) -> Option<Cause> {
        let user = self.users.iter().find(|user| user.primary == primary.as_str())?;
        Some(Cause::from_code(user.cause).unwrap_or(Cause::Fault))
    }

    /// Nothing comes of him either: one of the servers has answered so, or nobody knows how far it came.
    pub(super) fn add(&mut self, primary: &McServiceId, cause: Cause, is_answered: bool) {
        let primary = primary.as_str().to_owned();
        self.users.push(User { primary, cause: cause.code(), is_expected: !is_answered });
    }

    /// What is to be undone, in order: all of it where the decision ends by that, else what this attempt has added.
    pub(super) fn due(&self, is_end: bool) -> Vec<Due> {
        let begun = if is_end { 0 } else { self.known };
        let users = self.users.iter().skip(begun);
        let known = users.filter_map(|user| Some((McServiceId::new(&user.primary).ok()?, user.is_expected)));
        let of = |(primary, is_expected): (McServiceId, bool)| {
            let is_expected = Due { primary: primary.clone(), path: EXPECTED, is_needed: is_expected };
            [Due { primary, path: VISITORS, is_needed: true }, is_expected]
        };
        known.flat_map(of).collect()
    }

    /// It is kept now, if it was not: in which writing of the case, where it is a new one.
    ///
    /// # Errors
    /// [`Cause::Overloaded`], to come again, where somebody else has written the case meanwhile.
    pub(super) async fn is_kept(&self, cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<Option<Version>> {
        if self.users.len() == self.known {
            return Ok(None);
        }
        let value = serde_json::to_vec(&self.users).map_err(|why| Fault::new(why.to_string()))?;
        let effects = Effects::none().put(key(&approved.case.key), value);
        let changes = Changes::new().case(&approved.case, Some(approved.seen), None).effects(effects);
        let kept = cx.book().mark(changes).await?;
        kept.map(Some).ok_or_else(|| Cause::Overloaded.into())
    }
}
