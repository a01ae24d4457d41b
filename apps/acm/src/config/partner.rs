//! `[[acm.partner]]`: one interconnected MC system, and how what it asks is handled.

use std::{collections::HashMap, path::PathBuf};

use audit::PublicKey;
use kit::{
    Partner,
    carriage::Protection,
    config::{HopConfig, Table, TlsProfiles},
    partner::{Flows, Way},
};
use wire::AnchorId;
use xml_schemas::ids::Psi;

use super::rules::{HandleRule, handle_rule};
use crate::FUNCTION;

/// One partner, as configured.
#[derive(Clone, Debug)]
pub struct PartnerConfig {
    /// The system's main domain.
    pub name: String,
    /// Every domain whose identities belong to it; its name where nothing else is said.
    pub domains: Vec<String>,
    /// The public service identity of its ACM server.
    pub psi: Psi,
    /// The privacy switch: what it is told does not tell unknown from refused.
    pub merge: bool,
    /// What was agreed on the protection of bodies; none where they travel as they are.
    pub protection: Option<Protection>,
    /// How its server is reached without gateways; none: through the own gateway.
    pub direct: Option<Direct>,
    /// How what it asks is handled. The first rule that matches decides; none: by whom the request names.
    pub handle: Vec<HandleRule>,
    /// By which keys it signs what it says of its audit log.
    pub audit: AuditKeys,
}

/// By which keys a partner signs receipts and the ends of its audit log. Whatever another key has signed counts for nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AuditKeys {
    /// Its keys: the one that it uses, and the one that comes next.
    pub known: Vec<PublicKey>,
    /// Where none is named: whether the first key that comes from it is kept, and counts alone from then on.
    pub takes_first: bool,
}

impl AuditKeys {
    fn read(table: &Table<'_>) -> Self {
        let texts: Vec<String> = table.or("audit-keys", Vec::new());
        let known: Vec<PublicKey> = texts.iter().filter_map(|text| PublicKey::read(text)).collect();
        if known.len() != texts.len() {
            table.error_at_value(
                "audit-keys",
                "\"audit-keys\" has something that is no Ed25519 key in base64url: mcx audit key FILE prints one",
            );
        }
        let takes_first = table.or("audit-first-key", false);
        if takes_first && !known.is_empty() {
            table.error_at_value("audit-first-key", "\"audit-first-key\" has no sense beside \"audit-keys\"");
        }
        Self { known, takes_first }
    }
}

/// A partner whose server and ours talk directly.
#[derive(Clone, Debug)]
pub struct Direct {
    /// Its ACM server.
    pub hop: HopConfig,
    /// PEM file of the authority that must have issued its certificate; none where one authority serves both systems.
    pub issuer: Option<PathBuf>,
    /// Flows that it may send us, by `req-type`, `resp-type` or `ind-type`.
    pub inbound: Vec<String>,
    /// Flows that we may send it.
    pub outbound: Vec<String>,
}

impl PartnerConfig {
    /// Reads `[[acm.partner]]`. A domain belongs to one system: whoever proved to be a partner with a domain of ours, or of another
    /// partner, would speak for those users.
    pub(super) fn read_all(table: &Table<'_>, profiles: &TlsProfiles, own: &[String]) -> Vec<Self> {
        let mut domains: Vec<String> = own.iter().map(|domain| domain.to_ascii_lowercase()).collect();
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles)?;
            let key = if each.has("domains") { "domains" } else { "name" };
            for domain in partner.domains.iter().map(|domain| domain.to_ascii_lowercase()) {
                match domains.iter().position(|taken| *taken == domain) {
                    Some(place) if place < own.len() => {
                        each.error_at_value(key, format!("the domain \"{domain}\" is our own"));
                    }
                    Some(_) => each
                        .error_at_value(key, format!("the domain \"{domain}\" belongs to another partner")),
                    None => domains.push(domain),
                }
            }
            Some(partner)
        })
    }

    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let domains: Option<Vec<String>> = table.optional("domains");
        let psi = table.required("psi");
        let merge = table.or("merge", false);
        let (protection, audit) = (Protection::read(table), AuditKeys::read(table));
        let handle = table.tables("handle", handle_rule);
        let direct = table.table("direct", |direct| Direct::read(direct, profiles));
        if table.has("direct") && direct.is_none() {
            return None;
        }
        let name = name?;
        let domains = domains.unwrap_or_else(|| vec![name.clone()]);
        Some(Self { domains, name, psi: psi?, merge, protection, direct, handle, audit })
    }

    /// The partner as the kit knows it. `gateway` is the hop for whoever is not direct; `anchor` that of the issuer.
    #[must_use]
    pub fn partner(&self, gateway: Option<&HopConfig>, anchor: Option<AnchorId>) -> Partner {
        let direct = self.direct.as_ref();
        let flows = |names: fn(&Direct) -> &[String]| -> Flows {
            let names = direct.map(names).unwrap_or_default();
            names.iter().map(String::as_str).collect()
        };
        let hop = direct.map(|direct| &direct.hop).or(gateway).map(HopConfig::hop).map(|mut hop| {
            if let Some(tls) = hop.tls.as_mut().filter(|_| direct.is_some()) {
                tls.anchor = anchor;
            }
            hop
        });
        Partner {
            name: self.name.as_str().into(),
            domains: self.domains.iter().map(|domain| domain.to_ascii_lowercase().into()).collect(),
            identities: direct.iter().map(|direct| direct.hop.identity.as_str().into()).collect(),
            anchor,
            inbound: flows(|direct| &direct.inbound),
            outbound: flows(|direct| &direct.outbound),
            merge_unknown_and_refused: self.merge,
            way: if direct.is_some() { Way::Direct } else { Way::Gateway },
            services: HashMap::from([(FUNCTION.into(), self.psi.as_str().into())]),
            hop,
        }
    }
}

impl Direct {
    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let issuer: Option<PathBuf> = table.optional("issuer");
        let (inbound, outbound) = (table.or("inbound", Vec::new()), table.or("outbound", Vec::new()));
        if issuer.as_ref().is_some_and(|issuer| !issuer.is_file()) {
            table.error_at_value("issuer", "\"issuer\" must name a PEM file with the partner's authority");
        }
        let hop = HopConfig::read(table, profiles)?;
        if hop.tls.is_none() {
            table.error_at_value("transport", "servers of two MC systems talk over TLS only");
            return None;
        }
        Some(Self { hop, issuer, inbound, outbound })
    }
}
