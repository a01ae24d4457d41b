//! `[sip-core]`: the users, the servers behind, and the limits of registration.

mod read;

use std::{collections::HashMap, sync::Arc, time::Duration};

use kit::{
    digest::{Algorithm, Ha1},
    lock_out::LockOut,
};
use wire::Hop;

/// Everything a SIP core is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs, Warnings and metrics call it: its host name.
    pub name: Arc<str>,
    /// The domain whose users it keeps (RFC 3261 10.3 step 1), in lower case.
    pub domain: String,
    /// The digest realm; the domain where nothing else is said.
    pub realm: String,
    /// Its own SIP URI as servers and clients reach it: Service-Route, Record-Route and the sender of third-party
    /// registrations.
    pub uri: String,
    /// Who may register.
    pub users: Users,
    /// The servers of this system: users are reached by them, and reach their service identities.
    pub servers: Vec<Server>,
    /// Trusted edge proxies between the users and this core (RFC 3327).
    pub edges: Vec<Edge>,
    /// The limits of registration.
    pub registration: Registration,
}

/// One user, who may hold several public identities.
#[derive(Clone, Debug)]
pub struct User {
    /// The digest username.
    pub username: String,
    /// The public identities: the addresses of record that it may register, in canonical form, the default one first.
    pub identities: Vec<String>,
    /// What proves the password, in the order in which the algorithms are offered.
    pub secrets: Vec<Ha1>,
}

/// A server of this system.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where requests for its service identities, and third-party registrations, are sent.
    pub hop: Hop,
    /// The domain that its certificate proves where it is who sends.
    pub identity: String,
    /// Its public service identities, in canonical form. The first receives third-party registrations.
    pub services: Vec<String>,
    /// Whether it is told who registers (TS 24.379 7.3.1A, carried as in RFC 3261 10.2).
    pub third_party: bool,
    /// Whether it says why a user who is logged off takes nothing (TS 24.229 5.4.3.3, terminating unregistered).
    pub unregistered: bool,
}

/// A proxy between the users and this core.
#[derive(Clone, Debug)]
pub struct Edge {
    /// How the users behind it are reached.
    pub hop: Hop,
    /// The domain that its certificate proves.
    pub identity: String,
}

/// The limits of registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Shortest binding that is granted; less is answered 423 (RFC 3261 10.3 step 7).
    pub least: Duration,
    /// Longest binding that is granted; more is shortened to it.
    pub most: Duration,
    /// What is granted where a REGISTER names no time.
    pub usual: Duration,
    /// Bindings that one address of record may have at once.
    pub contacts: usize,
    /// The algorithms that are offered, the preferred one first (RFC 8760 2.4).
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce can be used.
    pub nonce_life: Duration,
    /// What happens to who guesses passwords.
    pub lock_out: LockOut,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            least: Duration::from_secs(60),
            most: Duration::from_secs(86_400),
            usual: Duration::from_secs(3600),
            contacts: 8,
            algorithms: vec![Algorithm::Sha256],
            nonce_life: Duration::from_secs(300),
            lock_out: LockOut::default(),
        }
    }
}

/// The users, found by username and by address of record.
#[derive(Clone, Default, Debug)]
pub struct Users {
    all: Vec<User>,
    by_username: HashMap<String, usize>,
    by_identity: HashMap<String, usize>,
}

impl Users {
    /// The user with this digest username.
    #[must_use]
    pub fn named(&self, username: &str) -> Option<&User> {
        self.by_username.get(username).and_then(|index| self.all.get(*index))
    }

    /// Every address of record that somebody owns.
    pub fn identities(&self) -> impl Iterator<Item = &str> {
        self.by_identity.keys().map(String::as_str)
    }

    /// The user who owns this address of record.
    #[must_use]
    pub fn owner(&self, identity: &str) -> Option<&User> {
        self.by_identity.get(identity).and_then(|index| self.all.get(*index))
    }
}

impl FromIterator<User> for Users {
    fn from_iter<I: IntoIterator<Item = User>>(users: I) -> Self {
        let all: Vec<User> = users.into_iter().collect();
        let by_username =
            all.iter().enumerate().map(|(index, user)| (user.username.clone(), index)).collect();
        let identities = |(index, user): (usize, &User)| {
            user.identities.iter().map(move |identity| (identity.clone(), index)).collect::<Vec<_>>()
        };
        let by_identity = all.iter().enumerate().flat_map(identities).collect();
        Self { all, by_username, by_identity }
    }
}
