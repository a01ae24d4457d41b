//! The table of header fields: what becomes of each on its way to a partner.
//!
//! TS 24.379 clause 6.8.2 step 3. It is a list of what leaves: a field that is not named here does not, whatever it holds.
//! An agreement adds to it by name ([`Allowed::pass`]), never to what the gateway itself answers for. `SPEC.md` gives the
//! reason of each row.

use kit::refusal::CAUSE_HEADER;
use sip::{Header, Name};

/// What is done with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    /// It stays inside.
    Drop,
    /// It leaves as it is; where it names something internal it stays.
    Pass,
    /// It leaves as it is; where it names something internal the message cannot leave without it, and does not.
    Need,
    /// As [`Does::Pass`], where nothing but what its grammar needs stands in it ([`super::plain`]).
    Plain,
    /// Of its option tags those leave that are known ([`super::options`]).
    Options,
    /// It is sealed or made anew from what was written inside.
    Seal,
    /// As [`Does::Seal`] in requests and responses of a dialog; elsewhere it stays inside.
    Dialog,
    /// It becomes again what the partner wrote, from transaction state.
    Restore,
    /// The gateway says it, whatever was said inside.
    Set,
}

use Does::{Dialog, Drop, Need, Options, Pass, Plain, Restore, Seal, Set};

/// One row: the field, in requests, in responses.
type Row = (Name, Does, Does);

/// What every message has (RFC 3261 8.1.1, 16.6, 16.7).
const MANDATORY: [Row; 7] = [
    (Name::Via, Set, Restore),
    (Name::From, Seal, Restore),
    (Name::To, Seal, Seal),
    (Name::CallId, Seal, Restore),
    (Name::CSeq, Pass, Restore),
    (Name::MaxForwards, Set, Drop),
    (Name::MaxBreadth, Pass, Drop),
];

/// The way back to what is inside (RFC 3261 12, 16.6 step 4).
const DIALOG: [Row; 3] =
    [(Name::Contact, Dialog, Dialog), (Name::Route, Dialog, Drop), (Name::RecordRoute, Dialog, Dialog)];

/// The body, and what describes it (RFC 3261 20.11 to 20.15, 20.24; RFC 8262).
const BODY: [Row; 7] = [
    (Name::ContentType, Need, Need),
    (Name::ContentEncoding, Need, Need),
    (Name::ContentDisposition, Pass, Pass),
    (Name::ContentLanguage, Pass, Pass),
    (Name::ContentId, Pass, Pass),
    (Name::MimeVersion, Plain, Plain),
    (Name::ContentLength, Set, Set),
];

/// Who vouches, and for which service (RFC 3325, RFC 6050, RFC 3323).
const IDENTITY: [Row; 5] = [
    (Name::PAssertedIdentity, Set, Drop),
    (Name::PPreferredIdentity, Drop, Drop),
    (Name::PAssertedService, Pass, Drop),
    (Name::PPreferredService, Drop, Drop),
    (Name::Privacy, Pass, Drop),
];

/// What is wished of whoever answers (RFC 3841, RFC 3261 20.1 to 20.3, 20.26).
const WISHES: [Row; 7] = [
    (Name::AcceptContact, Pass, Drop),
    (Name::RejectContact, Pass, Drop),
    (Name::RequestDisposition, Pass, Drop),
    (Name::Priority, Pass, Drop),
    (Name::Accept, Pass, Set),
    (Name::AcceptEncoding, Pass, Drop),
    (Name::AcceptLanguage, Pass, Drop),
];

/// What each side can do (RFC 3261 20.5, 20.29, 20.32, 20.37, 20.40; RFC 6665 8.2.2).
const ABILITIES: [Row; 6] = [
    (Name::Allow, Set, Set),
    (Name::AllowEvents, Set, Set),
    (Name::Supported, Options, Options),
    (Name::Require, Options, Options),
    (Name::ProxyRequire, Drop, Drop),
    (Name::Unsupported, Drop, Pass),
];

/// State that is subscribed to, notified and published (RFC 6665, RFC 3903).
const EVENTS: [Row; 6] = [
    (Name::Event, Need, Pass),
    (Name::SubscriptionState, Need, Drop),
    (Name::Expires, Pass, Pass),
    (Name::MinExpires, Drop, Pass),
    (Name::SipEtag, Drop, Pass),
    (Name::SipIfMatch, Need, Drop),
];

/// Why, and when again (RFC 3261 20.33, 20.43; RFC 3326).
const CAUSES: [Row; 3] =
    [(Name::Reason, Plain, Plain), (Name::RetryAfter, Drop, Pass), (Name::Warning, Drop, Seal)];

