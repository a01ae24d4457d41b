//! What the sections of servers have in common: listeners, own servers, users.

use std::net::SocketAddr;

use super::{hop, keys_of};
use crate::lab::plan::SystemPlan;

/// A listener over TLS, and `more` of its keys.
pub(super) fn listener(
    table: &str,
    name: &str,
    (address, profile): (SocketAddr, &str),
    more: &str,
) -> String {
    format!(
        "\n[[{table}]]\nname = \"{name}\"\naddress = \"{address}\"\ntransport = \"tls\"\ntls = \"{profile}\"\n{more}"
    )
}

/// Where HTTP is spoken: with own servers and the gateway, which have certificates, and with clients, which have access tokens. Either
/// is an address, a profile and the hosts that it answers for.
pub(super) fn web(
    table: &str,
    servers: (SocketAddr, &str, &[&str]),
    clients: (SocketAddr, &str, &[&str]),
) -> String {
    let table = format!("{table}.http");
    let at = |name, (address, profile, hosts): (SocketAddr, &str, &[&str]), more| {
        let hosts = super::listed(hosts);
        listener(&table, name, (address, profile), &format!("{more}hosts = {hosts}\n"))
    };
    at("servers", servers, "") + &at("clients", clients, "client-certificate = \"none\"\n")
}

/// An own server under its service identity: `key` names that in the table.
pub(super) fn server(
    table: &str,
    (key, psi): (&str, &str),
    (name, address): (&str, SocketAddr),
    profile: &str,
) -> String {
    let hop = keys_of(&hop(name, address, profile));
    format!("\n[[{table}]]\n{key} = \"{psi}\"\n{hop}")
}

/// Who is who: the MC service ID of each user of the system, and what the SIP core asserts.
pub(super) fn users(table: &str, system: &SystemPlan) -> String {
    let user = |user: &crate::lab::plan::User| {
        let (id, impu) = (user.mc_service_id(system.domain), user.impu(system.domain));
        format!("\n[[{table}.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
    };
    system.users.iter().map(user).collect()
}
