//! What a location management server knows: its users, who is logged on, and the last position of each.
//!
//! Positions and log-on state are held in memory only: a restart forgets them, and clients report and register again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kit::Impu;
use xml_schemas::{Timestamp, ids::McServiceId, location::Position};

use crate::config::{Config, User};

/// The state of a location management server.
pub struct Lms {
    config: Config,
    by_id: HashMap<McServiceId, usize>,
    by_impu: HashMap<Impu, usize>,
    /// Until when each public user identity is registered.
    registered: Mutex<HashMap<Impu, Instant>>,
    last_known: Mutex<HashMap<McServiceId, Position>>,
}

impl Lms {
    /// A server that knows its users, and of none of them where they are.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let users = || config.users.iter().enumerate();
        Self {
            by_id: users().map(|(place, user)| (user.id.clone(), place)).collect(),
            by_impu: users().map(|(place, user)| (user.impu.clone(), place)).collect(),
            registered: Mutex::default(),
            last_known: Mutex::default(),
            config,
        }
    }

    /// What the operator said.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The user of the own system with this MC service ID.
    #[must_use]
    pub fn user(&self, id: &McServiceId) -> Option<&User> {
        self.by_id.get(id).and_then(|place| self.config.users.get(*place))
    }

    /// The user of the own system who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<&User> {
        self.by_impu.get(impu).and_then(|place| self.config.users.get(*place))
    }

    /// Whether an identity belongs to the own MC system, by its domain.
    #[must_use]
    pub fn is_own(&self, id: &McServiceId) -> bool {
        self.is_own_domain(id.domain())
    }

    /// Whether a domain is the own MC system's.
    #[must_use]
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.config.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// The user is registered for this long from now on.
    pub fn log_on(&self, impu: &Impu, now: Instant, lasting: Duration) {
        // A registration that outlives the clock lasts as long as the clock can say.
        let until = now.checked_add(lasting).unwrap_or(now + Duration::from_secs(u32::MAX.into()));
        lock(&self.registered).insert(impu.clone(), until);
    }

    /// The user is registered no more.
    pub fn log_off(&self, impu: &Impu) {
        lock(&self.registered).remove(impu);
    }

    /// Whether the user's registration lasts beyond this moment.
    #[must_use]
    pub fn is_logged_on(&self, impu: &Impu, now: Instant) -> bool {
        lock(&self.registered).get(impu).is_some_and(|until| *until > now)
    }

    /// Keeps a position as the user's last known one, unless a later one is known. Without a time of its own it is as old as
    /// its arrival.
    pub fn keep(&self, id: &McServiceId, position: Position, arrived: Timestamp) -> Position {
        let position = if position.taken_at().is_some() { position } else { position.at(arrived) };
        let mut last_known = lock(&self.last_known);
        let later = last_known.get(id).is_some_and(|known| known.taken_at() > position.taken_at());
        if !later {
            last_known.insert(id.clone(), position.clone());
        }
        position
    }

    /// The user's last known position, with the time at which it was taken.
    #[must_use]
    pub fn last_known(&self, id: &McServiceId) -> Option<Position> {
        lock(&self.last_known).get(id).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
