//! What a token claims: TS 33.180 table B.1.2.2, RFC 7519 4.1, RFC 9068 2.2.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use xml_schemas::ids::McServiceId;

use super::{Bearer, Invalid};

#[derive(Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    #[serde(default)]
    pub aud: OneOrMore,
    exp: u64,
    nbf: Option<u64>,
    mcptt_id: Option<String>,
    mcvideo_id: Option<String>,
    mcdata_id: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    #[serde(default)]
    scope: OneOrMore,
}

/// A string, or a list of strings. A scope's string is a list with spaces between (RFC 6749 3.3).
#[derive(Deserialize, Default)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    #[default]
    None,
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        let (one, more) = match self {
            Self::None => (None, &[][..]),
            Self::One(one) => (Some(one), &[][..]),
            Self::More(more) => (None, more.as_slice()),
        };
        one.into_iter().chain(more)
    }
}

impl Claims {
    pub(super) fn bearer(self, now: SystemTime, leeway: Duration) -> Result<Bearer, Invalid> {
        let expires = at(self.exp).ok_or(Invalid::Malformed)?;
        if now >= expires + leeway {
            return Err(Invalid::Expired);
        }
        if self.nbf.is_some_and(|begins| at(begins).is_none_or(|begins| begins > now + leeway)) {
            return Err(Invalid::NotYet);
        }
        let ids = [&self.mcptt_id, &self.mcvideo_id, &self.mcdata_id].into_iter().flatten();
        let mut users: Vec<McServiceId> = Vec::new();
        for id in ids {
            let id = McServiceId::new(id).map_err(|_| Invalid::Malformed)?;
            if !users.contains(&id) {
                users.push(id);
            }
        }
        if users.is_empty() {
            return Err(Invalid::Malformed);
        }
        let scopes = self.scope.iter().flat_map(|scope| scope.split(' ')).map(str::to_owned).collect();
        Ok(Bearer { users, client: self.client_id.or(self.azp), scopes, expires })
    }
}

/// Beyond what a calendar of ours can add a leeway to, no token is valid.
fn at(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds < 1 << 40)
}
