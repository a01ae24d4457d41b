//! `[groups]`.

use super::{
    hop,
    pieces::{listener, server, users, web},
};
use crate::{
    cli::Topology,
    lab::plan::{Plan, SystemPlan},
};

pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    let (name, host, at) = (system.inner("gms1"), system.xcap_host(), &system.at);
    let direct = plan.topology == Topology::Direct;
    let head = format!(
        r#"
# The group management server.
[groups]
name = "{name}"
psi = "{psi}"
xcap-root = "{root}"
administrators = ["{administrator}"]
{border_names}core = {core}
{gateway}"#,
        psi = system.groups_psi(),
        root = system.xcap_root(),
        administrator = system.administrator(),
        border_names = if direct { "border = [\"border\", \"border-http\"]\n" } else { "" },
        core = hop(&system.inner("sip-core"), at.core, "groups"),
        gateway = if direct { String::new() } else { gateway(system) },
    );
    let (servers, clients) = (at.groups_http, at.groups_clients);
    let service = (&*system.inner("mcs1"), at.service);
    [
        head,
        listener("groups.listen", "inner", (at.groups, "groups"), ""),
        web("groups", (servers, "groups", &[&host, &name]), (clients, "xcap", &[&host])),
        if direct { border(system) } else { String::new() },
        server("groups.service", ("psi", &system.service_psi()), service, "groups"),
        // It asks which groups are interconnection groups.
        server(
            "groups.service",
            ("psi", &system.acm_psi()),
            (&system.inner("acm1"), system.at.acm),
            "groups",
        ),
        super::identity::issuers(system, "groups", "groups"),
        // Who subscribes as whom.
        users("groups", system),
        partner(plan, other),
    ]
    .concat()
}

/// The way to every partner that is not direct, over SIP and over HTTP.
fn gateway(system: &SystemPlan) -> String {
    let gateway = |address| hop(&system.gateway(), address, "groups");
    let (sip, http) = (gateway(system.at.gateway_tls), gateway(system.at.gateway_http));
    format!("gateway = {sip}\nhttp-gateway = {http}\n")
}

/// Where the partner's server connects when there is no gateway.
fn border(system: &SystemPlan) -> String {
    let (at, hosts) = (&system.at, super::listed(&[&system.xcap_host(), &system.gateway()]));
    listener("groups.listen", "border", (at.groups_border, "border"), "")
        + &listener("groups.http", "border-http", (at.border_http, "border"), &format!("hosts = {hosts}\n"))
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
