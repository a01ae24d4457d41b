//! Log-on and log-off: the own SIP core tells who is registered. The user's access token, where it comes along, authorizes him.
//! TS 24.229 clause 5.4.1.7 · TS 24.379 clause 7.3.2

use std::time::Duration;

use kit::{Accepted, Cause, Cx, Done, Registration};

use super::{bind, return_home, settle};
use crate::{
    Mcs,
    authorization::{Binding, FOR_GOOD, millis},
    config::User,
    credentials::{self, Proof},
    migration::Made,
};

/// A registration that lasts longer than the clock can say is held for this long.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::NotBound`] where the registered identity is no user of this server (TS 24.379 7.3.2, warning 141), unless visitors may
/// come; as [`credentials::of_user`] where the access token does not count; [`Cause::MigratedAway`] where the user works elsewhere.
pub async fn receive(cx: Cx<Mcs>, registration: Registration) -> Done<Accepted> {
    cx.know_registered(&registration.impu).await?;
    let user = cx.user_of(&registration.impu);
    if user.is_none() && cx.config().migration.is_none() {
        return Err(Cause::NotBound.into());
    }
    let changed = if registration.is_log_on() {
        let proof = proof(&cx, user.as_ref(), &registration).await?;
        log_on(&cx, user.as_ref(), &registration, proof).await?
    } else {
        let gone = |binding: &mut Binding| {
            *binding = Binding::default();
            Ok(())
        };
        bind::change(&cx, &registration.impu, gone).await?
    };
    let on = registration.is_log_on();
    match &user {
        Some(user) => {
            tracing::info!(target: "mcx::log-on", server = %cx.profile().name, user = %user.id, on);
        }
        None => {
            tracing::info!(target: "mcx::log-on", server = %cx.profile().name, visitor = %registration.impu, on)
        }
    }
    Ok(Accepted::then(async move { settle::made(&cx, changed) }))
}

/// A visitor's token proves nothing here: he is authorized by migrating (TS 23.280 10.6.3).
async fn proof(cx: &Cx<Mcs>, user: Option<&User>, registration: &Registration) -> Done<Option<Proof>> {
    let Some(user) = user.filter(|_| !registration.is_leaving) else { return Ok(None) };
    let proof = credentials::of_user(cx, registration.token.as_ref(), &user.id).await?;
    if proof.is_none() {
        return Ok(None);
    }
    // What he had registered before he went goes on being refreshed: that is no return.
    let now = cx.world().clock.wall();
    if cx.authorizations().is_registered(&registration.impu, now) {
        return Ok(proof.filter(|_| cx.authorizations().away(&user.id).is_none()));
    }
    return_home::receive(cx, &user.id).await?;
    Ok(proof)
}

async fn log_on(
    cx: &Cx<Mcs>,
    user: Option<&User>,
    registration: &Registration,
    proof: Option<Proof>,
) -> Done<Made> {
    let now = cx.world().clock.wall();
    let until = now.checked_add(registration.expires).unwrap_or(now + LONGEST);
    let client = registration.client_id.as_deref();
    let follow = |binding: &mut Binding| {
        binding.registered = Some(millis(until));
        match (user, &proof) {
            (_, None) if registration.is_leaving => client.into_iter().for_each(|id| binding.remove(id)),
            // Both systems may have come to agree meanwhile that he works elsewhere.
            (Some(user), Some(_)) if cx.authorizations().away(&user.id).is_some() => {}
            (Some(user), Some(proof)) => binding.with_client(client, (&user.id, None), |client| {
                client.until = FOR_GOOD;
                client.prove(proof);
            }),
            _ => {}
        }
        Ok(())
    };
    match user.filter(|_| proof.is_some()) {
        Some(user) => bind::authorize(cx, (&registration.impu, &user.id), follow).await,
        None => bind::change(cx, &registration.impu, follow).await,
    }
}
