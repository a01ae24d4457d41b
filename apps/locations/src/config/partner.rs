//! `[[locations.partner]]`: one interconnected MC system, through the gateways or direct.

use std::path::PathBuf;

use kit::{
    Partner,
    carriage::Protection,
    config::{Agreed, Direct, Domains, HopConfig, Table, TlsProfiles},
};
use wire::AnchorId;
use xml_schemas::{ids::Psi, mime::kind};

use crate::FUNCTION;

/// What location management servers say to each other (TS 23.280 10.9.3.10).
const FLOWS: [&str; 2] = [kind::LOCATION_REQUEST, kind::LOCATION_REPORT];

/// One partner, as configured.
#[derive(Clone, Debug)]
pub struct PartnerConfig {
    /// The system's main domain.
    pub name: String,
    /// Every domain whose MC service IDs belong to it; its name where nothing else is said.
    pub domains: Vec<String>,
    /// The public service identity of its location management server.
    pub psi: Psi,
    /// The privacy switch: what it is told does not tell unknown from refused.
    pub merge: bool,
    /// What was agreed on the protection of bodies; none where they travel as they are.
    pub protection: Option<Protection>,
    /// How its server is reached without gateways (TS 23.280 10.9.3.10.1); none: through the own gateway.
    pub direct: Option<Direct>,
}

impl PartnerConfig {
    /// Reads `[[locations.partner]]`.
    pub(super) fn read_all(table: &Table<'_>, profiles: &TlsProfiles, own: &[String]) -> Vec<Self> {
        let mut domains = Domains::new(own);
        let mut proofs: Vec<(String, Option<PathBuf>)> = Vec::new();
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles)?;
            domains.claim(each, partner.domains.iter().map(String::as_str));
            if let Some(direct) = &partner.direct {
                let proof = (direct.hop.identity.clone(), direct.issuer.clone());
                if proofs.contains(&proof) {
                    each.error_at("direct", "another partner proves the same identity under the same issuer");
                }
                proofs.push(proof);
            }
            Some(partner)
        })
    }

    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let domains: Option<Vec<String>> = table.optional("domains");
        let psi = table.required("psi");
        let merge = table.or("merge", false);
        let protection = Protection::read(table);
        let direct = table.table("direct", |direct| Direct::read(direct, profiles, &FLOWS));
        if table.has("direct") && direct.is_none() {
            return None;
        }
        let name = name?;
        let domains = domains.unwrap_or_else(|| vec![name.clone()]);
        Some(Self { domains, name, psi: psi?, merge, protection, direct })
    }

    /// The partner as the kit knows it. `gateway` is the hop for whoever is not direct; `anchor` that of the issuer.
    #[must_use]
    pub fn partner(&self, gateway: Option<&HopConfig>, anchor: Option<AnchorId>) -> Partner {
        let Self { name, domains, psi, merge, direct, .. } = self;
        let agreed = Agreed { name, domains, psi, merge: *merge, direct: direct.as_ref() };
        agreed.partner(FUNCTION, gateway, anchor)
    }
}
