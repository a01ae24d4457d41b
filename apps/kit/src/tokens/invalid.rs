//! Why a token does not count.

use std::fmt;

use super::Part;
use crate::refusal::Cause;

/// Why a token does not count. Fit for `error_description` (RFC 6750 3); says nothing of the token's content but which claim is
/// missing or wrong, and that only where one of its issuer's keys has signed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// It is no JWT.
    Malformed,
    /// It calls itself something else than what is looked for (`typ`).
    Kind,
    /// It lacks this claim.
    Missing(&'static str),
    /// This claim is not what it has to be.
    Claim(&'static str, Wanted),
    /// It holds no user.
    NoUser,
    /// No configured issuer, or none of its keys, stands behind it.
    UnknownIssuer,
    /// The signature does not verify.
    Signature,
    /// It is meant for somebody else.
    Audience,
    /// Its time has passed.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Its issuer has revoked it.
    Revoked,
    /// It is of a user for whom its issuer does not speak.
    ForeignUser,
    /// None of its scopes is for such a server.
    Scope(Part),
}

/// What a claim has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// A string.
    Text,
    /// A string, or an array of strings.
    Texts,
    /// `NumericDate` (RFC 7519 2) without a fraction.
    Seconds,
    /// An MC service ID.
    Id,
}

impl Invalid {
    /// The cause of a refusal for it.
    #[must_use]
    pub fn cause(self) -> Cause {
        match self {
            Self::Audience => Cause::WrongAudience,
            Self::Expired => Cause::TokenExpired,
            Self::NotYet => Cause::TokenNotYet,
            Self::Revoked => Cause::TokenRevoked,
            Self::ForeignUser => Cause::ForeignToken,
            Self::Scope(_) => Cause::InsufficientScope,
            Self::Malformed
            | Self::Kind
            | Self::Missing(_)
            | Self::Claim(..)
            | Self::NoUser
            | Self::UnknownIssuer
            | Self::Signature => Cause::BadToken,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the access token cannot be read",
            Self::Kind => "typ of the access token says that it is another kind of token",
            Self::Missing(claim) => return write!(f, "the access token has no {claim}"),
            Self::Claim(claim, wanted) => return write!(f, "{claim} of the access token is not {wanted}"),
            Self::NoUser => {
                "the access token names no user: it has none of mcptt_id, mcvideo_id and mcdata_id"
            }
            Self::UnknownIssuer => "the access token is of an unknown issuer or key",
            Self::Signature => "the signature of the access token does not verify",
            Self::Audience => "the access token is not meant for this server",
            Self::Expired => "the access token has expired",
            Self::NotYet => "the access token is not valid yet",
            Self::Revoked => "the access token has been revoked",
            Self::ForeignUser => "the issuer of the access token does not speak for this user",
            Self::Scope(part) => return write!(f, "the access token has no scope for {part}"),
        })
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Texts => "a text or a list of texts",
            Self::Seconds => "a time in whole seconds since 1970",
            Self::Id => "an MC service ID, such as sip:alice@a.example",
        })
    }
}

impl std::error::Error for Invalid {}
