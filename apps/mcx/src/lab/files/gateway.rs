//! `[gateway]`.

use super::{hop, keys_of, write_private};
use crate::{
    Failure,
    cli::Topology,
    lab::plan::{Plan, SystemPlan},
};

/// What seals hidden names, relative to the system's folder.
const SECRET: &str = "tls/hiding.secret";

/// Nothing in direct mode.
pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    if plan.topology == Topology::Direct {
        return String::new();
    }
    let (name, domain, at) = (system.gateway(), system.domain, &system.at);
    let (border, tls, plain) = (at.border, at.gateway_tls, at.gateway_plain);
    let host = plain.ip();
    let locations = hop(&system.inner("lms1"), at.locations, "gateway");
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

[[gateway.service]]
uri = "{psi}"
{service}
{partner}"#,
        border_port = border.port(),
        psi = system.locations_psi(),
        service = keys_of(&locations),
    )
}

fn partner(plan: &Plan, other: &SystemPlan) -> String {
    let (domain, hide) = (other.domain, plan.topology == Topology::On);
    let hop = hop(&other.gateway(), other.at.border, "border");
    format!(
        r#"
# What was agreed with {domain}.
[[gateway.partner]]
name = "{domain}"
issuer = "tls/partner-ca.pem"
hop = {hop}
inbound = ["location-information-request", "location-information-report", "options"]
outbound = ["location-information-request", "location-information-report", "options"]
hide = {hide}
"#
    )
}

/// The secret of topology hiding, for its owner only.
pub(super) fn write_secret(system: &SystemPlan) -> Result<(), Failure> {
    write_private(&system.folder.join(SECRET), &system.hiding_secret)
}
