//! `[configuration]`: what an operator says about the documents that clients and servers are configured by.
//!
//! ```toml
//! [configuration]
//! name = "cms1.core.b.example"
//! psi = "sip:cms_psi@b.example"
//! xcap-root = "https://cms.b.example"
//! administrators = ["sip:admin@b.example"]      # may read and write everything; "*" stands for any characters
//!
//! [[configuration.listen]]                      # SIP: subscriptions to changes
//! name = "inner"
//! address = "10.0.0.8:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[configuration.http]]                        # HTTP of own servers
//! name = "servers"
//! address = "10.0.0.8:8443"
//! transport = "tls"
//! tls = "inner"
//!
//! [[configuration.http]]                        # HTTP of clients, which have access tokens
//! name = "clients"
//! address = "10.0.0.8:443"
//! transport = "tls"
//! tls = "inner"
//! client-certificate = "none"
//!
//! [[configuration.service]]                     # an own MC service server, which reads every document
//! psi = "sip:mcptt_psi@b.example"
//! name = "mcs1.core.b.example"
//! address = "10.0.0.6:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[configuration.user]]                        # who may subscribe to documents of his own
//! mc-service-id = "sip:bob@b.example"
//! impu = "sip:bob.imsi@b.example"
//!
//! [[configuration.issuer]]                      # whose access tokens count
//! name = "https://idms.b.example"
//! jwks = "idms.jwks.json"
//!
//! [configuration.group-server]                  # what group entries of profiles say of partners' groups (10.2.7.1)
//! psi = "sip:gms_psi@b.example"
//! token-endpoint = "https://idms.b.example/token"
//! kms = "sip:kms@b.example"
//! partners = ["a.example"]
//! ```

mod read;

use std::{collections::HashMap, path::PathBuf, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, HttpLimits, HttpListen, Listen},
    document_rules::like,
    tokens::IssuerConfig,
};
use xcap::Root;
use xml_schemas::ids::{McServiceId, Psi};

/// The configuration of a configuration management server.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call it.
    pub name: String,
    /// The name of this replica of it; its name where nothing else is said.
    pub replica: String,
    /// Under which public service identity others know it.
    pub psi: Psi,
    /// Below which URI its documents are.
    pub root: Root,
    /// Where it listens for SIP.
    pub listen: Vec<Listen>,
    /// Where it listens for HTTP.
    pub http: Vec<HttpListen>,
    /// What its HTTP bears.
    pub http_limits: HttpLimits,
    /// The hop to the own SIP core, by which clients subscribe.
    pub core: Option<HopConfig>,
    /// The domains of the own MC system; that of the service identity where nothing else is said.
    pub domains: Vec<String>,
    /// The own MC service servers.
    pub servers: Vec<OwnServer>,
    /// Users, as they subscribe.
    pub users: Vec<User>,
    /// Whose access tokens count.
    pub issuers: Vec<IssuerConfig>,
    /// Who may read and write everything. `*` stands for any characters.
    pub administrators: Vec<String>,
    /// What group entries of profiles say of partners' groups; nothing is written there where there is none.
    pub group_server: Option<GroupServer>,
    /// A folder with further application usages and their schemas.
    pub usages: Option<PathBuf>,
    /// Octets of documents that are kept in memory.
    pub cache: usize,
    /// How many subscriptions there may be.
    pub subscriptions: usize,
    /// Octets of all of them, as they are kept.
    pub subscription_octets: usize,
    /// The longest time for which a subscription is granted.
    pub longest_subscription: Duration,
}

/// A user of the own MC system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Who: the owner of a tree of documents.
    pub id: McServiceId,
    /// The public user identity that the user subscribes with.
    pub impu: Impu,
}

/// The server from which clients have the configuration of partners' groups: the own group management server (TS 23.280
/// clause 10.2.7.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupServer {
    /// Its public service identity (`GMS-Serv-Id`).
    pub psi: Psi,
    /// Where a client gets the token for it (`IDMS-token-endpoint`).
    pub token_endpoint: String,
    /// Whose keys the groups have (`KMS-URI`).
    pub kms: String,
    /// The domains of interconnected MC systems, in lower case.
    pub partners: Vec<String>,
}

impl GroupServer {
    /// What it says, as one text that differs where it differs.
    #[must_use]
    pub fn rule(&self) -> String {
        let Self { psi, token_endpoint, kms, partners } = self;
        format!("{} {token_endpoint} {kms} {}", psi.as_str(), partners.join(" "))
    }
}

impl Config {
    /// A server without listeners, users and issuers.
    #[must_use]
    pub fn new(name: impl Into<String>, psi: Psi, root: Root) -> Self {
        let name = name.into();
        Self {
            replica: name.clone(),
            name,
            domains: vec![psi.domain().to_owned()],
            psi,
            root,
            listen: Vec::new(),
            http: Vec::new(),
            http_limits: HttpLimits::default(),
            core: None,
            servers: Vec::new(),
            users: Vec::new(),
            issuers: Vec::new(),
            administrators: Vec::new(),
            group_server: None,
            usages: None,
            cache: 64 << 20,
            subscriptions: 100_000,
            subscription_octets: 100_000 * kit::events::OCTETS,
            longest_subscription: Duration::from_secs(86_400),
        }
    }

    /// What an operator changes while the server runs.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            domains: self.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            administrators: self.administrators.clone(),
            users: self.users.iter().map(|user| (user.impu.clone(), user.id.clone())).collect(),
            group_server: self.group_server.clone(),
        }
    }
}

/// What an operator changes while the server runs.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The domains of the own MC system, in lower case.
    pub domains: Vec<String>,
    /// [`Config::administrators`].
    pub administrators: Vec<String>,
    /// Users by the identity that they subscribe with.
    pub users: HashMap<Impu, McServiceId>,
    /// [`Config::group_server`].
    pub group_server: Option<GroupServer>,
}

impl Rules {
    /// Whether a domain is the own MC system's.
    #[must_use]
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// Whether this user is an administrator.
    #[must_use]
    pub fn is_administrator(&self, user: &str) -> bool {
        self.administrators.iter().any(|pattern| like(pattern, user))
    }
}
