//! `[groups]`.

use super::{hop, keys_of};
use crate::{
    cli::Topology,
    lab::plan::{Plan, SystemPlan},
};

pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    let at = &system.at;
    let direct = plan.topology == Topology::Direct;
    format!(
        r#"
# The group management server.
[groups]
name = "{name}"
psi = "{psi}"
xcap-root = "{root}"
administrators = ["{administrator}"]
{border_names}core = {core}
{gateway}
[[groups.listen]]
name = "inner"
address = "{sip}"
transport = "tls"
tls = "groups"

[[groups.http]]
name = "servers"
address = "{http}"
transport = "tls"
tls = "groups"
hosts = ["{host}", "{name}"]

[[groups.http]]
name = "clients"
address = "{clients}"
transport = "tls"
tls = "xcap"
client-certificate = "none"
hosts = ["{host}"]
{border}
[[groups.service]]
psi = "{service_psi}"
{service}
{issuers}{users}{partner}"#,
        name = system.inner("gms1"),
        psi = system.groups_psi(),
        root = system.xcap_root(),
        host = system.xcap_host(),
        administrator = system.administrator(),
        border_names = if direct { "border = [\"border\", \"border-http\"]\n" } else { "" },
        core = hop(&system.inner("sip-core"), at.core, "groups"),
        gateway = if direct { String::new() } else { gateway(system) },
        sip = at.groups,
        http = at.groups_http,
        clients = at.groups_clients,
        border = if direct { border(system) } else { String::new() },
        service_psi = system.service_psi(),
        service = keys_of(&hop(&system.inner("mcs1"), at.service, "groups")),
        issuers = super::identity::issuers(system, "groups", "groups"),
        users = users(system),
        partner = partner(plan, other),
    )
}

/// The way to every partner that is not direct, over SIP and over HTTP.
fn gateway(system: &SystemPlan) -> String {
    let gateway = |address| hop(&system.gateway(), address, "groups");
    let (sip, http) = (gateway(system.at.gateway_tls), gateway(system.at.gateway_http));
    format!("gateway = {sip}\nhttp-gateway = {http}\n")
}

/// Where the partner's server connects when there is no gateway.
fn border(system: &SystemPlan) -> String {
    let listener = |table: &str, name: &str, address| {
        format!(
            "\n[[groups.{table}]]\nname = \"{name}\"\naddress = \"{address}\"\ntransport = \"tls\"\ntls = \"border\"\n"
        )
    };
    let (at, hosts) =
        (&system.at, format!("hosts = [\"{}\", \"{}\"]\n", system.xcap_host(), system.gateway()));
    listener("listen", "border", at.groups_border) + &listener("http", "border-http", at.border_http) + &hosts
}

/// Who subscribes as whom.
fn users(system: &SystemPlan) -> String {
    let user = |user: &crate::lab::plan::User| {
        let (id, impu) = (user.mc_service_id(system.domain), user.impu(system.domain));
        format!("\n[[groups.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
    };
    system.users.iter().map(user).collect()
}

fn partner(plan: &Plan, other: &SystemPlan) -> String {
    let direct = plan.topology == Topology::Direct;
    format!(
        r#"
# What was agreed with {domain} about groups.
[[groups.partner]]
name = "{domain}"
psi = "{psi}"
xcap-root = "{root}"
may-be-provided = {provides}
may-provide = true
may-request = true
may-be-asked = true
{direct}
# Our groups, before they go there.
[[groups.partner.provide]]
name = "only their members"
remove = "group/list-service/list/entry"
unless = {{ attribute = "uri", domain = "partner" }}

# Their groups, before they are stored here.
[[groups.partner.accept]]
name = "cap priority"
override = "//mcpttgi:on-network-group-priority"
at-most = 5
"#,
        domain = other.domain,
        provides = plan.provides,
        psi = other.groups_psi(),
        root = other.xcap_root(),
        direct = if direct { self::direct(other) } else { String::new() },
    )
}

/// Ladders name the server that is there; what partners see of it is the certificate of its border.
fn direct(other: &SystemPlan) -> String {
    let (name, identity) = (other.inner("gms1"), other.gateway());
    let hop = |address| {
        format!(
            "{{ name = \"{name}\", address = \"{address}\", transport = \"tls\", tls = \"border\", identity = \"{identity}\" }}"
        )
    };
    let (sip, http) = (hop(other.at.groups_border), hop(other.at.border_http));
    format!("issuer = \"tls/partner-ca.pem\"\ndirect = {sip}\ndirect-http = {http}\n")
}
