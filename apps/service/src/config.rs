//! `[service]`: what a configuration says about the MC service server.
//!
//! ```toml
//! [service]
//! name = "mcs1.core.primary.example"
//! psi = "sip:mcptt_psi@primary.example"
//! core = "sip-core.core.primary.example"        # the domain that the SIP core's certificate proves
//! deadline = "10s"
//!
//! [service.location-server]
//! psi = "sip:lms_psi@primary.example"
//! name = "lms1.core.primary.example"
//! address = "10.0.0.5:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[service.user]]
//! mc-service-id = "sip:alice@primary.example"
//! impu = "sip:alice.imsi@primary.example"
//! ```

use std::{sync::Arc, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, Listen, Table, TlsProfiles},
};
use xml_schemas::ids::{McServiceId, Psi};

/// `[service]`.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call the server.
    pub name: String,
    /// Under which public service identity others know it.
    pub psi: Psi,
    /// Where it listens.
    pub listen: Vec<Listen>,
    /// The domain that the certificate of the own SIP core proves.
    pub core_identity: Option<String>,
    /// The own location management server.
    pub location_server: OwnServer,
    /// How long an answer is awaited. More than the location management server waits itself, or partial results are lost.
    pub deadline: Duration,
    /// The users whom it serves.
    pub users: Vec<UserConfig>,
}

/// A user: the MC service ID, and the public user identity under which the SIP core knows him.
#[derive(Clone, Debug)]
pub struct UserConfig {
    /// Who.
    pub mc_service_id: McServiceId,
    /// As whom he registers.
    pub impu: Impu,
}

impl Config {
    /// Reads `[service]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required("name");
        let psi = identity(table, "psi", |text| Psi::new(text).map_err(|error| error.to_string()));
        let listen = Listen::read_all(table, profiles);
        let core_identity = table.optional("core");
        let deadline = table.or("deadline", Duration::from_secs(12));
        let location_server = table.required_table("location-server", |each| location_server(each, profiles));
        let users = table.tables("user", UserConfig::read);
        Some(Self {
            name: name?,
            psi: psi?,
            listen,
            core_identity,
            location_server: location_server?,
            deadline,
            users,
        })
    }
}

impl UserConfig {
    fn read(table: &Table<'_>) -> Option<Self> {
        let id = identity(table, "mc-service-id", |text| {
            McServiceId::new(text).map_err(|error| error.to_string())
        });
        let impu = identity(table, "impu", |text| Impu::new(text).map_err(|error| error.to_string()));
        Some(Self { mc_service_id: id?, impu: impu? })
    }
}

fn location_server(table: &Table<'_>, profiles: &TlsProfiles) -> Option<OwnServer> {
    let psi = identity(table, "psi", |text| Psi::new(text).map_err(|error| error.to_string()));
    let hop = HopConfig::read(table, profiles)?;
    Some(OwnServer { identity: Arc::from(hop.identity.as_str()), psi: psi?, hop: hop.hop() })
}

fn identity<T>(
    table: &Table<'_>,
    key: &'static str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let text: String = table.required(key)?;
    match read(&text) {
        Ok(identity) => Some(identity),
        Err(error) => {
            table.error_at_value(key, error);
            None
        }
    }
}
