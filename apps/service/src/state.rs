//! What the server knows: its users, and until when each of them is logged on.
//!
//! The log-on state is volatile. It is learnt again with the next refresh of each registration, which the SIP core
//! passes on (TS 24.229 5.4.1.7).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use kit::{Impu, OwnServer};
use xml_schemas::ids::McServiceId;

use crate::Config;

/// The state of the MC service server.
pub struct State {
    users: HashMap<Impu, McServiceId>,
    logged_on: Mutex<HashMap<McServiceId, Instant>>,
    location_server: OwnServer,
}

impl State {
    /// Nobody is logged on yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let users = config.users.into_iter().map(|user| (user.impu, user.mc_service_id)).collect();
        Self { users, logged_on: Mutex::default(), location_server: config.location_server }
    }

    /// Whose public user identity it is.
    #[must_use]
    pub fn user(&self, impu: &Impu) -> Option<&McServiceId> {
        self.users.get(impu)
    }

    /// Whether the MC service ID is one of the users served here.
    #[must_use]
    pub fn serves(&self, user: &McServiceId) -> bool {
        self.users.values().any(|own| own == user)
    }

    /// Whether the user is logged on at `now`.
    #[must_use]
    pub fn is_logged_on(&self, user: &McServiceId, now: Instant) -> bool {
        self.table().get(user).is_some_and(|until| now < *until)
    }

    /// The own location management server.
    #[must_use]
    pub fn location_server(&self) -> &OwnServer {
        &self.location_server
    }

    pub(crate) fn log_on(&self, user: &McServiceId, until: Instant) {
        self.table().insert(user.clone(), until);
    }

    pub(crate) fn log_off(&self, user: &McServiceId) {
        self.table().remove(user);
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<McServiceId, Instant>> {
        self.logged_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
