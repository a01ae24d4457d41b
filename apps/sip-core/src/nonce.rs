//! Nonces that are issued without being remembered, and nonce counts that are (RFC 7616 3.3, 3.4.5).
//!
//! A nonce carries its own time of issue under a keyed hash, so that whoever asks for challenges fills no table. Only
//! a nonce with which a user has proved the password is kept, together with the highest count seen, until it expires or
//! gives way to younger ones of the same user.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

/// So many proved nonces are kept for one user: one for each contact that it may have. The oldest gives way.
const PROVED: usize = 64;

/// Issues nonces and judges those that come back.
pub struct Nonces {
    secret: String,
    life: Duration,
    users: Mutex<HashMap<Box<str>, Counts>>,
}

/// A nonce that may be used now.
#[derive(Clone, Copy, Debug)]
pub struct Current<'n> {
    nonce: &'n str,
    issued: Duration,
}

/// The nonces that one user has proved the password with. Nobody's table takes room from another's.
#[derive(Default)]
struct Counts {
    proved: Vec<Proved>,
    /// Nonces issued up to then have given way: whether their counts were used is not known any more.
    forgotten: Option<Duration>,
}

struct Proved {
    nonce: Box<str>,
    count: u32,
    issued: Duration,
}

impl Counts {
    /// Whether this count is above every one that was used with this nonce.
    fn spend(&mut self, nonce: &str, count: u32, issued: Duration) -> bool {
        if let Some(proved) = self.proved.iter_mut().find(|proved| *proved.nonce == *nonce) {
            let is_next = count > proved.count;
            proved.count = proved.count.max(count);
            return is_next;
        }
        if count == 0 || self.forgotten.is_some_and(|forgotten| issued <= forgotten) {
            return false;
        }
        self.proved.push(Proved { nonce: nonce.into(), count, issued });
        if self.proved.len() > PROVED {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        let oldest = self.proved.iter().enumerate().min_by_key(|(_, proved)| proved.issued);
        if let Some(place) = oldest.map(|(place, _)| place) {
            let oldest = self.proved.swap_remove(place);
            self.forgotten = self.forgotten.max(Some(oldest.issued));
        }
    }
}

impl Nonces {
    /// `secret` keys the hash and lives as long as the process: a restart makes every nonce stale, no more.
    #[must_use]
    pub fn new(secret: String, life: Duration) -> Self {
        Self { secret, life, users: Mutex::default() }
    }

    /// A nonce for one challenge that is sent to `place`; `token` is a fresh random one. Whoever does not receive what is sent there
    /// has no nonce for it, and cannot show wrong credentials in its name.
    #[must_use]
    pub fn issue(&self, now: SystemTime, place: &str, token: &str) -> String {
        let claim = format!("{:x}.{token}", since_epoch(now).as_millis());
        let seal = self.seal(&claim, place);
        format!("{claim}.{seal}")
    }

    /// What this nonce is good for, where it was issued here, for this place, and has not expired.
    #[must_use]
    pub fn current<'n>(&self, nonce: &'n str, place: &str, now: SystemTime) -> Option<Current<'n>> {
        let issued = self.issued(nonce, place).filter(|issued| self.in_time(*issued, since_epoch(now)))?;
        Some(Current { nonce, issued })
    }

    /// Uses up one count of a nonce with which `user`, a name of the configuration, has proved the password.
    /// False where this count, or a higher one, has been used, or may have been: a replay.
    pub fn spend(&self, user: &str, current: &Current<'_>, count: u32, now: SystemTime) -> bool {
        let now = since_epoch(now);
        let mut users = self.users.lock();
        let counts = users.entry(user.into()).or_default();
        counts.proved.retain(|proved| self.in_time(proved.issued, now));
        counts.spend(current.nonce, count, current.issued)
    }

    fn issued(&self, nonce: &str, place: &str) -> Option<Duration> {
        let (claim, seal) = nonce.rsplit_once('.')?;
        let (millis, _) = claim.split_once('.')?;
        let issued = u64::from_str_radix(millis, 16).ok().map(Duration::from_millis)?;
        (self.seal(claim, place) == seal).then_some(issued)
    }

    fn in_time(&self, issued: Duration, now: Duration) -> bool {
        now.checked_sub(issued).is_some_and(|age| age < self.life)
    }

    /// Two keyed passes, so that no claim can be lengthened under a known seal.
    fn seal(&self, claim: &str, place: &str) -> String {
        let inner = Sha256::new().chain_update(&self.secret).chain_update(claim).chain_update("@");
        let inner = inner.chain_update(place).finalize();
        let outer = Sha256::new().chain_update(&self.secret).chain_update(inner).finalize();
        outer.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces").field("life", &self.life).finish_non_exhaustive()
    }
}

fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests;
