//! Which methods pass, by who sends them.

use sip::{Method, Response};

use super::sender::Sender;
use crate::refusal;

/// Users ask services, services tell users: the one-shot methods of TS 24.379 and the two ends of a subscription.
///
/// # Errors
/// 405 with Allow.
pub(super) fn permit(method: Method<'_>, sender: &Sender) -> Result<(), Response> {
    let passes = match sender {
        Sender::User(_) => {
            matches!(method, Method::Message | Method::Options | Method::Publish | Method::Subscribe)
        }
        Sender::Server => matches!(method, Method::Message | Method::Options | Method::Notify),
    };
    if passes { Ok(()) } else { Err(refusal::method_not_allowed()) }
}
