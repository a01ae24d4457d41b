//! What a token claims: TS 33.180 table B.1.2.2, RFC 7519 4.1, RFC 9068 2.2.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use serde_json::Value;
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

use super::{Bearer, Invalid, Marks};

#[derive(Deserialize)]
pub(super) struct Claims {
    #[serde(flatten)]
    time: Times,
    mcptt_id: Option<String>,
    mcvideo_id: Option<String>,
    mcdata_id: Option<String>,
    primary_id: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    #[serde(default)]
    scope: OneOrMore,
    jti: Option<String>,
    sid: Option<String>,
    sub: Option<String>,
}

/// For whom and when.
#[derive(Deserialize)]
pub(super) struct Times {
    #[serde(default)]
    aud: OneOrMore,
    exp: u64,
    nbf: Option<u64>,
    iat: Option<u64>,
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

impl Times {
    pub(super) fn of(claims: &Value) -> Result<Self, Invalid> {
        Self::deserialize(claims).map_err(|_| Invalid::Malformed)
    }

    /// When it ends, where it is meant for one of these and counts now.
    pub(super) fn checked(
        &self,
        audience: &[String],
        now: SystemTime,
        leeway: Duration,
    ) -> Result<SystemTime, Invalid> {
        if !self.aud.iter().any(|each| audience.contains(each)) {
            return Err(Invalid::Audience);
        }
        let expires = at(self.exp).ok_or(Invalid::Malformed)?;
        if now >= expires + leeway {
            return Err(Invalid::Expired);
        }
        if self.nbf.is_some_and(|begins| at(begins).is_none_or(|begins| begins > now + leeway)) {
            return Err(Invalid::NotYet);
        }
        Ok(expires)
    }
}

impl Claims {
    /// What was signed says this.
    pub(super) fn of(claims: &Value) -> Result<Self, Invalid> {
        Self::deserialize(claims).map_err(|_| Invalid::Malformed)
    }

    pub(super) fn marks(&self, issuer: &str) -> Marks {
        let mark = |text: &Option<String>| text.as_deref().map(Arc::from);
        Marks {
            issuer: issuer.into(),
            token: mark(&self.jti),
            log_in: mark(&self.sid),
            user: mark(&self.sub),
            issued: self.time.iat.unwrap_or_default(),
        }
    }

    pub(super) fn bearer(
        self,
        issuer: &str,
        audience: &[String],
        now: SystemTime,
        leeway: Duration,
    ) -> Result<Bearer, Invalid> {
        let expires = self.time.checked(audience, now, leeway)?;
        let id = |text: &String| McServiceId::new(text).map_err(|_| Invalid::Malformed);
        let said = [
            (McService::Mcptt, &self.mcptt_id),
            (McService::McVideo, &self.mcvideo_id),
            (McService::McData, &self.mcdata_id),
        ];
        let (mut users, mut services) = (Vec::<McServiceId>::new(), Vec::new());
        for (service, user) in said.into_iter().filter_map(|(service, user)| Some((service, user.as_ref()?)))
        {
            let user = id(user)?;
            if !users.contains(&user) {
                users.push(user.clone());
            }
            services.push((service, user));
        }
        if users.is_empty() {
            return Err(Invalid::Malformed);
        }
        let primary = self.primary_id.as_ref().map(id).transpose()?;
        let scopes = self.scope.iter().flat_map(|scope| scope.split(' ')).map(str::to_owned).collect();
        let marks = Arc::new(self.marks(issuer));
        Ok(Bearer { users, services, primary, client: self.client_id.or(self.azp), scopes, expires, marks })
    }
}

/// Beyond what a calendar of ours can add a leeway to, no token is valid.
fn at(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds < 1 << 40)
}
