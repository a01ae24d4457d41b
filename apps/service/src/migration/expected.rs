//! Users of partners who were accepted for migration, or are so no longer: what the own ACM server has said of them.
//! TS 23.280 10.17.5, and 10.6.3.3 step 2 where it counts
//!
//! It is kept in the store, and looked up when a user asks: whoever was accepted is expected at once, by every process of the server.

use kit::{Cause, Cx, Done, Fault, Said};
use store::{Batch, CommitError};
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
    Ok(record.map(|record| Said::read(&record.value).is_yes()))
}

/// The user is expected from now on, or is not, as `by` says, the own ACM server; who is no longer has to leave, where that is the
/// rule. It may be repeated.
///
/// # Errors
/// [`Cause::NotPermitted`] where no migration is configured, [`Cause::UnknownPartner`] where the user is of no partner; a
/// fault where it cannot be kept.
pub(crate) async fn expect(cx: &Cx<Mcs>, by: &str, primary: &McServiceId, is_expected: bool) -> Done<()> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let config = migrations.config();
    let owns = |domain: &String| domain.eq_ignore_ascii_case(primary.domain());
    if !config.partners.iter().any(|partner| partner.domains.iter().any(owns)) {
        return Err(Cause::UnknownPartner.into());
    }
    let said = migrations.store().get(key(primary).as_bytes()).await.map_err(Fault::from)?;
    let batch = if is_expected {
        let yes = Said::yes_after(said.map(|said| Said::read(&said.value)));
        Batch::new().put(key(primary), yes.written())
    } else {
        Batch::new().put(key(primary), Said::No.written()).put(FENCE, "")
    };
    let act = if is_expected { "migration.expected" } else { "migration.unexpected" };
    let batch = cx.log().enter(batch, &cx.log().act(act, by).on(primary.as_str()));
    let version = migrations.store().commit(batch).await.map_err(Fault::from)?;
    migrations.happened(if is_expected { "accepted" } else { "dismissed" });
    // It says so again where that could not be kept.
    if !is_expected && config.removed_leave {
        // Whoever asked before is here, though another process let him in, or he has not been read yet; whoever asks from now on finds
        // what was said.
        migrations.read().await;
        migrations.known_to(version).await;
        for visit in migrations.visits_by(primary) {
            close::remove(cx, &visit, Cause::NotExpected).await?;
        }
    }
    Ok(())
}

/// What was said of the user before he was accepted counts again; of whom nothing was said, the operator's list. It may be repeated.
///
/// # Errors
/// [`Cause::NotPermitted`] where no migration is configured; a fault where it cannot be kept.
pub(crate) async fn take_back(cx: &Cx<Mcs>, by: &str, primary: &McServiceId) -> Done<()> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let said = migrations.store().get(key(primary).as_bytes()).await.map_err(Fault::from)?;
    let Some(said) = said else { return Ok(()) };
    let batch = Batch::new().expect_version(key(primary), said.version);
    let Some(batch) = Said::read(&said.value).taken_back(batch, key(primary)) else { return Ok(()) };
    let batch =
        cx.log().enter(batch, &cx.log().act("migration.expectation.taken-back", by).on(primary.as_str()));
    match migrations.store().commit(batch).await {
        Ok(_) => Ok(()),
        // It says so again.
        Err(CommitError::Conflict(_)) => Err(Cause::Overloaded.into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
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
