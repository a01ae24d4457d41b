//! Users for migration, added and removed: what their four flows have in common. TS 23.280 10.17.5

mod admission;
mod removal;

pub use admission::{AddMigrationUsersRequest, AddMigrationUsersResponse, Admission, UserAdmission};
pub use removal::{RemoveMigrationUsersRequest, RemoveMigrationUsersResponse, UserRemoval};

use super::{Outcome, Refusal, sheet};
use crate::{
    body::acm_info::{AcmParams, MigrationUser, State},
    flow::BadBody,
    ids::McServiceId,
};

const LIST: &str = "migration-user-list";

fn asked(users: &[McServiceId]) -> Vec<MigrationUser> {
    let named =
        |id: &McServiceId| MigrationUser { primary: Some(id.clone().into()), ..MigrationUser::default() };
    users.iter().map(named).collect()
}

fn users(params: &AcmParams) -> Result<Vec<McServiceId>, BadBody> {
    sheet::distinct(params.migration_users.iter().map(primary), LIST, McServiceId::clone)
}

fn primary(user: &MigrationUser) -> Result<McServiceId, BadBody> {
    sheet::plain(user.primary.as_ref(), "primary-mcs-id")?
        .ok_or_else(|| sheet::missing_in("migration-user-list/migration-user", "primary-mcs-id"))
}

/// Why a user was refused; none where he was not, as where nothing is said.
fn refusal(user: &MigrationUser) -> Result<Option<Refusal>, BadBody> {
    match user.result.as_ref().map(|result| (result.outcome, result)) {
        None | Some((State::Success, _)) => Ok(None),
        Some((State::Fail, result)) => {
            Ok(Some(Refusal { code: result.cause_code, text: result.cause_text.clone() }))
        }
        Some(_) => Err(BadBody::Contradiction { rule: "the result of one user is neither success nor fail" }),
    }
}

/// What came of all, by what came of each; the first refusal stands for all where every one was refused.
fn over<'a>(refusals: impl Iterator<Item = Option<&'a Refusal>>) -> Outcome {
    let (mut granted, mut asked, mut why) = (0, 0, None);
    for refusal in refusals {
        asked += 1;
        granted += usize::from(refusal.is_none());
        why = why.or(refusal);
    }
    Outcome::of_count(granted, asked, why.cloned().unwrap_or_default())
}

/// The result of a response, which must be what its users say, where it says anything of users.
fn agreed<'a>(
    params: &AcmParams,
    refusals: impl Iterator<Item = Option<&'a Refusal>>,
) -> Result<Outcome, BadBody> {
    let said = Outcome::read(params.result.as_ref())?;
    let is_empty = params.migration_users.is_empty();
    let is_agreed = match (&said, is_empty) {
        (Outcome::Failure(_), true) => true,
        (_, true) => return Err(sheet::missing(LIST)),
        (_, false) => over(refusals).state() == said.state(),
    };
    if is_agreed {
        Ok(said)
    } else {
        Err(BadBody::Contradiction { rule: "the result is not that of the users" })
    }
}

fn once_each<T>(users: Vec<T>, id: impl Fn(&T) -> &McServiceId) -> Result<Vec<T>, BadBody> {
    let mut seen = std::collections::HashSet::with_capacity(users.len());
    if users.iter().all(|user| seen.insert(id(user).clone())) {
        Ok(users)
    } else {
        Err(BadBody::Contradiction { rule: "a user is in migration-user-list twice" })
    }
}
