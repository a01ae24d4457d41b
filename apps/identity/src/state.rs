//! What an identity management server knows. What was promised is in the store; what is held here can be lost.

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
use kit::{audit::Log, tokens::Tokens};
use store::Store;
use wire::World;

use crate::{
    config::{Config, Partner, Rules},
    lock_out::Attempts,
    metrics::Metrics,
    oauth::{Code, Refused, fault},
    password::Hasher,
    revoked,
    ring::{Keys, Ring},
    users::{self, User, Users},
};

/// The state of an identity management server.
pub(crate) struct Idms {
    pub(crate) config: Config,
    pub(crate) rules: ArcSwap<Rules>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) users: Users,
    pub(crate) ring: Ring,
    pub(crate) hasher: Hasher,
    pub(crate) attempts: Attempts,
    /// Whose assertions count.
    pub(crate) partners: Tokens,
    pub(crate) revoked: revoked::List,
    pub(crate) metrics: Metrics,
    pub(crate) log: Log,
    pub(crate) world: World,
}

/// The keys, while they are there.
pub(crate) struct Signing(Arc<Option<Keys>>);

impl Signing {
    pub(crate) fn keys(&self) -> Result<&Keys, Refused> {
        let why = "the server has no signing keys yet";
        self.0.as_ref().as_ref().ok_or(Refused::new(Code::TemporarilyUnavailable, why))
    }
}

impl Idms {
    pub(crate) fn now(&self) -> SystemTime {
        self.world.clock.wall()
    }

    pub(crate) fn signing(&self) -> Signing {
        Signing(self.ring.keys())
    }

    /// Something that nobody can guess: 256 bits.
    pub(crate) fn secret(&self) -> String {
        format!("{}{}", self.world.ids.token(), self.world.ids.token())
    }

    /// The partner of this name.
    pub(crate) fn partner(&self, name: &str) -> Option<&Partner> {
        self.config.partners.iter().find(|partner| partner.name == name)
    }

    /// A user of this name: the configuration's, or else the store's.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<Arc<User>>, Refused> {
        if let Some(user) = self.rules.load().user(name) {
            return Ok(Some(Arc::clone(user)));
        }
        let found = self.users.get(name).await.map_err(|why| fault("a user cannot be read", &why))?;
        Ok(found.map(Arc::new))
    }

    /// Whether what this user was granted when he logged in at this second counts still.
    pub(crate) async fn counts(&self, user: &User, at: u64) -> Result<bool, Refused> {
        let since = self.users.counts_since(user).await;
        Ok(!user.locked && since.map_err(|why| fault("a user cannot be read", &why))? <= at)
    }

    /// Whose password this is. Whether nobody has this name, the password is another's or the user is locked is one answer, and takes
    /// as long.
    ///
    /// # Errors
    /// [`LogInFailed`]
    pub(crate) async fn log_in(
        &self,
        name: &str,
        password: String,
        address: IpAddr,
    ) -> Result<Arc<User>, LogInFailed> {
        // What is counted is bounded in its length too.
        let name = if name.len() > users::LONGEST_NAME { "" } else { name };
        let begun = self.attempts.begin(name, address, self.world.clock.now());
        begun.map_err(|wait| LogInFailed::Wait(wait.as_secs().max(1)))?;
        let user = match self.user(name).await {
            Ok(user) => user,
            Err(refused) => {
                self.attempts.forgive(name, address, false);
                return Err(LogInFailed::Refused(refused));
            }
        };
        let hash = user.as_ref().map(|user| user.password.as_str());
        let Ok(right) = self.hasher.verify(password, hash).await else {
            self.attempts.forgive(name, address, false);
            let busy = Refused::new(Code::TemporarilyUnavailable, "too many log in at once");
            return Err(LogInFailed::Refused(busy));
        };
        let Some(found) = user.as_ref().filter(|user| right && !user.locked) else {
            self.locked_out(name, user.is_some()).await;
            return Err(LogInFailed::Wrong);
        };
        self.attempts.forgive(name, address, true);
        Ok(Arc::clone(found))
    }

    /// Somebody has guessed so often that he has to wait. Who nobody is, is not entered: a password may have been typed there.
    async fn locked_out(&self, name: &str, is_user: bool) {
        if self.attempts.is_locked_out(name, self.world.clock.now()) {
            let whose = if is_user { name } else { "nobody" };
            let entry = self.log.act("identity.log-in.locked-out", &*self.config.name).on(whose);
            self.log.note("log-in", entry.ruled("refuse", "lock-out")).await;
        }
    }
}

/// Why somebody is not logged in.
pub(crate) enum LogInFailed {
    /// There is no such user, or he has another password, or he is locked.
    Wrong,
    /// Too many have been wrong: come again in so many seconds.
    Wait(u64),
    /// The server cannot tell.
    Refused(Refused),
}
