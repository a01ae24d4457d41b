//! Whether the book of migrations and the bindings say the same. Each act changes both in one commit; what a record says may all the
//! same have ended while no process ran, and be forgotten.

use kit::{Cx, Done, Fault};

use super::end;
use crate::{Mcs, authorization::Binding, procedures::bind};

/// Once everything that is kept has been read: a visit without a client is over, and a client without a visit is bound no more.
///
/// # Errors
/// [`Fault`] where the store cannot be read or written: it may be begun anew.
pub(crate) async fn compare(cx: &Cx<Mcs>) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let compared = cx.authorizations().compared();
    for visit in compared.lonely.iter().filter(|_| migrations.config().log_off_ends) {
        // As the store has it now: two processes over one hear of each other one record after the other.
        cx.authorizations().refresh(&visit.impu).await?;
        if cx.authorizations().identities_with(visit.service, &visit.partner).is_empty() {
            end::leave(cx, visit).await?;
        }
    }
    for impu in compared.strays {
        let strays = strays(cx, &impu).await?;
        let release = |binding: &mut Binding| {
            binding.clients.retain(|client| !strays.iter().any(|stray| stray.is(client)));
            Ok(())
        };
        let changed = bind::change(cx, &impu, release).await?;
        crate::procedures::settle::made(cx, changed);
    }
    Ok(())
}

async fn strays(cx: &Cx<Mcs>, impu: &kit::Impu) -> Result<Vec<crate::authorization::Client>, Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(Vec::new()) };
    let mut strays = cx.authorizations().binding(impu, cx.world().clock.wall()).clients;
    for client in &strays {
        if client.visit.is_some() {
            migrations.read_user_again(&client.user).await?;
        }
    }
    strays.retain(|client| {
        let visit = client.visit.as_ref();
        visit.is_some_and(|visit| !migrations.has_visit(visit.service, &client.user, &visit.primary))
    });
    Ok(strays)
}
