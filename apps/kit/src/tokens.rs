//! Access tokens: JSON Web Tokens of configured issuers.
//! TS 33.180 Annex B, TS 24.482 Annex A, RFC 7519, RFC 9068.
//!
//! A token names its user by the claims `mcptt_id`, `mcvideo_id` and `mcdata_id`. What it says counts where one of the
//! issuer's public keys verifies it, it is meant for this server, and its time has come and not passed. A verified token is
//! remembered until then, by its hash, since a verification costs more than the request that it comes with; but no longer than its
//! key stays in the issuer's set and the issuer does not tell that it has been revoked.

mod bearer;
mod claims;
mod configured;
mod follow;
mod invalid;
mod issuer;
mod marks;
mod pkce;
mod revoked;
mod scopes;
mod signer;
mod standing;
mod verified;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use audit::Digest;
use futures::channel::mpsc;
use serde_json::Value;
use xml_schemas::ids::McServiceId;

pub use bearer::Bearer;
use claims::{Claims, Times};
pub use configured::{IssuerConfig, KeySource, RemoteConfig};
pub use invalid::{Invalid, Wanted};
pub use issuer::Issuer;
pub use marks::Marks;
pub use pkce::challenge;
pub use revoked::mark_of;
pub use scopes::{Part, Scopes};
pub use signer::{Grant, Signer};
pub use standing::Standing;
use verified::{Entry, Verified};

/// How far the issuer's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(30);

/// What an access token calls itself (`typ`): RFC 9068 2.1, and RFC 7519 5.1 for those who do not follow it.
const ACCESS: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// The issuers, and the tokens that have been verified. Cheap to clone; clones remember together.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Inner>);

#[derive(Default)]
struct Inner {
    issuers: Vec<Issuer>,
    /// Of which server their scopes have to be; looked at where one is named.
    part: Option<Part>,
    verified: Verified,
    /// Who is told where something has been revoked.
    waiting: Mutex<Vec<mpsc::Sender<()>>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.issuers).finish()
    }
}

impl Inner {
    fn remote(&self, index: usize) -> Option<(&Issuer, &follow::Remote)> {
        let issuer = self.issuers.get(index)?;
        issuer.remote.as_ref().map(|remote| (issuer, remote))
    }

    /// Something has been revoked that was not before.
    fn tell(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // A channel that is full tells already.
        waiting.retain_mut(|one| one.try_send(()).is_ok() || !one.is_closed());
    }

    /// What this issuer does not vouch for any more is forgotten.
    fn withdraw(&self, index: usize) {
        let issuer = self.issuers.get(index);
        self.verified.keep(|entry| {
            entry.issuer != index
                || issuer.is_some_and(|issuer| issuer.vouches(&entry.key, &entry.bearer.marks))
        });
    }
}

impl Tokens {
    /// Tokens of these issuers count. Keys that are fetched come with [`Tokens::follow`].
    #[must_use]
    pub fn new(issuers: Vec<Issuer>) -> Self {
        Self(Arc::new(Inner { issuers, ..Inner::default() }))
    }

    /// Of these issuers' tokens those count that are for such a server, by their scopes.
    #[must_use]
    pub fn of_part(issuers: Vec<Issuer>, part: Part) -> Self {
        Self(Arc::new(Inner { issuers, part: Some(part), ..Inner::default() }))
    }

