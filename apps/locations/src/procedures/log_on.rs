//! Who is logged on, as the own SIP core says by third-party registration. TS 24.229 5.4.1.7.

use kit::{Accepted, Cause, Cx, Done, Registration};

use super::follow_migrated;
use crate::Lms;

/// A registration, a refresh of one, a de-registration or an expiry.
///
/// # Errors
/// [`Cause::UnknownUser`] where the registered identity is no user of this server.
pub async fn receive(cx: Cx<Lms>, registration: Registration) -> Done<Accepted> {
    let user = cx.user_of(&registration.impu).ok_or(Cause::UnknownUser)?;
    cx.log_ons().follow(&registration, cx.world().clock.now());
    if !registration.is_log_on() {
        return Ok(Accepted::done());
    }
    // After a restart of ours: whoever asks for him need not wait for that.
    Ok(Accepted::then(async move { drop(follow_migrated::abroad(&cx, &user.id).await) }))
}
