//! Users of partners who were accepted for migration, or are so no longer: what the own ACM server has said of them.
//! TS 23.280 10.17.5, and 10.6.3.3 step 2 where it counts
//!
//! It is kept in the store, and looked up when a user asks: whoever was accepted is expected at once, by every process of the server.

use kit::{Cx, Done, Fault};
use store::Batch;
use xml_schemas::ids::McServiceId;

use crate::Mcs;

/// Before every key.
const EXPECTED: &str = "service/expected/";

/// What is kept of one who was accepted, and of one who is so no longer.
const YES: &str = "yes";
const NO: &str = "no";

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
    Ok(record.map(|record| &*record.value == YES.as_bytes()))
}

/// The user is expected from now on, or is not, as `by` says, the own ACM server. It may be repeated.
///
/// # Errors
/// [`kit::Cause::NotPermitted`] where no migration is configured, [`kit::Cause::UnknownPartner`] where the user is of no partner; a
/// fault where it cannot be kept.
pub(crate) async fn expect(cx: &Cx<Mcs>, by: &str, primary: &McServiceId, is_expected: bool) -> Done<()> {
    let migrations = cx.migrations().ok_or(kit::Cause::NotPermitted)?;
    let config = migrations.config();
    let owns = |domain: &String| domain.eq_ignore_ascii_case(primary.domain());
    if !config.partners.iter().any(|partner| partner.domains.iter().any(owns)) {
        return Err(kit::Cause::UnknownPartner.into());
    }
    let batch = Batch::new().put(key(primary), if is_expected { YES } else { NO });
    let act = if is_expected { "migration.expected" } else { "migration.unexpected" };
    let batch = cx.log().enter(batch, &cx.log().act(act, by).on(primary.as_str()));
    migrations.store().commit(batch).await.map_err(Fault::from)?;
    migrations.happened(if is_expected { "accepted" } else { "dismissed" });
    Ok(())
}

/// Whether the visitor with this ID has migrated here.
///
/// # Errors
/// [`kit::Cause::NotMigrated`] where he has not; a fault where the store cannot be read.
pub(crate) async fn is_here(cx: &Cx<Mcs>, partner: &McServiceId) -> Done<()> {
    let migrations = cx.migrations().ok_or(kit::Cause::NotPermitted)?;
    migrations.read_user_again(partner).await?;
    if migrations.visits_of(partner).iter().any(super::Visit::is_admitted) {
        Ok(())
    } else {
        Err(kit::Cause::NotMigrated.into())
    }
}