    /// What a token says, if it counts now. One of a key that is not known has its issuer's keys fetched, and counts from then on.
    ///
    /// # Errors
    /// [`Invalid`], and why.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<Arc<Bearer>, Invalid> {
        let hash: verified::Hash = *Digest::of(token.as_bytes()).bytes();
        if let Some(bearer) = self.0.verified.find(&hash) {
            return if now < bearer.expires + LEEWAY { Ok(bearer) } else { Err(Invalid::Expired) };
        }
        let era = self.0.verified.era();
        let entry = self.examine(token, now).inspect_err(|why| self.wish_for(token, *why, now))?;
        let bearer = Arc::clone(&entry.bearer);
        self.0.verified.remember(era, hash, entry);
        Ok(bearer)
    }

    /// As [`Tokens::verify`], but one of a key that is not known waits until its issuer's keys have been fetched.
    ///
    /// # Errors
    /// [`Invalid`], and why.
    pub async fn verify_fetching(&self, token: &str, now: SystemTime) -> Result<Arc<Bearer>, Invalid> {
        match self.verify(token, now) {
            Err(Invalid::UnknownIssuer) if self.fetched(token, now).await => self.verify(token, now),
            verdict => verdict,
        }
    }

    /// What a token of another purpose claims, such as an assertion of RFC 7523: its signature, its kind (`typ`), its time and for
    /// whom it is have been looked at. Nothing is remembered. A key that is not known is waited for.
    ///
    /// # Errors
    /// [`Invalid`], and why.
    pub async fn claims(&self, token: &str, kinds: &[&str], now: SystemTime) -> Result<Value, Invalid> {
        match self.claims_now(token, kinds, now) {
            Err(Invalid::UnknownIssuer) if self.fetched(token, now).await => {
                self.claims_now(token, kinds, now)
            }
            verdict => verdict,
        }
    }

    /// Whether the token with these marks has been revoked. Of an issuer that is not known any more nothing is.
    #[must_use]
    pub fn is_revoked(&self, marks: &Marks) -> bool {
        let of_it = self.0.issuers.iter().filter(|issuer| *issuer.name == *marks.issuer);
        of_it.into_iter().any(|issuer| issuer.revoked.load().names(marks))
    }

    /// Whether any issuer says which users are locked, or have had all that they were given revoked.
    #[must_use]
    pub fn names_users(&self) -> bool {
        self.0.issuers.iter().any(|issuer| issuer.revoked.load().names_users())
    }

    /// The marks ([`mark_of`]) of the MC service IDs of those users: of nobody else anything lapses.
    #[must_use]
    pub fn named_users(&self) -> Vec<String> {
        let all = self.0.issuers.iter().map(|issuer| issuer.revoked.load());
        all.flat_map(|revoked| revoked.named_users().cloned().collect::<Vec<_>>()).collect()
    }

    /// Whether what was granted to this user at that moment, without a token of his, counts no more: the issuer that speaks for him has
    /// revoked all that he was given before.
    #[must_use]
    pub fn has_lapsed(&self, user: &McServiceId, granted: SystemTime) -> bool {
        let seconds = granted.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.of_user(user, |revoked, mark| revoked.has_lapsed(mark, seconds))
    }

    /// Whether nothing is granted to this user: the issuer that speaks for him has locked him.
    #[must_use]
    pub fn is_locked(&self, user: &McServiceId) -> bool {
        self.of_user(user, revoked::Revoked::locks)
    }

    fn of_user(&self, user: &McServiceId, says: impl Fn(&revoked::Revoked, &str) -> bool) -> bool {
        if !self.names_users() {
            return false;
        }
        let mark = mark_of(user);
        let speaking = self.0.issuers.iter().filter(|issuer| issuer.speaks_for(user));
        speaking.into_iter().any(|issuer| says(&issuer.revoked.load(), &mark))
    }

    /// Tells each time when something has been revoked: of whom, [`Tokens::is_revoked`] says.
    #[must_use]
    pub fn revocations(&self) -> mpsc::Receiver<()> {
        let (sender, receiver) = mpsc::channel(1);
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        receiver
    }

    fn claims_now(&self, token: &str, kinds: &[&str], now: SystemTime) -> Result<Value, Invalid> {
        let (index, signed) = self.signed(token, kinds)?;
        let audience = self.0.issuers.get(index).map(|issuer| issuer.audience.as_slice()).unwrap_or_default();
        Times::of(&signed.claims)?.checked(audience, now, LEEWAY)?;
        let issuer = self.0.issuers.get(index).ok_or(Invalid::UnknownIssuer)?;
        if issuer.revoked.load().names(&Claims::of(&signed.claims)?.marks(&issuer.name)?) {
            return Err(Invalid::Revoked);
        }
        Ok(signed.claims)
    }

    fn examine(&self, token: &str, now: SystemTime) -> Result<Entry, Invalid> {
        let (index, signed) = self.signed(token, &ACCESS)?;
        let issuer = self.0.issuers.get(index).ok_or(Invalid::UnknownIssuer)?;
        let bearer = Claims::of(&signed.claims)?.bearer(issuer, now, LEEWAY)?;
        if !bearer.users.iter().all(|user| issuer.speaks_for(user)) {
            return Err(Invalid::ForeignUser);
        }
        if issuer.revoked.load().names(&bearer.marks) {
            return Err(Invalid::Revoked);
        }
        if let Some(part) = self.0.part.filter(|part| !bearer.is_for(*part)) {
            return Err(Invalid::Scope(part));
        }
        Ok(Entry { bearer: Arc::new(bearer), issuer: index, key: signed.key.into() })
    }

    /// What it claims, once a key of the very issuer that it names has verified it, and which issuer that is.
    fn signed(&self, token: &str, kinds: &[&str]) -> Result<(usize, issuer::Signed), Invalid> {
        let mut fault = Invalid::UnknownIssuer;
        for (index, issuer) in self.0.issuers.iter().enumerate() {
            match issuer.signed(token, kinds) {
                Ok(signed) => return Ok((index, signed)),
                Err(Invalid::UnknownIssuer) => {}
                Err(why) => fault = why,
            }
        }
        Err(fault)
    }

    /// Has the keys fetched that a token lacks.
    fn wish_for(&self, token: &str, why: Invalid, now: SystemTime) {
        if why == Invalid::UnknownIssuer {
            let _ = self.remote_of(token).and_then(|remote| remote.ask(now));
        }
    }

    /// Waits until the keys of a token's issuer have been fetched. Whether they have.
    async fn fetched(&self, token: &str, now: SystemTime) -> bool {
        match self.remote_of(token).and_then(|remote| remote.ask(now)) {
            Some(fetched) => fetched.await.is_ok(),
            None => false,
        }
    }

    /// Whose token it claims to be, where that issuer's keys are fetched. Nothing else that it claims is believed.
    fn remote_of(&self, token: &str) -> Option<&follow::Remote> {
        if token.len() > issuer::LONGEST {
            return None;
        }
        let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
        let name = claims.get("iss")?.as_str()?;
        self.0.issuers.iter().find(|issuer| issuer.name == name)?.remote.as_ref()
    }
}

#[cfg(test)]
pub(crate) mod tests;
