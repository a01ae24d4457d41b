//! Who logs off holds nothing any more: the own SIP core tells.
//! TS 24.229 clause 5.4.1.7 · TS 23.280 clause 10.13.6

use kit::{Accepted, Cx, Done, Registration, aliases::is_same_client};
use xml_schemas::ids::FunctionalAlias;

use super::release::{Reason, release};
use crate::{Facs, Held};

const REASON: Reason = Reason { act: "alias.logged-off", rule: "aliases.ends-with-log-off" };

/// A registration, a refresh of one, a de-registration or an expiry. Only ends of registrations count.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep that he holds nothing any more.
pub async fn receive(cx: Cx<Facs>, registration: Registration) -> Done<Accepted> {
    let is_on = registration.is_log_on();
    if (is_on && !registration.is_leaving) || !cx.rules().ends_with_log_off {
        return Ok(Accepted::done());
    }
    // One client leaves while others stay: what it held goes. One that does not say which it is held nothing by name.
    let client = registration.client_id.as_deref().filter(|_| is_on);
    if is_on && client.is_none() {
        return Ok(Accepted::done());
    }
    let leaves = |_: &FunctionalAlias, held: &Held| {
        held.impu == registration.impu && client.is_none_or(|client| is_same_client(&held.client, client))
    };
    release(&cx, &REASON, leaves).await?;
    Ok(Accepted::done())
}
