//! `[locations]`: what an operator says about users, about who may ask, and about what may be told.
//!
//! ```toml
//! [locations]
//! name = "lms1.core.primary.example"
//! psi = "sip:lms_psi@primary.example"
//!
//! migrated = "refuse"                           # a user who works in another MC system: "follow" him there, "tell" where, "refuse"
//!
//! [[locations.listen]]
//! name = "inner"
//! address = "10.0.0.5:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [locations.core]                              # the hop to the own SIP core
//! name = "sip-core.core.primary.example"
//! address = "10.0.0.4:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [locations.gateway]                           # the hop to the own MC gateway server; absent where all partners are direct
//! name = "mcgw.primary.example"
//! address = "10.0.0.3:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[locations.partner]]
//! name = "partner.example"
//! psi = "sip:lms_psi@partner.example"
//!
//! [[locations.service]]                         # an own MC service server, which may ask for a user that it names
//! psi = "sip:mcptt_psi@primary.example"
//! name = "mcs1.core.primary.example"
//! address = "10.0.0.6:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[locations.ask]]                             # step 2; the first that matches decides, none: no
//! requester = "primary.example"                 # "anyone", a domain, or one MC service ID
//! target = "partner.example"
//! allow = true
//!
//! [[locations.tell]]                            # step 4, general policy; the first that matches decides, none: no
//! requester = "partner.example"
//! answer = "allow"                              # "refuse", "ask-user"
//!
//! [[locations.user]]
//! mc-service-id = "sip:alice@primary.example"
//! impu = "sip:alice.imsi@primary.example"
//!
//! [[locations.user.share]]                      # step 4, the user's own rules; they come before general policy
//! requester = "sip:mallory@partner.example"
//! answer = "refuse"
//! ```

mod partner;
mod read;

use std::{mem, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, Listen, Named},
};
use xml_schemas::ids::{McServiceId, Psi};

pub use partner::PartnerConfig;

/// The configuration of a location management server.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call it.
    pub name: String,
    /// Under which public service identity others know it.
    pub psi: Psi,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// The listeners at which partners arrive without gateways between.
    pub border: Vec<String>,
    /// The hop to the own SIP core.
    pub core: Option<HopConfig>,
    /// The hop to the own MC gateway server.
    pub gateway: Option<HopConfig>,
    /// The interconnected MC systems.
    pub partners: Vec<PartnerConfig>,
    /// The domains of the own MC system; that of the service identity where nothing else is said.
    pub domains: Vec<String>,
    /// The users of the own system.
    pub users: Vec<User>,
    /// The own MC service servers, which may ask for a user that they name.
    pub servers: Vec<OwnServer>,
    /// Step 2 of 10.9.3.10.2: who may ask for whom. The first rule that matches decides; none: no.
    pub ask: Vec<AskRule>,
    /// Step 4 of 10.9.3.10.2, general policy: what is told to whom, where no rule of the user says. The first rule that
    /// matches decides; none: no.
    pub tell: Vec<TellRule>,
    /// How long a partner may take to report, for a whole request.
    pub partner_deadline: Duration,
    /// How long a user's client may take to report; shorter than a partner's patience with us.
    pub client_deadline: Duration,
    /// How long the client may take where its user is asked for permission.
    pub permission_deadline: Duration,
    /// Targets in one request, at most.
    pub max_targets: usize,
    /// Whether a target that is logged off, or whose client is silent, is answered with its last known position.
    pub stale_instead_of_nothing: bool,
    /// What becomes of requests for a user who has migrated.
    pub migrated: Migrated,
}

/// What becomes of requests for a user who has migrated to another MC system (TS 23.280 10.6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Migrated {
    /// He is located there: that system is asked.
    Follow,
    /// They are refused, and told where he works.
    Tell,
    /// They are refused: he works elsewhere.
    Refuse,
    /// He is looked for here, and nobody is asked where he works.
    Ignore,
}

impl Named for Migrated {
    const NAMES: &'static [(&'static str, Self)] =
        &[("follow", Self::Follow), ("tell", Self::Tell), ("refuse", Self::Refuse), ("ignore", Self::Ignore)];
}

impl Config {
    /// No partners, no users, nobody may ask, nothing is told; 10 s, 4 s, 8 s; 100 targets; no stale positions.
    #[must_use]
    pub fn new(name: impl Into<String>, psi: Psi) -> Self {
        Self {
            name: name.into(),
            domains: vec![psi.domain().to_owned()],
            psi,
            listen: Vec::new(),
            border: Vec::new(),
            core: None,
            gateway: None,
            partners: Vec::new(),
            users: Vec::new(),
            servers: Vec::new(),
            ask: Vec::new(),
            tell: Vec::new(),
            partner_deadline: Duration::from_secs(10),
            client_deadline: Duration::from_secs(4),
            permission_deadline: Duration::from_secs(8),
            max_targets: 100,
            stale_instead_of_nothing: false,
            migrated: Migrated::Refuse,
        }
    }

    /// Its users and rules, which it holds no more.
    #[must_use]
    pub fn take_rules(&mut self) -> Rules {
        let Self { users, ask, tell, .. } = self;
        Rules { users: mem::take(users), ask: mem::take(ask), tell: mem::take(tell) }
    }
}

/// What an operator changes while the server runs.
#[derive(Clone, Default, Debug)]
pub struct Rules {
    /// The users of the own system.
    pub users: Vec<User>,
    /// Step 2 of 10.9.3.10.2: who may ask for whom.
    pub ask: Vec<AskRule>,
    /// Step 4 of 10.9.3.10.2, general policy: what is told to whom.
    pub tell: Vec<TellRule>,
}

/// A user of the own system.
#[derive(Clone, Debug)]
pub struct User {
    /// Who.
    pub id: McServiceId,
    /// The public user identity that the user registers with; what the SIP core asserts.
    pub impu: Impu,
    /// Step 4 of 10.9.3.10.2, user level: the user's own rules. The first that matches decides; none: general policy.
    pub share: Vec<TellRule>,
}

/// Who may ask for whom.
#[derive(Clone, Debug)]
pub struct AskRule {
    /// Its name, in records of decisions.
    pub name: String,
    /// Who asks.
    pub requester: Whom,
    /// For whom.
    pub target: Whom,
    /// Whether it may be asked.
    pub allow: bool,
}

/// What may be told to whom.
#[derive(Clone, Debug)]
pub struct TellRule {
    /// Its name, in records of decisions.
    pub name: String,
    /// Who asks.
    pub requester: Whom,
    /// What is done.
    pub answer: Tell,
}

/// What a rule says about telling a user's position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tell {
    /// It is told.
    Allow,
    /// It is not told.
    Refuse,
    /// The user is asked, at the client (10.9.3.2).
    AskUser,
}

/// Whom a rule speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// Everybody.
    Anyone,
    /// The users of the MC system with this domain.
    System(String),
    /// One user.
    User(McServiceId),
}

impl Whom {
    /// Whether the rule speaks of this user.
    #[must_use]
    pub fn matches(&self, user: &McServiceId) -> bool {
        match self {
            Self::Anyone => true,
            Self::System(domain) => user.domain().eq_ignore_ascii_case(domain),
            Self::User(id) => id == user,
        }
    }
}
