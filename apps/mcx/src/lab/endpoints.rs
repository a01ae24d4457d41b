//! From a plan to `endpoints.json`.

use std::path::{Path, PathBuf};

use super::{
    files::identity,
    idms, pki,
    plan::{ABROAD, CLIENT_ID, Plan, SystemPlan},
};
use crate::{
    Failure, SystemConfig,
    cli::Topology,
    endpoints::{
        Certificate, Endpoints, Identity, Listener, Process, Services, SystemEndpoints, Tls, Tokens, User,
        Visitor,
    },
};

/// What runs, as its own configuration files say.
pub(super) fn of(plan: &Plan, pid: Option<u32>, pids: &[(PathBuf, u32)]) -> Result<Endpoints, Failure> {
    let topology = match plan.topology {
        Topology::On => "on",
        Topology::Off => "off",
        Topology::Direct => "direct",
    };
    Ok(Endpoints {
        topology_hiding: topology.to_owned(),
        key_log: plan.key_log_file(),
        pid,
        systems: plan
            .pairs()
            .into_iter()
            .map(|(system, other)| of_system(system, other, pids))
            .collect::<Result<_, _>>()?,
    })
}

fn of_system(
    system: &SystemPlan,
    other: &SystemPlan,
    pids: &[(PathBuf, u32)],
) -> Result<SystemEndpoints, Failure> {
    Ok(SystemEndpoints {
        name: system.folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        domain: system.domain.to_owned(),
        processes: processes(system, pids),
        listeners: listeners(&SystemConfig::open(&system.servers_file())?),
        services: services(system),
        xcap_root: system.xcap_root(),
        configuration_root: format!("https://{}", system.configuration_host()),
        administrator: system.administrator(),
        identity: idms(system),
        tokens: tokens(system),
        users: system.users.iter().map(|each| user(system, each)).collect(),
        visitors: system.visitors.iter().map(|each| visitor(system, other, each)).collect(),
        tls: tls(&system.folder),
    })
}

fn idms(system: &SystemPlan) -> Identity {
    Identity {
        issuer: system.issuer(),
        client_id: identity::CLIENT.to_owned(),
        redirect_uri: identity::REDIRECT.to_owned(),
    }
}

fn tokens(system: &SystemPlan) -> Tokens {
    Tokens {
        issuer: system.tester(),
        audience: idms::AUDIENCE.to_owned(),
        key: system.folder.join(pki::files::TOKENS).with_extension("key"),
        jwks: system.folder.join(pki::files::JWKS),
    }
}

fn processes(system: &SystemPlan, pids: &[(PathBuf, u32)]) -> Vec<Process> {
    let process = |name: &str, config: PathBuf, admin: std::net::SocketAddr| Process {
        name: name.to_owned(),
        pid: pids.iter().find(|(file, _)| *file == config).map_or(0, |(_, pid)| *pid),
        log: config.with_extension("log"),
        config,
        admin: admin.to_string(),
    };
    vec![
        process("servers", system.servers_file(), system.at.admin),
        process("clients", system.clients_file(), system.at.clients_admin),
    ]
}

fn services(system: &SystemPlan) -> Services {
    Services {
        locations: system.locations_psi(),
        service: system.service_psi(),
        groups: system.groups_psi(),
        configuration: system.configuration_psi(),
        acm: system.acm_psi(),
        aliases: system.aliases_psi(),
    }
}

fn listeners(config: &SystemConfig) -> Vec<Listener> {
    let listener = |(table, name, listen): (String, String, &kit::config::Listen)| Listener {
        entity: table,
        name,
        listener: listen.name.clone(),
        protocol: listen.transport.via_name().to_ascii_lowercase(),
        address: listen.address.to_string(),
    };
    let http = |(table, name, listen): (String, String, &kit::config::Listen)| {
        let protocol = if listen.tls.is_some() { "https" } else { "http" }.to_owned();
        Listener { protocol, ..listener((table, name, listen)) }
    };
    let sip = config.listeners().into_iter().map(listener);
    sip.chain(config.http_listeners().into_iter().map(http)).collect()
}

fn user(system: &SystemPlan, user: &super::plan::User) -> User {
    User {
        name: user.name.to_owned(),
        mc_service_id: user.mc_service_id(system.domain),
        impu: user.impu(system.domain),
        username: user.name.to_owned(),
        password: user.password.clone(),
        logged_on: user.logs_on_by_itself(),
    }
}

fn visitor(system: &SystemPlan, home: &SystemPlan, visitor: &super::plan::Visitor) -> Visitor {
    Visitor {
        name: visitor.user.to_owned(),
        primary_mc_service_id: visitor.primary(home),
        mc_service_id: visitor.partner(system),
        impu: visitor.impu(system),
        username: visitor.name.to_owned(),
        password: visitor.password.clone(),
        access_token: system.folder.join(system.token_file(visitor.name)),
        client_id: CLIENT_ID.to_owned(),
        profile: ABROAD,
    }
}

fn tls(folder: &Path) -> Tls {
    use pki::files::{
        ACM, ALIASES, AUTHORITY, BORDER, CLIENT, CMS, CONFIGURATION, CORE, GATEWAY, GROUPS, IDMS, LOCATIONS,
        MCS, PARTNER, SERVICE, TESTER, XCAP,
    };
    let certificate = |file: &str| Certificate {
        holder: file.rsplit('/').next().unwrap_or(file).to_owned(),
        certificate: folder.join(format!("{file}.pem")),
        key: folder.join(format!("{file}.key")),
    };
    Tls {
        ca: folder.join(AUTHORITY),
        partner_ca: folder.join(PARTNER),
        certificates: [
            BORDER,
            GATEWAY,
            CORE,
            LOCATIONS,
            SERVICE,
            GROUPS,
            XCAP,
            CONFIGURATION,
            CMS,
            IDMS,
            MCS,
            ACM,
            ALIASES,
            CLIENT,
            TESTER,
        ]
        .map(certificate)
        .to_vec(),
    }
}

#[cfg(test)]
mod tests;
