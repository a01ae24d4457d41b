//! From the configuration file to [`Config`].

use std::{collections::HashSet, time::Duration};

use kit::{
    OwnServer,
    config::{HopConfig, HttpLimits, HttpListen, Listen, Table, TlsProfiles},
    tokens::IssuerConfig,
};
use xcap::Root;
use xml_schemas::ids::Psi;

use super::{Config, GroupServer, User};

impl Config {
    /// Reads `[configuration]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let psi: Option<Psi> = table.required("psi");
        let root = root(table);
        let listen = Listen::read_all(table, profiles);
        let http = HttpListen::read_all(table, profiles, &listen);
        if http.is_empty() {
            table.error("[configuration] needs at least one [[configuration.http]]");
        }
        let stand_in = psi.clone().or_else(|| Psi::new("sip:nobody@unknown.invalid").ok())?;
        let no_root = || Root::new("https://unknown.invalid");
        let usual = Self::new(name.clone().unwrap_or_default(), stand_in, root.clone().or_else(no_root)?);
        let domains: Vec<String> = table.optional("domains").unwrap_or_else(|| usual.domains.clone());
        let subscriptions = table.within("subscriptions", 1..=10_000_000, usual.subscriptions);
        let octets = kit::events::OCTETS * subscriptions;
        let read = Self {
            replica: table.optional("replica").unwrap_or_else(|| usual.replica.clone()),
            http_limits: HttpLimits::read(table),
            core: table.table("core", |core| HopConfig::read(core, profiles)),
            servers: table.tables("service", |each| OwnServer::read(each, profiles)),
            users: users(table),
            issuers: IssuerConfig::read_all(table, profiles, &domains),
            administrators: table.or("administrators", Vec::new()),
            group_server: table.table("group-server", |each| group_server(each, &domains)),
            usages: table.optional("usages"),
            cache: table.within("cache", 0..=1 << 36, usual.cache),
            subscriptions,
            subscription_octets: table.within("subscription-octets", 1..=1 << 40, octets),
            longest_subscription: longest(table, usual.longest_subscription),
            domains,
            listen,
            http,
            ..usual
        };
        name.and(psi).and(root).map(|_| read)
    }
}

/// The XCAP root.
fn root(table: &Table<'_>) -> Option<Root> {
    let text: String = table.required("xcap-root")?;
    let root = Root::new(&text);
    if root.is_none() {
        let why = format!("\"xcap-root\" must be an absolute https URI, not \"{text}\"");
        table.error_at_value("xcap-root", why);
    }
    root
}

fn users(table: &Table<'_>) -> Vec<User> {
    let (mut ids, mut impus) = (HashSet::new(), HashSet::new());
    table.tables("user", |each| {
        let (id, impu) = (each.required("mc-service-id"), each.required("impu"));
        let user = User { id: id?, impu: impu? };
        if !ids.insert(user.id.clone()) {
            each.error_at_value("mc-service-id", "another user has this MC service ID");
        }
        if !impus.insert(user.impu.clone()) {
            each.error_at_value("impu", "another user has this public user identity");
        }
        Some(user)
    })
}

fn group_server(table: &Table<'_>, own: &[String]) -> Option<GroupServer> {
    let psi = table.required("psi");
    let (token_endpoint, kms) = (table.required("token-endpoint"), table.required("kms"));
    let partners: Option<Vec<String>> = table.required("partners");
    let partners: Vec<String> = partners?.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    if let Some(domain) =
        partners.iter().find(|domain| own.iter().any(|own| own.eq_ignore_ascii_case(domain)))
    {
        table.error_at_value("partners", format!("\"{domain}\" is a domain of the own MC system"));
    }
    Some(GroupServer { psi: psi?, token_endpoint: token_endpoint?, kms: kms?, partners })
}

/// RFC 6665 clause 4.2.1.1: at least an hour, so that nobody's usual time is cut short.
fn longest(table: &Table<'_>, usual: Duration) -> Duration {
    let longest = table.or("longest-subscription", usual);
    if longest < Duration::from_secs(3600) {
        table.error_at_value("longest-subscription", "\"longest-subscription\" must be an hour or more");
    }
    longest
}

#[cfg(test)]
mod tests;
