//! `[groups]`: what an operator says about groups, about who may have them, and about what becomes of them on the way.
//!
//! ```toml
//! [groups]
//! name = "gms1.core.a.example"
//! psi = "sip:gms_psi@a.example"
//! xcap-root = "https://xcap.a.example"
//! administrators = ["sip:admin@a.example"]      # may do everything with groups of the own system
//! creators = ["sip:dispatcher@a.example"]       # may put groups into their own tree; "*" stands for any characters
//!
//! [[groups.listen]]                             # SIP: subscriptions to changes
//! name = "inner"
//! address = "10.0.0.7:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[groups.http]]                               # HTTP of own servers and of the gateway
//! name = "servers"
//! address = "10.0.0.7:8443"
//! transport = "tls"
//! tls = "inner"
//!
//! [[groups.http]]                               # HTTP of clients, which have access tokens
//! name = "clients"
//! address = "10.0.0.7:443"
//! transport = "tls"
//! tls = "inner"
//! client-certificate = "none"
//!
//! [groups.gateway]                              # the hop to the own MC gateway server, SIP
//! name = "mcgw.a.example"
//! address = "10.0.0.3:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [groups.http-gateway]                         # the same, HTTP
//! name = "mcgw.a.example"
//! address = "10.0.0.3:8443"
//! transport = "tls"
//! tls = "inner"
//!
//! [[groups.service]]                            # an own MC service server
//! psi = "sip:mcptt_psi@a.example"
//! name = "mcs1.core.a.example"
//! address = "10.0.0.6:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[groups.issuer]]                             # whose access tokens count
//! name = "https://idms.a.example"
//! audience = ["gms"]
//! jwks = "idms.jwks.json"
//!
//! [[groups.user]]                               # who may subscribe as whom: what the SIP core asserts
//! mc-service-id = "sip:alice@a.example"
//! impu = "sip:alice.imsi@a.example"
//!
//! [[groups.partner]]
//! name = "b.example"
//! psi = "sip:gms_psi@b.example"
//! xcap-root = "https://xcap.b.example"
//! may-be-provided = true                        # 10.2.7.2, we are the primary system
//! may-provide = true                            # 10.2.7.2, we are the partner system
//! may-request = true                            # 10.2.7.3, we are the primary system
//! may-be-asked = true                           # 10.2.7.3, we are the partner system
//! most-groups = 10000                           # that it may keep here by providing them
//! most-octets = 268435456                       # that these may have, all together
//!
//! [[groups.partner.provide]]                    # what becomes of our groups before they go there
//! name = "only their members"
//! remove = "group/list-service/list/entry"
//! unless = { attribute = "uri", domain = "partner" }
//!
//! [[groups.partner.accept]]                     # what becomes of their groups before they are stored
//! name = "cap priority"
//! group = "sip:flood-*"                         # optional: of these groups only
//! override = "//mcpttgi:on-network-group-priority"
//! at-most = 5
//! ```

mod partner;
mod read;

use std::{collections::HashMap, sync::Arc, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, HttpLimits, HttpListen, Listen},
    document_rules::like,
};
use xcap::Root;
use xml_schemas::ids::{McServiceId, Psi};

pub use kit::tokens::IssuerConfig;
pub use partner::{Direct, Follow, GroupRule, PartnerConfig, ShareWith};

