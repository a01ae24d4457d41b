//! The table behind [`Name`], in the order of the enumeration, and the index by which a name is found in it.

use super::Name;

/// What is known of one name.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) name: Name,
    pub(super) canonical: &'static str,
    pub(super) compact: Option<u8>,
    pub(super) list: bool,
}

const fn one(name: Name, canonical: &'static str, compact: Option<u8>) -> Row {
    Row { name, canonical, compact, list: false }
}

const fn list(name: Name, canonical: &'static str, compact: Option<u8>) -> Row {
    Row { name, canonical, compact, list: true }
}

/// Every name but [`Name::Other`].
pub(super) const TABLE: [Row; Name::Other as usize] = [
    list(Name::Accept, "Accept", None),
    list(Name::AcceptContact, "Accept-Contact", Some(b'a')),
    list(Name::AcceptEncoding, "Accept-Encoding", None),
    list(Name::AcceptLanguage, "Accept-Language", None),
    list(Name::AlertInfo, "Alert-Info", None),
    list(Name::Allow, "Allow", None),
    list(Name::AllowEvents, "Allow-Events", Some(b'u')),
    one(Name::AuthenticationInfo, "Authentication-Info", None),
    one(Name::Authorization, "Authorization", None),
    one(Name::CallId, "Call-ID", Some(b'i')),
    list(Name::CallInfo, "Call-Info", None),
    list(Name::Contact, "Contact", Some(b'm')),
    one(Name::ContentDisposition, "Content-Disposition", None),
    list(Name::ContentEncoding, "Content-Encoding", Some(b'e')),
    one(Name::ContentId, "Content-ID", None),
    list(Name::ContentLanguage, "Content-Language", None),
    one(Name::ContentLength, "Content-Length", Some(b'l')),
    one(Name::ContentType, "Content-Type", Some(b'c')),
    one(Name::CSeq, "CSeq", None),
    one(Name::Date, "Date", None),
    list(Name::ErrorInfo, "Error-Info", None),
    one(Name::Event, "Event", Some(b'o')),
    one(Name::Expires, "Expires", None),
    list(Name::FeatureCaps, "Feature-Caps", None),
    one(Name::From, "From", Some(b'f')),
    list(Name::Geolocation, "Geolocation", None),
    list(Name::HistoryInfo, "History-Info", None),
    one(Name::Identity, "Identity", Some(b'y')),
    list(Name::InReplyTo, "In-Reply-To", None),
    one(Name::MaxBreadth, "Max-Breadth", None),
    one(Name::MaxForwards, "Max-Forwards", None),
    one(Name::MimeVersion, "MIME-Version", None),
    one(Name::MinExpires, "Min-Expires", None),
    one(Name::MinSe, "Min-SE", None),
    one(Name::Organization, "Organization", None),
    list(Name::PAccessNetworkInfo, "P-Access-Network-Info", None),
    list(Name::PAssertedIdentity, "P-Asserted-Identity", None),
    list(Name::PAssertedService, "P-Asserted-Service", None),
    list(Name::PAssociatedUri, "P-Associated-URI", None),
    one(Name::PCalledPartyId, "P-Called-Party-ID", None),
    one(Name::PChargingVector, "P-Charging-Vector", None),
    list(Name::PPreferredIdentity, "P-Preferred-Identity", None),
    list(Name::PPreferredService, "P-Preferred-Service", None),
    list(Name::PVisitedNetworkId, "P-Visited-Network-ID", None),
    list(Name::Path, "Path", None),
    one(Name::Priority, "Priority", None),
    one(Name::Privacy, "Privacy", None),
    one(Name::ProxyAuthenticate, "Proxy-Authenticate", None),
    one(Name::ProxyAuthorization, "Proxy-Authorization", None),
    list(Name::ProxyRequire, "Proxy-Require", None),
    one(Name::RAck, "RAck", None),
    list(Name::Reason, "Reason", None),
    list(Name::RecordRoute, "Record-Route", None),
    one(Name::ReferSub, "Refer-Sub", None),
    one(Name::ReferTo, "Refer-To", Some(b'r')),
    one(Name::ReferredBy, "Referred-By", Some(b'b')),
    list(Name::RejectContact, "Reject-Contact", Some(b'j')),
    one(Name::Replaces, "Replaces", None),
    one(Name::ReplyTo, "Reply-To", None),
    list(Name::RequestDisposition, "Request-Disposition", Some(b'd')),
    list(Name::Require, "Require", None),
    list(Name::ResourcePriority, "Resource-Priority", None),
    one(Name::RetryAfter, "Retry-After", None),
    list(Name::Route, "Route", None),
    one(Name::RSeq, "RSeq", None),
    list(Name::SecurityClient, "Security-Client", None),
    list(Name::SecurityServer, "Security-Server", None),
    list(Name::SecurityVerify, "Security-Verify", None),
    one(Name::Server, "Server", None),
    list(Name::ServiceRoute, "Service-Route", None),
    one(Name::SessionExpires, "Session-Expires", Some(b'x')),
    one(Name::SipEtag, "SIP-ETag", None),
    one(Name::SipIfMatch, "SIP-If-Match", None),
    one(Name::Subject, "Subject", Some(b's')),
    one(Name::SubscriptionState, "Subscription-State", None),
    list(Name::Supported, "Supported", Some(b'k')),
    one(Name::TargetDialog, "Target-Dialog", None),
    one(Name::Timestamp, "Timestamp", None),
    one(Name::To, "To", Some(b't')),
    list(Name::Unsupported, "Unsupported", None),
    one(Name::UserAgent, "User-Agent", None),
    list(Name::Via, "Via", Some(b'v')),
    list(Name::Warning, "Warning", None),
    one(Name::WwwAuthenticate, "WWW-Authenticate", None),
];

