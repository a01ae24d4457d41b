//! A user's terminal for one command: beside the one that may run already, it has no listeners and is a device of its own.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
};

use clients::profiles::PartnerSystem;
use kit::config::did_you_mean;
use wire::Transport;
use xml_schemas::ids::{McServiceId, Psi};

use crate::{
    Failure, SystemConfig,
    config::{ClientConfig, Process},
    endpoints::{Endpoints, SystemEndpoints, User},
};

/// A terminal, and what users are called.
pub(crate) struct Terminal {
    /// The user's terminal, and nothing else.
    pub(crate) config: SystemConfig,
    /// Names that stand for MC service IDs.
    pub(crate) names: Vec<(String, String)>,
}

impl Terminal {
    /// That of a `[client.NAME]` of a configuration file, where there is one; else of a user of a lab.
    ///
    /// # Errors
    /// There is neither, or no such user.
    pub(crate) fn found(
        config: Option<&Path>,
        endpoints: Option<&Path>,
        user: &str,
    ) -> Result<Self, Failure> {
        match config {
            Some(file) => Self::configured(file, user),
            None => Self::of_lab(endpoints, user),
        }
    }

    /// That of a visitor: as the profile that he selected at home connects him with the partner MC system, and with what he alone has.
    ///
    /// # Errors
    /// The profile names a SIP core that cannot be reached.
    pub(crate) fn visiting(name: &str, there: &PartnerSystem, own: &Carried<'_>) -> Result<Self, Failure> {
        let config = SystemConfig::parse(Path::new("user profile"), &visiting(name, there, own)?)?;
        Ok(Self { config, names: Vec::new() })
    }

    fn of_lab(endpoints: Option<&Path>, user: &str) -> Result<Self, Failure> {
        let file = endpoints.unwrap_or(Path::new("endpoints.json"));
        if endpoints.is_none() && !file.exists() {
            return Err(Failure::Procedure(
                "no endpoints.json here: say --endpoints D/endpoints.json for a lab that `mcx lab up --dir D` has started, or \
                 --config FILE for a file with the user's [client.NAME]"
                    .to_owned(),
            ));
        }
        let endpoints = Endpoints::open(file)?;
        let (system, found) = endpoints.known_user(user)?;
        let users = endpoints.systems.iter().flat_map(|system| &system.users);
        Ok(Self {
            config: SystemConfig::parse(file, &terminal(system, found)?)?,
            names: users.map(|user| (user.name.clone(), user.mc_service_id.clone())).collect(),
        })
    }

    fn configured(file: &Path, user: &str) -> Result<Self, Failure> {
        let config = SystemConfig::open(file)?;
        let id = |client: &ClientConfig| client.device.account.mc_id.as_str().to_owned();
        let name = |client: &ClientConfig| client.device.name.to_string();
        let names: Vec<_> = config.clients.iter().map(|client| (name(client), id(client))).collect();
        let found = config.clients.into_iter().find(|client| name(client) == user || id(client) == user);
        let Some(mut client) = found else {
            let (file, hint) =
                (file.display(), did_you_mean(user, names.iter().map(|(name, _)| name.as_str())));
            let has = if names.is_empty() { "no [client.NAME] at all" } else { "no [client.NAME] of" };
            return Err(Failure::Procedure(format!("{file} has {has} {user}{hint}")));
        };
        client.log_on = true;
        client.device.instance = None;
        if client.device.core.transport != Transport::Udp {
            client.listen.clear();
            client.device.contact = format!("sip:{}@device.invalid", client.device.account.username);
        }
        let process = Process { udp_mtu: config.process.udp_mtu, ..Process::default() };
        let alone =
            SystemConfig { process, tls: config.tls, clients: vec![client], ..SystemConfig::default() };
        Ok(Self { config: alone, names })
    }

