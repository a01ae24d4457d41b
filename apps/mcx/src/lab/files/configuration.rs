//! `[configuration]`.

use super::{hop, keys_of};
use crate::lab::plan::SystemPlan;

pub(super) fn section(system: &SystemPlan, other: &SystemPlan) -> String {
    let at = &system.at;
    let user = |user: &crate::lab::plan::User| {
        let (id, impu) = (user.mc_service_id(system.domain), user.impu(system.domain));
        format!("\n[[configuration.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
    };
    let users: String = system.users.iter().map(user).collect();
    format!(
        r#"
# The configuration management server.
[configuration]
name = "{name}"
psi = "{psi}"
xcap-root = "https://{host}"
administrators = ["{administrator}", "{acm}"]
core = {core}

[[configuration.listen]]
name = "inner"
address = "{sip}"
transport = "tls"
tls = "configuration"

[[configuration.http]]
name = "servers"
address = "{http}"
transport = "tls"
tls = "configuration"
hosts = ["{host}", "{name}"]

[[configuration.http]]
name = "clients"
address = "{clients}"
transport = "tls"
tls = "cms"
client-certificate = "none"
hosts = ["{host}"]

[[configuration.service]]
psi = "{acm}"
{acm_server}
[[configuration.service]]
psi = "{service_psi}"
{service}
{issuers}
# Where group entries of profiles say that groups of {abroad} are to be had.
[configuration.group-server]
psi = "{groups_psi}"
token-endpoint = "{issuer}/token"
kms = "sip:kms@{domain}"
partners = ["{abroad}"]
{users}"#,
        name = system.inner("cms1"),
        psi = system.configuration_psi(),
        host = system.configuration_host(),
        administrator = system.administrator(),
        acm = system.acm_psi(),
        acm_server = keys_of(&hop(&system.inner("acm1"), at.acm, "configuration")),
        core = hop(&system.inner("sip-core"), at.core, "configuration"),
        sip = at.configuration,
        http = at.configuration_http,
        clients = at.configuration_clients,
        service_psi = system.service_psi(),
        service = keys_of(&hop(&system.inner("mcs1"), at.service, "configuration")),
        issuers = super::identity::issuers(system, "configuration", "configuration"),
        issuer = system.issuer(),
        groups_psi = system.groups_psi(),
        domain = system.domain,
        abroad = other.domain,
    )
}
