//! What an MC service server knows: its users, which of them are logged on and service-authorized, and their groups.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::SystemTime,
};

use kit::{
    Fault, Impu, OwnServer,
    audit::Log,
    events::Watcher,
    tokens::{Part, Tokens},
};
use parking_lot::RwLock;
use xml_schemas::ids::McServiceId;

use crate::{
    authorization::Authorizations,
    book::Book,
    config::{Config, User},
    metrics::Metrics,
    migration::Migrations,
};

/// The state of an MC service server.
pub struct Mcs {
    config: Config,
    users: RwLock<Arc<Users>>,
    authorizations: Authorizations,
    tokens: Tokens,
    book: Book,
    watcher: Option<Watcher>,
    metrics: Metrics,
    migrations: Option<Arc<Migrations>>,
    log: Log,
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
    /// A server on which those are authorized who were when it ended last. `watcher` is told what own servers notify; without one,
    /// documents are not followed.
    #[must_use]
    pub(crate) fn new(
        config: Config,
        authorizations: Authorizations,
        watcher: Option<Watcher>,
        metrics: Metrics,
        migrations: Option<Arc<Migrations>>,
        log: Log,
    ) -> Self {
        let users = RwLock::new(Users::new(config.users.clone()));
        // Where an issuer's keys are of no use, which the configuration's reader refuses, nobody's token counts.
        let tokens = Tokens::configured_for(Part::Service, &config.issuers).unwrap_or_default();
        Self {
            config,
            users,
            authorizations,
            tokens,
            book: Book::default(),
            watcher,
            metrics,
            migrations,
            log,
        }
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

    /// Who is registered, and who is service-authorized.
    #[must_use]
    pub fn authorizations(&self) -> &Authorizations {
        &self.authorizations
    }

    /// Whether this user is MC service authorized at this moment (TS 24.379 7.3; the precondition of TS 23.280 10.2.7.3): a user of
    /// the server, or a visitor whose primary system has said yes.
    #[must_use]
    pub fn is_authorized(&self, id: &McServiceId, now: SystemTime) -> bool {
        let is_authorized = self.authorizations.is_authorized(id, now);
        is_authorized && (self.is_configured(id) || self.authorizations.primary(id, now).is_some())
    }

    /// The groups that the profile names which the user has selected; those of all his profiles where he has selected none. As
    /// far as they have been fetched.
    #[must_use]
    pub fn groups_of(&self, id: &McServiceId, now: SystemTime) -> BTreeSet<String> {
        let book = self.book.all();
        let Some(profiles) = book.users.get(id.as_str()) else { return BTreeSet::new() };
        profiles.groups(self.authorizations.profile(id, now))
    }

    /// Whether MC service IDs of this domain are the own system's.
    #[must_use]
    pub(crate) fn is_own_domain(&self, domain: &str) -> bool {
        let own = &self.config.authorization.domains;
        let is_it = |own: &str| own.eq_ignore_ascii_case(domain);
        if own.is_empty() { is_it(self.config.psi.domain()) } else { own.iter().any(|own| is_it(own)) }
    }

    /// Where every act and decision about migrations stands.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Who has migrated, and who visits; none where no migration is configured.
    #[must_use]
    pub fn migrations(&self) -> Option<&Migrations> {
        self.migrations.as_deref()
    }

    /// Makes sure that what is kept of this user is known: whether he has migrated, visits, is authorized. Said before the first
    /// question about a user whom a request names; it costs nothing once everything that is kept has been read.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know(&self, user: &McServiceId) -> Result<(), Fault> {
        let mut impus: Vec<Impu> = self.users.read().by_id.get(user).cloned().into_iter().collect();
        if let Some(migrations) = &self.migrations {
            migrations.know(user).await?;
            if !self.authorizations.is_read() {
                impus.extend(migrations.visits_of(user).into_iter().map(|visit| visit.impu));
            }
        }
        for impu in impus {
            self.authorizations.know(&impu).await?;
        }
        Ok(())
    }

    /// As [`Mcs::know`], of whoever registers with this identity.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) async fn know_registered(&self, impu: &Impu) -> Result<(), Fault> {
        self.authorizations.know(impu).await?;
        match self.user_of(impu) {
            Some(user) => self.know(&user.id).await,
            None => Ok(()),
        }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
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

    /// Its users, and the visitors who are authorized at this moment, in no order.
    #[must_use]
    pub fn users(&self, now: SystemTime) -> Vec<McServiceId> {
        let mut users: Vec<McServiceId> = self.users.read().by_id.keys().cloned().collect();
        let visitors = self.authorizations.users(now).into_iter();
        users.extend(visitors.filter(|id| !self.is_configured(id) && self.is_authorized(id, now)));
        users
    }

    /// Whether this is a user whom the operator has named.
    #[must_use]
    pub fn is_configured(&self, id: &McServiceId) -> bool {
        self.users.read().by_id.contains_key(id)
    }

    /// Whether this is a user of the server, or a visitor who is authorized at this moment.
    #[must_use]
    pub fn is_user(&self, id: &McServiceId, now: SystemTime) -> bool {
        self.is_configured(id) || self.is_authorized(id, now)
    }

    /// The user who registers with this public user identity.
    #[must_use]
    pub fn user_of(&self, impu: &Impu) -> Option<User> {
        self.users.read().by_impu.get(impu).cloned()
    }

    /// Whether the user is logged on at this moment: his identity is registered, or a visitor's is with which he is authorized.
    #[must_use]
    pub fn is_logged_on(&self, id: &McServiceId, now: SystemTime) -> bool {
        let impu = self.users.read().by_id.get(id).cloned();
        match impu {
            Some(impu) => self.authorizations.is_registered(&impu, now),
            None => self.is_authorized(id, now),
        }
    }

    /// Everybody who is logged on at this moment, in no order.
    #[must_use]
    pub fn logged_on(&self, now: SystemTime) -> Vec<McServiceId> {
        let users = self.users(now).into_iter();
        users.filter(|id| self.is_logged_on(id, now)).collect()
    }
}
