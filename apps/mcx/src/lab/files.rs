//! The lab's configuration: what a newcomer reads, and `mcx serve` runs as it is.

mod acm;
mod clients;
mod configuration;
mod core;
mod gateway;
mod groups;
pub mod identity;
mod locations;
mod pieces;
mod service;

use std::{
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::{
    pki,
    plan::{Plan, SystemPlan},
};
use crate::Failure;

/// Where the SIP core keeps registrations and the group management server groups over a restart, relative to the system's folder.
const STORE: &str = "servers.redb";

/// Writes certificates and configuration of both systems. What an earlier lab left in the folder is of users and addresses that
/// are no more.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(plan: &Plan) -> Result<(), Failure> {
    for system in &plan.systems {
        fs::create_dir_all(system.folder.join("tls"))?;
        gone(&system.folder.join(STORE))?;
    }
    gone(&plan.dir.join("tokens.json"))?;
    pki::write(plan)?;
    for (system, other) in plan.pairs() {
        gateway::write_secret(system)?;
        clients::write_tracks(system)?;
        clients::write_tokens(system, other)?;
        let servers = servers(plan, system, other)?;
        let servers = match &plan.denied {
            Some(flow) => deny(&servers, flow)?,
            None => servers,
        };
        write_private(&system.servers_file(), &servers)?;
        write_private(&system.clients_file(), &clients::file(plan, system))?;
    }
    Ok(())
}

fn gone(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

/// The servers of one system, in one process.
fn servers(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> Result<String, Failure> {
    let parts = [
        format!(
            "# The MC system {}: its servers. Run with: mcx serve --config servers.toml\n",
            system.domain
        ),
        process(plan, system.at.admin, Some(STORE)),
        format!(
            "\n# What signs the ends of audit logs, and receipts for partners.\n[audit]\nkey = \"{}\"\n",
            pki::files::AUDIT
        ),
        profiles(),
        gateway::section(plan, system, other),
        core::section(system),
        locations::section(plan, system, other),
        identity::section(system, other)?,
        service::section(plan, system, other),
        groups::section(plan, system, other),
        configuration::section(system, other),
        acm::section(plan, system, other)?,
        acm::aliases(system),
    ];
    Ok(parts.concat())
}

/// The same without one flow, or HTTP operation, in what its agreements let in.
fn deny(text: &str, flow: &str) -> Result<String, Failure> {
    let inbound = |line: &str| Some(line.strip_prefix("inbound = [")?.strip_suffix(']')?.to_owned());
    let names =
        |list: &str| list.split(", ").map(|name| name.trim_matches('"').to_owned()).collect::<Vec<_>>();
    let known: Vec<String> = text.lines().filter_map(inbound).flat_map(|list| names(&list)).collect();
    if !known.iter().any(|name| name == flow) {
        let hint = match kit::config::did_you_mean(flow, known.iter().map(String::as_str)) {
            none if none.is_empty() => {
                let all: std::collections::BTreeSet<&str> = known.iter().map(String::as_str).collect();
                format!("; they name {}", all.into_iter().collect::<Vec<_>>().join(", "))
            }
            meant => meant,
        };
        return Err(Failure::Procedure(format!("--deny: no agreement of the lab names {flow}{hint}")));
    }
    let without = |line: &str| match inbound(line) {
        Some(list) => {
            let left: Vec<String> = names(&list).into_iter().filter(|name| name != flow).collect();
            let left: Vec<&str> = left.iter().map(String::as_str).collect();
            format!("inbound = {}\n", listed(&left))
        }
        None => format!("{line}\n"),
    };
    Ok(text.lines().map(without).collect())
}

fn process(plan: &Plan, admin: SocketAddr, store: Option<&str>) -> String {
    let key_log = if plan.key_log { "key-log = \"../keys.log\"\n" } else { "" };
    let store = store.map(|file| format!("store = \"{file}\"\n")).unwrap_or_default();
    format!(
        "\n[process]\nlab = true\nthreads = \"shared\"\ndrain = \"3s\"\n{store}{key_log}\n[admin]\nlisten = \"{admin}\"\n"
    )
}

/// The trust profiles of the servers: one for each inside, one for the border.
fn profiles() -> String {
    use pki::files::{
        ACM, ALIASES, AUTHORITY, BORDER, CMS, CONFIGURATION, CORE, GATEWAY, GROUPS, IDMS, LOCATIONS, MCS,
        PARTNER, SERVICE, XCAP,
    };
    [
        profile("border", BORDER, PARTNER),
        profile("gateway", GATEWAY, AUTHORITY),
        profile("sip-core", CORE, AUTHORITY),
        profile("locations", LOCATIONS, AUTHORITY),
        profile("service", SERVICE, AUTHORITY),
        profile("mcs", MCS, AUTHORITY),
        profile("idms", IDMS, AUTHORITY),
        profile("idms-abroad", IDMS, PARTNER),
        profile("groups", GROUPS, AUTHORITY),
        profile("xcap", XCAP, AUTHORITY),
        profile("configuration", CONFIGURATION, AUTHORITY),
        profile("cms", CMS, AUTHORITY),
        profile("acm", ACM, AUTHORITY),
        profile("aliases", ALIASES, AUTHORITY),
    ]
    .concat()
}

fn profile(name: &str, certificate: &str, authority: &str) -> String {
    format!(
        "\n[tls.{name}]\ncertificate = \"{certificate}.pem\"\nkey = \"{certificate}.key\"\nauthorities = [\"{authority}\"]\n"
    )
}

/// A TLS hop as an inline table.
fn hop(name: &str, address: SocketAddr, profile: &str) -> String {
    format!("{{ name = \"{name}\", address = \"{address}\", transport = \"tls\", tls = \"{profile}\" }}")
}

/// The keys of an inline table, each on a line of its own.
fn keys_of(inline: &str) -> String {
    let keys = inline.trim_start_matches("{ ").trim_end_matches(" }");
    keys.split(", ").map(|key| format!("{key}\n")).collect()
}

/// A list of texts.
fn listed(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// Passwords and secrets are their owner's.
pub(super) fn write_private(file: &Path, text: &str) -> Result<(), Failure> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}
