//! What a verified token says, and why one does not count. TS 33.180 table B.1.2.2

use std::{fmt, sync::Arc, time::SystemTime};

use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

use super::Marks;

/// What a verified token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bearer {
    /// The user's MC service IDs, each once.
    pub users: Vec<McServiceId>,
    /// The one of each MC service that the token is for: `mcptt_id`, `mcvideo_id`, `mcdata_id`.
    pub services: Vec<(McService, McServiceId)>,
    /// Of a user who has migrated here: his MC service ID in his primary MC system, for which his own identity management server
    /// vouched (`primary_id`, TS 33.180 B.7). None of a user of this system, and where the issuer does not say it.
    pub primary: Option<McServiceId>,
    /// The client it was given to, where it says so.
    pub client: Option<String>,
    /// Scopes, such as `3gpp:mc:ptt_service`.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires: SystemTime,
    /// By what it is revoked.
    pub marks: Arc<Marks>,
}

impl Bearer {
    /// Who the user is with this MC service; none where the token is not for it: it names no such ID, or scopes of which none is for that
    /// service (`3gpp:mc:ptt_service`, `3gpp:mc:video_service`, `3gpp:mc:data_service`; TS 33.180 B.4.2.2).
    #[must_use]
    pub fn with(&self, service: McService) -> Option<&McServiceId> {
        let scope = match service {
            McService::Mcptt => "3gpp:mc:ptt_service",
            McService::McVideo => "3gpp:mc:video_service",
            McService::McData => "3gpp:mc:data_service",
        };
        let names_scopes = self.scopes.iter().any(|scope| !scope.is_empty());
        let is_meant = !names_scopes || self.scopes.iter().any(|named| named == scope);
        let found = self.services.iter().find(|(known, _)| *known == service).filter(|_| is_meant);
        found.map(|(_, user)| user)
    }
}

/// Why a token does not count. Fit for `error_description` (RFC 6750 3); says nothing of the token's content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// It is no JWT, or holds no user.
    Malformed,
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
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the access token cannot be read",
            Self::UnknownIssuer => "the access token is of an unknown issuer or key",
            Self::Signature => "the signature of the access token does not verify",
            Self::Audience => "the access token is not meant for this server",
            Self::Expired => "the access token has expired",
            Self::NotYet => "the access token is not valid yet",
            Self::Revoked => "the access token has been revoked",
            Self::ForeignUser => "the issuer of the access token does not speak for this user",
        })
    }
}

impl std::error::Error for Invalid {}
