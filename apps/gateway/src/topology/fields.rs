//! Header fields on their way across the border: outwards by the table of [`super::headers`], inwards without what only a
//! trusted neighbour may say.

use kit::refusal::{Cause, Refusal};
use sip::{Edits, Header, Message, Name};

use super::{
    Hosts, credentials,
    headers::{Allowed, Does, claims},
    options, plain,
};

/// Asserted identities and what else only a trusted neighbour may say (RFC 3325 5, RFC 6050 4.1, RFC 4412 11, RFC 7315,
/// TS 24.229): taken off every message from outside.
const NOT_FROM_OUTSIDE: [Name; 16] = [
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
    Name::Path,
    Name::ServiceRoute,
];

/// Where a message of a dialog is to be answered to: taken off everything else from outside.
const OF_DIALOGS: [Name; 3] = [Name::Route, Name::RecordRoute, Name::Contact];

/// How many fields stayed inside.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Stayed {
    /// Such as have a name of a specification that is known here.
    pub known: u32,
    /// Others.
    pub unknown: u32,
}

/// Leaves out of a message that goes to a partner whatever is not to leave.
///
/// # Errors
/// [`Cause::TopologyExposed`] where the message could not be understood without a field that names the inside;
/// [`Cause::BadExtension`] where a request requires what is not known here. In a response neither ends it: the rest is still
/// left out, and the first such refusal comes back.
pub(super) fn leave_out(
    message: &Message,
    allowed: &Allowed,
    internal: &Hosts,
    edits: &mut Edits,
    stayed: &mut Stayed,
) -> Result<(), Refusal> {
    let (in_request, in_dialog) = (message.is_request(), has_dialog(message));
    let mut refused = Ok(());
    for header in message.headers() {
        let stays = match allowed.of(&header, in_request) {
            Does::Seal | Does::Restore | Does::Set => false,
            Does::Dialog => !in_dialog,
            Does::Drop => true,
            Does::Pass => exposes(&header, internal),
            Does::Plain => !plain::is(&header) || exposes(&header, internal),
            Does::Need if exposes(&header, internal) => {
                refused = refused.and(Err(Refusal::at(Cause::TopologyExposed, header.name.canonical())));
                true
            }
            Does::Need => false,
            Does::Options => {
                if options::keep_known(message, header.name, edits) {
                    stay(&header, stayed);
                    if in_request && header.name == Name::Require {
                        refused = refused.and(Err(Cause::BadExtension.into()));
                    }
                }
                false
            }
        };
        if stays {
            stay(&header, stayed);
            remove(&header, edits);
        }
        if in_request && refused.is_err() {
            break;
        }
    }
    refused
}

fn exposes(header: &Header<'_>, internal: &Hosts) -> bool {
    internal.occur_in(header.value) || (header.name == Name::Other && internal.occur_in(header.raw_name))
}

fn stay(header: &Header<'_>, stayed: &mut Stayed) {
    tracing::debug!(target: "mcx::border", header = %header.raw_name.escape_ascii(), "a header field stays inside");
    match header.name {
        Name::Other => stayed.unknown += 1,
        _ => stayed.known += 1,
    }
}

/// Whether a message belongs to a method whose requests build dialogs here or run within them.
pub(crate) fn has_dialog(message: &Message) -> bool {
    matches!(message.method(), sip::Method::Subscribe | sip::Method::Notify)
}

/// Takes off a request from outside whatever only a trusted neighbour may say, and credentials, which are for no server of ours.
pub(crate) fn strip_assertions(request: &Message, edits: &mut Edits) {
    let in_dialog = has_dialog(request);
    for header in request.headers().filter(|header| is_unwelcome(header, in_dialog)) {
        remove(&header, edits);
    }
}

/// Edits a response that a partner sent: what only a trusted neighbour may assert is taken off (RFC 3325 5), and so
/// is what describes its equipment.
pub(crate) fn clean_from_outside(response: &Message, edits: &mut Edits) {
    let in_dialog = has_dialog(response);
    let equipment = |name: Name| matches!(name, Name::Server | Name::UserAgent);
    for header in response.headers().filter(|h| equipment(h.name) || is_unwelcome(h, in_dialog)) {
        remove(&header, edits);
    }
}

fn is_unwelcome(header: &Header<'_>, in_dialog: bool) -> bool {
    match header.name {
        _ if credentials::is(header) => true,
        Name::Other => claims(header.raw_name),
        name => NOT_FROM_OUTSIDE.contains(&name) || (!in_dialog && OF_DIALOGS.contains(&name)),
    }
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
