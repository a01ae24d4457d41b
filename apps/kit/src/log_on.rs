//! Who is logged on at a server, as the own SIP core tells by third-party registration.
//! TS 24.229 clause 5.4.1.7 · TS 24.379 clause 7.3.2
//!
//! It is held in memory: it ends with the registration that it follows, and after a restart it comes back with each user's next
//! registration. Until then nothing is known of a user, which is not the same as known to be off.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{peer::Impu, registration::Registration};

/// A registration that lasts longer than the clock can say is held for this long, and so long it is remembered that one has ended.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A user's log-on, as long as the user's registration lasts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogOn {
    /// Which MC client of the user's it is, where it said so (TS 24.379 7.2.1).
    pub client_id: Option<String>,
    /// When it ends.
    pub until: Instant,
}

/// Everybody who is logged on, by the public user identity that is registered.
#[derive(Default)]
pub struct LogOns(Mutex<HashMap<Impu, LogOn>>);

impl LogOns {
    /// Follows a registration, a refresh of one, a de-registration or an expiry.
    pub fn follow(&self, registration: &Registration, now: Instant) {
        let mut all = self.all();
        if !registration.is_log_on() {
            all.insert(registration.impu.clone(), LogOn { client_id: None, until: now });
            return;
        }
        // A refresh that says nothing of the client is of the same one.
        let known = all.get(&registration.impu).and_then(|known| known.client_id.clone());
        let client_id = registration.client_id.clone().or(known);
        let until = now.checked_add(registration.expires).unwrap_or(now + LONGEST);
        all.insert(registration.impu.clone(), LogOn { client_id, until });
    }

    /// The log-on of this identity, where there is one at this moment.
    #[must_use]
    pub fn of(&self, impu: &Impu, now: Instant) -> Option<LogOn> {
        self.all().get(impu).filter(|log_on| log_on.until > now).cloned()
    }

    /// Whether this identity is logged on at this moment.
    #[must_use]
    pub fn is_on(&self, impu: &Impu, now: Instant) -> bool {
        self.all().get(impu).is_some_and(|log_on| log_on.until > now)
    }

    /// Whether this identity is known not to be logged on at this moment. Of one of which nothing was heard since the start, only
    /// the SIP core can say.
    #[must_use]
    pub fn is_off(&self, impu: &Impu, now: Instant) -> bool {
        self.all().get(impu).is_some_and(|log_on| log_on.until <= now)
    }

    /// Every identity that is logged on at this moment, in no order. What has ended long ago is forgotten.
    #[must_use]
    pub fn now(&self, now: Instant) -> Vec<Impu> {
        let mut all = self.all();
        all.retain(|_, log_on| log_on.until.checked_add(LONGEST).is_none_or(|end| end > now));
        all.iter().filter(|(_, log_on)| log_on.until > now).map(|(impu, _)| impu.clone()).collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Impu, LogOn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogOns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogOns").field(&self.all().len()).finish()
    }
}

#[cfg(test)]
mod tests;
