//! From the configuration file to [`Config`].

use std::collections::HashMap;

use kit::{
    Impu, OwnServer,
    config::{HopConfig, HttpLimits, HttpListen, Listen, Table, TlsProfiles},
};
use xcap::Root;
use xml_schemas::ids::{McServiceId, Psi};

use super::{Config, IssuerConfig, PartnerConfig};

impl Config {
    /// Reads `[groups]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let (is_whole, usual) = usual(table)?;
        let listen = Listen::read_all(table, profiles);
        let http = HttpListen::read_all(table, profiles, &listen);
        if http.is_empty() {
            table.error("[groups] needs at least one [[groups.http]]");
        }
        let domains: Option<Vec<String>> = table.optional("domains");
        let is_known = if table.has("domains") { domains.is_some() } else { is_whole };
        let domains = domains.unwrap_or_else(|| usual.domains.clone());
        let subscriptions = table.within("subscriptions", 1..=10_000_000, usual.subscriptions);
        let octets = kit::events::OCTETS * subscriptions;
        let read = Self {
            replica: table.optional("replica").unwrap_or_else(|| usual.replica.clone()),
            http_limits: HttpLimits::read(table),
            border: Listen::border(table, listen.iter().chain(http.iter().map(|http| &http.listen))),
            core: table.table("core", |core| HopConfig::read(core, profiles)),
            gateway: table.table("gateway", |gateway| HopConfig::read(gateway, profiles)),
            http_gateway: table.table("http-gateway", |gateway| HopConfig::read(gateway, profiles)),
            servers: table.tables("service", |each| OwnServer::read(each, profiles)),
            issuers: IssuerConfig::read_all(table, profiles, &domains),
            users: users(table),
            administrators: table.or("administrators", Vec::new()),
            creators: table.or("creators", Vec::new()),
            partner_deadline: table.or("partner-deadline", usual.partner_deadline),
            request_deadline: table.or("request-deadline", usual.request_deadline),
            request_for: table.or("request-for", usual.request_for),
            notify_provided: table.or("notify-provided", usual.notify_provided),
            longest_subscription: table.or("longest-subscription", usual.longest_subscription),
            subscriptions,
            subscription_octets: table.within("subscription-octets", 1..=1 << 40, octets),
            cache: table.within("cache", 0..=1 << 36, usual.cache),
            documents_per_user: table.within("documents-per-user", 1..=1_000_000, usual.documents_per_user),
            partners: partners(table, profiles, (&domains, is_known)),
            domains,
            listen,
            http,
            ..usual
        };
        is_whole.then_some(read)
    }
}

/// What every server says of itself, and what holds where nothing else is said. Stand-ins for what is missing let the rest be read
/// too: false then.
fn usual(table: &Table<'_>) -> Option<(bool, Config)> {
    let name: Option<String> = table.required("name");
    let psi: Option<Psi> = table.required("psi");
    if !table.has("xcap-root") {
        table.error("needs \"xcap-root\", such as \"https://xcap.a.example\"");
    }
    let root = root(table, "xcap-root");
    let is_whole = name.is_some() && psi.is_some() && root.is_some();
    let psi = psi.or_else(|| Psi::new("sip:nobody@unknown.invalid").ok())?;
    let root = root.or_else(|| Root::new("https://unknown.invalid"))?;
    Some((is_whole, Config::new(name.unwrap_or_default(), psi, root)))
}

fn partners(table: &Table<'_>, profiles: &TlsProfiles, own: (&[String], bool)) -> Vec<PartnerConfig> {
    let partners = PartnerConfig::read_all(table, profiles, own);
    let needs_gateway = partners.iter().any(|each| each.direct.is_none() && each.root.is_some());
    if needs_gateway && !table.has("http-gateway") {
        table.error("a partner with \"xcap-root\" that is not direct needs [groups.http-gateway]");
    }
    partners
}

/// An XCAP root.
pub(super) fn root(table: &Table<'_>, key: &'static str) -> Option<Root> {
    let text: String = table.optional(key)?;
    let root = Root::new(&text);
    if root.is_none() {
        table.error_at_value(key, format!("\"{key}\" must be an absolute https URI, not \"{text}\""));
    }
    root
}

fn users(table: &Table<'_>) -> HashMap<Impu, McServiceId> {
    let mut users = HashMap::new();
    table.tables("user", |each| {
        let (id, impu) = (each.required("mc-service-id"), each.required("impu"));
        let (id, impu): (McServiceId, Impu) = (id?, impu?);
        if users.insert(impu, id).is_some() {
            each.error_at_value("impu", "another user has this public user identity");
        }
        Some(())
    });
    users
}

#[cfg(test)]
mod tests;
