//! From the configuration file to [`Config`].

mod rules;

use kit::{
    OwnServer,
    config::{HopConfig, Listen, Table, TlsProfiles},
};
use xml_schemas::ids::Psi;

use super::{Config, PartnerConfig};
use rules::{Names, ask_rule, tell_rule, users};

impl Config {
    /// Reads `[locations]`. Every mistake is reported at its place.
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
        if !table.has("gateway") && partners.iter().any(|partner| partner.direct.is_none()) {
            table.error("a partner that is not direct needs [locations.gateway]");
        }
        let names = Names::read(table, &domains);
        // Without a service identity there is no configuration, but the rest of the table is read all the same.
        let stand_in = psi.clone().or_else(|| Psi::new("sip:nobody@unknown.invalid").ok());
        let defaults = Self::new(name.clone().unwrap_or_default(), stand_in?);
        let config = Self {
            servers: table.tables("service", |each| OwnServer::read(each, profiles)),
            ask: table.tables("ask", |rule| ask_rule(rule, &names)),
            tell: table.tables("tell", |rule| tell_rule(rule, &names)),
            users: users(table, &names),
            partner_deadline: table.or("partner-deadline", defaults.partner_deadline),
            client_deadline: table.or("client-deadline", defaults.client_deadline),
            permission_deadline: table.or("permission-deadline", defaults.permission_deadline),
            max_targets: table.within("max-targets", 1..=10_000, defaults.max_targets),
            stale_instead_of_nothing: table.or("stale-instead-of-nothing", false),
            migrated: table.optional("migrated").unwrap_or(defaults.migrated),
            domains,
            listen,
            border,
            partners,
            gateway,
            ..defaults
        };
        name?;
        Some(Self { psi: psi?, core: Some(core?), ..config })
    }
}

#[cfg(test)]
mod tests;
