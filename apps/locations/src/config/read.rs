//! From the configuration file to [`Config`].

use std::sync::Arc;

use kit::{
    OwnServer,
    config::{HopConfig, Listen, Named, Table, TlsProfiles},
};
use xml_schemas::ids::{McServiceId, Psi};

use super::{AskRule, Config, PartnerConfig, Tell, TellRule, User, Whom};

impl Config {
    /// Reads `[locations]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let psi: Option<Psi> = table.required("psi");
        let listen = Listen::read_all(table, profiles);
        let border = border(table, &listen);
        let core = table.required_table("core", |core| HopConfig::read(core, profiles));
        let gateway = table.table("gateway", |gateway| HopConfig::read(gateway, profiles));
        let domains: Option<Vec<String>> = table.optional("domains");
        let domains = domains.or_else(|| psi.as_ref().map(|psi| vec![psi.domain().to_owned()]));
        let domains = domains.unwrap_or_default();
        let partners = PartnerConfig::read_all(table, profiles, &domains);
        if !table.has("gateway") && partners.iter().any(|partner| partner.direct.is_none()) {
            table.error("a partner that is not direct needs [locations.gateway]");
        }
        let defaults = Self::new(name.clone().unwrap_or_default(), psi.clone()?);
        let config = Self {
            users: table.tables("user", user),
            servers: table.tables("service", |each| own_server(each, profiles)),
            ask: table.tables("ask", ask_rule),
            tell: table.tables("tell", tell_rule),
            partner_deadline: table.or("partner-deadline", defaults.partner_deadline),
            client_deadline: table.or("client-deadline", defaults.client_deadline),
            permission_deadline: table.or("permission-deadline", defaults.permission_deadline),
            max_targets: table.within("max-targets", 1..=10_000, defaults.max_targets),
            stale_instead_of_nothing: table.or("stale-instead-of-nothing", false),
            domains,
            listen,
            border,
            partners,
            gateway,
            ..defaults
        };
        name?;
        Some(Self { core: Some(core?), ..config })
    }
}

/// Listeners for partners, each of which must be one of ours.
fn border(table: &Table<'_>, listen: &[Listen]) -> Vec<String> {
    let border: Vec<String> = table.or("border", Vec::new());
    for name in border.iter().filter(|name| !listen.iter().any(|listen| listen.name == **name)) {
        table.error_at_value("border", format!("\"border\" names an unknown listener \"{name}\""));
    }
    border
}

fn user(table: &Table<'_>) -> Option<User> {
    let id = table.required("mc-service-id");
    let impu = table.required("impu");
    let share = table.tables("share", tell_rule);
    Some(User { id: id?, impu: impu?, share })
}

fn own_server(table: &Table<'_>, profiles: &TlsProfiles) -> Option<OwnServer> {
    let psi = table.required("psi");
    let hop = HopConfig::read(table, profiles)?;
    Some(OwnServer { identity: Arc::from(hop.identity.as_str()), psi: psi?, hop: hop.hop() })
}

fn ask_rule(table: &Table<'_>) -> Option<AskRule> {
    let name = table.optional("name");
    let (requester, target) = (whom(table, "requester"), whom(table, "target"));
    let allow = table.required("allow");
    Some(AskRule {
        name: name.unwrap_or_else(|| "ask".into()),
        requester: requester?,
        target: target?,
        allow: allow?,
    })
}

fn tell_rule(table: &Table<'_>) -> Option<TellRule> {
    let name = table.optional("name");
    let requester = whom(table, "requester");
    let answer = table.required("answer");
    Some(TellRule { name: name.unwrap_or_else(|| "tell".into()), requester: requester?, answer: answer? })
}

impl Named for Tell {
    const NAMES: &'static [(&'static str, Self)] =
        &[("allow", Self::Allow), ("refuse", Self::Refuse), ("ask-user", Self::AskUser)];
}

/// `anyone`, a domain, or one MC service ID.
fn whom(table: &Table<'_>, key: &'static str) -> Option<Whom> {
    let text: String = table.required(key)?;
    if text == "anyone" {
        return Some(Whom::Anyone);
    }
    if !text.contains(':') {
        return Some(Whom::System(text.to_ascii_lowercase()));
    }
    match McServiceId::new(&text) {
        Ok(id) => Some(Whom::User(id)),
        Err(error) => {
            table.error_at_value(key, error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests;