/// The configuration of a group management server.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call it.
    pub name: String,
    /// The name of this replica of it, for what only one may do at a time; its name where nothing else is said.
    pub replica: String,
    /// Under which public service identity others know it.
    pub psi: Psi,
    /// Below which URI its documents are, for clients and for partners alike.
    pub root: Root,
    /// Where it listens for SIP.
    pub listen: Vec<Listen>,
    /// Where it listens for HTTP.
    pub http: Vec<HttpListen>,
    /// What its HTTP bears.
    pub http_limits: HttpLimits,
    /// The listeners, of SIP and of HTTP, at which partners arrive without gateways between.
    pub border: Vec<String>,
    /// The hop to the own SIP core, by which clients subscribe.
    pub core: Option<HopConfig>,
    /// The hop to the own MC gateway server over SIP.
    pub gateway: Option<HopConfig>,
    /// The hop to the own MC gateway server over HTTP.
    pub http_gateway: Option<HopConfig>,
    /// The domains of the own MC system; that of the service identity where nothing else is said.
    pub domains: Vec<String>,
    /// The own MC service servers.
    pub servers: Vec<OwnServer>,
    /// Whose access tokens count.
    pub issuers: Vec<IssuerConfig>,
    /// The users of the own system who may subscribe: what the SIP core asserts, and who that is.
    pub users: HashMap<Impu, McServiceId>,
    /// The interconnected MC systems.
    pub partners: Vec<PartnerConfig>,
    /// Who may do everything with groups of the own system, and see and decide what is shared. `*` stands for any characters.
    pub administrators: Vec<String>,
    /// Who may put groups of the own system into their own tree. `*` stands for any characters.
    pub creators: Vec<String>,
    /// How long a request to a partner may take.
    pub partner_deadline: Duration,
    /// How long an MC service server waits for a group that has to be requested (10.2.7.3), before it is told to come again.
    pub request_deadline: Duration,
    /// How long a request that failed is tried again before it is given up.
    pub request_for: Duration,
    /// Step 4 of 10.2.7.2: whether MC service servers that subscribed are notified of what a partner provides.
    pub notify_provided: bool,
    /// No longer subscription is granted.
    pub longest_subscription: Duration,
    /// Subscriptions at once.
    pub subscriptions: usize,
    /// Octets of all of them, as they are kept.
    pub subscription_octets: usize,
    /// Octets of documents that are kept in memory.
    pub cache: usize,
    /// Documents that one user may keep of each usage other than groups.
    pub documents_per_user: usize,
}

impl Config {
    /// No listeners, no partners, nobody may anything; 10 s, 5 s, an hour; 100,000 subscriptions of a day at most; 64 MiB of cache;
    /// 100 documents of each usage for a user.
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
            border: Vec::new(),
            core: None,
            gateway: None,
            http_gateway: None,
            servers: Vec::new(),
            issuers: Vec::new(),
            users: HashMap::new(),
            partners: Vec::new(),
            administrators: Vec::new(),
            creators: Vec::new(),
            partner_deadline: Duration::from_secs(10),
            request_deadline: Duration::from_secs(5),
            request_for: Duration::from_secs(3600),
            notify_provided: true,
            longest_subscription: Duration::from_secs(86_400),
            subscriptions: 100_000,
            subscription_octets: 100_000 * kit::events::OCTETS,
            cache: 64 << 20,
            documents_per_user: 100,
        }
    }

    /// What an operator changes while the server runs.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            domains: self.domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            administrators: self.administrators.clone(),
            creators: self.creators.clone(),
            users: self.users.clone(),
            partners: self.partners.iter().cloned().map(Arc::new).collect(),
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
    /// [`Config::creators`].
    pub creators: Vec<String>,
    /// [`Config::users`].
    pub users: HashMap<Impu, McServiceId>,
    /// What is agreed with each partner.
    pub partners: Vec<Arc<PartnerConfig>>,
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

    /// Whether this user may put groups into its own tree.
    #[must_use]
    pub fn is_creator(&self, user: &str) -> bool {
        self.creators.iter().any(|pattern| like(pattern, user))
    }

    /// The agreement with the partner of this configured name.
    #[must_use]
    pub fn partner(&self, name: &str) -> Option<&Arc<PartnerConfig>> {
        self.partners.iter().find(|partner| partner.name == name)
    }

    /// The agreement with the partner whose domain this is.
    #[must_use]
    pub fn serving(&self, domain: &str) -> Option<&Arc<PartnerConfig>> {
        self.partners.iter().find(|partner| partner.owns_domain(domain))
    }
}
