//! Users in the store.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use audit::Entry;
use kit::audit::Log;
use store::{Batch, CommitError, Fault, Store, Version};
use xml_schemas::ids::McServiceId;

use super::User;
use crate::{keys, revoked};

/// How many records are read at once.
const PAGE: usize = 512;

/// The users that a store keeps.
#[derive(Clone)]
pub struct Users {
    store: Arc<dyn Store>,
    log: Log,
    /// Who changes them, as the log says it.
    by: Arc<str>,
}

/// Why a user was not written.
#[derive(Debug)]
pub enum Problem {
    /// Somebody has this name.
    Exists,
    /// Nobody has this name.
    Unknown,
    /// Somebody has this MC service ID.
    Taken(McServiceId),
    /// The record breaks a rule.
    Wrong(String),
    /// Another process has changed the same, again and again.
    Contended,
    /// The store failed.
    Fault(Fault),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("there is a user of this name"),
            Self::Unknown => f.write_str("there is no user of this name"),
            Self::Taken(id) => write!(f, "another user has the MC service ID {}", id.as_str()),
            Self::Wrong(why) => f.write_str(why),
            Self::Contended => f.write_str("somebody else changes the same: try again"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Problem {}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Users {
    /// Those of this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, log: Log::none(), by: Arc::from("") }
    }

    /// Every change stands in this log, with who makes it.
    #[must_use]
    pub fn audited(self, log: Log, by: &str) -> Self {
        Self { log, by: Arc::from(by), ..self }
    }

    /// What is entered of a user: what he is called, and his identities; nothing of his passwords.
    fn entered(&self, batch: Batch, what: &str, user: &User) -> Batch {
        let entry = self.log.act(format!("identity.user.{what}"), &*self.by).on(&*user.name);
        let entry = user.ids.all().map(McServiceId::as_str).fold(entry, Entry::on);
        self.log.enter(batch, &entry)
    }

    /// The user of this name.
    ///
    /// # Errors
    /// The store cannot be read, or holds what nobody can read.
    pub async fn get(&self, name: &str) -> Result<Option<User>, Problem> {
        Ok(self.find(name).await?.map(|(user, _)| user))
    }

    /// A new user. What he is called, and each of his identities, is his alone.
    ///
    /// # Errors
    /// [`Problem`]; nothing was written then.
    pub async fn add(&self, user: &User) -> Result<(), Problem> {
        user.check(|_| true).map_err(Problem::Wrong)?;
        let name = keys::user(&user.name);
        let mut batch = Batch::new().expect_absent(name.clone()).put(name.clone(), written(user)?);
        for id in user.ids.all() {
            let taken = keys::id(id);
            batch = batch.expect_absent(taken.clone()).put(taken, user.name.clone());
        }
        match self.store.commit(self.entered(batch, "added", user)).await {
            Ok(_) => Ok(()),
            Err(CommitError::Conflict(conflict)) if conflict.key == name.as_bytes() => Err(Problem::Exists),
            Err(CommitError::Conflict(conflict)) => {
                let taken = user.ids.all().find(|id| keys::id(id).as_bytes() == conflict.key);
                Err(taken.map_or(Problem::Contended, |id| Problem::Taken(id.clone())))
            }
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }

    /// Lets a user log in no more, and has his tokens revoked; or lets him again. Whether that changed anything.
    ///
    /// # Errors
    /// [`Problem`]; nothing was written then.
    pub async fn lock(&self, name: &str, locked: bool, now: SystemTime) -> Result<bool, Problem> {
        self.change(name, now, if locked { "locked" } else { "unlocked" }, |user| {
            let changes = user.locked != locked;
            user.locked = locked;
            changes
        })
        .await
    }

    /// Takes a user out, has his tokens revoked, and leaves what he is called and his identities to others.
    ///
    /// # Errors
    /// [`Problem`]; nothing was written then.
    pub async fn remove(&self, name: &str, now: SystemTime) -> Result<User, Problem> {
        for _ in 0..8 {
            let (user, version) = self.find(name).await?.ok_or(Problem::Unknown)?;
            let key = keys::user(name);
            let mut batch = Batch::new().expect_version(key.clone(), version).delete(key);
            for id in user.ids.all() {
                batch = batch.delete(keys::id(id));
            }
            // Whoever is added by this name later is not locked by what is told of him who had it.
            let gone = User { locked: false, ..user.clone() };
            let (before, until) = (seconds(now) + 1, Some(now + revoked::LONGEST));
            let batch = revoked::user(batch, &revoked::subject_of_user(name), (&gone, before), until);
            // Log-ins outlast tokens, and whoever has this name next has not made them.
            let batch = batch.put(keys::gone(name), before.to_string());
            match self.store.commit(self.entered(batch, "removed", &user)).await {
                Ok(_) => return Ok(user),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            }
        }
        Err(Problem::Contended)
    }

    /// Gives a user another password, and the SIP core what it has to know, and has his tokens revoked.
    ///
    /// # Errors
    /// [`Problem`]; nothing was written then.
    pub async fn set_password(
        &self,
        name: &str,
        hash: &str,
        sip: Option<super::SipUser>,
        now: SystemTime,
    ) -> Result<(), Problem> {
        let change = |user: &mut User| {
            hash.clone_into(&mut user.password);
            if sip.is_some() {
                user.sip.clone_from(&sip);
            }
            true
        };
        self.change(name, now, "password-changed", change).await.map(|_| ())
    }

    async fn change(
        &self,
        name: &str,
        now: SystemTime,
        what: &str,
        change: impl Fn(&mut User) -> bool,
    ) -> Result<bool, Problem> {
        for _ in 0..8 {
            let (mut user, version) = self.find(name).await?.ok_or(Problem::Unknown)?;
            if !change(&mut user) {
                return Ok(false);
            }
            user.check(|_| true).map_err(Problem::Wrong)?;
            // What was issued in this second is revoked too: whoever logs in again does so later.
            user.valid_from = seconds(now) + 1;
            let key = keys::user(name);
            let batch = Batch::new().expect_version(key.clone(), version).put(key, written(&user)?);
            let until = (!user.locked).then_some(now + revoked::LONGEST);
            let batch =
                revoked::user(batch, &revoked::subject_of_user(name), (&user, user.valid_from), until);
            match self.store.commit(self.entered(batch, what, &user)).await {
                Ok(_) => return Ok(true),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            }
        }
        Err(Problem::Contended)
    }

    /// Every user, in the order of their names.
    ///
    /// # Errors
    /// The store cannot be read, or holds what nobody can read.
    pub async fn all(&self) -> Result<Vec<User>, Problem> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.scan(keys::USERS.as_bytes(), after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = Some(last.key.to_vec());
            for entry in &page {
                all.push(read(&entry.record.value)?);
            }
        }
    }

    /// Since when log-ins of this user count, in seconds since 1970: not those of somebody of the same name who is gone.
    pub(crate) async fn counts_since(&self, user: &User) -> Result<u64, Fault> {
        let record = self.store.get(keys::gone(&user.name).as_bytes()).await?;
        let gone = record.and_then(|record| std::str::from_utf8(&record.value).ok()?.parse().ok());
        Ok(user.valid_from.max(gone.unwrap_or_default()))
    }

    async fn find(&self, name: &str) -> Result<Option<(User, Version)>, Problem> {
        let record = self.store.get(keys::user(name).as_bytes()).await?;
        record.map(|record| Ok((read(&record.value)?, record.version))).transpose()
    }
}

fn read(json: &[u8]) -> Result<User, Problem> {
    serde_json::from_slice(json).map_err(|why| Problem::Wrong(format!("a record cannot be read: {why}")))
}

fn written(user: &User) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(user).map_err(|why| Problem::Wrong(why.to_string()))
}

fn seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(Duration::ZERO, |since| since).as_secs()
}
