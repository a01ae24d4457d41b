//! `[gateway]`.

use super::{
    hop, keys_of, listed,
    pieces::{listener, server},
    write_private,
};
use crate::{
    Failure,
    cli::Topology,
    lab::plan::{Plan, SystemPlan},
};

/// What seals hidden names, relative to the system's folder.
const SECRET: &str = "tls/hiding.secret";

/// The application usage of groups (OMA-TS-XDM_Group 5.1.1.2).
const GROUPS: &str = "org.openmobilealliance.groups";

/// Nothing in direct mode.
pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    if plan.topology == Topology::Direct {
        return String::new();
    }
    let (name, domain, host) = (system.gateway(), system.domain, system.at.gateway_plain.ip());
    let head = format!(
        r#"
# The MC gateway server: the only way in and out.
[gateway]
name = "{name}"
domains = ["{domain}"]
internal = ["core.{domain}", "*.core.{domain}", "{host}"]
trusted-certificates = ["*.core.{domain}"]
trusted-addresses = ["{host}"]
hiding-secrets = ["{SECRET}"]
"#
    );
    [head, listeners(system), services(system), xcap(system), partner(plan, other)].concat()
}

fn listeners(system: &SystemPlan) -> String {
    let (name, at) = (system.gateway(), &system.at);
    let plain = at.gateway_plain;
    let datagrams_and_streams = ["udp", "tcp"].map(|transport| {
        format!(
            "\n[[gateway.listen]]\nname = \"inner-{transport}\"\nside = \"inner\"\naddress = \"{plain}\"\n\
             transport = \"{transport}\"\n"
        )
    });
    let (outer, inner) = ("side = \"border\"\n", "side = \"inner\"\n");
    let sent_by = format!("{outer}sent-by = \"{name}:{}\"\n", at.border.port());
    [
        listener("gateway.listen", "border", (at.border, "border"), &sent_by),
        listener("gateway.listen", "inner", (at.gateway_tls, "gateway"), inner),
        datagrams_and_streams.concat(),
        listener("gateway.http", "border-http", (at.border_http, "border"), outer),
        listener("gateway.http", "inner-http", (at.gateway_http, "gateway"), inner),
    ]
    .concat()
}

/// Whom partners reach.
fn services(system: &SystemPlan) -> String {
    let at = &system.at;
    let service = |name, address, psi: &str| {
        server("gateway.service", ("uri", psi), (&system.inner(name), address), "gateway")
    };
    [
        service("lms1", at.locations, &system.locations_psi()),
        service("mcs1", at.service, &system.service_psi()),
        service("acm1", at.acm, &system.acm_psi()),
        service("gms1", at.groups, &system.groups_psi()),
    ]
    .concat()
}

fn xcap(system: &SystemPlan) -> String {
    let root = system.xcap_root();
    let server = keys_of(&hop(&system.inner("gms1"), system.at.groups_http, "gateway"));
    format!(
        r#"
# What partners find over HTTP, and behind which server.
[gateway.xcap]
root = "{root}"

[[gateway.xcap.server]]
auids = ["{GROUPS}"]
root = "{root}"
{server}"#
    )
}

fn partner(plan: &Plan, other: &SystemPlan) -> String {
    let (domain, hide) = (other.domain, plan.topology == Topology::On);
    let (hop, http) = {
        let hop = |address| hop(&other.gateway(), address, "border");
        (hop(other.at.border), hop(other.at.border_http))
    };
    let root = other.xcap_root();
    let operations = ["GET", "PUT", "DELETE"].map(|method| format!("\"{method} {GROUPS}\"")).join(", ");
    let operations = format!("[{operations}]");
    let flows = [
        &["location-information-request", "location-information-report"][..],
        &super::service::FLOWS,
        &super::acm::FLOWS,
        &["options", "xcap-diff"],
    ]
    .concat();
    let flows = listed(&flows);
    format!(
        r#"
# What was agreed with {domain}.
[[gateway.partner]]
name = "{domain}"
issuer = "tls/partner-ca.pem"
hop = {hop}
inbound = {flows}
outbound = {flows}
hide = {hide}

[gateway.partner.xcap]
root = "{root}"
hop = {http}
inbound = {operations}
outbound = {operations}
"#
    )
}

/// The secret of topology hiding, for its owner only.
pub(super) fn write_secret(system: &SystemPlan) -> Result<(), Failure> {
    write_private(&system.folder.join(SECRET), &system.hiding_secret)
}