/// What concerns only the inside, unless an agreement says otherwise.
const INSIDE: [Row; 26] = [
    // Equipment, persons, clocks.
    (Name::UserAgent, Drop, Drop),
    (Name::Server, Drop, Drop),
    (Name::Organization, Drop, Drop),
    (Name::Subject, Drop, Drop),
    (Name::CallInfo, Drop, Drop),
    (Name::AlertInfo, Drop, Drop),
    (Name::ErrorInfo, Drop, Drop),
    (Name::FeatureCaps, Drop, Drop),
    (Name::Timestamp, Drop, Drop),
    (Name::Date, Drop, Drop),
    // Who else had to do with it.
    (Name::HistoryInfo, Drop, Drop),
    (Name::ReplyTo, Drop, Drop),
    (Name::ReferredBy, Drop, Drop),
    // Access and location of the user's equipment, charging, priority (RFC 7315, RFC 6442, RFC 4412).
    (Name::PAccessNetworkInfo, Drop, Drop),
    (Name::PVisitedNetworkId, Drop, Drop),
    (Name::PAssociatedUri, Drop, Drop),
    (Name::PCalledPartyId, Drop, Drop),
    (Name::PChargingVector, Drop, Drop),
    (Name::Geolocation, Drop, Drop),
    (Name::ResourcePriority, Drop, Drop),
    // Sessions and transfers, which do not cross.
    (Name::MinSe, Drop, Drop),
    (Name::SessionExpires, Drop, Drop),
    (Name::RAck, Drop, Drop),
    (Name::RSeq, Drop, Drop),
    (Name::ReferSub, Drop, Drop),
    (Name::ReferTo, Drop, Drop),
];

/// What never leaves: the routes of registered terminals, credentials and what they sign, identifiers of other dialogs, which
/// nobody could restore (RFC 3327, 3608, 3329, 3261 22, 8224, 3891, 4538).
const NEVER: [Row; 14] = [
    (Name::Path, Drop, Drop),
    (Name::ServiceRoute, Drop, Drop),
    (Name::SecurityClient, Drop, Drop),
    (Name::SecurityServer, Drop, Drop),
    (Name::SecurityVerify, Drop, Drop),
    (Name::Authorization, Drop, Drop),
    (Name::ProxyAuthorization, Drop, Drop),
    (Name::AuthenticationInfo, Drop, Drop),
    (Name::WwwAuthenticate, Drop, Drop),
    (Name::ProxyAuthenticate, Drop, Drop),
    (Name::Identity, Drop, Drop),
    (Name::InReplyTo, Drop, Drop),
    (Name::Replaces, Drop, Drop),
    (Name::TargetDialog, Drop, Drop),
];

/// Fields outside the enumeration of names, in requests and in responses: the suppression of equal notifications (RFC 5839),
/// and the cause of a refusal.
const EXTENSIONS: [(&str, Does, Does); 2] = [("Suppress-If-Match", Pass, Drop), (CAUSE_HEADER, Drop, Pass)];

/// The whole table.
const TABLE: [&[Row]; 10] =
    [&MANDATORY, &DIALOG, &BODY, &IDENTITY, &WISHES, &ABILITIES, &EVENTS, &CAUSES, &INSIDE, &NEVER];

const NAMES: usize = Name::Other as usize + 1;

/// The table, read by name, with what one agreement adds to it.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    requests: [Does; NAMES],
    responses: [Does; NAMES],
    /// Names that an agreement adds, outside the enumeration.
    added: Vec<Box<[u8]>>,
}

/// The table without additions.
pub(crate) static USUAL: Allowed = Allowed::usual();

impl Allowed {
    const fn usual() -> Self {
        let mut table = Self { requests: [Drop; NAMES], responses: [Drop; NAMES], added: Vec::new() };
        let mut at = 0;
        while at < TABLE.len() {
            table.put(TABLE[at]);
            at += 1;
        }
        table
    }

    const fn put(&mut self, rows: &[Row]) {
        let mut at = 0;
        while at < rows.len() {
            let (name, request, response) = rows[at];
            self.requests[name as usize] = request;
            self.responses[name as usize] = response;
            at += 1;
        }
    }

    /// Lets a field pass that would stay inside: where it names nothing internal, in requests and responses alike.
    ///
    /// # Errors
    /// With a few words, where it is no name or the gateway itself answers for the field.
    pub fn pass(&mut self, name: &str) -> Result<(), &'static str> {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err("is no name of a header field");
        }
        let known = Name::from_bytes(name.as_bytes());
        if known == Name::Other {
            if claims(name.as_bytes()) {
                return Err("says who somebody is, which the gateway alone does");
            }
            self.added.push(name.as_bytes().into());
            return Ok(());
        }
        if !INSIDE.iter().any(|(name, ..)| *name == known) {
            return Err("is not an agreement's to add: the gateway decides about it");
        }
        for table in [&mut self.requests, &mut self.responses] {
            if let Some(does) = table.get_mut(known as usize) {
                *does = Pass;
            }
        }
        Ok(())
    }

    /// What is done with a field of a request or of a response.
    pub fn of(&self, header: &Header<'_>, in_request: bool) -> Does {
        if header.name == Name::Other {
            return self.extension(header.raw_name, in_request);
        }
        let table = if in_request { &self.requests } else { &self.responses };
        table.get(header.name as usize).copied().unwrap_or(Drop)
    }

    fn extension(&self, name: &[u8], in_request: bool) -> Does {
        let known = EXTENSIONS.iter().find(|(known, ..)| name.eq_ignore_ascii_case(known.as_bytes()));
        match known {
            Some((_, request, response)) => *if in_request { request } else { response },
            None if self.added.iter().any(|added| name.eq_ignore_ascii_case(added)) => Pass,
            None => Drop,
        }
    }
}

/// Whether an extension field claims an identity or a charging fact that only a trusted neighbour may (RFC 3325 5, RFC 7315,
/// TS 24.229).
pub(super) fn claims(name: &[u8]) -> bool {
    let begins =
        |prefix: &[u8]| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    begins(b"P-") || begins(b"X-3GPP-") || begins(b"Security-")
}

/// RFC 3261 25.1.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

#[cfg(test)]
mod tests;
