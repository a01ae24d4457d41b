//! `[identity]`: what an operator says about users, clients, partners, and how long what is issued lasts.
//!
//! ```toml
//! [identity]
//! name = "idms.a.example"
//! issuer = "https://idms.a.example"             # `iss`, and below which URI its endpoints are
//! domains = ["a.example"]                       # in which its users' MC service IDs lie
//! audience = ["mcx"]                            # `aud` of access tokens: the servers of the own MC system
//! acm-servers = ["acm1.core.a.example"]         # the own ACM servers, which have visitors admitted (TS 23.280 10.17.5)
//! revoked-to = ["mcs1.core.a.example"]          # who is told what has been revoked; whoever shows a certificate where it is left out
//!
//! [[identity.http]]
//! name = "clients"
//! address = "10.0.0.9:443"
//! transport = "tls"
//! tls = "inner"
//! client-certificate = "none"
//!
//! [[identity.client]]                           # an application of users' terminals (public, RFC 6749 2.1)
//! id = "mcx-ue"
//! redirect-uris = ["http://127.0.0.1/callback", "org.example.mcptt:/callback"]
//!
//! [[identity.user]]                             # beside those that `mcx users` keeps in the store
//! name = "alice"
//! password = "$argon2id$v=19$m=19456,t=2,p=1$…"
//! mc-service-id = "sip:alice@a.example"
//!
//! [[identity.partner]]                          # the identity management server of an interconnected MC system
//! name = "https://idms.b.example"               # `iss` in its security tokens, and `resource` where users go there
//! jwks = "idms.b.jwks.json"                     # or jwks-uri and server, as in [[groups.issuer]]
//! domains = ["b.example"]                       # in which its users' MC service IDs lie
//! may-visit = ["*"]                             # who of ours may get a security token for it (RFC 8693)
//! visitors = ["*"]                              # who of its users may get tokens of ours with one (RFC 7523)
//!
//! [[identity.partner.visitor]]                  # an MC service ID that is allocated beforehand, with his account at the SIP core
//! primary = "sip:bob@b.example"
//! id = "sip:guest-7@a.example"
//! ```

mod read;

use std::{sync::Arc, time::Duration};

use kit::{
    config::{HttpLimits, HttpListen},
    document_rules::like,
    lock_out::LockOut,
    tokens::IssuerConfig,
};
use xml_schemas::ids::McServiceId;

use crate::users::User;

/// The configuration of an identity management server.
#[derive(Clone, Debug)]
pub struct Config {
    /// What logs and metrics call it.
    pub name: String,
    /// The value of `iss`: an https URI without a slash at its end, below which the endpoints are.
    pub issuer: String,
    /// The domains in which its users' MC service IDs lie, in lower case. Visitors are given IDs in the first.
    pub domains: Vec<String>,
    /// For whom its access tokens are (`aud`).
    pub audience: Vec<String>,
    /// Where it listens.
    pub http: Vec<HttpListen>,
    /// What its HTTP bears.
    pub http_limits: HttpLimits,
    /// How long what it issues lasts.
    pub lifetimes: Lifetimes,
    /// How signing keys follow each other.
    pub keys: KeyTimes,
    /// How passwords are hashed.
    pub hashing: Hashing,
    /// What happens to who guesses passwords.
    pub lock_out: LockOut,
    /// The applications that users log in with.
    pub clients: Vec<Client>,
    /// The identity management servers of interconnected MC systems.
    pub partners: Vec<Partner>,
    /// The own ACM servers, by the domains that their certificates prove: they have visitors admitted, and sent away (TS 23.280
    /// 10.17.5).
    pub acm_servers: Vec<String>,
    /// Whether the tokens of a visitor whom they send away count no more.
    pub removed_leave: bool,
    /// Who is told what has been revoked, by the domains that their certificates prove; none: whoever shows a certificate that the
    /// listener verifies. `*` is anybody.
    pub revoked_to: Vec<String>,
    /// Users beside those in the store.
    pub users: Vec<User>,
}

/// How long what is issued lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetimes {
    /// The login page, from its delivery to its return.
    pub login: Duration,
    /// An authorization code (RFC 6749 4.1.2: at most ten minutes).
    pub code: Duration,
    /// An access token and an ID token.
    pub access: Duration,
    /// A refresh token that is not used. Each use gives a new one.
    pub refresh: Duration,
    /// What one log-in gives, however often it is refreshed.
    pub log_in: Duration,
    /// A security token for a partner (TS 33.180 B.7).
    pub security: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(600),
            code: Duration::from_secs(60),
            access: Duration::from_secs(3_600),
            refresh: Duration::from_secs(86_400),
            log_in: Duration::from_secs(30 * 86_400),
            security: Duration::from_secs(600),
        }
    }
}

