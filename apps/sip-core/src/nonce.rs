//! Nonces that are issued without being remembered, and nonce counts that are (RFC 7616 3.3, 3.4.5).
//!
//! A nonce carries its own time of issue under a keyed hash, so that whoever asks for challenges fills no table. Only
//! a nonce with which a user has proved the password is kept, together with the highest count seen, until it expires.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

/// More proved nonces than this are not kept at once; a further one is answered with a fresh challenge.
const PROVED: usize = 1 << 16;

/// Issues nonces and judges those that come back.
pub struct Nonces {
    secret: String,
    life: Duration,
    counts: Mutex<HashMap<Box<str>, Proved>>,
}

/// A nonce that a user has proved the password with.
struct Proved {
    count: u32,
    issued: Duration,
}

impl Nonces {
    /// `secret` keys the hash and lives as long as the process: a restart makes every nonce stale, no more.
    #[must_use]
    pub fn new(secret: String, life: Duration) -> Self {
        Self { secret, life, counts: Mutex::default() }
    }

    /// A nonce for one challenge; `token` is a fresh random one.
    #[must_use]
    pub fn issue(&self, now: SystemTime, token: &str) -> String {
        let claim = format!("{:x}.{token}", since_epoch(now).as_millis());
        let seal = self.seal(&claim);
        format!("{claim}.{seal}")
    }

    /// Whether this nonce was issued here and has not expired.
    #[must_use]
    pub fn is_current(&self, nonce: &str, now: SystemTime) -> bool {
        self.issued(nonce).is_some_and(|issued| self.in_time(issued, since_epoch(now)))
    }

    /// Uses up one count of a current nonce. False where this count, or a higher one, has been used: a replay.
    pub fn spend(&self, nonce: &str, count: u32, now: SystemTime) -> bool {
        let now = since_epoch(now);
        let Some(issued) = self.issued(nonce) else { return false };
        let mut counts = self.counts.lock();
        if let Some(proved) = counts.get_mut(nonce) {
            let is_next = count > proved.count;
            proved.count = proved.count.max(count);
            return is_next;
        }
        if counts.len() >= PROVED {
            counts.retain(|_, proved| self.in_time(proved.issued, now));
        }
        let has_room = counts.len() < PROVED && count > 0;
        if has_room {
            counts.insert(nonce.into(), Proved { count, issued });
        }
        has_room
    }

    fn issued(&self, nonce: &str) -> Option<Duration> {
        let (claim, seal) = nonce.rsplit_once('.')?;
        let (millis, _) = claim.split_once('.')?;
        let issued = u64::from_str_radix(millis, 16).ok().map(Duration::from_millis)?;
        (self.seal(claim) == seal).then_some(issued)
    }

    fn in_time(&self, issued: Duration, now: Duration) -> bool {
        now.checked_sub(issued).is_some_and(|age| age < self.life)
    }

    /// Two keyed passes, so that no claim can be lengthened under a known seal.
    fn seal(&self, claim: &str) -> String {
        let inner = Sha256::new().chain_update(&self.secret).chain_update(claim).finalize();
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
