//! What an operator says about users, about who may ask, and about what may be told.

use std::time::Duration;

use kit::{Impu, OwnServer};
use xml_schemas::ids::McServiceId;

/// The configuration of a location management server, beside what every entity has.
#[derive(Clone, Debug)]
pub struct Config {
    /// The domains of the own MC system; empty means the domain of the service identity.
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
}

impl Default for Config {
    /// No users, nobody may ask, nothing is told; 10 s, 4 s, 8 s; 100 targets; no stale positions.
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            users: Vec::new(),
            servers: Vec::new(),
            ask: Vec::new(),
            tell: Vec::new(),
            partner_deadline: Duration::from_secs(10),
            client_deadline: Duration::from_secs(4),
            permission_deadline: Duration::from_secs(8),
            max_targets: 100,
            stale_instead_of_nothing: false,
        }
    }
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
