//! `[service]`.

use super::{
    hop, keys_of, listed,
    pieces::{listener, users, web},
};
use crate::{
    cli::Topology,
    lab::plan::{ABROAD, Plan, SystemPlan},
};

/// What MC service servers of two systems say to each other.
pub(super) const FLOWS: [&str; 5] = [
    "migration-service-authorization-request",
    "migration-service-authorization-response",
    "migration-ended-notice",
    "migration-status-request",
    "migration-status-response",
];

pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    let (name, host, at) = (system.inner("mcs1"), system.service_host(), &system.at);
    let head = format!(
        r#"
# The MC service server.
[service]
name = "{name}"
psi = "{psi}"
core = "{core}"
administrators = ["{administrator}"]
"#,
        psi = system.service_psi(),
        core = system.inner("sip-core"),
        administrator = system.administrator(),
    );
    let (servers, clients) = (at.service_http, at.service_clients);
    [
        head,
        listener("service.listen", "inner", (at.service, "service"), ""),
        asked(system),
        // The own ACM server says who is expected; users and administrators see how they stand: mcx service status.
        web("service", (servers, "service", &[&host, &name]), (clients, "mcs", &[&host])),
        super::identity::issuers(system, "service", "service"),
        users("service", system),
        if plan.topology == Topology::Direct { border(system) } else { String::new() },
        migration(plan, system, other),
    ]
    .concat()
}

/// The servers that it asks.
fn asked(system: &SystemPlan) -> String {
    let at = &system.at;
    let server = |name, address| hop(&system.inner(name), address, "service");
    format!(
        r#"
[service.location-server]
psi = "{locations_psi}"
{locations}
# Whom the groups of its users are requested of (10.2.7.3 step 1), and who keeps the profiles that name them.
[service.group-server]
psi = "{groups_psi}"
xcap-root = "{root}"
http = {groups_http}
{groups}
[service.configuration-server]
psi = "{configuration_psi}"
xcap-root = "https://{configuration_host}"
http = {configuration_http}
{configuration}"#,
        locations_psi = system.locations_psi(),
        locations = keys_of(&server("lms1", at.locations)),
        groups_psi = system.groups_psi(),
        root = system.xcap_root(),
        groups = keys_of(&server("gms1", at.groups)),
        groups_http = server("gms1", at.groups_http),
        configuration_psi = system.configuration_psi(),
        configuration_host = system.configuration_host(),
        configuration = keys_of(&server("cms1", at.configuration)),
        configuration_http = server("cms1", at.configuration_http),
    )
}

/// Where the partner's server connects when there is no gateway.
fn border(system: &SystemPlan) -> String {
    listener("service.listen", "border", (system.at.service_border, "border"), "")
}

/// Who comes, and who may go.
fn migration(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    let (domain, psi, direct) = (other.domain, other.service_psi(), plan.topology == Topology::Direct);
    let core = hop(&system.inner("sip-core"), system.at.core, "service");
    let way = if direct {
        "border = [\"border\"]\n".to_owned()
    } else {
        format!("gateway = {}\n", hop(&system.gateway(), system.at.gateway_tls, "service"))
    };
    let acm = system.inner("acm1");
    let expected: Vec<String> = system.visitors.iter().map(|each| each.primary(other)).collect();
    let expected = listed(&expected.iter().map(String::as_str).collect::<Vec<_>>());
    let going = other.visitors.iter().map(|each| {
        let user = each.primary(system);
        format!("\n[[service.migration.partner.allow]]\nuser = \"{user}\"\nprofiles = [{ABROAD}]\n")
    });
    let going: String = going.collect();
    let direct = if direct { self::direct(other) } else { String::new() };
    format!(
        r#"
# Migration (10.6.3.3): who is expected from {domain}, and who may go there with which profiles.
[service.migration]
acm-servers = ["{acm}"]
core = {core}
{way}
[[service.migration.partner]]
name = "{domain}"
psi = "{psi}"
visitors = "expected"
expected = {expected}
{going}{direct}"#
    )
}

/// Ladders name the server that is there; what partners see of it is the certificate of its border.
fn direct(other: &SystemPlan) -> String {
    let hop = keys_of(&hop(&other.inner("mcs1"), other.at.service_border, "border"));
    let (identity, flows) = (other.gateway(), listed(&FLOWS));
    format!(
        "\n[service.migration.partner.direct]\n{hop}identity = \"{identity}\"\nissuer = \"tls/partner-ca.pem\"\n\
         inbound = {flows}\noutbound = {flows}\n"
    )
}
