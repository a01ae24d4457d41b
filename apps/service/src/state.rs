//! What an MC service server knows: its users, and which of them are logged on.

use std::{collections::HashMap, sync::Arc, time::Instant};

use kit::{Impu, LogOn, LogOns, OwnServer};
use parking_lot::RwLock;
use xml_schemas::ids::McServiceId;

use crate::config::{Config, User};

/// The state of an MC service server.
#[derive(Debug)]
pub struct Mcs {
    locations: OwnServer,
    users: RwLock<Arc<Users>>,
    log_ons: LogOns,
}

/// The users, found by either identity.
#[derive(Debug)]
struct Users {
    by_impu: HashMap<Impu, User>,
    by_id: HashMap<McServiceId, Impu>,
}

impl Users {
    fn new(users: Vec<User>) -> Arc<Self> {
        let by_id = users.iter().map(|user| (user.id.clone(), user.impu.clone())).collect();
        let by_impu = users.into_iter().map(|user| (user.impu.clone(), user)).collect();
        Arc::new(Self { by_impu, by_id })
    }
}

impl Mcs {
    /// A server on which nobody is logged on.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let users = RwLock::new(Users::new(config.users));
        Self { locations: config.locations, users, log_ons: LogOns::default() }
    }

    /// From now on these are its users. Who stays one stays logged on.
    pub fn replace_users(&self, users: Vec<User>) {
        *self.users.write() = Users::new(users);
    }

    /// The own location management server.
    #[must_use]
    pub fn locations(&self) -> &OwnServer {
        &self.locations
    }

    /// Whether this is a user of the server.
    #[must_use]
    pub fn is_user(&self, id: &McServiceId) -> bool {
        self.users.read().by_id.contains_key(id)
    }

    /// The user who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<User> {
        self.users.read().by_impu.get(impu).cloned()
    }

    /// Who is registered, as the SIP core tells.
    #[must_use]
    pub fn log_ons(&self) -> &LogOns {
        &self.log_ons
    }

    /// The user's log-on, where the user is logged on at this moment.
    #[must_use]
    pub fn log_on_of(&self, id: &McServiceId, now: Instant) -> Option<LogOn> {
        let impu = self.users.read().by_id.get(id).cloned()?;
        self.log_ons.of(&impu, now)
    }

    /// Everybody who is logged on at this moment, in no order.
    #[must_use]
    pub fn logged_on(&self, now: Instant) -> Vec<McServiceId> {
        let (registered, users) = (self.log_ons.now(now), Arc::clone(&self.users.read()));
        registered.iter().filter_map(|impu| users.by_impu.get(impu)).map(|user| user.id.clone()).collect()
    }
}
