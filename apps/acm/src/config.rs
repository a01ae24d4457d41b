//! `[acm]`: who may ask other MC systems for what, who handles what they ask, and how both are told.
//!
//! ```toml
//! [acm]
//! name = "acm1.core.primary.example"
//! psi = "sip:acm_psi@primary.example"
//! domains = ["primary.example"]                  # of our users and groups; that of the service identity where nothing is said
//! interconnection-groups = ["sip:*-ops@primary.example"]  # 10.17.4.2.2 step 2: which of our groups may be provided; absent: those
//!                                                # of which the group management server says so
//! tell-unauthorized = true                       # whoever may not ask is told so
//! alias-choice = "first"                         # who of several holders of an alias: "first", "latest", "round-robin"
//! aliases-count-for = "1h"                       # how long what the alias server told last counts while it is away
//! keep-closed = "365d"                           # how long what became of a request can be asked for
//! keep-refused = "7d"                            # how long a request is known that was refused as it came
//! longest-wait = "365d"                          # how long a partner's request waits for a person at most
//! carry-out-within = "1d"                        # how long it is tried to carry out a yes
//!
//! [acm.core]                                     # the hop to the own SIP core
//! [acm.gateway]                                  # the hop to the own MC gateway server; absent where all partners are direct
//!
//! [acm.alias-server]                             # the own functional alias controlling server
//! psi = "sip:alias_psi@primary.example"
//! name = "aliases1.core.primary.example"
//!
//! [[acm.user]]
//! mc-service-id = "sip:admin1@primary.example"
//! impu = "sip:admin1.imsi@primary.example"
//! handles = true                                 # whether partners' users may ask him (step 4a)
//!
//! [[acm.allow]]                                  # step 2; the first that matches decides, none: no
//! user = "sip:admin1@primary.example"
//! flows = ["acm-group-information-provision-request"]     # absent: all
//! partners = ["partner.example"]                 # absent: all
//! allow = true
//!
//! [[acm.partner]]
//! name = "partner.example"
//! psi = "sip:acm_psi@partner.example"
//! audit-keys = ["kD4…"]                          # what its audit log is signed with (`mcx audit key FILE` there); or:
//! audit-first-key = false                        # the first key that comes from it is the one
//!
//! [[acm.partner.handle]]                         # step 4; the first that matches decides, none: whom the request names
//! flows = ["acm-user-profile-update-request"]
//! by = "allow"                                   # "refuse", "target", or "person"
//! ```

mod limits;
mod neighbours;
mod partner;
mod read;
mod rules;

use std::time::Duration;

use kit::{
    Impu, OwnServer,
    config::{HopConfig, Listen, Named},
};
use xml_schemas::ids::{McServiceId, Psi};

pub use limits::Limits;
pub use neighbours::{Neighbours, WebServer};
pub use partner::{AuditKeys, Direct, PartnerConfig};
pub use rules::{AllowRule, HandleRule, Handling};

/// The configuration of an ACM server.
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
    /// The own functional alias controlling server; none where no aliases are used.
    pub aliases: Option<OwnServer>,
    /// The interconnected MC systems.
    pub partners: Vec<PartnerConfig>,
    /// The domains of the own MC system.
    pub domains: Vec<String>,
    /// The users who log on here.
    pub users: Vec<User>,
    /// Step 2: who may ask whom for what. The first rule that matches decides; none: no.
    pub allow: Vec<AllowRule>,
    /// 10.17.4.2.2 step 2: which groups of ours are interconnection groups; `*` stands for any characters. Where none is named, the
    /// group management server is asked.
    pub interconnection_groups: Vec<String>,
    /// Whether an initiator who is not authorized is told so; else the procedure stops in silence, as the text has it.
    pub tell_unauthorized: bool,
    /// Who of several holders of an alias is given a request.
    pub alias_choice: AliasChoice,
    /// How long what the alias controlling server told last counts while it is away; then nobody is known to hold an alias, and what is
    /// for one waits.
    pub aliases_count_for: Duration,
    /// How long what became of a request can be asked for, and a repeat of it is known as one.
    pub keep_closed: Duration,
    /// How long a partner's request is known that was refused as it came; of it a digest is kept.
    pub keep_refused: Duration,
    /// How long a partner's request waits for a person at most: then it expires, also where its initiator names no time.
    pub longest_wait: Duration,
    /// How long it is tried to carry out what was decided with a yes; then it is refused.
    pub carry_out_within: Duration,
    /// How much may be open, or wait, at once.
    pub limits: Limits,
    /// The first pause after a partner has not been reached, and the longest.
    pub retry: [Duration; 2],
    /// How many messages to one partner are under way at once.
    pub at_once: usize,
    /// How often partners are told the end of the audit log, where it is signed.
    pub audit_every: Duration,
    /// Own servers whose work follows from what is decided here about users.
    pub neighbours: Neighbours,
}

impl Config {
    /// No partners, no users, nobody may ask; whoever may not is told, the first holder of an alias has it, what is closed is kept
    /// for a year, and so long a request waits; a yes is carried out within a day; 1 s to 60 s between attempts, 16 at once; partners are told the end of the audit log every hour.
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
            aliases: None,
            partners: Vec::new(),
            users: Vec::new(),
            allow: Vec::new(),
            interconnection_groups: Vec::new(),
            tell_unauthorized: true,
            alias_choice: AliasChoice::First,
            aliases_count_for: Duration::from_secs(3600),
            keep_refused: Duration::from_secs(7 * 86_400),
            keep_closed: Duration::from_secs(365 * 86_400),
            longest_wait: Duration::from_secs(365 * 86_400),
            carry_out_within: Duration::from_secs(86_400),
            limits: Limits::default(),
            retry: [Duration::from_secs(1), Duration::from_secs(60)],
            at_once: 16,
            audit_every: Duration::from_secs(3600),
            neighbours: Neighbours::default(),
        }
    }

    /// The system of this configured name.
    #[must_use]
    pub fn partner(&self, name: &str) -> Option<&PartnerConfig> {
        self.partners.iter().find(|partner| partner.name == name)
    }
}

/// A user of the own system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Who.
    pub id: McServiceId,
    /// The public user identity that the user registers with; what the SIP core asserts.
    pub impu: Impu,
    /// Whether partners' users may address requests to this one: an authorized user (step 4a).
    pub handles: bool,
}

/// Who of several holders of an alias is given a request (10.17.7.2 step 4, local policy).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AliasChoice {
    /// Who activated it first.
    First,
    /// Who activated it last.
    Latest,
    /// Each in turn.
    RoundRobin,
}

impl Named for AliasChoice {
    const NAMES: &'static [(&'static str, Self)] =
        &[("first", Self::First), ("latest", Self::Latest), ("round-robin", Self::RoundRobin)];
}
