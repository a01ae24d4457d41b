//! `[service.migration]`: with which systems users migrate, who is expected from there, and who may go there.
//!
//! ```toml
//! [service.migration]
//! answer-within = "10s"                          # how long a primary system may take
//! lifetime = "30d"                               # of a mark; "0s": for good
//! second-partner = "newest-wins"                 # or "refuse"
//! log-off-ends = true                            # whoever logs off from here has left
//! reconcile-every = "1h"
//! letters-per-partner = 10000                    # answers and notices that it has not taken; beyond, 503
//! require-primary-id = true                      # a visitor's access token has to name his primary MC service ID
//! check-profiles = true                          # step 6: the configuration management server has the profile that is selected
//! removed-leave = true                           # whoever is accepted no more, as the own ACM server says, has to leave
//! tell-own-servers = true                        # the location and group management servers hear who goes and comes back
//! arriving = "refuse"                            # what arrives at home for who has gone; "tell": where he is; "ignore": as if logged off
//! core = { name = "sip-core.core.primary.example", … }   # the hop by which clients are told
//! gateway = { name = "mcgw.primary.example", … }         # absent where all partners are direct
//!
//! [[service.migration.partner]]
//! name = "partner.example"
//! psi = "sip:mcptt_psi@partner.example"
//! visitors = "expected"                          # step 2: "none", "expected", "any"
//! expected = ["sip:bob@partner.example"]
//! at-most = 1000
//!
//! [[service.migration.partner.allow]]            # step 6; the first that matches decides, none: no
//! user = "sip:*@primary.example"
//! profiles = [3]                                 # absent: any
//! ```

mod partner;

use std::time::Duration;

use kit::config::{HopConfig, Named, Table, TlsProfiles};

pub use partner::{Allow, Direct, PartnerConfig, Visitors};

/// What becomes of a user who has migrated and asks from another system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondPartner {
    /// He has migrated there; the former partner is told.
    NewestWins,
    /// He is refused until the migration is over.
    Refuse,
}

impl Named for SecondPartner {
    const NAMES: &'static [(&'static str, Self)] =
        &[("newest-wins", Self::NewestWins), ("refuse", Self::Refuse)];
}

/// What whoever sends something to a user at home is told who has migrated and is logged off there (TS 23.280 10.6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arriving {
    /// That he works elsewhere.
    Refuse,
    /// That, and where.
    Tell,
    /// That he is logged off, as anybody else.
    Ignore,
}

impl Named for Arriving {
    const NAMES: &'static [(&'static str, Self)] =
        &[("refuse", Self::Refuse), ("tell", Self::Tell), ("ignore", Self::Ignore)];
}

/// How migration goes.
#[derive(Clone, Debug)]
pub struct MigrationConfig {
    /// How long the primary system's answer is awaited before the request is given up.
    pub answer_within: Duration,
    /// How long a mark lasts; none: for good.
    pub lifetime: Option<Duration>,
    /// What becomes of a second partner's request.
    pub second_partner: SecondPartner,
    /// Whether a visitor who logs off here has left: the primary system is told.
    pub log_off_ends: bool,
    /// How often the other systems are asked what they have in their books of whom both know; never where none is said.
    pub reconcile_every: Option<Duration>,
    /// How many letters to one system may wait until it takes them; beyond it a request of its is answered 503.
    pub letters_per_partner: usize,
    /// Whether a visitor's access token has to say who he is in his primary system (`primary_id`, TS 33.180 B.7). Without it nobody
    /// vouches for the primary MC service ID but the primary system's own check.
    pub require_primary_id: bool,
    /// What becomes of requests for a user at home who has migrated.
    pub arriving: Arriving,
    /// Whether the own location management server and group management server hear who has gone, and who is back.
    pub tell_own_servers: bool,
    /// Whether a user has to have the profile that he selects, by the own configuration management server, where one is configured.
    pub check_profiles: bool,
    /// Whether a visitor leaves whom the own ACM server says to be accepted no more.
    pub removed_leave: bool,
    /// The own ACM servers, by the domains that their certificates prove: they say which users of partners are accepted
    /// (TS 23.280 10.17.5).
    pub acm_servers: Vec<String>,
    /// The hop to the own SIP core, by which clients are told.
    pub core: Option<HopConfig>,
    /// The hop to the own MC gateway server.
    pub gateway: Option<HopConfig>,
    /// The listeners at which partners arrive without gateways between.
    pub border: Vec<String>,
    /// The systems.
    pub partners: Vec<PartnerConfig>,
}

impl Default for MigrationConfig {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        Self {
            answer_within: Duration::from_secs(10),
            lifetime: Some(days(30)),
            second_partner: SecondPartner::NewestWins,
            log_off_ends: true,
            reconcile_every: Some(Duration::from_secs(3600)),
            letters_per_partner: 10_000,
            require_primary_id: true,
            arriving: Arriving::Refuse,
            tell_own_servers: true,
            check_profiles: true,
            removed_leave: true,
            acm_servers: Vec::new(),
            core: None,
            gateway: None,
            border: Vec::new(),
            partners: Vec::new(),
        }
    }
}

impl MigrationConfig {
    /// Reads the table.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let usual = Self::default();
        let seconds = |some: Option<Duration>| some.unwrap_or_default();
        let lasting = |some: Duration| Some(some).filter(|some| !some.is_zero());
        let partners = PartnerConfig::read_all(table, profiles);
        let gateway = table.table("gateway", |each| HopConfig::read(each, profiles));
        if gateway.is_none() && !table.has("gateway") && partners.iter().any(|one| one.direct.is_none()) {
            table.error("a partner that is not \"direct\" needs \"gateway\"");
        }
        Some(Self {
            answer_within: table.or("answer-within", usual.answer_within),
            lifetime: lasting(table.or("lifetime", seconds(usual.lifetime))),
            second_partner: table.optional("second-partner").unwrap_or(usual.second_partner),
            log_off_ends: table.or("log-off-ends", usual.log_off_ends),
            reconcile_every: lasting(table.or("reconcile-every", seconds(usual.reconcile_every))),
            letters_per_partner: table.or("letters-per-partner", usual.letters_per_partner),
            require_primary_id: table.or("require-primary-id", usual.require_primary_id),
            arriving: table.optional("arriving").unwrap_or(usual.arriving),
            tell_own_servers: table.or("tell-own-servers", usual.tell_own_servers),
            check_profiles: table.or("check-profiles", usual.check_profiles),
            removed_leave: table.or("removed-leave", usual.removed_leave),
            acm_servers: table.or("acm-servers", usual.acm_servers),
            core: table.table("core", |each| HopConfig::read(each, profiles)),
            gateway,
            border: table.or("border", usual.border),
            partners,
        })
    }

    /// The system of this configured name.
    #[must_use]
    pub fn partner(&self, name: &str) -> Option<&PartnerConfig> {
        self.partners.iter().find(|partner| partner.name == name)
    }
}