/// How signing keys follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyTimes {
    /// How long a key signs.
    pub rotation: Duration,
    /// How long the next one is in the set before it signs, so that whoever fetches the set has it in time.
    pub ahead: Duration,
}

impl Default for KeyTimes {
    fn default() -> Self {
        Self { rotation: Duration::from_secs(30 * 86_400), ahead: Duration::from_secs(3_600) }
    }
}

/// Argon2id (RFC 9106) and how much of it is borne at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hashing {
    /// Memory of one hash in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at once, each on a thread of its own.
    pub threads: usize,
    /// How many wait for one of them. Beyond, log-ins are answered 503.
    pub waiting: usize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, threads: 2, waiting: 64 }
    }
}

/// An application of users' terminals. All are public: none keeps a secret (RFC 8252 8.4, TS 33.180 B.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// Its `client_id`.
    pub id: String,
    /// Where its users are sent back; exact, but for the port of a loopback address (RFC 8252 7.3).
    pub redirect_uris: Vec<String>,
    /// The scopes that it may have; every one that is known where the list is empty.
    pub scopes: Vec<String>,
}

/// The identity management server of an interconnected MC system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partner {
    /// Its name, `iss`.
    pub name: String,
    /// Whence its keys are; none where none of its users comes here.
    pub issuer: Option<IssuerConfig>,
    /// The domains in which its users' MC service IDs lie, in lower case.
    pub domains: Vec<String>,
    /// What a client may call it in `resource` (RFC 8693 2.1); its name among them.
    pub resources: Vec<String>,
    /// Who of the own users may get a security token for it. `*` stands for any characters.
    pub may_visit: Vec<String>,
    /// Who of its users may get tokens here.
    pub visitors: Vec<String>,
    /// The scopes that they may have.
    pub scopes: Vec<String>,
    /// MC service IDs that are allocated beforehand, for whom the operator has made an account.
    pub allocated: Vec<AllocatedId>,
}

/// An MC service ID of a visitor that is allocated before he comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllocatedId {
    /// Who he is in his primary MC system.
    pub primary: McServiceId,
    /// Who he is here.
    pub id: McServiceId,
}

impl Partner {
    /// The MC service ID that was allocated to this visitor beforehand.
    #[must_use]
    pub fn allocated_to(&self, primary: &McServiceId) -> Option<&McServiceId> {
        self.allocated.iter().find(|each| each.primary == *primary).map(|each| &each.id)
    }

    /// Whether this user of ours may get a security token for it.
    #[must_use]
    pub fn may_be_visited_by(&self, user: &McServiceId) -> bool {
        self.may_visit.iter().any(|pattern| like(pattern, user.as_str()))
    }

    /// Whether this is a user of its: he lies in its domains.
    #[must_use]
    pub fn owns(&self, user: &McServiceId) -> bool {
        self.domains.iter().any(|domain| domain.eq_ignore_ascii_case(user.domain()))
    }

    /// Whether this is a user of its who may get tokens here. He lies in its domains, whatever the patterns say.
    #[must_use]
    pub fn sends(&self, user: &McServiceId) -> bool {
        self.owns(user) && self.visitors.iter().any(|pattern| like(pattern, user.as_str()))
    }
}

impl Config {
    /// A server without listeners, users, clients and partners.
    #[must_use]
    pub fn new(name: impl Into<String>, issuer: impl Into<String>, domains: Vec<String>) -> Self {
        Self {
            name: name.into(),
            issuer: issuer.into(),
            domains: domains.into_iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            audience: vec!["mcx".to_owned()],
            http: Vec::new(),
            http_limits: HttpLimits::default(),
            lifetimes: Lifetimes::default(),
            keys: KeyTimes::default(),
            hashing: Hashing::default(),
            lock_out: LockOut::default(),
            clients: Vec::new(),
            partners: Vec::new(),
            acm_servers: Vec::new(),
            removed_leave: true,
            revoked_to: Vec::new(),
            users: Vec::new(),
        }
    }

    /// Whether a domain is the own MC system's.
    #[must_use]
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// The URI of an endpoint.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// What an operator changes while the server runs.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules { clients: self.clients.clone(), users: self.users.iter().cloned().map(Arc::new).collect() }
    }
}

/// What an operator changes while the server runs.
#[derive(Clone, Default, Debug)]
pub struct Rules {
    /// The applications that users log in with.
    pub clients: Vec<Client>,
    /// Users beside those in the store.
    pub users: Vec<Arc<User>>,
}

impl Rules {
    /// The client with this ID.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The user with this name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&Arc<User>> {
        self.users.iter().find(|user| user.name == name)
    }
}
