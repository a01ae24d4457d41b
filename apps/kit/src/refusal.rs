//! Why something was refused: one table from cause to what the other side sees.
//!
//! A handler refuses with a [`Cause`]; a proxy chain does too. Nobody but this file says which SIP status, Warning
//! and `<result>` it becomes, nor how such an answer is read back. The codes are the project's own, since 3GPP has
//! assigned none; they never change meaning, and a code that a later release adds reads as [`Cause::Unspecified`].

mod read;
mod web;
mod write;

pub use web::{CAUSE_FIELD, FLOW_FIELD, PROBLEM};
pub use write::{CAUSE_HEADER, Refusal};

/// TS 24.379 clause 4.4.2: the one numbered warning text that the clauses of the MC gateway server (6.8.2) call for.
pub const WARNING_179: &str = "179 service not authorized with the interconnected system";

/// TS 24.379 clause 4.4.2: the numbered warning text of service authorization for a user that is not known.
pub const WARNING_141: &str = "141 user unknown to the participating function";

/// TS 24.379 clause 4.4.2: the numbered warning text of a service authorization that failed (7.3.2, 7.3.3).
pub const WARNING_101: &str = "101 service authorisation failed";

/// Why a request, or one target of it, was refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// The agreement with the partner does not allow this flow (TS 24.379 6.8.2).
    NotPermitted,
    /// No interconnected MC system has this name, or the peer is none.
    UnknownPartner,
    /// The service identity or domain addressed does not exist here.
    UnknownTarget,
    /// The partner's system cannot be reached now.
    PartnerUnreachable,
    /// An identity in a body or header lies outside the domains of the partner that sent it.
    ForeignIdentity,
    /// A body that has to be checked is encrypted.
    EncryptedBody,
    /// An internal name would have crossed the border.
    TopologyExposed,
    /// A body names a key for its protection that is none of those agreed with its sender (TS 33.180 9.3).
    UnknownKey,
    /// The bodies are not signed, and the agreement with their sender wants it (TS 33.180 9.3).
    Unprotected,
    /// The signature over the bodies does not hold, or what they hold does not decrypt (TS 33.180 9.3).
    ProtectionInvalid,
    /// The requester may not ask this (TS 23.280 10.9.3.10.2 step 2).
    RequesterNotAuthorized,
    /// The requester is not a user that is logged on here.
    RequesterUnknown,
    /// The access token cannot be read, or nobody whom this server believes stands behind it (TS 24.379 7.3.2, 7.3.3).
    BadToken,
    /// The access token is meant for another server.
    WrongAudience,
    /// The time of the access token has passed.
    TokenExpired,
    /// The access token is another user's than the one who is to be authorized.
    OtherUser,
    /// What is asked needs an access token, and none came.
    NoToken,
    /// No MC service ID is bound to the public user identity: the user is unknown, or not service-authorized (TS 24.379 7.3.4).
    NotBound,
    /// The user works in another MC system, and is service-authorized there and nowhere else (TS 23.280 10.6.2).
    MigratedAway,
    /// A rule of the target user refuses (TS 23.280 10.9.3.10.2 step 4, user level).
    TargetRefuses,
    /// The general policy towards the partner refuses (TS 23.280 10.9.3.10.2 step 4, general policy).
    PolicyRefuses,
    /// The target user was asked and said no (TS 23.280 10.9.3.2).
    UserDenied,
    /// The target user is known, and logged off.
    LoggedOff,
    /// The target is no user of the system that was asked.
    UnknownUser,
    /// No answer came within the deadline.
    TimedOut,
    /// A last known position was asked for, and there is none.
    NoPosition,
    /// What a partner sees in place of several causes, where the agreement merges them ([`Cause::merged`]).
    NotDisclosed,
    /// The message breaks RFC 3261.
    MalformedMessage,
    /// A body is not well-formed, breaks its schema, or contradicts another body of the same message.
    MalformedBody,
    /// A body's type is not one this function reads.
    UnsupportedBody,
    /// The body's `req-type` or `resp-type` is not one this function handles.
    UnknownRequestType,
    /// A target is named in a way that this release does not resolve (a functional alias, a group).
    UnsupportedTarget,
    /// The method is not one this function handles (RFC 3261 8.2.1).
    MethodNotAllowed,
    /// An extension that is required is not supported (RFC 3261 8.2.2.3).
    BadExtension,
    /// The event package is unknown (RFC 6665 7.3.2).
    BadEvent,
    /// The message, or a list in it, is longer than the limit.
    TooLarge,
    /// The same `request-id` is in use for another question.
    RepeatedRequest,
    /// No request of ours awaits this report from this sender.
    UnmatchedReport,
    /// Too much is waiting already.
    Overloaded,
    /// A server of the own system, behind its gateway, cannot be reached now: the partner and the way to it are sound.
    ServerUnreachable,
    /// The group is not defined in the system that was asked (TS 23.280 10.2.7, preconditions).
    UnknownGroup,
    /// The group is not shared with the system that asks for it (TS 23.280 10.2.7.3, preconditions).
    NotShared,
    /// No member of the group is a user of the system that is to have it (TS 23.280 10.2.7, preconditions).
    NoMember,
    /// No address of the other system's server is configured (TS 23.280 10.2.7, preconditions).
    NoAddress,
    /// The partner system's initial check refuses the user (TS 23.280 10.6.3.3 step 2).
    NotExpected,
    /// As many users of that system are here already as are taken (TS 23.280 10.6.3.3 step 2).
    NoRoom,
    /// The primary system does not let this user migrate to that system (TS 23.280 10.6.3.3 step 6).
    MayNotMigrate,
    /// The primary system does not let the user migrate with this profile (TS 23.280 10.6.3.3 step 6).
    WrongProfile,
    /// The user has migrated to another system, and is not let go from there (TS 23.280 10.6.3.3 step 7).
    AlreadyMigrated,
    /// Nothing is known of such a migration.
    NotMigrated,
    /// The MC service concerned has no migration: MCData, whose elements are not published.
    ServiceNotMigrated,
    /// The migration is over: the user has migrated to another system since.
    Superseded,
    /// The migration is over: the primary system has taken back its yes.
    Revoked,
    /// The migration is over: the user is served by his primary system again.
    ReturnedHome,
    /// The migration is over: its time has passed.
    MigrationExpired,
    /// The migration is over: the user has logged off from the partner system.
    LeftPartner,
    /// The migration is over before it began: the partner system has given the request up.
    GivenUp,
    /// The group is homed elsewhere, or is no interconnection group (TS 23.280 10.17.4.2, step 2 of the provision).
    NotInterconnectionGroup,
    /// The functional alias is not active for the user who acts under it (TS 23.280 10.17).
    AliasNotActive,
    /// Whom an administrative request names is no user who may be asked (TS 23.280 10.17.4.2, step 4a of the provision).
    TargetNotAuthorized,
    /// The time of an administrative request ran out before an answer.
    RequestExpired,
    /// The initiator of an administrative request took it back before an answer.
    RequestWithdrawn,
    /// The authorized user of the other system said no (TS 23.280 10.17.3.1).
    Declined,
    /// The administrative request has been answered already.
    AlreadyAnswered,
    /// There is no administrative request of this `request-id` for whoever names it.
    NoSuchRequest,
    /// As many users hold the functional alias as may (TS 23.280 10.13.4).
    AliasInUse,
    /// The entity tag is not, or no longer, that of a publication (RFC 3903 11.2.1).
    NoPublication,
    /// A lifetime that is shorter than any that is granted (RFC 3903 6 step 5).
    TooBrief,
    /// What is kept cannot be read or written now: the store behind the server is away, or failed.
    StoreUnavailable,
    /// Nothing more can be kept until there is space again; what is kept can be read.
    NoSpace,
    /// Our own fault; logged here, never explained on the wire.
    Fault,
    /// The other side failed without a cause that this release knows.
    Unspecified,
}

