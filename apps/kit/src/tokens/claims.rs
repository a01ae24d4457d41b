//! What a token claims: TS 33.180 table B.1.2.2, RFC 7519 4.1, RFC 9068 2.2.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

use super::{Bearer, Invalid, Issuer, Marks, invalid::Wanted};

/// The claims that name the user, each for one MC service.
const USERS: [(McService, &str); 3] =
    [(McService::Mcptt, "mcptt_id"), (McService::McVideo, "mcvideo_id"), (McService::McData, "mcdata_id")];

pub(super) struct Claims<'c> {
    said: Said<'c>,
    time: Times,
}

/// For whom and when.
pub(super) struct Times {
    audience: Vec<String>,
    expires: u64,
    begins: Option<u64>,
    issued: Option<u64>,
}

/// The members of what was signed. One that is `null` is none.
#[derive(Clone, Copy)]
struct Said<'c>(&'c Value);

impl<'c> Said<'c> {
    fn get(self, claim: &'static str) -> Option<&'c Value> {
        self.0.get(claim).filter(|value| !value.is_null())
    }

    fn text(self, claim: &'static str) -> Result<Option<&'c str>, Invalid> {
        let text = |value: &'c Value| value.as_str().ok_or(Invalid::Claim(claim, Wanted::Text));
        self.get(claim).map(text).transpose()
    }

    fn seconds(self, claim: &'static str) -> Result<Option<u64>, Invalid> {
        let seconds = |value: &Value| value.as_u64().ok_or(Invalid::Claim(claim, Wanted::Seconds));
        self.get(claim).map(seconds).transpose()
    }

    /// A string, or a list of strings. A scope's string is a list with spaces between (RFC 6749 3.3).
    fn texts(self, claim: &'static str) -> Result<Vec<String>, Invalid> {
        let all = match self.get(claim) {
            None => Some(Vec::new()),
            Some(Value::String(one)) => Some(vec![one.clone()]),
            Some(Value::Array(more)) => more.iter().map(|each| each.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        all.ok_or(Invalid::Claim(claim, Wanted::Texts))
    }

    fn id(self, claim: &'static str) -> Result<Option<McServiceId>, Invalid> {
        let id = |text| McServiceId::new(text).map_err(|_| Invalid::Claim(claim, Wanted::Id));
        self.text(claim)?.map(id).transpose()
    }
}

impl Times {
    pub(super) fn of(claims: &Value) -> Result<Self, Invalid> {
        let said = Said(claims);
        Ok(Self {
            audience: said.texts("aud")?,
            expires: said.seconds("exp")?.ok_or(Invalid::Missing("exp"))?,
            begins: said.seconds("nbf")?,
            issued: said.seconds("iat")?,
        })
    }

    /// When it ends, where it is meant for one of these and counts now.
    pub(super) fn checked(
        &self,
        audience: &[String],
        now: SystemTime,
        leeway: Duration,
    ) -> Result<SystemTime, Invalid> {
        if !self.audience.iter().any(|each| audience.contains(each)) {
            return Err(Invalid::Audience);
        }
        let expires = at(self.expires).ok_or(Invalid::Claim("exp", Wanted::Seconds))?;
        if now >= expires + leeway {
            return Err(Invalid::Expired);
        }
        if self.begins.is_some_and(|begins| at(begins).is_none_or(|begins| begins > now + leeway)) {
            return Err(Invalid::NotYet);
        }
        Ok(expires)
    }
}

impl<'c> Claims<'c> {
    /// What was signed says this.
    pub(super) fn of(claims: &'c Value) -> Result<Self, Invalid> {
        Ok(Self { said: Said(claims), time: Times::of(claims)? })
    }

    pub(super) fn marks(&self, issuer: &str) -> Result<Marks, Invalid> {
        let mark = |claim| Ok(self.said.text(claim)?.map(Arc::from));
        Ok(Marks {
            issuer: issuer.into(),
            token: mark("jti")?,
            log_in: mark("sid")?,
            user: mark("sub")?,
            issued: self.time.issued.unwrap_or_default(),
        })
    }

    pub(super) fn bearer(
        &self,
        issuer: &Issuer,
        now: SystemTime,
        leeway: Duration,
    ) -> Result<Bearer, Invalid> {
        let expires = self.time.checked(&issuer.audience, now, leeway)?;
        let said = self.said;
        let (mut users, mut services) = (Vec::<McServiceId>::new(), Vec::new());
        for (service, claim) in USERS {
            let Some(user) = said.id(claim)? else { continue };
            if !users.contains(&user) {
                users.push(user.clone());
            }
            services.push((service, user));
        }
        if users.is_empty() {
            return Err(Invalid::NoUser);
        }
        let scopes = said.texts("scope")?;
        Ok(Bearer {
            users,
            services,
            primary: said.id("primary_id")?,
            client: said.text("client_id")?.or(said.text("azp")?).map(str::to_owned),
            scopes: scopes.iter().flat_map(|scope| scope.split(' ')).map(str::to_owned).collect(),
            wanted: issuer.wanted,
            expires,
            marks: Arc::new(self.marks(&issuer.name)?),
        })
    }
}

/// Beyond what a calendar of ours can add a leeway to, no token is valid.
fn at(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds < 1 << 40)
}
