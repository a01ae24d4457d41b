//! `[service]`.

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
{users}"#,
        name = system.inner("mcs1"),
        psi = system.service_psi(),
        core = system.inner("sip-core"),
        address = at.service,
        locations_psi = system.locations_psi(),
        lms = system.inner("lms1"),
        locations = at.locations,
    )
}
