//! `[service]`: an MC service server.
//!
//! ```toml
//! [service]
//! name = "mcs1.core.primary.example"
//! psi = "sip:mcptt_psi@primary.example"
//! core = "sip-core.core.primary.example"        # what the SIP core's certificate proves
//! location-server = { psi = "sip:lms_psi@primary.example", name = "lms1.core.primary.example", … }
//!
//! [[service.user]]
//! mc-service-id = "sip:alice@primary.example"
//! impu = "sip:alice.imsi@primary.example"
//! ```

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, HostPort, Listen, Table, TlsProfiles},
};
use xml_schemas::ids::{McServiceId, Psi};

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
    /// Reads the table of an MC service server.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required::<HostPort>("name");
        let psi = table.required("psi");
        let listen = Listen::read_all(table, profiles);
        let core = table.required::<HostPort>("core");
        let locations = table.required_table("location-server", |table| {
            let (psi, hop) = (table.required("psi"), HopConfig::read(table, profiles));
            let hop = hop?;
            Some(OwnServer { identity: Arc::from(hop.identity.as_str()), psi: psi?, hop: hop.hop() })
        });
        let users = users(table);
        let deadline = table.or("deadline", Duration::from_secs(15));
        Some(Self {
            name: Arc::from(name?.host),
            psi: psi?,
            listen,
            core: Arc::from(core?.host),
            locations: locations?,
            users,
            deadline,
        })
    }
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
