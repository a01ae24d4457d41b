//! `[service.authorization]`: how long service authorizations last, and whom they are for.
//!
//! ```toml
//! [service.authorization]
//! longest = "1d"                 # no publication of settings is granted longer
//! ends-with-token = false
//! returning = "welcome"          # or "refuse"
//! ```

use std::time::Duration;

use kit::{
    config::{Named, Table},
    publication::Lifetimes,
};

/// How service authorization goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizationConfig {
    /// How long a publication of a client's settings lasts (RFC 3903 6 step 5).
    pub lifetimes: Lifetimes,
    /// Whether an authorization ends with the access token that it came with; else the token is looked at once.
    pub ends_with_token: bool,
    /// What becomes of a user who has migrated away and authorizes himself anew.
    pub returning: Returning,
    /// The domains of the own MC system: those of the MC service IDs that its identity management server allocates. That of the
    /// server's service identity where the list is empty.
    pub domains: Vec<String>,
}

/// What becomes of a user who has migrated away and authorizes himself anew at home.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Returning {
    /// He has returned: the migration is over.
    Welcome,
    /// He is refused until the migration is over by other means.
    Refuse,
}

impl Named for Returning {
    const NAMES: &'static [(&'static str, Self)] = &[("welcome", Self::Welcome), ("refuse", Self::Refuse)];
}

impl Default for AuthorizationConfig {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            lifetimes: Lifetimes { default: seconds(3600), longest: seconds(86_400), shortest: seconds(60) },
            ends_with_token: false,
            returning: Returning::Welcome,
            domains: Vec::new(),
        }
    }
}

impl AuthorizationConfig {
    /// Reads the table.
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let usual = Self::default();
        let lifetimes = Lifetimes {
            default: table.or("lifetime", usual.lifetimes.default),
            longest: table.or("longest", usual.lifetimes.longest),
            shortest: table.or("shortest", usual.lifetimes.shortest),
        };
        if lifetimes.shortest > lifetimes.longest {
            table.error_at_value("shortest", "\"shortest\" is longer than \"longest\"");
        }
        let default = lifetimes.default.max(lifetimes.shortest).min(lifetimes.longest);
        Some(Self {
            lifetimes: Lifetimes { default, ..lifetimes },
            ends_with_token: table.or("ends-with-token", usual.ends_with_token),
            returning: table.or("returning", usual.returning),
            domains: table.or("domains", usual.domains),
        })
    }
}
