//! `[service]`.

use super::{hop, keys_of};
use crate::lab::plan::SystemPlan;

pub(super) fn section(system: &SystemPlan) -> String {
    let at = &system.at;
    let users: String = system
        .users
        .iter()
        .map(|user| {
            let (id, impu) = (user.mc_service_id(system.domain), user.impu(system.domain));
            format!("\n[[service.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
        })
        .collect();
    let server = |name, address| hop(&system.inner(name), address, "service");
    format!(
        r#"
# The MC service server.
[service]
name = "{name}"
psi = "{psi}"
core = "{core}"

[[service.listen]]
name = "inner"
address = "{address}"
transport = "tls"
tls = "service"

[service.location-server]
psi = "{locations_psi}"
name = "{lms}"
address = "{locations}"
transport = "tls"
tls = "service"

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
{configuration}{users}"#,
        name = system.inner("mcs1"),
        psi = system.service_psi(),
        core = system.inner("sip-core"),
        address = at.service,
        locations_psi = system.locations_psi(),
        lms = system.inner("lms1"),
        locations = at.locations,
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
