//! A user who has migrated away authorizes himself anew at home. TS 23.280 10.6.2: he is authorized where he is served, and
//! nowhere else. What follows from it the text leaves open; `SPEC.md` says what we do.

use kit::{Cause, Cx, Done, Refusal};
use xml_schemas::ids::McServiceId;

use crate::{Mcs, config::Returning, migration};

/// The user is authorized at home from now on, and no more where he was; or he is refused.
///
/// # Errors
/// [`Cause::MigratedAway`] where the operator wants that.
pub(crate) async fn receive(cx: &Cx<Mcs>, user: &McServiceId) -> Done<()> {
    let marks = cx.migrations().map(|migrations| migrations.marks_of(user)).unwrap_or_default();
    let Some(mark) = marks.first() else { return Ok(()) };
    match cx.config().authorization.returning {
        Returning::Refuse if cx.authorizations().away(user).is_some() => Err(refused().into()),
        // A partner that has not accepted the yes keeps nobody out.
        Returning::Refuse => Ok(()),
        Returning::Welcome => {
            migration::came_back(cx, user).await?;
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, %user, from = %mark.system, "has returned");
            Ok(())
        }
    }
}

pub(crate) fn refused() -> Refusal {
    Refusal::at(Cause::MigratedAway, "the user is authorized in another MC system")
}
