//! `[[acm.partner]]`: one interconnected MC system, and how what it asks is handled.

use audit::PublicKey;
use kit::{
    Partner,
    carriage::Protection,
    config::{Agreed, Domains, HopConfig, Table, TlsProfiles, flows},
};
use wire::AnchorId;
use xml_schemas::ids::Psi;

pub use kit::config::Direct;

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

impl PartnerConfig {
    /// Reads `[[acm.partner]]`.
    pub(super) fn read_all(table: &Table<'_>, profiles: &TlsProfiles, own: &[String]) -> Vec<Self> {
        let mut domains = Domains::new(own);
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles)?;
            domains.claim(each, partner.domains.iter().map(String::as_str));
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
        let direct = table.table("direct", |direct| Direct::read(direct, profiles, &flows::ADMINISTRATION));
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
        let Self { name, domains, psi, merge, direct, .. } = self;
        let agreed = Agreed { name, domains, psi, merge: *merge, direct: direct.as_ref() };
        agreed.partner(FUNCTION, gateway, anchor)
    }
}
