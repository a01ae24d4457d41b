//! A user's terminal for one command: beside the one that may run already, it has no listeners and is a device of its own.

use std::path::Path;

use kit::config::did_you_mean;
use wire::Transport;

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
        let unknown = || {
            let known =
                endpoints.systems.iter().flat_map(|system| &system.users).map(|user| user.name.as_str());
            Failure::Procedure(format!(
                "{} names no user {user}{}",
                file.display(),
                did_you_mean(user, known)
            ))
        };
        let (system, found) = endpoints.user(user).ok_or_else(unknown)?;
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

    /// The same with a contact that no other terminal of the user has, so that what comes within a dialog reaches this one.
    /// Over datagrams its listener is that already.
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
    let quoted = |text: &str| toml::Value::from(text).to_string();
    Ok(format!(
        "[client.terminal]\nmc-service-id = {}\nimpu = {}\nusername = {}\npassword = {}\nlocation-server = {}\n\
         core = {{ name = {}, address = {}, transport = \"tcp\" }}\n",
        quoted(&user.mc_service_id),
        quoted(&user.impu),
        quoted(&user.username),
        quoted(&user.password),
        quoted(&system.services.locations),
        quoted(&core.name),
        quoted(&core.address),
    ))
}
