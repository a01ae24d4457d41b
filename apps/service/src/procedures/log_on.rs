//! A user of this system logs on or off, as its SIP core says.
//! TS 24.229 clause 5.4.1.7 · TS 24.379 clause 7.3.2

use kit::{Cause, Cx, Done, Registration, entity::Accepted};

use crate::State;

/// A third-party registration arrives from the own SIP core.
///
/// # Errors
/// [`Cause::RequesterUnknown`] where the registered identity is none of a user served here.
pub async fn receive(cx: Cx<State>, registration: Registration) -> Done<Accepted> {
    let user = cx.user(&registration.impu).cloned().ok_or(Cause::RequesterUnknown)?;
    if registration.is_log_on() {
        cx.log_on(&user, cx.world().clock.now() + registration.expires);
    } else {
        cx.log_off(&user);
    }
    Ok(Accepted::done())
}
