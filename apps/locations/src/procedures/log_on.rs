//! Who is logged on, as the own SIP core says by third-party registration. TS 24.229 5.4.1.7.

use kit::{Accepted, Cause, Cx, Done, Registration};

use crate::Lms;

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::UnknownUser`] where the registered identity is no user of this server.
pub async fn receive(cx: Cx<Lms>, registration: Registration) -> Done<Accepted> {
    let Some(user) = cx.user_of(&registration.impu) else {
        return Err(Cause::UnknownUser.into());
    };
    if registration.is_log_on() {
        cx.log_on(&user.impu, cx.world().clock.now(), registration.expires);
    } else {
        cx.log_off(&user.impu);
    }
    Ok(Accepted::done())
}
