//! `[aliases]`: which aliases there are, who may hold them, and how many at once.
//!
//! ```toml
//! [aliases]
//! name = "fa1.core.primary.example"
//! psi = "sip:alias_psi@primary.example"
//! lifetime = "1h"                               # how long an alias is held without being activated anew
//!
//! [[aliases.listen]]
//! name = "inner"
//! address = "10.0.0.9:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [aliases.core]                                # the hop to the own SIP core
//! name = "sip-core.core.primary.example"
//! address = "10.0.0.4:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[aliases.server]]                            # an own server that is told of every alias: the ACM server
//! psi = "sip:acm_psi@primary.example"
//! name = "acm1.core.primary.example"
//! address = "10.0.0.10:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[aliases.user]]
//! mc-service-id = "sip:alice@primary.example"
//! impu = "sip:alice.imsi@primary.example"
//!
//! [[aliases.alias]]
//! id = "sip:dispatcher@primary.example"
//! users = ["sip:alice@primary.example"]         # who may activate it; nobody else
//! limit = 3                                     # how many users may hold it at once
//! take-over = true                              # whether a user may have it in another's stead
//! ```

mod read;

use std::collections::HashSet;

use kit::{
    Impu, OwnServer,
    config::{HopConfig, Listen},
    publication::Lifetimes,
};
use xml_schemas::ids::{FunctionalAlias, McServiceId, Psi};

/// The configuration of a functional alias controlling server.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call it.
    pub name: String,
    /// Under which public service identity others know it.
    pub psi: Psi,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// The hop to the own SIP core.
    pub core: HopConfig,
    /// The own servers that are told of every alias.
    pub servers: Vec<OwnServer>,
    /// The users of the own system.
    pub users: Vec<User>,
    /// The aliases of the own system.
    pub aliases: Vec<Alias>,
    /// How long an alias is held without being activated anew.
    pub lifetimes: Lifetimes,
    /// How many subscriptions there may be.
    pub subscriptions: usize,
    /// Octets of all of them, as they are kept.
    pub subscription_octets: usize,
    /// Whether whoever logs off loses what he holds.
    pub ends_with_log_off: bool,
    /// The name of this replica among those that share a store.
    pub replica: String,
}

/// A user of the own system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Who.
    pub id: McServiceId,
    /// The public user identity that the user registers with; what the SIP core asserts.
    pub impu: Impu,
}

/// An alias of the own system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alias {
    /// Which.
    pub id: FunctionalAlias,
    /// Who may activate it (TS 24.379 9A.2.2.2.3; the user profile's list of aliases).
    pub users: HashSet<McServiceId>,
    /// How many users may hold it at once (TS 23.280 10.13.4).
    pub limit: usize,
    /// Whether a user may have it in the stead of one who holds it (TS 23.280 10.13.8).
    pub take_over: bool,
}
