//! Who is logged on, as the own SIP core says by third-party registration. TS 24.229 5.4.1.7.

use kit::{Accepted, Cause, Cx, Done, Registration};

use crate::Lms;

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::UnknownUser`] where the registered identity is no user of this server.
pub async fn receive(cx: Cx<Lms>, registration: Registration) -> Done<Accepted> {
    if cx.user_of(&registration.impu).is_none() {
        return Err(Cause::UnknownUser.into());
    }
    cx.log_ons().follow(&registration, cx.world().clock.now());
    Ok(Accepted::done())
}
