//! From the configuration file to [`Config`].

use std::{collections::HashSet, time::Duration};

use kit::{
    OwnServer,
    config::{HopConfig, Listen, Table, TlsProfiles},
};
use xml_schemas::ids::{McServiceId, Psi};

use super::{Config, Limits, Neighbours, PartnerConfig, User, rules::allow_rule};

/// Partners take the end of a log no more often; no subscription lasts for less.
const SHORTEST: Duration = Duration::from_secs(60);

impl Config {
    /// Reads `[acm]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let psi: Option<Psi> = table.required("psi");
        let listen = Listen::read_all(table, profiles);
        let border = Listen::border(table, &listen);
        let core = table.required_table("core", |core| HopConfig::read(core, profiles));
        let gateway = table.table("gateway", |gateway| HopConfig::read(gateway, profiles));
        let domains: Option<Vec<String>> = table.optional("domains");
        let domains = domains.or_else(|| psi.as_ref().map(|psi| vec![psi.domain().to_owned()]));
        let domains = domains.unwrap_or_default();
        let partners = PartnerConfig::read_all(table, profiles, &domains);
        // Without a service identity there is no configuration, but the rest of the table is read all the same.
        let stand_in = psi.clone().or_else(|| Psi::new("sip:nobody@unknown.invalid").ok());
        let usual = Self::new(name.clone().unwrap_or_default(), stand_in?);
        let aliases = table.table("alias-server", |each| OwnServer::read(each, profiles));
        let users = users(table, &domains);
        let config = Self {
            allow: table.tables("allow", allow_rule),
            interconnection_groups: table.or("interconnection-groups", Vec::new()),
            tell_unauthorized: table.or("tell-unauthorized", usual.tell_unauthorized),
            alias_choice: table.optional("alias-choice").unwrap_or(usual.alias_choice),
            aliases_count_for: aliases_count_for(table, usual.aliases_count_for),
            keep_closed: table.or("keep-closed", usual.keep_closed),
            keep_refused: table.or("keep-refused", usual.keep_refused),
            longest_wait: table.or("longest-wait", usual.longest_wait),
            carry_out_within: table.or("carry-out-within", usual.carry_out_within),
            limits: Limits::read(table),
            retry: retry(table, usual.retry),
            at_once: table.within("at-once", 1..=1_000, usual.at_once),
            audit_every: audit_every(table, usual.audit_every),
            neighbours: Neighbours::read(table, profiles),
            aliases,
            users,
            domains,
            listen,
            border,
            partners,
            gateway,
            ..usual
        };
        coheres(table, &config);
        name?;
        Some(Self { psi: psi?, core: Some(core?), ..config })
    }
}

/// There is a way to every partner, and whom a rule asks is a user of ours: else it would ask nobody. Who admits partners' users is
/// told where they would have no profile.
fn coheres(table: &Table<'_>, config: &Config) {
    if !table.has("gateway") && config.partners.iter().any(|partner| partner.direct.is_none()) {
        table.error("a partner that is not direct needs [acm.gateway]");
    }
    let is_user = |person: &McServiceId| config.users.iter().any(|user| user.id == *person);
    let handle = config.partners.iter().flat_map(|partner| &partner.handle);
    for rule in handle.filter(|rule| rule.person.as_ref().is_some_and(|person| !is_user(person))) {
        table.error(format!("the \"person\" of the rule \"{}\" is no [[acm.user]]", rule.name));
    }
    let neighbours = &config.neighbours;
    if neighbours.identity.is_some() && neighbours.service.is_some() && neighbours.template.is_none() {
        table.warn_at_value(
            "users",
            "partners' users are admitted without a user profile: \"template\" names none",
        );
    }
}

fn retry(table: &Table<'_>, [first, longest]: [Duration; 2]) -> [Duration; 2] {
    let retry = [table.or("retry-after", first), table.or("retry-at-most-after", longest)];
    if retry[0].is_zero() || retry[0] > retry[1] {
        table.error_at_value(
            "retry-after",
            "\"retry-after\" must lie between nothing and \"retry-at-most-after\"",
        );
    }
    retry
}

/// The subscription is refreshed within half of it, and lasts for a minute at least.
fn aliases_count_for(table: &Table<'_>, usual: Duration) -> Duration {
    let within = table.or("aliases-count-for", usual);
    if within < 2 * SHORTEST {
        table.error_at_value("aliases-count-for", "\"aliases-count-for\" is two minutes at least");
    }
    within.max(2 * SHORTEST)
}

fn audit_every(table: &Table<'_>, usual: Duration) -> Duration {
    let every = table.or("audit-every", usual);
    if every < SHORTEST {
        table.error_at_value("audit-every", "\"audit-every\" is a minute at least");
    }
    every.max(SHORTEST)
}

/// Users of our own, each with identities of its own.
fn users(table: &Table<'_>, domains: &[String]) -> Vec<User> {
    let (mut ids, mut impus) = (HashSet::new(), HashSet::new());
    table.tables("user", |each| {
        let (id, impu) = (each.required("mc-service-id"), each.required("impu"));
        let handles = each.or("handles", true);
        let user = User { id: id?, impu: impu?, handles };
        if !domains.iter().any(|own| own.eq_ignore_ascii_case(user.id.domain())) {
            each.error_at_value("mc-service-id", "\"mc-service-id\" is of another MC system");
        }
        if !ids.insert(user.id.clone()) {
            each.error_at_value("mc-service-id", "another user has this MC service ID");
        }
        if !impus.insert(user.impu.clone()) {
            each.error_at_value("impu", "another user has this public user identity");
        }
        Some(user)
    })
}

#[cfg(test)]
mod tests;
