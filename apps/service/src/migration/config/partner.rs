//! `[[service.migration.partner]]`: one interconnected MC system, who may come from there, and who may go there.

use std::{collections::HashMap, path::PathBuf};

use kit::{
    Partner,
    carriage::Protection,
    config::{HopConfig, Named, Table, TlsProfiles},
    document_rules::like,
    partner::{Flows, Way},
};
use wire::AnchorId;
use xml_schemas::{
    ids::{McServiceId, Psi},
    migration::ProfileIndex,
};

use crate::FUNCTION;

/// Who may come (step 2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visitors {
    /// Nobody.
    None,
    /// Those on the list.
    Expected,
    /// Everybody whom this system's identity management server gave an ID.
    Any,
}

impl Named for Visitors {
    const NAMES: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("expected", Self::Expected), ("any", Self::Any)];
}

/// One system, as configured.
#[derive(Clone, Debug)]
pub struct PartnerConfig {
    /// The system's main domain.
    pub name: String,
    /// Every domain whose MC service IDs belong to it; its name where nothing else is said.
    pub domains: Vec<String>,
    /// The public service identity of its MC service server.
    pub psi: Psi,
    /// The privacy switch: what it is told does not tell unknown from refused.
    pub merge: bool,
    /// What was agreed on the protection of bodies; none where they travel as they are.
    pub protection: Option<Protection>,
    /// How its server is reached without gateways; none: through the own gateway.
    pub direct: Option<Direct>,
    /// Who may come from there.
    pub visitors: Visitors,
    /// Who is expected; `*` stands for any characters.
    pub expected: Vec<String>,
    /// How many visitors there may be at once; none: any number.
    pub at_most: Option<u64>,
    /// Who may go there (step 6). The first that matches decides; none: no.
    pub allow: Vec<Allow>,
}

/// Who may go to a system, and with which profiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allow {
    /// Whom it is about; `*` stands for any characters.
    pub user: String,
    /// With which profiles; empty: any.
    pub profiles: Vec<u8>,
}

/// A system whose server and ours talk directly (TS 23.280 10.6.3.3 NOTE 3).
#[derive(Clone, Debug)]
pub struct Direct {
    /// Its MC service server.
    pub hop: HopConfig,
    /// PEM file of the authority that must have issued its certificate; none where one authority serves both systems.
    pub issuer: Option<PathBuf>,
    /// Flows that it may send us, by `req-type` or `resp-type`.
    pub inbound: Vec<String>,
    /// Flows that we may send it.
    pub outbound: Vec<String>,
}

impl Allow {
    /// Whether it is about this user.
    #[must_use]
    pub fn is_about(&self, user: &McServiceId) -> bool {
        like(&self.user, user.as_str())
    }

    /// Whether it lets this profile go.
    #[must_use]
    pub fn has(&self, profile: ProfileIndex) -> bool {
        self.profiles.is_empty() || self.profiles.contains(&profile.0)
    }

    fn read(table: &Table<'_>) -> Option<Self> {
        let (user, profiles) = (table.required("user"), table.or("profiles", Vec::new()));
        Some(Self { user: user?, profiles })
    }
}

impl PartnerConfig {
    pub(super) fn read_all(table: &Table<'_>, profiles: &TlsProfiles) -> Vec<Self> {
        let mut domains: Vec<String> = Vec::new();
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles)?;
            for domain in partner.domains.iter().map(|domain| domain.to_ascii_lowercase()) {
                if domains.contains(&domain) {
                    let key = if each.has("domains") { "domains" } else { "name" };
                    each.error_at_value(key, format!("the domain \"{domain}\" belongs to another partner"));
                }
                domains.push(domain);
            }
            Some(partner)
        })
    }

    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let domains: Option<Vec<String>> = table.optional("domains");
        let psi = table.required("psi");
        let protection = Protection::read(table);
        let direct = table.table("direct", |direct| Direct::read(direct, profiles));
        let visitors = table.optional("visitors").unwrap_or(Visitors::None);
        let expected: Vec<String> = table.or("expected", Vec::new());
        if !expected.is_empty() && visitors != Visitors::Expected {
            table.error_at_value("expected", "\"expected\" counts with visitors = \"expected\" only");
        }
        let (merge, at_most) = (table.or("merge", false), table.optional("at-most"));
        let allow = table.tables("allow", Allow::read);
        if table.has("direct") && direct.is_none() {
            return None;
        }
        let name = name?;
        Some(Self {
            domains: domains.unwrap_or_else(|| vec![name.clone()]),
            name,
            psi: psi?,
            merge,
            protection,
            direct,
            visitors,
            expected,
            at_most,
            allow,
        })
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
