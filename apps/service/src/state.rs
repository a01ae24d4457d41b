//! What an MC service server knows: its users, and which of them are logged on.
//!
//! Log-on state is held in memory: it ends with the registration that it follows, and after a restart it comes back with each user's
//! next registration.

use std::{collections::HashMap, time::Instant};

use kit::{Impu, OwnServer, Registration};
use parking_lot::Mutex;
use xml_schemas::ids::McServiceId;

use crate::config::{Config, User};

/// The state of an MC service server.
#[derive(Debug)]
pub struct Mcs {
    locations: OwnServer,
    by_impu: HashMap<Impu, User>,
    by_id: HashMap<McServiceId, Impu>,
    logged_on: Mutex<HashMap<McServiceId, LoggedOn>>,
}

/// A user's service authorization, as long as the user's registration lasts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedOn {
    /// The public user identity under which the user is reached.
    pub impu: Impu,
    /// Which MC client of the user's it is, where it said so (TS 24.379 7.2.1).
    pub client_id: Option<String>,
    /// When it ends.
    pub until: Instant,
}

impl Mcs {
    /// A server on which nobody is logged on.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let by_id = config.users.iter().map(|user| (user.id.clone(), user.impu.clone())).collect();
        let by_impu = config.users.into_iter().map(|user| (user.impu.clone(), user)).collect();
        Self { locations: config.locations, by_impu, by_id, logged_on: Mutex::default() }
    }

    /// The own location management server.
    #[must_use]
    pub fn locations(&self) -> &OwnServer {
        &self.locations
    }

    /// Whether this is a user of the server.
    #[must_use]
    pub fn is_user(&self, id: &McServiceId) -> bool {
        self.by_id.contains_key(id)
    }

    /// The user who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<&User> {
        self.by_impu.get(impu)
    }

    /// A user logs on, or stays logged on.
    pub fn log_on(&self, user: &User, registration: &Registration, now: Instant) {
        // A time beyond what the clock can say is as good as a day.
        let until = now.checked_add(registration.expires);
        let until = until.unwrap_or(now + std::time::Duration::from_secs(86_400));
        let mut logged_on = self.logged_on.lock();
        // A refresh that says nothing of the client is of the same one.
        let known = logged_on.get(&user.id).and_then(|known| known.client_id.clone());
        let client_id = registration.client_id.clone().or(known);
        logged_on.insert(user.id.clone(), LoggedOn { impu: user.impu.clone(), client_id, until });
    }

    /// A user logs off.
    pub fn log_off(&self, user: &User) {
        self.logged_on.lock().remove(&user.id);
    }

    /// The user's log-on, where the user is logged on at this moment.
    #[must_use]
    pub fn log_on_of(&self, id: &McServiceId, now: Instant) -> Option<LoggedOn> {
        self.logged_on.lock().get(id).filter(|log_on| log_on.until > now).cloned()
    }

    /// Everybody who is logged on at this moment, in no order. What has ended is forgotten.
    #[must_use]
    pub fn logged_on(&self, now: Instant) -> Vec<McServiceId> {
        let mut logged_on = self.logged_on.lock();
        logged_on.retain(|_, log_on| log_on.until > now);
        logged_on.keys().cloned().collect()
    }
}
