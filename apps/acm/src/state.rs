//! What an ACM server is made of: its rules, its book, its outbox, and who holds which alias.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicUsize},
};

use futures::channel::mpsc;
use kit::{Impu, aliases::View, audit::Log};
use parking_lot::{Mutex, RwLock};
use xml_schemas::ids::McServiceId;

use crate::{
    book::Book,
    config::{Config, User},
    engine::Works,
    metrics::Metrics,
    outbox::Outbox,
    people::Seated,
    procedure::Procedures,
    room::Room,
};

/// The state of an ACM server.
pub struct Acm {
    rules: RwLock<Arc<Rules>>,
    book: Book,
    outbox: Outbox,
    aliases: View,
    procedures: Procedures,
    /// Decisions whose consequences are being drawn.
    works: Works,
    /// How much is open.
    room: Room,
    /// Where refusals stand that change nothing else.
    log: Log,
    /// Users, or clients of theirs, that are being told, and whether there is more since.
    telling: Mutex<HashMap<Seated, bool>>,
    /// Whose turn it is, where the holders of an alias take turns.
    turn: AtomicUsize,
    /// Tells the clock-watcher that something expires sooner than it knows.
    due: mpsc::UnboundedSender<u64>,
}

/// The configuration as it is now, and its users by their identities.
struct Rules {
    config: Arc<Config>,
    by_id: HashMap<McServiceId, Arc<User>>,
    by_impu: HashMap<Impu, Arc<User>>,
}

impl Rules {
    fn new(config: Config) -> Self {
        let users: Vec<Arc<User>> = config.users.iter().cloned().map(Arc::new).collect();
        Self {
            by_id: users.iter().map(|user| (user.id.clone(), Arc::clone(user))).collect(),
            by_impu: users.into_iter().map(|user| (user.impu.clone(), user)).collect(),
            config: Arc::new(config),
        }
    }
}

impl Acm {
    pub(crate) fn new(
        config: Config,
        book: Book,
        log: Log,
        aliases: View,
        procedures: Procedures,
        due: mpsc::UnboundedSender<u64>,
    ) -> Self {
        Self {
            rules: RwLock::new(Arc::new(Rules::new(config))),
            book,
            outbox: Outbox::default(),
            aliases,
            procedures,
            works: Works::default(),
            room: Room::default(),
            log,
            telling: Mutex::default(),
            turn: AtomicUsize::new(0),
            due,
        }
    }

    /// The configuration as it is now.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.rules.read().config)
    }

    /// From now on this is the configuration: its users and rules.
    pub(crate) fn replace(&self, config: Config) {
        *self.rules.write() = Arc::new(Rules::new(config));
    }

    /// The user of the own system with this MC service ID.
    #[must_use]
    pub fn user(&self, id: &McServiceId) -> Option<Arc<User>> {
        self.rules.read().by_id.get(id).cloned()
    }

    /// The user of the own system who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<Arc<User>> {
        self.rules.read().by_impu.get(impu).cloned()
    }

    /// Whether a domain is the own MC system's.
    #[must_use]
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.rules.read().config.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// Who holds which alias of the own system.
    #[must_use]
    pub fn aliases(&self) -> &View {
        &self.aliases
    }

    /// The store, for records of a procedure's own.
    #[must_use]
    pub fn store(&self) -> &dyn store::Store {
        self.book.store()
    }

    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn procedures(&self) -> &Procedures {
        &self.procedures
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        self.book.metrics()
    }

    pub(crate) fn works(&self) -> &Works {
        &self.works
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn telling(&self) -> &Mutex<HashMap<Seated, bool>> {
        &self.telling
    }

    pub(crate) fn turn(&self) -> &AtomicUsize {
        &self.turn
    }

    /// Something expires at this time.
    pub(crate) fn expires(&self, at: Option<u64>) {
        if let Some(at) = at {
            // It ends with the server.
            let _ = self.due.unbounded_send(at);
        }
    }
}
