//! `[configuration]`.

use super::{
    hop,
    pieces::{listener, server, users, web},
};
use crate::lab::plan::SystemPlan;

pub(super) fn section(system: &SystemPlan, other: &SystemPlan) -> String {
    let (name, host, at) = (system.inner("cms1"), system.configuration_host(), &system.at);
    let acm = system.acm_psi();
    let head = format!(
        r#"
# The configuration management server.
[configuration]
name = "{name}"
psi = "{psi}"
xcap-root = "https://{host}"
administrators = ["{administrator}", "{acm}"]
core = {core}
"#,
        psi = system.configuration_psi(),
        administrator = system.administrator(),
        core = hop(&system.inner("sip-core"), at.core, "configuration"),
    );
    let (servers, clients) = (at.configuration_http, at.configuration_clients);
    let own = |name, address, psi: &str| {
        server("configuration.service", ("psi", psi), (&system.inner(name), address), "configuration")
    };
    [
        head,
        listener("configuration.listen", "inner", (at.configuration, "configuration"), ""),
        web("configuration", (servers, "configuration", &[&host, &name]), (clients, "cms", &[&host])),
        own("acm1", at.acm, &acm),
        own("mcs1", at.service, &system.service_psi()),
        super::identity::issuers(system, "configuration", "configuration"),
        group_server(system, other),
        users("configuration", system),
    ]
    .concat()
}

fn group_server(system: &SystemPlan, other: &SystemPlan) -> String {
    format!(
        r#"
# Where group entries of profiles say that groups of {abroad} are to be had.
[configuration.group-server]
psi = "{psi}"
token-endpoint = "{issuer}/token"
kms = "sip:kms@{domain}"
partners = ["{abroad}"]
"#,
        psi = system.groups_psi(),
        issuer = system.issuer(),
        domain = system.domain,
        abroad = other.domain,
    )
}