    /// The same with a contact that no other terminal of the user has: under a shared one it would take over the other's
    /// binding, and either's log-off would end both (RFC 3261 10.3 step 7). Over datagrams its listener is that already.
    pub(crate) fn alone_as(mut self, mark: &str) -> Self {
        for client in self.config.clients.iter_mut().filter(|client| client.listen.is_empty()) {
            client.device.contact = format!("sip:{}.{mark}@device.invalid", client.device.account.username);
        }
        self
    }
}

/// The configuration of a terminal of this user at its SIP core.
fn terminal(system: &SystemEndpoints, user: &User) -> Result<String, Failure> {
    let core = system.listener("sip-core", "clients-tcp");
    let core =
        core.ok_or_else(|| Failure::Procedure(format!("{} has no SIP core for users", system.domain)))?;
    let account = [&user.mc_service_id, &user.impu, &user.username, &user.password];
    let [id, impu, username, password] = account.map(|text| quoted(text));
    Ok(format!(
        "[client.terminal]\nmc-service-id = {id}\nimpu = {impu}\nusername = {username}\npassword = {password}\n\
         location-server = {}\nacm-server = {}\nalias-server = {}\ncore = {{ name = {}, address = {}, transport = \"tcp\" }}\n",
        quoted(&system.services.locations),
        quoted(&system.services.acm),
        quoted(&system.services.aliases),
        quoted(&core.name),
        quoted(&core.address),
    ))
}

/// What a visitor has with him and no profile says.
pub(crate) struct Carried<'c> {
    /// Who he is there, as he was told when he logged in (TS 23.280 10.6.3.2.1 NOTE 1).
    pub(crate) id: &'c McServiceId,
    /// The password of his account.
    pub(crate) password: &'c str,
    /// Which of his clients it is (TS 24.379 7.2.1).
    pub(crate) client_id: &'c str,
    /// What ladders call the SIP core.
    pub(crate) core: &'c str,
}

/// The configuration of a visitor's terminal.
fn visiting(name: &str, there: &PartnerSystem, own: &Carried<'_>) -> Result<String, Failure> {
    let optional = |key, psi: &Option<Psi>| {
        psi.as_ref().map(|psi| format!("{key} = {}\n", quoted(psi.as_str()))).unwrap_or_default()
    };
    let (address, transport) = core(&there.core)?;
    let lines = [
        format!("[client.{}]\nmc-service-id = {}\n", quoted(name), quoted(own.id.as_str())),
        format!("impu = {}\n", quoted(there.impu.as_str())),
        format!("username = {}\npassword = {}\n", quoted(&there.username), quoted(own.password)),
        format!(
            "client-id = {}\nservice-server = {}\n",
            quoted(own.client_id),
            quoted(there.service.as_str())
        ),
        format!("location-server = {}\n", quoted(there.locations.as_str())),
        optional("acm-server", &there.acm),
        optional("alias-server", &there.aliases),
        format!(
            "core = {{ name = {}, address = \"{address}\", transport = \"{transport}\" }}\n",
            quoted(own.core)
        ),
    ];
    Ok(lines.concat())
}

/// Where a SIP core is, and how it is reached: a SIP URI of a host (RFC 3263 4, as far as it says so itself).
fn core(uri: &str) -> Result<(SocketAddr, &'static str), Failure> {
    let none = |why: &str| Failure::Procedure(format!("the user profile names the SIP core {uri}: {why}"));
    let read = sip::Uri::parse(uri.as_bytes()).ok().filter(|read| read.is_sip() && read.user.is_none());
    let read = read.ok_or_else(|| none("no SIP URI of a host"))?;
    let transport = match read.params.get("transport") {
        None | Some(b"udp") => "udp",
        Some(b"tcp") => "tcp",
        Some(_) => return Err(none("this terminal speaks UDP and TCP")),
    };
    let host = String::from_utf8_lossy(read.host());
    let host = host.trim_matches(['[', ']']);
    let found = (host, read.port.unwrap_or(5060)).to_socket_addrs().ok().and_then(|mut all| all.next());
    found.map(|address| (address, transport)).ok_or_else(|| none("no such host"))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
