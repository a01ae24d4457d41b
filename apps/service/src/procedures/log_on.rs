//! Log-on and log-off: the own SIP core tells who is registered.
//! TS 24.229 clause 5.4.1.7 · TS 24.379 clause 7.3.2

use kit::{Accepted, Cause, Cx, Done, Registration};

use crate::Mcs;

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::UnknownUser`] where the registered identity is no user of this server (TS 24.379 7.3.2, warning 141).
pub async fn receive(cx: Cx<Mcs>, registration: Registration) -> Done<Accepted> {
    let Some(user) = cx.user_of(&registration.impu) else {
        return Err(Cause::UnknownUser.into());
    };
    cx.log_ons().follow(&registration, cx.world().clock.now());
    tracing::info!(target: "mcx::log-on", server = %cx.profile().name, user = %user.id, on = registration.is_log_on());
    Ok(Accepted::done())
}
