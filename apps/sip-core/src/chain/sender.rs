//! Who sends: a server by its certificate, a user by its registered flow or by the word of a trusted edge proxy.

use sip::{From, Message, PAssertedIdentity, PPreferredIdentity, Response};
use wire::Arrival;

use crate::{SipCore, address, refusal};

/// Somebody for whom requests are relayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sender {
    /// A server of this system.
    Server,
    /// A registered user, by the address of record that is asserted for it.
    User(String),
}

/// Who sends this request.
///
/// # Errors
/// 403 for a stranger, and for a user who claims to be somebody else.
pub(super) fn of(core: &SipCore, request: &Message, arrival: &Arrival) -> Result<Sender, Response> {
    if let Some(certificate) = &arrival.certificate {
        if core.config().servers.iter().any(|server| certificate.proves(&server.identity)) {
            return Ok(Sender::Server);
        }
        if let Some(edge) = core.edge_of(arrival) {
            return behind(core, request, &edge.hop.name).map(Sender::User);
        }
    }
    let addresses = core.registry().senders(arrival, core.now());
    user(core, request, &addresses).map(Sender::User)
}

/// RFC 3325 5: the preferred identity if it is the user's own, else the default one. A From that is not the user's own is
/// refused, since nobody behind would look for another.
fn user(core: &SipCore, request: &Message, addresses: &[String]) -> Result<String, Response> {
    let Some(first) = addresses.first() else {
        return Err(refusal::forbidden(&core.config().name, "not registered"));
    };
    let preferred = request.typed::<PPreferredIdentity<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    let from = request.typed::<From<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    let from = from.and_then(|from| address::of(from.uri));
    if !from.as_ref().is_some_and(|from| addresses.contains(from)) {
        return Err(refusal::forbidden(&core.config().name, "From is not the registered user"));
    }
    let preferred = preferred.and_then(|preferred| address::of(preferred.uri));
    let asserted = preferred.filter(|preferred| addresses.contains(preferred)).or(from);
    Ok(asserted.unwrap_or_else(|| first.clone()))
}

/// RFC 3325 5: what a trusted edge proxy asserts holds, for users who are registered through it.
fn behind(core: &SipCore, request: &Message, edge: &str) -> Result<String, Response> {
    let asserted = request.typed::<PAssertedIdentity<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    let asserted = asserted.and_then(|asserted| address::of(asserted.uri));
    asserted
        .filter(|address| core.registry().is_behind(address, edge, core.now()))
        .ok_or_else(|| refusal::forbidden(&core.config().name, "not registered through this proxy"))
}