const SLOTS: usize = 512;
const EMPTY: u8 = u8::MAX;

/// Open addressing over a hash of length, first, third and last letter: almost every name is found at its first slot.
const INDEX: [u8; SLOTS] = index();

/// The one-letter names, by letter.
const COMPACT: [u8; 26] = compact();

pub(super) fn find(name: &[u8]) -> Name {
    if let [letter] = name {
        let slot = (letter | 0x20).wrapping_sub(b'a');
        return COMPACT
            .get(slot as usize)
            .and_then(|at| TABLE.get(*at as usize))
            .map_or(Name::Other, |r| r.name);
    }
    let mut slot = hash(name);
    while let Some(row) = INDEX.get(slot).and_then(|at| TABLE.get(*at as usize)) {
        let canonical = row.canonical.as_bytes();
        // Nearly every sender spells names canonically, and comparing octets is the quicker.
        if canonical == name || canonical.eq_ignore_ascii_case(name) {
            return row.name;
        }
        slot = (slot + 1) % SLOTS;
    }
    Name::Other
}

const fn hash(name: &[u8]) -> usize {
    let [first, _, third, .., last] = name else {
        return match name {
            [first, ..] => (*first | 0x20) as usize,
            [] => 0,
        };
    };
    let letters = (*first as usize | 0x20) * 7 + (*third as usize | 0x20) * 31 + (*last as usize | 0x20) * 3;
    (letters + name.len() * 61) % SLOTS
}

const fn index() -> [u8; SLOTS] {
    let mut slots = [EMPTY; SLOTS];
    let mut at = 0;
    while at < TABLE.len() {
        let mut slot = hash(TABLE[at].canonical.as_bytes());
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = at as u8;
        at += 1;
    }
    slots
}

const fn compact() -> [u8; 26] {
    let mut letters = [EMPTY; 26];
    let mut at = 0;
    while at < TABLE.len() {
        if let Some(letter) = TABLE[at].compact {
            letters[(letter - b'a') as usize] = at as u8;
        }
        at += 1;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enumeration() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.name as usize, at, "{}", row.canonical);
        }
    }

    #[test]
    fn every_name_is_found_in_any_case_and_in_its_compact_form() {
        for row in TABLE {
            assert_eq!(find(row.canonical.as_bytes()), row.name);
            assert_eq!(find(row.canonical.to_ascii_uppercase().as_bytes()), row.name);
            if let Some(letter) = row.compact {
                assert_eq!(find(&[letter]), row.name);
                assert_eq!(find(&[letter.to_ascii_uppercase()]), row.name);
            }
        }
    }

    #[test]
    fn anything_else_is_other() {
        for name in [&b"X-Extension"[..], b"", b"z", b"[", b"To ", b"C%6Fntact", b"Toto"] {
            assert_eq!(find(name), Name::Other);
        }
    }
}
