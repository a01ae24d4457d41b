//! What a location management server knows: its users and rules, who is logged on, and the last position of each.
//!
//! Positions and log-on state are held in memory only: a restart forgets them, and clients report and register again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use kit::{Impu, LogOns};
use xml_schemas::{Timestamp, ids::McServiceId, location::Position};

use crate::{
    config::{AskRule, Config, Rules, TellRule, User},
    migrants::Migrants,
};

/// The state of a location management server.
pub struct Lms {
    config: Config,
    book: RwLock<Arc<Book>>,
    log_ons: LogOns,
    last_known: Mutex<HashMap<McServiceId, Position>>,
    migrants: Migrants,
}

/// The users and rules at one time.
pub struct Book {
    /// Step 2 of 10.9.3.10.2.
    pub ask: Vec<AskRule>,
    /// Step 4 of 10.9.3.10.2, general policy.
    pub tell: Vec<TellRule>,
    by_id: HashMap<McServiceId, Arc<User>>,
    by_impu: HashMap<Impu, Arc<User>>,
}

impl Book {
    fn new(Rules { users, ask, tell }: Rules) -> Self {
        let users: Vec<Arc<User>> = users.into_iter().map(Arc::new).collect();
        Self {
            by_id: users.iter().map(|user| (user.id.clone(), Arc::clone(user))).collect(),
            by_impu: users.into_iter().map(|user| (user.impu.clone(), user)).collect(),
            ask,
            tell,
        }
    }
}

impl Lms {
    /// A server that knows its users, and of none of them where they are.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        let book = RwLock::new(Arc::new(Book::new(config.take_rules())));
        Self {
            config,
            book,
            log_ons: LogOns::default(),
            last_known: Mutex::default(),
            migrants: Migrants::default(),
        }
    }

    /// What the operator said when the server started, without users and rules: see [`Lms::book`].
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The users and rules as they are now.
    #[must_use]
    pub fn book(&self) -> Arc<Book> {
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these are the users and rules. Who stays a user stays logged on; where others were is forgotten.
    pub fn replace_rules(&self, rules: Rules) {
        let book = Arc::new(Book::new(rules));
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&book);
        lock(&self.last_known).retain(|id, _| book.by_id.contains_key(id));
    }

    /// The user of the own system with this MC service ID.
    #[must_use]
    pub fn user(&self, id: &McServiceId) -> Option<Arc<User>> {
        self.book().by_id.get(id).cloned()
    }

    /// The user of the own system who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<Arc<User>> {
        self.book().by_impu.get(impu).cloned()
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

    /// Who works in another MC system, as far as the MC service server was asked.
    #[must_use]
    pub fn migrants(&self) -> &Migrants {
        &self.migrants
    }

    /// Who is registered, as the SIP core tells.
    #[must_use]
    pub fn log_ons(&self) -> &LogOns {
        &self.log_ons
    }

    /// A position with its time. Without one of its own it is as old as its arrival.
    #[must_use]
    pub fn timed(&self, position: Position, arrived: Timestamp) -> Position {
        if position.taken_at().is_some() { position } else { position.at(arrived) }
    }

    /// Keeps a position as the user's last known one, unless a later one is known or the user is none of ours any more. Without
    /// a time of its own it is as old as its arrival.
    pub fn keep(&self, id: &McServiceId, position: Position, arrived: Timestamp) -> Position {
        let position = self.timed(position, arrived);
        let mut last_known = lock(&self.last_known);
        let later = last_known.get(id).is_some_and(|known| known.taken_at() > position.taken_at());
        // Asked under the lock, so that no reload comes between.
        if !later && self.user(id).is_some() {
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

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
