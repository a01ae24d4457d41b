//! The table: a line for each cause, in the order of the causes.

use super::{Cause, WARNING_101, WARNING_141, WARNING_179};

/// One line of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which cause.
    pub cause: Cause,
    /// The `cause-code`, in `<result>` and in [`super::CAUSE_HEADER`]. Stable for ever.
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

/// The table. 1x: between the systems; 2x, 30, 39 and 59: the requester; 3x: the target; 4x: the message; 5x: the function asked; 6x: groups; 7x and 8x: migration; 89 to 96: administration (ACM), 70 to 74 too; 97: functional aliases.
pub const TABLE: [Row; 88] = [
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
    row(Cause::TokenNotYet, 30, "token-not-yet", 403, WARNING_101),
    row(Cause::TokenRevoked, 20, "token-revoked", 403, WARNING_101),
    row(Cause::ForeignToken, 39, "foreign-token", 403, WARNING_101),
    row(Cause::InsufficientScope, 59, "insufficient-scope", 403, WARNING_101),
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
    row(Cause::TooManyGroups, 65, "too-many-groups", 403, "as many groups are kept for the system as may be"),
    row(
        Cause::GroupsTooLarge,
        66,
        "groups-too-large",
        403,
        "the groups that are kept for the system would be larger than they may be",
    ),
    row(Cause::OtherRoot, 67, "other-root", 403, "documents of another XCAP root are subscribed to there"),
    row(
        Cause::UnlistedServer,
        68,
        "unlisted-server",
        403,
        "the group management server that the user profile names is not configured",
    ),
    row(Cause::BrokenByRule, 69, "broken-by-rule", 409, "a rule of policy leaves no valid group document"),
    row(Cause::NotExpected, 75, "not-expected", 403, "user not expected from the primary system"),
    row(Cause::NoRoom, 76, "no-room", 403, "no more users of the primary system are taken"),
    row(Cause::MayNotMigrate, 77, "may-not-migrate", 403, "user may not migrate to that system").private(),
    row(Cause::WrongProfile, 78, "wrong-profile", 403, "user profile not for that system").private(),
    row(Cause::NoProfile, 82, "no-profile", 404, "user has no such profile").private(),
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
    row(Cause::TargetNotAuthorized, 91, "target-not-authorized", 403, "target is no authorized user")
        .private(),
    row(Cause::RequestExpired, 92, "request-expired", 403, "request expired before an answer"),
    row(Cause::RequestWithdrawn, 93, "request-withdrawn", 403, "request withdrawn by its initiator"),
    row(Cause::Declined, 94, "declined", 403, "request declined by the authorized user"),
    row(Cause::AlreadyAnswered, 95, "already-answered", 403, "request answered already"),
    row(Cause::NoSuchRequest, 96, "no-such-request", 404, "no such request"),
    row(Cause::AliasInUse, 97, "alias-in-use", 403, "as many users hold the functional alias as may"),
    row(Cause::TooManyOpen, 98, "too-many-open", 403, "as many requests are open as may be"),
    row(
        Cause::TooManyEnded,
        74,
        "too-many-ended",
        403,
        "as many requests that have ended are kept as may be",
    ),
    row(Cause::ChangedMeanwhile, 70, "changed-meanwhile", 403, "document changed by somebody else meanwhile"),
    row(Cause::UnknownAtHome, 71, "unknown-at-home", 404, "user not known to his own system"),
    row(Cause::NoTemplate, 72, "no-template", 403, "no user profile to be given"),
    row(Cause::OwnServerAway, 73, "own-server-away", 503, "a server that has to be asked first is away")
        .retry(5),
    row(Cause::NoPublication, 56, "no-publication", 412, "no publication has this entity tag"),
    row(Cause::TooBrief, 57, "too-brief", 423, "lifetime shorter than any that is granted"),
    row(Cause::StoreUnavailable, 54, "store-unavailable", 503, "what is kept cannot be reached now").retry(2),
    row(Cause::NoSpace, 55, "no-space", 503, "no space is left to keep anything more").retry(30),
    row(Cause::Fault, 52, "fault", 500, "internal fault"),
    row(Cause::Unspecified, 99, "unspecified", 500, "unspecified failure"),
];
