//! `[acm.identity-server]`, `[acm.service-server]`, `[acm.configuration-server]` and `[acm.users]`: own servers whose work follows
//! from what is decided here about users; and `[acm.group-server]`, which knows the groups that are provided.
//!
//! ```toml
//! [acm.identity-server]                          # gives partners' users their MC service IDs here (10.17.5)
//! root = "https://idms.partner.example"
//! name = "idms.partner.example"                  # and the other keys of a hop
//!
//! [acm.service-server]                           # expects them (10.6.3.3 step 2)
//! root = "https://mcs.partner.example"
//!
//! [acm.configuration-server]                     # has their user profiles (10.17.7); we are an administrator there
//! root = "https://cms.partner.example"
//!
//! [acm.group-server]                             # says which groups are interconnection groups (10.17.4.2 step 2)
//! root = "https://gms.primary.example"
//!
//! [acm.users]
//! template = "sip:visitor@partner.example"       # whose profiles partners' users get a copy of; absent: none
//! apply-profiles = true                          # whether an update that was approved is applied to the document
//! ask-at-home = true                             # whether own users who are to migrate must be known to [acm.identity-server]
//! require-migration = false                      # whether only profiles of users are updated who have migrated here
//! ```

use kit::config::{HopConfig, Table, TlsProfiles};
use xml_schemas::ids::McServiceId;

/// Own servers whose work follows from what is decided here about users, and how.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// The own identity management server.
    pub identity: Option<WebServer>,
    /// The own MC service server.
    pub service: Option<WebServer>,
    /// The own configuration management server.
    pub profiles: Option<WebServer>,
    /// The own group management server, which is asked where no patterns name the interconnection groups.
    pub groups: Option<WebServer>,
    /// Whose profiles partners' users get a copy of.
    pub template: Option<McServiceId>,
    /// Whether a profile update that was approved is applied to the document; else the operator does that.
    pub apply_profiles: bool,
    /// Whether the own identity management server is asked whether it knows a user of ours who is to migrate; else the own users log in
    /// at another server.
    pub ask_at_home: bool,
    /// Whether only profiles of users are updated who have migrated here (TS 23.280 10.17.7.2, pre-condition; 10.17.7.1 speaks of
    /// profiles that were assigned before).
    pub require_migration: bool,
}

impl Default for Neighbours {
    fn default() -> Self {
        Self {
            identity: None,
            service: None,
            profiles: None,
            groups: None,
            template: None,
            apply_profiles: true,
            ask_at_home: true,
            require_migration: false,
        }
    }
}

/// A server that is reached over HTTP.
#[derive(Clone, Debug)]
pub struct WebServer {
    /// Below which URI its resources are; without a slash at its end.
    pub root: String,
    /// The next hop towards it.
    pub hop: HopConfig,
}

impl Neighbours {
    /// Whether any of them is reached over HTTP.
    #[must_use]
    pub fn is_any(&self) -> bool {
        [&self.identity, &self.service, &self.profiles, &self.groups].into_iter().any(Option::is_some)
    }

    /// Reads them from `[acm]`.
    pub(super) fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Self {
        let usual = Self::default();
        let server = |key| table.table(key, |each| WebServer::read(each, profiles));
        let mut read = Self::default();
        table.table("users", |users| {
            read.template = users.optional("template");
            read.apply_profiles = users.or("apply-profiles", usual.apply_profiles);
            read.ask_at_home = users.or("ask-at-home", usual.ask_at_home);
            read.require_migration = users.or("require-migration", usual.require_migration);
            Some(())
        });
        Self {
            identity: server("identity-server"),
            service: server("service-server"),
            profiles: server("configuration-server"),
            groups: server("group-server"),
            ..read
        }
    }
}

impl WebServer {
    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let root: Option<String> = table.required("root");
        let hop = HopConfig::read(table, profiles);
        let root = root?;
        let is_https = root.parse::<http::Uri>().is_ok_and(|uri| uri.scheme_str() == Some("https"));
        if !is_https {
            table.error_at_value("root", format!("\"root\" must be an absolute https URI, not \"{root}\""));
            return None;
        }
        Some(Self { root: root.trim_end_matches('/').to_owned(), hop: hop? })
    }
}
