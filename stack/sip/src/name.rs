//! The names of header fields: those with a meaning here, their compact forms, and which of them are lists.

mod key;
mod table;

use std::fmt;

use table::{TABLE, find};

/// A header field name. Names are compared without regard to case, and a compact form is the same name
/// (RFC 3261 clause 7.3.3). The order is that of the alphabet and has no meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Name {
    /// RFC 3261 clause 20.1.
    Accept,
    /// RFC 3841 clause 9.2.
    AcceptContact,
    /// RFC 3261 clause 20.2.
    AcceptEncoding,
    /// RFC 3261 clause 20.3.
    AcceptLanguage,
    /// RFC 3261 clause 20.4.
    AlertInfo,
    /// RFC 3261 clause 20.5.
    Allow,
    /// RFC 6665 clause 8.2.2.
    AllowEvents,
    /// RFC 3261 clause 20.6.
    AuthenticationInfo,
    /// RFC 3261 clause 20.7.
    Authorization,
    /// RFC 3261 clause 20.8.
    CallId,
    /// RFC 3261 clause 20.9.
    CallInfo,
    /// RFC 3261 clause 20.10.
    Contact,
    /// RFC 3261 clause 20.11.
    ContentDisposition,
    /// RFC 3261 clause 20.12.
    ContentEncoding,
    /// RFC 8262.
    ContentId,
    /// RFC 3261 clause 20.13.
    ContentLanguage,
    /// RFC 3261 clause 20.14.
    ContentLength,
    /// RFC 3261 clause 20.15.
    ContentType,
    /// RFC 3261 clause 20.16.
    CSeq,
    /// RFC 3261 clause 20.17.
    Date,
    /// RFC 3261 clause 20.18.
    ErrorInfo,
    /// RFC 6665 clause 8.2.1.
    Event,
    /// RFC 3261 clause 20.19.
    Expires,
    /// RFC 6809 clause 6.1.
    FeatureCaps,
    /// RFC 3261 clause 20.20.
    From,
    /// RFC 6442 clause 4.1.
    Geolocation,
    /// RFC 7044 clause 5.
    HistoryInfo,
    /// RFC 8224 clause 4.
    Identity,
    /// RFC 3261 clause 20.21.
    InReplyTo,
    /// RFC 5393 clause 5.3.3.
    MaxBreadth,
    /// RFC 3261 clause 20.22.
    MaxForwards,
    /// RFC 3261 clause 20.24.
    MimeVersion,
    /// RFC 3261 clause 20.23.
    MinExpires,
    /// RFC 4028 clause 5.
    MinSe,
    /// RFC 3261 clause 20.25.
    Organization,
    /// RFC 7315 clause 4.4.
    PAccessNetworkInfo,
    /// RFC 3325 clause 9.1.
    PAssertedIdentity,
    /// RFC 6050 clause 4.1.
    PAssertedService,
    /// RFC 7315 clause 4.1.
    PAssociatedUri,
    /// RFC 7315 clause 4.2.
    PCalledPartyId,
    /// RFC 7315 clause 4.6.
    PChargingVector,
    /// RFC 3325 clause 9.2.
    PPreferredIdentity,
    /// RFC 6050 clause 4.2.
    PPreferredService,
    /// RFC 7315 clause 4.3.
    PVisitedNetworkId,
    /// RFC 3327 clause 4.
    Path,
    /// RFC 3261 clause 20.26.
    Priority,
    /// RFC 3323 clause 4.2.
    Privacy,
    /// RFC 3261 clause 20.27.
    ProxyAuthenticate,
    /// RFC 3261 clause 20.28.
    ProxyAuthorization,
    /// RFC 3261 clause 20.29.
    ProxyRequire,
    /// RFC 3262 clause 7.2.
    RAck,
    /// RFC 3326 clause 2.
    Reason,
    /// RFC 3261 clause 20.30.
    RecordRoute,
    /// RFC 4488 clause 4.
    ReferSub,
    /// RFC 3515 clause 2.1.
    ReferTo,
    /// RFC 3892 clause 3.
    ReferredBy,
    /// RFC 3841 clause 9.2.
    RejectContact,
    /// RFC 3891 clause 6.1.
    Replaces,
    /// RFC 3261 clause 20.31.
    ReplyTo,
    /// RFC 3841 clause 9.1.
    RequestDisposition,
    /// RFC 3261 clause 20.32.
    Require,
    /// RFC 4412 clause 3.1.
    ResourcePriority,
    /// RFC 3261 clause 20.33.
    RetryAfter,
    /// RFC 3261 clause 20.34.
    Route,
    /// RFC 3262 clause 7.1.
    RSeq,
    /// RFC 3329 clause 2.2.
    SecurityClient,
    /// RFC 3329 clause 2.2.
    SecurityServer,
    /// RFC 3329 clause 2.2.
    SecurityVerify,
    /// RFC 3261 clause 20.35.
    Server,
    /// RFC 3608 clause 5.
    ServiceRoute,
    /// RFC 4028 clause 4.
    SessionExpires,
    /// RFC 3903 clause 11.3.1.
    SipEtag,
    /// RFC 3903 clause 11.3.2.
    SipIfMatch,
    /// RFC 3261 clause 20.36.
    Subject,
    /// RFC 6665 clause 8.2.3.
    SubscriptionState,
    /// RFC 3261 clause 20.37.
    Supported,
    /// RFC 4538 clause 7.
    TargetDialog,
    /// RFC 3261 clause 20.38.
    Timestamp,
    /// RFC 3261 clause 20.39.
    To,
    /// RFC 3261 clause 20.40.
    Unsupported,
    /// RFC 3261 clause 20.41.
    UserAgent,
    /// RFC 3261 clause 20.42.
    Via,
    /// RFC 3261 clause 20.43.
    Warning,
    /// RFC 3261 clause 20.44.
    WwwAuthenticate,
    /// Any name outside this enumeration; its octets are in [`crate::Header::raw_name`].
    Other,
}

impl Name {
    /// Recognises a name in any case and in its compact form; everything else is [`Name::Other`].
    #[must_use]
    pub fn from_bytes(name: &[u8]) -> Self {
        find(name)
    }

    /// The name as its specification spells it; empty for [`Name::Other`].
    #[must_use]
    pub fn canonical(self) -> &'static str {
        TABLE.get(self as usize).map_or("", |row| row.canonical)
    }

    /// The one-letter form of RFC 3261 clause 20 and its extensions, in lower case.
    #[must_use]
    pub fn compact(self) -> Option<u8> {
        TABLE.get(self as usize).and_then(|row| row.compact)
    }

    /// Whether one line may hold several values, separated by commas (RFC 3261 clause 7.3.1). Where not, a comma is
    /// part of the value, as in Date and in the Authorization family.
    #[must_use]
    pub fn is_list(self) -> bool {
        TABLE.get(self as usize).is_some_and(|row| row.list)
    }

    /// One bit per name, for sets of names.
    #[must_use]
    pub(crate) const fn bit(self) -> u128 {
        1 << self as u8
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str("header field"),
            name => f.write_str(name.canonical()),
        }
    }
}
