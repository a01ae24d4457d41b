//! A user's terminal for one command: beside the one that may run already, it has no listeners and is a device of its own.

use std::path::Path;

use kit::config::did_you_mean;
use wire::Transport;

use crate::{
    Failure, SystemConfig,
    config::{ClientConfig, Process},
    endpoints::{Endpoints, SystemEndpoints, User, Visitor},
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

    /// That of a user of a lab in the system of this domain, which is not his own; and what he has to know there.
    ///
    /// # Errors
    /// There is no lab, or nobody of this name may come to that system.
    pub(crate) fn visiting(
        endpoints: Option<&Path>,
        user: &str,
        to: &str,
    ) -> Result<(Self, Visitor), Failure> {
        let file = endpoints.unwrap_or(Path::new("endpoints.json"));
        let endpoints = Endpoints::open(file)?;
        let found = endpoints.systems.iter().filter(|system| system.domain == to);
        let mut found = found.flat_map(|system| system.visitors.iter().map(move |visitor| (system, visitor)));
        let found = found.find(|(_, visitor)| visitor.name == user || visitor.primary_mc_service_id == user);
        let (system, visitor) = found.ok_or_else(|| {
            Failure::Procedure(format!("{} has no account of {user} at {to}", file.display()))
        })?;
        let config = SystemConfig::parse(file, &visiting(system, visitor)?)?;
        Ok((Self { config, names: Vec::new() }, visitor.clone()))
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
    of_account(system, [&user.mc_service_id, &user.impu, &user.username, &user.password])
}

/// The same of a visitor, with what the MC service server wants of him.
fn visiting(system: &SystemEndpoints, visitor: &Visitor) -> Result<String, Failure> {
    let Visitor { mc_service_id, impu, username, password, .. } = visitor;
    let account = of_account(system, [mc_service_id, impu, username, password])?;
    Ok(format!(
        "{account}service-server = {}\naccess-token = {}\nclient-id = {}\n",
        quoted(&system.services.service),
        quoted(&visitor.access_token.to_string_lossy()),
        quoted(&visitor.client_id),
    ))
}

fn of_account(system: &SystemEndpoints, account: [&String; 4]) -> Result<String, Failure> {
    let core = system.listener("sip-core", "clients-tcp");
    let core =
        core.ok_or_else(|| Failure::Procedure(format!("{} has no SIP core for users", system.domain)))?;
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

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
