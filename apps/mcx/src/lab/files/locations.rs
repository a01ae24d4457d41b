//! `[locations]`.

use super::{
    hop, keys_of,
    pieces::{listener, server},
};
use crate::{
    cli::Topology,
    lab::plan::{Part, Plan, SystemPlan},
};

pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> String {
    let (at, domain) = (&system.at, system.domain);
    let direct = plan.topology == Topology::Direct;
    let own = system.users.iter().map(|each| user(domain, other.domain, each));
    let visitors = system.visitors.iter().map(|each| known(&each.partner(system), &each.impu(system)));
    let head = format!(
        r#"
# The location management server.
[locations]
name = "{name}"
psi = "{psi}"
{border_listener}migrated = "follow"
core = {core}
{gateway}"#,
        name = system.inner("lms1"),
        psi = system.locations_psi(),
        border_listener = if direct { "border = [\"border\"]\n" } else { "" },
        gateway = if direct { String::new() } else { gateway(system) },
        core = hop(&system.inner("sip-core"), at.core, "locations"),
    );
    let service = (&*system.inner("mcs1"), at.service);
    [
        head,
        listener("locations.listen", "inner", (at.locations, "locations"), ""),
        if direct { border(system) } else { String::new() },
        server("locations.service", ("psi", &system.service_psi()), service, "locations"),
        rules(domain, other.domain),
        own.chain(visitors).collect(),
        partner(other, direct),
    ]
    .concat()
}

fn rules(domain: &str, abroad: &str) -> String {
    format!(
        r#"
# Step 2 of 10.9.3.10.2: who may ask for whom.
[[locations.ask]]
name = "own users ask"
requester = "{domain}"
target = "anyone"
allow = true

# Step 4 of 10.9.3.10.2: what is told to whom, where no rule of the user says.
[[locations.tell]]
name = "own system"
requester = "{domain}"
answer = "allow"

[[locations.tell]]
name = "agreed with {abroad}"
requester = "{abroad}"
answer = "allow"
"#
    )
}

/// Where the partner's server connects when there is no gateway.
fn border(system: &SystemPlan) -> String {
    listener("locations.listen", "border", (system.at.border, "border"), "")
}

fn user(domain: &str, abroad: &str, user: &crate::lab::plan::User) -> String {
    let (id, impu) = (user.mc_service_id(domain), user.impu(domain));
    let share = match user.part {
        Part::Hides => format!(
            "\n[[locations.user.share]]\nname = \"not abroad\"\nrequester = \"{abroad}\"\nanswer = \"refuse\"\n"
        ),
        _ => String::new(),
    };
    known(&id, &impu) + &share
}

fn known(id: &str, impu: &str) -> String {
    format!("\n[[locations.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n")
}

/// The way to every partner that is not direct.
fn gateway(system: &SystemPlan) -> String {
    format!("gateway = {}\n", hop(&system.gateway(), system.at.gateway_tls, "locations"))
}

fn partner(other: &SystemPlan, direct: bool) -> String {
    let (domain, psi) = (other.domain, other.locations_psi());
    // Ladders name the server that is there. What partners see of it is the certificate of its border, in the name that the
    // gateway would have.
    let direct = if direct {
        let hop = keys_of(&hop(&other.inner("lms1"), other.at.border, "border"));
        self::direct(&format!("{hop}identity = \"{}\"\n", other.gateway()))
    } else {
        String::new()
    };
    format!("\n[[locations.partner]]\nname = \"{domain}\"\npsi = \"{psi}\"\n{direct}")
}

fn direct(hop: &str) -> String {
    format!(
        r#"
[locations.partner.direct]
{hop}issuer = "tls/partner-ca.pem"
inbound = ["location-information-request", "location-information-report"]
outbound = ["location-information-request", "location-information-report"]
"#
    )
}
