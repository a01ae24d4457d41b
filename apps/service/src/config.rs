//! `[service]`: an MC service server.
//!
//! ```toml
//! [service]
//! name = "mcs1.core.primary.example"
//! psi = "sip:mcptt_psi@primary.example"
//! core = "sip-core.core.primary.example"        # what the SIP core's certificate proves
//! location-server = { psi = "sip:lms_psi@primary.example", name = "lms1.core.primary.example", … }
//!
//! # optional: the groups of its users (TS 23.280 10.2.7.3 step 1)
//! group-server = { psi = "sip:gms_psi@primary.example", xcap-root = "https://xcap.primary.example", name = "gms1.core.primary.example", …,
//!                  http = { name = "gms1.core.primary.example", … } }
//! # further ones, where profiles name them (TS 24.484 8.3 GMS-Serv-Id): [[service.named-group-server]] of the same keys
//! configuration-server = { psi = "sip:cms_psi@primary.example", … }
//!
//! [[service.user]]
//! mc-service-id = "sip:alice@primary.example"
//! impu = "sip:alice.imsi@primary.example"
//!
//! [[service.client]]                             # optional: terminals that share a key with this server (TS 33.180 5.4)
//! impu = "sip:alice.imsi@primary.example"
//! protection = { send = "sign-and-encrypt", keys = [{ id = "10000007", file = "alice.csk" }] }
//! ```

mod authorization;
mod documents;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use kit::{
    Impu, OwnServer,
    carriage::Protection,
    config::{HopConfig, HostPort, HttpLimits, HttpListen, Listen, Table, TlsProfiles},
    tokens::IssuerConfig,
};
use xml_schemas::ids::{McServiceId, Psi};

use crate::migration::MigrationConfig;

pub use authorization::{AuthorizationConfig, Returning};
pub use documents::DocumentServer;

/// Everything that an MC service server is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call it: its host name.
    pub name: Arc<str>,
    /// Its public service identity.
    pub psi: Psi,
    /// Its node's listeners.
    pub listen: Vec<Listen>,
    /// The domain that the own SIP core's certificate proves.
    pub core: Arc<str>,
    /// The own location management server.
    pub locations: OwnServer,
    /// Its users.
    pub users: Vec<User>,
    /// How long a report is awaited; longer than the location management server waits for others, so that its answer
    /// about those who did not answer still arrives.
    pub deadline: Duration,
    /// The own group management server; none where this server wants nothing of groups.
    pub groups: Option<DocumentServer>,
    /// Further group management servers, each of which is asked for the groups whose entry in a user's profile names it.
    pub named_groups: Vec<DocumentServer>,
    /// The own configuration management server, which has its users' profiles.
    pub profiles: Option<DocumentServer>,
    /// Whose access tokens authorize a user; where there is none, a registration alone does.
    pub issuers: Vec<IssuerConfig>,
    /// How service authorization goes.
    pub authorization: AuthorizationConfig,
    /// With which MC systems users migrate; none where nobody does.
    pub migration: Option<MigrationConfig>,
    /// Where it listens for HTTP of administrators.
    pub http: Vec<HttpListen>,
    /// What its HTTP bears.
    pub http_limits: HttpLimits,
    /// Whose terminals share a key with this server, and what was agreed with them on the protection of bodies.
    pub protected: HashMap<Impu, Arc<Protection>>,
    /// Who may see its state. `*` stands for any characters.
    pub administrators: Vec<String>,
}

/// A user of the MC service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Who.
    pub id: McServiceId,
    /// The public user identity that the user registers with.
    pub impu: Impu,
}

impl Config {
    /// The group management server of this public service identity, in one spelling; none for one that is not configured.
    pub(crate) fn group_server(&self, psi: &str) -> Option<&DocumentServer> {
        self.groups
            .iter()
            .chain(&self.named_groups)
            .find(|server| xcap::canonical(server.psi.as_str()) == psi)
    }

    /// Reads the table of an MC service server.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required::<HostPort>("name");
        let psi: Option<Psi> = table.required("psi");
        let listen = Listen::read_all(table, profiles);
        let core = table.required::<HostPort>("core");
        let locations = table.required_table("location-server", |each| own_server(each, profiles));
        let users = users(table);
        let deadline = table.or("deadline", Duration::from_secs(15));
        let groups = table.table("group-server", |each| DocumentServer::read(each, profiles));
        let named_groups = documents::named(table, profiles, groups.as_ref());
        let user_profiles = table.table("configuration-server", |each| DocumentServer::read(each, profiles));
        let authorization = table.table("authorization", AuthorizationConfig::read).unwrap_or_default();
        let own = match &authorization.domains[..] {
            [] => psi.iter().map(|psi| psi.domain().to_owned()).collect(),
            own => own.to_vec(),
        };
        let issuers = IssuerConfig::read_all(table, profiles, &own);
        let migration = table.table("migration", |each| MigrationConfig::read(each, profiles));
        let http = HttpListen::read_all(table, profiles, &listen);
        table.again("migration", |each| {
            let _ = Listen::border(each, listen.iter().chain(http.iter().map(|http| &http.listen)));
        });
        let http_limits = HttpLimits::read(table);
        let protected = protected(table);
        let administrators = table.or("administrators", Vec::new());
        Some(Self {
            name: Arc::from(name?.host),
            psi: psi?,
            listen,
            core: Arc::from(core?.host),
            locations: locations?,
            users,
            deadline,
            groups,
            named_groups,
            profiles: user_profiles,
            issuers,
            authorization,
            migration,
            http,
            http_limits,
            protected,
            administrators,
        })
    }
}

fn own_server(table: &Table<'_>, profiles: &TlsProfiles) -> Option<OwnServer> {
    let (psi, hop) = (table.required("psi"), HopConfig::read(table, profiles));
    let hop = hop?;
    Some(OwnServer { identity: Arc::from(hop.identity.as_str()), psi: psi?, hop: hop.hop() })
}

/// Users and visitors alike, by the identity that they register.
fn protected(table: &Table<'_>) -> HashMap<Impu, Arc<Protection>> {
    let mut all = HashMap::new();
    table.tables("client", |each| {
        let (impu, protection) = (each.required::<Impu>("impu"), Protection::read(each));
        if !each.has("protection") {
            each.error("a client is named for its \"protection\"");
        }
        let (impu, protection) = (impu?, protection?);
        if all.insert(impu, Arc::new(protection)).is_some() {
            each.error_at_value("impu", "another client has this public user identity");
        }
        Some(())
    });
    all
}

fn users(table: &Table<'_>) -> Vec<User> {
    let (mut ids, mut impus) = (HashSet::new(), HashSet::new());
    table.tables("user", |each| {
        let (id, impu) = (each.required("mc-service-id"), each.required("impu"));
        let user = User { id: id?, impu: impu? };
        if !ids.insert(user.id.clone()) {
            each.error_at_value("mc-service-id", "another user has this MC service ID");
        }
        if !impus.insert(user.impu.clone()) {
            each.error_at_value("impu", "another user has this public user identity");
        }
        Some(user)
    })
}

#[cfg(test)]
mod tests;
