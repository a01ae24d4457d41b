//! Which header fields cross the border.
//!
//! The table of what interconnecting systems do by default: routing, equipment, access, charging and credentials stay
//! inside; what is left may cross as long as it names nothing internal.

use kit::refusal::{CAUSE_HEADER, Cause, Refusal};
use sip::{Edits, Header, Message, Name};

use super::Hosts;

/// What concerns only the inside of a system, and never leaves it where topology is hidden.
const INSIDE_ONLY: [Name; 30] = [
    // Routing: what the partner needs is in our Via alone.
    Name::Contact,
    Name::Route,
    Name::RecordRoute,
    Name::Path,
    Name::ServiceRoute,
    Name::HistoryInfo,
    Name::ReplyTo,
    Name::ReferredBy,
    Name::InReplyTo,
    // Equipment.
    Name::UserAgent,
    Name::Server,
    Name::Organization,
    Name::CallInfo,
    Name::AlertInfo,
    Name::ErrorInfo,
    Name::FeatureCaps,
    Name::Timestamp,
    // Access and location of the user's equipment (RFC 7315, RFC 6442).
    Name::PAccessNetworkInfo,
    Name::PVisitedNetworkId,
    Name::PAssociatedUri,
    Name::PCalledPartyId,
    Name::PChargingVector,
    Name::Geolocation,
    Name::SecurityClient,
    Name::SecurityServer,
    Name::SecurityVerify,
    // Identities and credentials meant for our own system.
    Name::PPreferredIdentity,
    Name::PPreferredService,
    Name::Authorization,
    Name::ProxyAuthorization,
];

/// Asserted identities and what else only a trusted neighbour may say (RFC 3325 5, RFC 6050 4.1, RFC 4412 11, RFC 7315,
/// TS 24.229): taken off every message from outside.
pub(super) const NOT_FROM_OUTSIDE: [Name; 19] = [
    Name::PAssertedIdentity,
    Name::PAssertedService,
    Name::ResourcePriority,
    Name::PPreferredIdentity,
    Name::PPreferredService,
    Name::PAccessNetworkInfo,
    Name::PAssociatedUri,
    Name::PCalledPartyId,
    Name::PChargingVector,
    Name::PVisitedNetworkId,
    Name::HistoryInfo,
    Name::SecurityClient,
    Name::SecurityServer,
    Name::SecurityVerify,
    Name::Route,
    Name::RecordRoute,
    Name::Path,
    Name::ServiceRoute,
    Name::Contact,
];

/// Made anew for every message or never more than a number: not looked at here.
const HANDLED: [Name; 7] =
    [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq, Name::MaxForwards, Name::ContentLength];

/// Leaves out of a request or response that goes to a partner what concerns only the inside, and what names it.
///
/// # Errors
/// [`Cause::TopologyExposed`] where the body could not be read without the field.
pub(super) fn leave_out(message: &Message, internal: &Hosts, edits: &mut Edits) -> Result<(), Refusal> {
    // Set by the chain on requests, rewritten where responses are cleaned.
    let elsewhere = if message.is_request() { Name::PAssertedIdentity } else { Name::Warning };
    for header in message.headers().filter(|header| header.name != elsewhere) {
        match fate(&header, internal) {
            Fate::Crosses => {}
            Fate::Stays => remove(&header, edits),
            Fate::Exposes => return Err(Refusal::at(Cause::TopologyExposed, header.name.canonical())),
        }
    }
    Ok(())
}

enum Fate {
    Crosses,
    Stays,
    Exposes,
}

fn fate(header: &Header<'_>, internal: &Hosts) -> Fate {
    if HANDLED.contains(&header.name) {
        return Fate::Crosses;
    }
    if INSIDE_ONLY.contains(&header.name) || (header.name == Name::Other && is_private(header.raw_name)) {
        return Fate::Stays;
    }
    let named = header.name == Name::Other && internal.occur_in(header.raw_name);
    if !named && !internal.occur_in(header.value) {
        return Fate::Crosses;
    }
    match header.name {
        Name::ContentType | Name::ContentEncoding => Fate::Exposes,
        _ => Fate::Stays,
    }
}

/// Names by which vendors and networks talk to their own: P-, X- and Security- outside the enumeration, but for the
/// cause of a refusal.
fn is_private(name: &[u8]) -> bool {
    let begins =
        |prefix: &[u8]| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    (begins(b"P-") || begins(b"X-") || begins(b"Security-"))
        && !name.eq_ignore_ascii_case(CAUSE_HEADER.as_bytes())
}

/// Takes off a request from outside whatever only a trusted neighbour may say.
pub(crate) fn strip_assertions(request: &Message, edits: &mut Edits) {
    for header in request.headers() {
        if NOT_FROM_OUTSIDE.contains(&header.name) || asserts_an_identity(&header) {
            remove(&header, edits);
        }
    }
}

/// Whether an extension header from outside claims an identity or a charging fact that only a trusted neighbour may.
pub(super) fn asserts_an_identity(header: &Header<'_>) -> bool {
    let begins = |prefix: &[u8]| {
        header.raw_name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    header.name == Name::Other && (begins(b"P-") || begins(b"X-3GPP-") || begins(b"Security-"))
}

pub(super) fn remove(header: &Header<'_>, edits: &mut Edits) {
    match header.name {
        Name::Other => {
            if let Ok(name) = std::str::from_utf8(header.raw_name) {
                edits.remove_extension(name);
            }
        }
        name => {
            edits.remove(name);
        }
    }
}
