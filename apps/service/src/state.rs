//! What an MC service server knows: its users, which of them are logged on and service-authorized, and their groups.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use kit::{Impu, LogOn, LogOns, OwnServer, events::Watcher, tokens::Tokens};
use parking_lot::RwLock;
use xml_schemas::ids::McServiceId;

use crate::{
    book::Book,
    config::{Config, User},
};

/// The state of an MC service server.
pub struct Mcs {
    config: Config,
    users: RwLock<Arc<Users>>,
    log_ons: LogOns,
    tokens: Tokens,
    proved: RwLock<HashSet<McServiceId>>,
    book: Book,
    watcher: Option<Watcher>,
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
    /// A server on which nobody is logged on. `watcher` is told what own servers notify; without one, documents are not followed.
    #[must_use]
    pub fn new(config: Config, watcher: Option<Watcher>) -> Self {
        let users = RwLock::new(Users::new(config.users.clone()));
        // Where an issuer's keys are of no use, which the configuration's reader refuses, nobody's token counts.
        let tokens = Tokens::configured(&config.issuers).unwrap_or_default();
        let (log_ons, proved, book) = (LogOns::default(), RwLock::default(), Book::default());
        Self { config, users, log_ons, tokens, proved, book, watcher }
    }

    /// What the operator said when the server started; its users may be others since.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether only an access token authorizes a user; else a registration does.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        !self.config.issuers.is_empty()
    }

    /// Whose access tokens count.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// A log-on with a token that counts authorizes; one without keeps what holds, as long as the user stays on.
    pub(crate) fn authorize(&self, user: &McServiceId, is_proved: bool, stays_on: bool) {
        let mut proved = self.proved.write();
        if is_proved {
            proved.insert(user.clone());
        } else if !stays_on {
            proved.remove(user);
        }
    }

    /// Whether this user is MC service authorized at this moment (TS 24.379 7.3.2; the precondition of TS 23.280 10.2.7.3).
    #[must_use]
    pub fn is_authorized(&self, id: &McServiceId, now: Instant) -> bool {
        let is_proved = !self.needs_token() || self.proved.read().contains(id);
        is_proved && self.log_on_of(id, now).is_some()
    }

    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    pub(crate) fn watcher(&self) -> Option<&Watcher> {
        self.watcher.as_ref()
    }

    /// From now on these are its users. Who stays one stays logged on.
    pub fn replace_users(&self, users: Vec<User>) {
        *self.users.write() = Users::new(users);
    }

    /// The own location management server.
    #[must_use]
    pub fn locations(&self) -> &OwnServer {
        &self.config.locations
    }

    /// Its users, in no order.
    #[must_use]
    pub fn users(&self) -> Vec<McServiceId> {
        self.users.read().by_id.keys().cloned().collect()
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
