//! A system's configuration as the tests want it, and cut into entities.

use std::net::IpAddr;

use driver::Shards;
use mcx::{SystemConfig, lab::plan::SystemPlan};

use crate::{Home, config::Toml, plan};

/// One entity, as its own process would run it.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) hosts: Vec<IpAddr>,
    pub(crate) config: SystemConfig,
    pub(crate) is_absent: bool,
}

/// Nobody administers anything between the systems.
pub(super) fn without_administration(config: &mut Toml) {
    config.remove("acm").remove("aliases");
    let is_other = |server: &toml::Value| {
        let name = server.get("name").and_then(toml::Value::as_str).unwrap_or_default();
        !name.starts_with("acm1.") && !name.starts_with("fa1.")
    };
    config.retain("sip-core.servers", is_other);
    if config.has("gateway") {
        config.retain("gateway.service", is_other);
    }
    for user in config.keys("client") {
        config.remove(&format!("client.{user}.acm-server")).remove(&format!("client.{user}.alias-server"));
    }
}

/// What a test wants otherwise than a lab on one machine.
pub(super) fn usual(config: &mut Toml, system: &SystemPlan, network: IpAddr) {
    let domain = system.domain;
    config.remove("admin");
    let comes = |user: &String| system.visitors.iter().any(|visitor| visitor.name == user);
    for user in config.keys("client").into_iter().filter(|user| !comes(user)) {
        config.set(&format!("client.{user}.log-on"), true);
    }
    if config.has("gateway") {
        let inside = format!("{network}/24");
        config.set(
            "gateway.internal",
            vec![format!("core.{domain}"), format!("*.core.{domain}"), inside.clone()],
        );
        config.set("gateway.trusted-addresses", vec![inside]);
    }
}

/// Each entity as a process of its own.
pub(super) fn split(home: Home, mut config: SystemConfig, absent: &[String]) -> Vec<Part> {
    config.process.shards = Shards::Local;
    config.process.admin = None;
    config.process.store = None;
    let bare = SystemConfig {
        gateway: None,
        sip_core: None,
        locations: None,
        service: None,
        groups: None,
        configuration: None,
        identity: None,
        acm: None,
        aliases: None,
        clients: Vec::new(),
        ..config.clone()
    };
    let mut parts = Vec::new();
    let mut part = |name: &str, hosts: Vec<IpAddr>, config| {
        let is_absent = absent.iter().any(|gone| gone == name || gone == home.domain());
        parts.push(Part { name: name.to_owned(), hosts, config, is_absent });
    };
    let inner = |host| plan::inner(home.place(), host);
    let outer = plan::outer(home.place());
    if let Some(identity) = config.identity {
        let name = identity.name.clone();
        part(&name, vec![inner(plan::IDENTITY)], SystemConfig { identity: Some(identity), ..bare.clone() });
    }
    if let Some(core) = config.sip_core {
        part(&core.1.name.clone(), vec![inner(2)], SystemConfig { sip_core: Some(core), ..bare.clone() });
    }
    if let Some(locations) = config.locations {
        let hosts = if locations.border.is_empty() { vec![inner(3)] } else { vec![inner(3), outer] };
        part(&locations.name.clone(), hosts, SystemConfig { locations: Some(locations), ..bare.clone() });
    }
    if let Some(service) = config.service {
        let is_direct = service.migration.as_ref().is_some_and(|migration| !migration.border.is_empty());
        let hosts = if is_direct { vec![inner(4), outer] } else { vec![inner(4)] };
        part(&service.name.clone(), hosts, SystemConfig { service: Some(service), ..bare.clone() });
    }
    if let Some(groups) = config.groups {
        let hosts = if groups.border.is_empty() { vec![inner(7)] } else { vec![inner(7), outer] };
        part(&groups.name.clone(), hosts, SystemConfig { groups: Some(groups), ..bare.clone() });
    }
    if let Some(configuration) = config.configuration {
        let name = configuration.name.clone();
        part(&name, vec![inner(8)], SystemConfig { configuration: Some(configuration), ..bare.clone() });
    }
    if let Some(aliases) = config.aliases {
        let name = aliases.name.clone();
        part(&name, vec![inner(12)], SystemConfig { aliases: Some(aliases), ..bare.clone() });
    }
    if let Some(acm) = config.acm {
        let hosts = if acm.border.is_empty() { vec![inner(11)] } else { vec![inner(11), outer] };
        part(&acm.name.clone(), hosts, SystemConfig { acm: Some(acm), ..bare.clone() });
    }
    if let Some(gateway) = config.gateway {
        let hosts = vec![inner(1), outer];
        part(&gateway.name.clone(), hosts, SystemConfig { gateway: Some(gateway), ..bare.clone() });
    }
    for (host, client) in (100..).zip(config.clients) {
        let name = client.device.name.to_string();
        part(&name, vec![inner(host)], SystemConfig { clients: vec![client], ..bare.clone() });
    }
    parts
}
