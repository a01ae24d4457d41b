//! `[acm]` and `[aliases]`.

use super::{hop, keys_of, listed};
use crate::{
    Failure,
    cli::Topology,
    config::signing_key,
    lab::{
        groups,
        pki::files,
        plan::{Part, Plan, SystemPlan},
    },
};

/// What ACM servers of two systems say to each other.
pub(super) const FLOWS: [&str; 14] = [
    "acm-group-information-provision-request",
    "acm-group-information-provision-response",
    "acm-group-membership-update-request",
    "acm-group-membership-update-response",
    "acm-migration-users-add-request",
    "acm-migration-users-add-response",
    "acm-migration-users-remove-request",
    "acm-migration-users-remove-response",
    "acm-user-profile-update-request",
    "acm-user-profile-update-response",
    "acm-process-indication",
    "acm-withdrawal-request",
    "acm-withdrawal-response",
    "acm-audit-receipt",
];

/// Step 4 without a person.
const REMOVED_BY_RULE: &str = "
[[acm.partner.handle]]
name = \"whom their own system takes back\"
flows = [\"acm-migration-users-remove-request\"]
by = \"allow\"
";

pub(super) fn section(plan: &Plan, system: &SystemPlan, other: &SystemPlan) -> Result<String, Failure> {
    let (at, domain) = (&system.at, system.domain);
    let direct = plan.topology == Topology::Direct;
    let server = |name: &str, address| hop(name, address, "acm");
    let neighbours = neighbours(system);
    Ok(format!(
        r#"
# The ACM server: what users of the two systems arrange with each other though they are rarely there at once (10.17).
[acm]
name = "{name}"
psi = "{psi}"
domains = ["{domain}"]
{groups}{border_listener}core = {core}
{gateway}
[[acm.listen]]
name = "inner"
address = "{address}"
transport = "tls"
tls = "acm"
{border}
[acm.alias-server]
psi = "{aliases_psi}"
{aliases}{neighbours}
# Step 2: who may ask {abroad}, and for what.
[[acm.allow]]
name = "administrators ask"
user = "{asker}"
partners = ["{abroad}"]
{users}{partner}"#,
        name = system.inner("acm1"),
        psi = system.acm_psi(),
        groups = if plan.arranging.asks_group_server {
            String::new()
        } else {
            let group = groups::group_id(plan);
            format!(
                "interconnection-groups = [\"{group}\"]  # without this the group management server is asked\n"
            )
        },
        border_listener = if direct { "border = [\"border\"]\n" } else { "" },
        core = server(&system.inner("sip-core"), at.core),
        gateway = if direct {
            String::new()
        } else {
            format!("gateway = {}\n", server(&system.gateway(), at.gateway_tls))
        },
        address = at.acm,
        border = if direct { border(system) } else { String::new() },
        aliases_psi = system.aliases_psi(),
        aliases = keys_of(&server(&system.inner("fa1"), at.aliases)),
        asker = asker(system),
        abroad = other.domain,
        users = users(system, "acm"),
        partner = partner(other, direct)? + if plan.arranging.removes_by_rule { REMOVED_BY_RULE } else { "" },
    ))
}

/// The own servers whose work follows from what is decided, and which are asked.
fn neighbours(system: &SystemPlan) -> String {
    let at = &system.at;
    let server = |name: &str, address| hop(name, address, "acm");
    let root = |key, host: String, hop: String| {
        format!("\n[acm.{key}-server]\nroot = \"https://{host}\"\n{}", keys_of(&hop))
    };
    let cms = server(&system.inner("cms1"), at.configuration_http);
    let gms = server(&system.inner("gms1"), at.groups_http);
    let template = system.template();
    [
        root("identity", system.identity_host(), server(&system.identity_host(), at.identity_servers)),
        root("service", system.service_host(), server(&system.inner("mcs1"), at.service_http)),
        root("configuration", system.configuration_host(), cms),
        format!("\n[acm.group-server]\nroot = \"{}\"\n{}", system.xcap_root(), keys_of(&gms)),
        format!(
            "\n[acm.users]\ntemplate = \"{template}\"  # partners' users begin with a copy of its profile\n"
        ),
    ]
    .concat()
}

/// The functional alias controlling server.
pub(super) fn aliases(system: &SystemPlan) -> String {
    let at = &system.at;
    let server = |name: &str, address| hop(name, address, "aliases");
    let holders: Vec<String> = system.users.iter().map(|user| user.mc_service_id(system.domain)).collect();
    format!(
        r#"
# The functional alias controlling server: who holds which role.
[aliases]
name = "{name}"
psi = "{psi}"
core = {core}

[[aliases.listen]]
name = "inner"
address = "{address}"
transport = "tls"
tls = "aliases"

[[aliases.server]]
psi = "{acm_psi}"
{acm}{users}
[[aliases.alias]]
id = "{alias}"
users = {holders}
limit = 2
take-over = true
"#,
        name = system.inner("fa1"),
        psi = system.aliases_psi(),
        core = server(&system.inner("sip-core"), at.core),
        address = at.aliases,
        acm_psi = system.acm_psi(),
        acm = keys_of(&server(&system.inner("acm1"), at.acm)),
        users = users(system, "aliases"),
        alias = system.alias(),
        holders = listed(&holders.iter().map(String::as_str).collect::<Vec<_>>()),
    )
}

/// Whoever asks in other procedures asks here; in a system in which nobody does, the first user.
fn asker(system: &SystemPlan) -> String {
    let asks = system.users.iter().find(|user| user.part == Part::Asks).or(system.users.first());
    asks.map(|user| user.mc_service_id(system.domain)).unwrap_or_default()
}

/// Those who log on here: its own, and users of the other system who work here and administer nothing.
fn users(system: &SystemPlan, table: &str) -> String {
    let user = |id: &str, impu: &str, more: &str| {
        format!("\n[[{table}.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n{more}")
    };
    let own = system.users.iter();
    let own = own.map(|each| user(&each.mc_service_id(system.domain), &each.impu(system.domain), ""));
    let handles = if table == "acm" { "handles = false\n" } else { "" };
    let visitors = system.visitors.iter();
    let visitors = visitors.map(|each| user(&each.partner(system), &each.impu(system), handles));
    own.chain(visitors).collect()
}

/// Where the partner's server connects when there is no gateway.
fn border(system: &SystemPlan) -> String {
    let address = system.at.acm_border;
    format!(
        "\n[[acm.listen]]\nname = \"border\"\naddress = \"{address}\"\ntransport = \"tls\"\ntls = \"border\"\n"
    )
}

/// Ladders name the server that is there; what partners see of it is the certificate of its border.
fn partner(other: &SystemPlan, direct: bool) -> Result<String, Failure> {
    let (domain, psi) = (other.domain, other.acm_psi());
    let direct = if direct {
        let hop = keys_of(&hop(&other.inner("acm1"), other.at.acm_border, "border"));
        let (identity, flows) = (other.gateway(), listed(&FLOWS));
        format!(
            "\n[acm.partner.direct]\n{hop}identity = \"{identity}\"\nissuer = \"tls/partner-ca.pem\"\n\
             inbound = {flows}\noutbound = {flows}\n"
        )
    } else {
        String::new()
    };
    let file = other.folder.join(files::AUDIT);
    let key = signing_key(&file).map_err(|why| Failure::Procedure(format!("{}: {why}", file.display())))?;
    let audit = format!("audit-keys = [\"{}\"]\n", key.public());
    Ok(format!("\n[[acm.partner]]\nname = \"{domain}\"\npsi = \"{psi}\"\n{audit}{direct}"))
}
