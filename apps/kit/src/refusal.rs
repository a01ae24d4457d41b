//! Why something was refused: one table from cause to what the other side sees.
//!
//! A handler refuses with a [`Cause`]; a proxy chain does too. Nobody but its `table` says which SIP status,
//! Warning and `<result>` it becomes, nor how such an answer is read back. The codes are the project's own, since 3GPP has
//! assigned none; they never change meaning, and a code that a later release adds reads as [`Cause::Unspecified`].

mod read;
mod table;
mod web;
mod write;

pub use table::{Row, TABLE};
pub use web::{CAUSE_FIELD, FLOW_FIELD, PROBLEM, not_allowed};
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
    /// The access token counts later: the clocks of its issuer and of this server are apart.
    TokenNotYet,
    /// The access token was revoked, or its user was locked, before its time had passed (RFC 7009).
    TokenRevoked,
    /// The access token is of a user for whom its issuer does not speak.
    ForeignToken,
    /// None of the access token's scopes is for this server (TS 33.180 B.4.2.2, RFC 6750 3.1).
    InsufficientScope,
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
    /// The partner keeps as many groups here as it may (TS 23.280 10.2.7.2).
    TooManyGroups,
    /// The groups that the partner keeps here would be larger, all together, than they may be (TS 23.280 10.2.7.2).
    GroupsTooLarge,
    /// Documents of another XCAP root, or of several, are named in one subscription (RFC 5875 4.4, TS 24.481 6.3.13).
    OtherRoot,
    /// A user profile names a group management server that is not among those of the configuration (TS 23.280 10.2.7.3).
    UnlistedServer,
    /// A rule of the own policy leaves nothing of a group document that is one.
    BrokenByRule,
    /// The partner system's initial check refuses the user (TS 23.280 10.6.3.3 step 2).
    NotExpected,
    /// As many users of that system are here already as are taken (TS 23.280 10.6.3.3 step 2).
    NoRoom,
    /// The primary system does not let this user migrate to that system (TS 23.280 10.6.3.3 step 6).
    MayNotMigrate,
    /// The primary system does not let the user migrate with this profile (TS 23.280 10.6.3.3 step 6).
    WrongProfile,
    /// The user has no such profile (TS 23.280 table 10.6.3.2.1-1 NOTE 2, 10.6.3.3 step 6).
    NoProfile,
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
    /// As many administrative requests of the system, or of the user, are open as may be (TS 23.280 10.17).
    TooManyOpen,
    /// As many administrative requests of the system, or of the user, that have ended are remembered as may be (TS 23.280 10.17).
    TooManyEnded,
    /// The document was changed by somebody else while an update of it was applied (TS 23.280 10.17.7.2).
    ChangedMeanwhile,
    /// A user who is to migrate is not known to the identity management server of his own system (TS 23.280 10.17.5.2).
    UnknownAtHome,
    /// There is no user profile of which a partner's user could be given a copy (TS 23.280 10.17.5.2).
    NoTemplate,
    /// A request cannot be judged now, since another server of the system that has to be asked is away: others can (TS 23.280 10.17).
    OwnServerAway,
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

impl Cause {
    /// This cause's line of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        static ROWS: [Row; TABLE.len()] = TABLE;
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

    /// Whether a repeat may be taken: nobody has refused, but somebody failed, or was not there.
    #[must_use]
    pub fn may_pass(self) -> bool {
        self.status() >= 500 || self == Self::LoggedOff
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
