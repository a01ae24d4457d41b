//! Users: who can log in, by what, and as whom other servers know them.

mod book;
mod import;

use std::fmt;

use kit::digest::{Algorithm, Ha1};
use serde::{Deserialize, Serialize};
use xml_schemas::ids::McServiceId;

pub use book::{Problem, Users};
pub use import::{import, listed};

use crate::password;

/// No name is longer, in octets.
pub(crate) const LONGEST_NAME: usize = 128;

/// A user, as the store keeps him. His passwords are kept as what they can be held against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// What he logs in by.
    pub name: String,
    /// The hash of his password: argon2id, as RFC 9106 and the PHC string format have it.
    pub password: String,
    /// Under which identities MC services know him.
    #[serde(default)]
    pub ids: Ids,
    /// Whether he can not log in at present.
    #[serde(default)]
    pub locked: bool,
    /// Tokens that were issued to him before this moment do not count any more: seconds since 1970.
    #[serde(default)]
    pub valid_from: u64,
    /// What the SIP core has to know of him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<SipUser>,
}

/// A user's MC service IDs (TS 23.280 8.1.2), one for each MC service that he has.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ids {
    /// `mcptt_id`
    #[serde(default, with = "identity", skip_serializing_if = "Option::is_none")]
    pub mcptt: Option<McServiceId>,
    /// `mcvideo_id`
    #[serde(default, with = "identity", skip_serializing_if = "Option::is_none")]
    pub mcvideo: Option<McServiceId>,
    /// `mcdata_id`
    #[serde(default, with = "identity", skip_serializing_if = "Option::is_none")]
    pub mcdata: Option<McServiceId>,
}

/// What a SIP core needs to register a user: the keys of `[[sip-core.users]]`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SipUser {
    /// The digest username.
    pub username: String,
    /// The public identities.
    pub identities: Vec<String>,
    /// The digest realm that the hashes were made for; a record of before this was kept does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<String>,
    /// `H(username:realm:password)` with SHA-256, in hexadecimal.
    pub ha1_sha_256: String,
    /// The same with MD5, where a user agent knows nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ha1_md5: Option<String>,
}

impl Ids {
    /// The same identity for every MC service.
    #[must_use]
    pub fn same(id: McServiceId) -> Self {
        Self { mcptt: Some(id.clone()), mcvideo: Some(id.clone()), mcdata: Some(id) }
    }

    /// Whether there is an identity for an MC service or not, as if there were one for each.
    pub(crate) fn of_anybody() -> Self {
        McServiceId::new("sip:anybody@unknown.invalid").map(Self::same).unwrap_or_default()
    }

    /// Every identity, each once.
    pub fn all(&self) -> impl Iterator<Item = &McServiceId> {
        let all = [&self.mcptt, &self.mcvideo, &self.mcdata];
        let first = move |index: usize| all.iter().take(index).all(|each| **each != *all[index]);
        (0..all.len()).filter(move |index| first(*index)).filter_map(move |index| all[index].as_ref())
    }

    /// By which the user is known where only one can be said.
    #[must_use]
    pub fn first(&self) -> Option<&McServiceId> {
        self.mcptt.as_ref().or(self.mcvideo.as_ref()).or(self.mcdata.as_ref())
    }
}

impl User {
    /// A user without identities.
    #[must_use]
    pub fn new(name: impl Into<String>, password: impl Into<String>) -> Self {
        let (name, password) = (name.into(), password.into());
        Self { name, password, ids: Ids::default(), locked: false, valid_from: 0, sip: None }
    }

    /// Whether a record of this user can be kept.
    ///
    /// # Errors
    /// With what is wrong, in words that repeat nothing of it.
    pub fn check(&self, is_own_domain: impl Fn(&str) -> bool) -> Result<(), String> {
        let letters =
            |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@' | '+');
        if self.name.is_empty() || self.name.len() > LONGEST_NAME || !self.name.chars().all(letters) {
            return Err("a user's name has up to 128 letters, digits, and characters of .-_@+".into());
        }
        password::check(&self.password)
            .map_err(|why| format!("the hash of the password is of no use: {why}"))?;
        if self.ids.first().is_none() {
            return Err("a user needs an MC service ID".into());
        }
        if self.ids.all().any(|id| !is_own_domain(id.domain())) {
            return Err("an MC service ID must lie in a domain of the own MC system".into());
        }
        self.sip.as_ref().map_or(Ok(()), SipUser::check)
    }
}

impl SipUser {
    /// With the hashes of this password.
    #[must_use]
    pub fn of(username: &str, realm: &str, identities: Vec<String>, password: &str, md5: bool) -> Self {
        let ha1 = |algorithm| Ha1::of(algorithm, username, realm, password).reveal().to_owned();
        Self {
            username: username.to_owned(),
            identities,
            realm: Some(realm.to_owned()),
            ha1_sha_256: ha1(Algorithm::Sha256),
            ha1_md5: md5.then(|| ha1(Algorithm::Md5)),
        }
    }

    fn check(&self) -> Result<(), String> {
        let right = |algorithm, hash: &str| Ha1::from_hash(algorithm, hash).is_some();
        let hashes = right(Algorithm::Sha256, &self.ha1_sha_256)
            && self.ha1_md5.as_ref().is_none_or(|hash| right(Algorithm::Md5, hash));
        let plain = |text: &String| !text.is_empty() && !text.contains(['"', '\\', '\r', '\n']);
        if !hashes
            || !plain(&self.username)
            || self.identities.is_empty()
            || !self.identities.iter().all(plain)
        {
            return Err("what the SIP core has to know is not complete, or no hash".into());
        }
        Ok(())
    }
}

/// Shows no password, and a name as a mark.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("ids", &self.ids).field("locked", &self.locked).finish_non_exhaustive()
    }
}

impl fmt::Debug for SipUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipUser").finish_non_exhaustive()
    }
}

/// An MC service ID in JSON.
pub(crate) mod identity {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use xml_schemas::ids::McServiceId;

    pub(crate) fn serialize<S: Serializer>(id: &Option<McServiceId>, to: S) -> Result<S::Ok, S::Error> {
        id.as_ref().map(McServiceId::as_str).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<McServiceId>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| McServiceId::new(&text).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests;