/// One line of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which cause.
    pub cause: Cause,
    /// The `cause-code`, in `<result>` and in [`CAUSE_HEADER`]. Stable for ever.
    pub code: u16,
    /// The name in logs, metrics and ladders.
    pub name: &'static str,
    /// The SIP status of a refusal before acceptance.
    pub status: u16,
    /// The Warning text, and `cause-text` in `<result>`.
    pub text: &'static str,
    /// Seconds for Retry-After, where a repeat can help (RFC 3261 20.33).
    pub retry_after: Option<u32>,
    /// Whether a partner with the privacy switch sees [`Cause::NotDisclosed`] instead.
    pub private: bool,
}

const fn row(cause: Cause, code: u16, name: &'static str, status: u16, text: &'static str) -> Row {
    Row { cause, code, name, status, text, retry_after: None, private: false }
}

impl Row {
    const fn retry(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    const fn private(mut self) -> Self {
        self.private = true;
        self
    }
}

/// The table. 1x: between the systems; 2x: the requester; 3x: the target; 4x: the message; 5x: the function asked; 6x: groups; 7x and 8x: migration; 89 to 96: administration (ACM); 97: functional aliases.
pub const TABLE: [Row; 72] = [
    row(Cause::NotPermitted, 11, "not-permitted", 403, WARNING_179).private(),
    row(Cause::UnknownPartner, 12, "unknown-partner", 403, WARNING_179),
    row(Cause::UnknownTarget, 13, "unknown-target", 404, "unknown target").private(),
    row(Cause::PartnerUnreachable, 14, "partner-unreachable", 503, "partner system unreachable").retry(5),
    row(
        Cause::ForeignIdentity,
        15,
        "foreign-identity",
        403,
        "identity outside the domains of the sending system",
    ),
    row(Cause::EncryptedBody, 16, "encrypted-body", 403, "encrypted body not permitted"),
    row(Cause::TopologyExposed, 17, "topology-exposed", 403, "internal name in a message for another system"),
    row(Cause::UnknownKey, 10, "unknown-key", 403, "key of a protected body unknown"),
    row(Cause::Unprotected, 18, "unprotected", 403, "bodies must be signed"),
    row(Cause::ProtectionInvalid, 19, "protection-invalid", 403, "protection of a body does not hold"),
    row(Cause::RequesterNotAuthorized, 21, "requester-not-authorized", 403, "requester not authorized"),
    row(Cause::RequesterUnknown, 22, "requester-unknown", 403, WARNING_141),
    row(Cause::BadToken, 23, "bad-token", 403, WARNING_101),
    row(Cause::WrongAudience, 24, "wrong-audience", 403, WARNING_101),
    row(Cause::TokenExpired, 25, "token-expired", 403, WARNING_101),
    row(Cause::OtherUser, 26, "other-user", 403, WARNING_101),
    row(Cause::NoToken, 27, "no-token", 403, WARNING_101),
    row(Cause::NotBound, 28, "not-bound", 404, WARNING_141),
    row(Cause::MigratedAway, 29, "migrated-away", 403, WARNING_101),
    row(Cause::TargetRefuses, 31, "target-refuses", 403, "refused by a rule of the target user").private(),
    row(Cause::PolicyRefuses, 32, "policy-refuses", 403, "refused by policy towards the requesting system")
        .private(),
    row(Cause::UserDenied, 33, "user-denied", 403, "target user denied permission").private(),
    row(Cause::LoggedOff, 34, "logged-off", 480, "target user logged off"),
    row(Cause::UnknownUser, 35, "unknown-user", 404, "unknown target user").private(),
    row(Cause::TimedOut, 36, "timed-out", 504, "no answer within the deadline"),
    row(Cause::NoPosition, 37, "no-position", 480, "no position known"),
    row(Cause::NotDisclosed, 38, "not-disclosed", 403, WARNING_179),
    row(Cause::MalformedMessage, 41, "malformed-message", 400, "malformed message"),
    row(Cause::MalformedBody, 42, "malformed-body", 400, "malformed body"),
    row(Cause::UnsupportedBody, 43, "unsupported-body", 415, "unsupported body"),
    row(Cause::UnknownRequestType, 44, "unknown-request-type", 403, "unknown request type"),
    row(Cause::UnsupportedTarget, 40, "unsupported-target", 403, "target must be named by its MC service ID"),
    row(Cause::MethodNotAllowed, 45, "method-not-allowed", 405, "method not allowed"),
    row(Cause::BadExtension, 46, "bad-extension", 420, "extension not supported"),
    row(Cause::BadEvent, 47, "bad-event", 489, "event package unknown"),
    row(Cause::TooLarge, 48, "too-large", 413, "message or list too large"),
    row(Cause::RepeatedRequest, 49, "repeated-request", 403, "request-id in use for another request"),
    row(Cause::UnmatchedReport, 50, "unmatched-report", 404, "no request awaits this report"),
    row(Cause::Overloaded, 51, "overloaded", 503, "overloaded").retry(2),
    row(Cause::ServerUnreachable, 53, "server-unreachable", 503, "server behind the gateway unreachable")
        .retry(5),
    row(Cause::UnknownGroup, 61, "unknown-group", 404, "group not defined").private(),
    row(Cause::NotShared, 62, "not-shared", 403, "group not shared with the requesting system").private(),
    row(Cause::NoMember, 63, "no-member", 403, "no member of the group in the system"),
    row(Cause::NoAddress, 64, "no-address", 404, "no address of the system's server is configured"),
    row(Cause::NotExpected, 75, "not-expected", 403, "user not expected from the primary system"),
    row(Cause::NoRoom, 76, "no-room", 403, "no more users of the primary system are taken"),
    row(Cause::MayNotMigrate, 77, "may-not-migrate", 403, "user may not migrate to that system").private(),
    row(Cause::WrongProfile, 78, "wrong-profile", 403, "user profile not for that system").private(),
    row(Cause::AlreadyMigrated, 79, "already-migrated", 403, "user has migrated to another system"),
    row(Cause::NotMigrated, 80, "not-migrated", 404, "user has not migrated"),
    row(Cause::ServiceNotMigrated, 81, "service-not-migrated", 403, "MC service is not migrated"),
    row(Cause::Superseded, 83, "superseded", 403, "user has migrated to another system since"),
    row(Cause::Revoked, 84, "revoked", 403, "migration revoked by the primary system"),
    row(Cause::ReturnedHome, 85, "returned-home", 403, "user has returned to the primary system"),
    row(Cause::MigrationExpired, 86, "migration-expired", 403, "migration has expired"),
    row(Cause::LeftPartner, 87, "left-partner", 403, "user has left the partner system"),
    row(Cause::GivenUp, 88, "given-up", 403, "request given up by the partner system"),
    row(
        Cause::NotInterconnectionGroup,
        89,
        "not-interconnection-group",
        403,
        "group is no interconnection group of the system",
    ),
    row(Cause::AliasNotActive, 90, "alias-not-active", 403, "functional alias not active for the user"),
    row(Cause::TargetNotAuthorized, 91, "target-not-authorized", 403, "target is no authorized user").private(),
    row(Cause::RequestExpired, 92, "request-expired", 403, "request expired before an answer"),
    row(Cause::RequestWithdrawn, 93, "request-withdrawn", 403, "request withdrawn by its initiator"),
    row(Cause::Declined, 94, "declined", 403, "request declined by the authorized user"),
    row(Cause::AlreadyAnswered, 95, "already-answered", 403, "request answered already"),
    row(Cause::NoSuchRequest, 96, "no-such-request", 404, "no such request"),
    row(Cause::AliasInUse, 97, "alias-in-use", 403, "as many users hold the functional alias as may"),
    row(Cause::NoPublication, 56, "no-publication", 412, "no publication has this entity tag"),
    row(Cause::TooBrief, 57, "too-brief", 423, "lifetime shorter than any that is granted"),
    row(Cause::StoreUnavailable, 54, "store-unavailable", 503, "what is kept cannot be reached now").retry(2),
    row(Cause::NoSpace, 55, "no-space", 503, "no space is left to keep anything more").retry(30),
    row(Cause::Fault, 52, "fault", 500, "internal fault"),
    row(Cause::Unspecified, 99, "unspecified", 500, "unspecified failure"),
];

impl Cause {
    /// This cause's line of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        static ROWS: [Row; 72] = TABLE;
        // The order of the table is the order of the enum; a test holds them together.
        ROWS.get(self as usize).unwrap_or(&ROWS[ROWS.len() - 1])
    }

    /// The `cause-code`.
    #[must_use]
    pub fn code(self) -> u16 {
        self.row().code
    }

    /// The name in logs, metrics and ladders.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The SIP status of a refusal before acceptance.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// The Warning text, and `cause-text` in `<result>`.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row().text
    }

    /// What a partner is told whose agreement merges "unknown" and "refused": one and the same cause for an unknown
    /// target, a flow or target that policy refuses, and a user who said no, so that the answer does not tell whether
    /// the target exists. Everything else stays as it is: a target's being logged off or silent is said to such a partner only
    /// where a rule allows it to know about that target; while the user in person has yet to agree, an entity says
    /// [`Cause::UserDenied`] instead.
    #[must_use]
    pub fn merged(self) -> Self {
        if self.row().private { Self::NotDisclosed } else { self }
    }

    /// The cause as this partner may see it.
    #[must_use]
    pub fn seen_by(self, merge_unknown_and_refused: bool) -> Self {
        if merge_unknown_and_refused { self.merged() } else { self }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Cause {}

#[cfg(test)]
mod tests;
