//! The table behind [`Name`], in the order of the enumeration, and the index by which a name is found in it.

use super::{Name, key::Key};

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

/// Open addressing by [`Key::hash`]: almost every name is found at its first slot.
static INDEX: [(Key, Name); SLOTS] = index();

/// The one-letter names, by letter.
const COMPACT: [Name; 26] = compact();

/// Names in the table hold letters, digits and hyphens only, so that no name but a token can have the key of one.
pub(super) fn find(name: &[u8]) -> Name {
    if let [letter] = name {
        let slot = letter.to_ascii_lowercase().wrapping_sub(b'a');
        return COMPACT.get(slot as usize).copied().unwrap_or(Name::Other);
    }
    let Some(key) = Key::of(name) else { return Name::Other };
    let mut slot = first_slot(&key);
    while let Some((known, name)) = INDEX.get(slot)
        && *name != Name::Other
    {
        if *known == key {
            return *name;
        }
        slot = (slot + 1) % SLOTS;
    }
    Name::Other
}

const fn first_slot(key: &Key) -> usize {
    (key.hash() >> 55) as usize % SLOTS
}

const fn index() -> [(Key, Name); SLOTS] {
    let mut slots = [(Key::NONE, Name::Other); SLOTS];
    let mut at = 0;
    while at < TABLE.len() {
        if let Some(key) = Key::of(TABLE[at].canonical.as_bytes()) {
            let mut slot = first_slot(&key);
            while !matches!(slots[slot].1, Name::Other) {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = (key, TABLE[at].name);
        }
        at += 1;
    }
    slots
}

const fn compact() -> [Name; 26] {
    let mut letters = [Name::Other; 26];
    let mut at = 0;
    while at < TABLE.len() {
        if let Some(letter) = TABLE[at].compact {
            letters[(letter - b'a') as usize] = TABLE[at].name;
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
    fn no_other_octets_make_a_known_name() {
        for row in TABLE {
            let name = row.canonical.as_bytes();
            for (at, octet) in (0..name.len()).flat_map(|at| (0..=u8::MAX).map(move |octet| (at, octet))) {
                let mut other = name.to_vec();
                other[at] = octet;
                assert!(find(&other) != row.name || other.eq_ignore_ascii_case(name), "{other:?}");
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
