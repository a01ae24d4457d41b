//! Users of partners who were accepted for migration, or are so no longer: what the own ACM server has said of them.
//! TS 23.280 10.17.5, and 10.6.3.3 step 2 where it counts
//!
//! It is kept in the store, and looked up when a user asks: whoever was accepted is expected at once, by every process of the server.

use kit::{Cause, Cx, Done, Fault, Said, Turn, Word};
use store::{Batch, CommitError, Version};
use xml_schemas::ids::McServiceId;

use super::{close, record::FENCE};
use crate::Mcs;

/// Before every key.
const EXPECTED: &str = "service/expected/";

fn key(primary: &McServiceId) -> String {
    format!("{EXPECTED}{}", primary.as_str())
}

/// What the own ACM server has said of this user; none where it has said nothing.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(super) async fn told(cx: &Cx<Mcs>, primary: &McServiceId) -> Result<Option<bool>, Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(None) };
    let record = migrations.store().get(key(primary).as_bytes()).await?;
    Ok(Said::kept(record.as_ref()).is_yes())
}

/// How often a record is written over that somebody else writes too.
const TRIES: usize = 8;

/// The user is expected from now on, or is not, or an expectation is taken back, as `by` says, the own ACM server; who is expected no
/// longer has to leave, where that is the rule, but not where what counted before counts again. It may be repeated. Where something
/// later was said before, its turn: nothing changes.
///
/// # Errors
/// [`Cause::NotPermitted`] where no migration is configured, [`Cause::UnknownPartner`] where the user is of no partner; a
/// fault where it cannot be kept.
pub(crate) async fn hear(
    cx: &Cx<Mcs>,
    by: &str,
    primary: &McServiceId,
    (word, turn): (Word, Option<Turn>),
) -> Done<Result<(), Turn>> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let config = migrations.config();
    let owns = |domain: &String| domain.eq_ignore_ascii_case(primary.domain());
    if !config.partners.iter().any(|partner| partner.domains.iter().any(owns)) {
        return Err(Cause::UnknownPartner.into());
    }
    let version = match keep(cx, by, primary, (word, turn)).await? {
        Ok(version) => version,
        Err(last) => return Ok(Err(last)),
    };
    match word {
        Word::Yes => migrations.happened("accepted"),
        Word::No => migrations.happened("dismissed"),
        Word::TakenBack => {}
    }
    // It says so again where that could not be kept.
    if word == Word::No && config.removed_leave {
        // Whoever asked before is here, though another process let him in, or he has not been read yet; whoever asks from now on finds
        // what was said.
        migrations.read().await;
        migrations.known_to(version).await;
        for visit in migrations.visits_by(primary) {
            close::remove(cx, &visit, Cause::NotExpected).await?;
        }
    }
    Ok(Ok(()))
}

/// Keeps it with its entry in the audit log, where it is news.
async fn keep(
    cx: &Cx<Mcs>,
    by: &str,
    primary: &McServiceId,
    (word, turn): (Word, Option<Turn>),
) -> Done<Result<Version, Turn>> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let (key, now) = (key(primary), cx.world().clock.wall());
    let act = match word {
        Word::Yes => "migration.expected",
        Word::No => "migration.unexpected",
        Word::TakenBack => "migration.expectation.taken-back",
    };
    for _ in 0..TRIES {
        let seen = migrations.store().get(key.as_bytes()).await.map_err(Fault::from)?;
        let before = Said::kept(seen.as_ref());
        let said = match before.then(word, turn) {
            Ok(said) => said,
            Err(last) => return Ok(Err(last)),
        };
        let batch = said.keep(Batch::new(), &key, seen.as_ref(), now);
        let batch = if word == Word::No { batch.put(FENCE, "") } else { batch };
        let batch = match said.is_news_after(before, word) {
            true => cx.log().enter(batch, &cx.log().act(act, by).on(primary.as_str())),
            false => batch,
        };
        match migrations.store().commit(batch).await {
            Ok(version) => return Ok(Ok(version)),
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
        }
    }
    // It says so again.
    Err(Cause::Overloaded.into())
}

/// Whether the visitor with this ID has migrated here.
///
/// # Errors
/// [`Cause::NotMigrated`] where he has not; a fault where the store cannot be read.
pub(crate) async fn is_here(cx: &Cx<Mcs>, partner: &McServiceId) -> Done<()> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    migrations.read_user_again(partner).await?;
    if migrations.visits_of(partner).iter().any(super::Visit::is_admitted) {
        Ok(())
    } else {
        Err(Cause::NotMigrated.into())
    }
}
