//! `[sip-core]`.

use std::net::SocketAddr;

use kit::digest::{Algorithm, Ha1};

use super::{hop, keys_of, pieces::listener};
use crate::lab::plan::SystemPlan;

pub(super) fn section(system: &SystemPlan) -> String {
    let (name, domain, at) = (system.inner("sip-core"), system.domain, &system.at);
    let clients = at.clients;
    let own = system.users.iter().map(|each| user(domain, each.name, &each.password, &each.impu(domain)));
    let visitors = system.visitors.iter();
    let visitors = visitors.map(|each| user(domain, each.name, &each.password, &each.impu(system)));
    let head = format!(
        r#"
# The SIP core: users register here.
[sip-core]
name = "{name}"
domain = "{domain}"
uri = "sip:{clients}"

[[sip-core.listen]]
name = "clients-udp"
address = "{clients}"
transport = "udp"

[[sip-core.listen]]
name = "clients-tcp"
address = "{clients}"
transport = "tcp"
"#
    );
    let (clients_tls, inner) = ((at.clients_tls, "sip-core"), (at.core, "sip-core"));
    [
        head,
        listener("sip-core.listen", "clients-tls", clients_tls, "client-certificate = \"none\"\n"),
        listener("sip-core.listen", "inner", inner, ""),
        servers(system),
        own.chain(visitors).collect(),
    ]
    .concat()
}

fn servers(system: &SystemPlan) -> String {
    let at = &system.at;
    [
        server(&system.inner("lms1"), at.locations, &system.locations_psi()),
        server(&system.inner("mcs1"), at.service, &system.service_psi()) + "unregistered = true\n",
        server(&system.inner("acm1"), at.acm, &system.acm_psi()),
        server(&system.inner("fa1"), at.aliases, &system.aliases_psi()),
        untold(&system.inner("gms1"), at.groups, &system.groups_psi()),
        untold(&system.inner("cms1"), at.configuration, &system.configuration_psi()),
    ]
    .concat()
}

/// A server that is told who logs on.
fn server(name: &str, address: SocketAddr, psi: &str) -> String {
    untold(name, address, psi) + "third-party-registration = true\n"
}

fn untold(name: &str, address: SocketAddr, psi: &str) -> String {
    let keys = keys_of(&hop(name, address, "sip-core"));
    format!("\n[[sip-core.servers]]\n{keys}services = [\"{psi}\"]\n")
}

fn user(domain: &str, username: &str, password: &str, impu: &str) -> String {
    let ha1 = Ha1::of(Algorithm::Sha256, username, domain, password);
    format!(
        "\n[[sip-core.users]]\nusername = \"{username}\"\nidentities = [\"{impu}\"]\nha1-sha-256 = \"{}\"\n",
        ha1.reveal()
    )
}
