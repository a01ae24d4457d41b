//! Log-on and log-off: the own SIP core tells who is registered. The user's access token, where it comes along, authorizes him.
//! TS 24.229 clause 5.4.1.7 · TS 24.379 clause 7.3.2

use kit::{Accepted, Cause, Cx, Done, Registration};
use xml_schemas::ids::McServiceId;

use super::follow_profiles;
use crate::Mcs;

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::UnknownUser`] where the registered identity is no user of this server (TS 24.379 7.3.2, warning 141);
/// [`Cause::RequesterNotAuthorized`] where the access token does not count, or is another user's.
pub async fn receive(cx: Cx<Mcs>, registration: Registration) -> Done<Accepted> {
    let Some(user) = cx.user_of(&registration.impu) else {
        return Err(Cause::UnknownUser.into());
    };
    let is_proved = registration.is_log_on() && is_proved(&cx, &registration, &user.id)?;
    let now = cx.world().clock.now();
    let was_on = cx.log_ons().is_on(&registration.impu, now);
    cx.log_ons().follow(&registration, now);
    cx.authorize(&user.id, is_proved, registration.is_log_on() && was_on);
    tracing::info!(target: "mcx::log-on", server = %cx.profile().name, user = %user.id, on = registration.is_log_on());
    if cx.is_authorized(&user.id, now) {
        return Ok(Accepted::then(async move { follow_profiles::begin(&cx, user.id) }));
    }
    follow_profiles::end(&cx, &user.id);
    Ok(Accepted::done())
}

/// Whether the access token names this very user; none proves nothing.
fn is_proved(cx: &Cx<Mcs>, registration: &Registration, user: &McServiceId) -> Done<bool> {
    let Some(token) = registration.token.as_ref().filter(|_| cx.needs_token()) else { return Ok(false) };
    match cx.tokens().verify(token.as_str(), cx.world().clock.wall()) {
        Ok(bearer) if bearer.users.contains(user) => Ok(true),
        Ok(_) => Err(Cause::RequesterNotAuthorized.into()),
        Err(why) => {
            tracing::info!(target: "mcx::refused", entity = %cx.profile().name, user = %user, %why);
            Err(Cause::RequesterNotAuthorized.into())
        }
    }
}
