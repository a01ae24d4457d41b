//! `[gateway]`.

use super::{hop, keys_of, listed, write_private};
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
    let (name, domain, at) = (system.gateway(), system.domain, &system.at);
    let (border, tls, plain) = (at.border, at.gateway_tls, at.gateway_plain);
    let host = plain.ip();
    let locations = hop(&system.inner("lms1"), at.locations, "gateway");
    let migration = keys_of(&hop(&system.inner("mcs1"), at.service, "gateway"));
    let acm = keys_of(&hop(&system.inner("acm1"), at.acm, "gateway"));
    let groups = |address| keys_of(&hop(&system.inner("gms1"), address, "gateway"));
    let (groups, groups_http) = (groups(at.groups), groups(at.groups_http));
    let (border_http, http, root) = (at.border_http, at.gateway_http, system.xcap_root());
    let partner = partner(plan, other);
    format!(
        r#"
# The MC gateway server: the only way in and out.
[gateway]
name = "{name}"
domains = ["{domain}"]
internal = ["core.{domain}", "*.core.{domain}", "{host}"]
trusted-certificates = ["*.core.{domain}"]
trusted-addresses = ["{host}"]
hiding-secrets = ["{SECRET}"]

[[gateway.listen]]
name = "border"
side = "border"
address = "{border}"
transport = "tls"
tls = "border"
sent-by = "{name}:{border_port}"

[[gateway.listen]]
name = "inner"
side = "inner"
address = "{tls}"
transport = "tls"
tls = "gateway"

[[gateway.listen]]
name = "inner-udp"
side = "inner"
address = "{plain}"
transport = "udp"

[[gateway.listen]]
name = "inner-tcp"
side = "inner"
address = "{plain}"
transport = "tcp"

[[gateway.http]]
name = "border-http"
side = "border"
address = "{border_http}"
transport = "tls"
tls = "border"

[[gateway.http]]
name = "inner-http"
side = "inner"
address = "{http}"
transport = "tls"
tls = "gateway"

[[gateway.service]]
uri = "{psi}"
{service}
[[gateway.service]]
uri = "{service_psi}"
{migration}
[[gateway.service]]
uri = "{acm_psi}"
{acm}
[[gateway.service]]
uri = "{groups_psi}"
{groups}
# What partners find over HTTP, and behind which server.
[gateway.xcap]
root = "{root}"

[[gateway.xcap.server]]
auids = ["{GROUPS}"]
root = "{root}"
{groups_http}
{partner}"#,
        border_port = border.port(),
        psi = system.locations_psi(),
        service = keys_of(&locations),
        service_psi = system.service_psi(),
        acm_psi = system.acm_psi(),
        groups_psi = system.groups_psi(),
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
