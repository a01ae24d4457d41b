//! `[[service.migration.partner]]`: one interconnected MC system, who may come from there, and who may go there.

use kit::{
    Partner,
    carriage::Protection,
    config::{Agreed, Domains, HopConfig, Named, Table, TlsProfiles, flows},
    document_rules::like,
};
use wire::AnchorId;
use xml_schemas::{
    ids::{McServiceId, Psi},
    migration::ProfileIndex,
};

pub use kit::config::Direct;

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
    /// How its server is reached without gateways (TS 23.280 10.6.3.3 NOTE 3); none: through the own gateway.
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
        let mut domains = Domains::new(&[]);
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
        let protection = Protection::read(table);
        let direct = table.table("direct", |direct| Direct::read(direct, profiles, &flows::MIGRATION));
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
        let Self { name, domains, psi, merge, direct, .. } = self;
        let agreed = Agreed { name, domains, psi, merge: *merge, direct: direct.as_ref() };
        agreed.partner(FUNCTION, gateway, anchor)
    }
}
