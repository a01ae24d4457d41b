//! Credentials, what asks for them and what confirms them stay in the system that they are of: in another one they are of no use
//! but to be replayed. RFC 3261 22, RFC 8760.

use sip::{Edits, Header, Message, Name};

use super::fields::remove;

const CREDENTIALS: [Name; 5] = [
    Name::Authorization,
    Name::ProxyAuthorization,
    Name::WwwAuthenticate,
    Name::ProxyAuthenticate,
    Name::AuthenticationInfo,
];

pub(super) fn is(header: &Header<'_>) -> bool {
    match header.name {
        Name::Other => header.raw_name.eq_ignore_ascii_case(b"Proxy-Authentication-Info"),
        name => CREDENTIALS.contains(&name),
    }
}

/// Takes them off a message that leaves, whatever else may be seen of it.
pub(crate) fn strip(message: &Message, edits: &mut Edits) {
    message.headers().filter(is).for_each(|header| remove(&header, edits));
}
