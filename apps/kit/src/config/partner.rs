//! What the tables of servers have in common about whom they talk to: own servers, and partners, whose domains are whose, how a
//! partner's server is reached without gateways, and where it arrives.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use wire::{AnchorId, Transport};
use xml_schemas::ids::Psi;

use super::{ClientCertificate, HopConfig, Listen, Table, TlsProfiles, did_you_mean, flows};
use crate::{
    carriage::Protection,
    cx::OwnServer,
    partner::{Flows, Partner, PartnerTable, Way},
};

/// A partner whose server and ours talk directly.
#[derive(Clone, Debug)]
pub struct Direct {
    /// Its server.
    pub hop: HopConfig,
    /// PEM file of the authority that must have issued its certificate; none where one authority serves both systems.
    pub issuer: Option<PathBuf>,
    /// Flows that it may send us, by `req-type`, `resp-type` or `ind-type`.
    pub inbound: Vec<String>,
    /// Flows that we may send it.
    pub outbound: Vec<String>,
}

impl Direct {
    /// Reads `direct` of a partner's table. `own` is what the server speaks with its like.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles, own: &[&str]) -> Option<Self> {
        let issuer: Option<PathBuf> = table.optional("issuer");
        let flows = |key| flows::read_of(table, key, own);
        let (inbound, outbound) = (flows("inbound"), flows("outbound"));
        if !table.has("inbound") && !table.has("outbound") {
            table.warn_at_value("inbound", "neither \"inbound\" nor \"outbound\": no flow is agreed");
        }
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

impl OwnServer {
    /// Reads the table of an own server: its service identity beside the keys of a hop.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let psi = table.required("psi");
        let hop = HopConfig::read(table, profiles)?;
        Some(Self { identity: hop.identity.as_str().into(), psi: psi?, hop: hop.hop() })
    }
}

impl Listen {
    /// Reads `border`: the listeners at which partners arrive without gateways between, each of which must be one of these, and
    /// ask for the certificate that a partner is known by.
    pub fn border<'l>(table: &Table<'_>, listeners: impl IntoIterator<Item = &'l Self>) -> Vec<String> {
        let border: Vec<String> = table.or("border", Vec::new());
        let listeners: Vec<&Self> = listeners.into_iter().collect();
        for name in &border {
            let wrong = match listeners.iter().find(|listen| listen.name == *name) {
                Some(listen) if listen.asks_who() => continue,
                Some(_) => format!(
                    "\"border\" names the listener \"{name}\", which asks for no certificate (TLS): no partner would be known there"
                ),
                None => {
                    let names = listeners.iter().map(|listen| listen.name.as_str());
                    format!("\"border\" names an unknown listener \"{name}\"{}", did_you_mean(name, names))
                }
            };
            table.error_at_value("border", wrong);
        }
        border
    }

    /// Whether whoever connects proves who it is.
    fn asks_who(&self) -> bool {
        self.transport == Transport::Tls && self.client_certificate == ClientCertificate::Required
    }
}

/// Which domains are taken while the tables of partners are read. A domain belongs to one system: whoever proved to be a partner
/// with a domain of ours, or of another partner, would speak for those users.
#[derive(Debug)]
pub struct Domains {
    own: usize,
    taken: Vec<String>,
}

impl Domains {
    /// Those of the own system are.
    #[must_use]
    pub fn new(own: &[String]) -> Self {
        Self { own: own.len(), taken: own.iter().map(|domain| domain.to_ascii_lowercase()).collect() }
    }

    /// These are the partner's whose table this is; a mistake is told where one is taken.
    pub fn claim<'d>(&mut self, table: &Table<'_>, domains: impl IntoIterator<Item = &'d str>) {
        let key = if table.has("domains") { "domains" } else { "name" };
        for domain in domains.into_iter().map(str::to_ascii_lowercase) {
            match self.taken.iter().position(|taken| *taken == domain) {
                Some(place) if place < self.own => {
                    table.error_at_value(key, format!("the domain \"{domain}\" is our own"));
                }
                Some(_) => {
                    table.error_at_value(key, format!("the domain \"{domain}\" belongs to another partner"));
                }
                None => self.taken.push(domain),
            }
        }
    }
}

/// The partners of a configuration, each bound to the anchor that its issuer's file holds. `issuer` is that file, of a partner that
/// names one; `partner` is the partner as the kit knows it.
///
/// # Errors
/// What `anchor` says of a file.
pub fn bound<C, E>(
    configured: &[C],
    issuer: impl Fn(&C) -> Option<&Path>,
    anchor: impl Fn(&Path) -> Result<AnchorId, E>,
    partner: impl Fn(&C, Option<AnchorId>) -> Partner,
) -> Result<Vec<Partner>, E> {
    let bind = |each: &C| Ok(partner(each, issuer(each).map(&anchor).transpose()?));
    configured.iter().map(bind).collect()
}

/// How partners are known, and by whose word: at these listeners of ours, or by what this gateway asserts; and what was agreed with each,
/// by its name, on the protection of bodies.
pub fn known<'p>(
    partners: Vec<Partner>,
    border: &[String],
    gateway: Option<&HopConfig>,
    protections: impl IntoIterator<Item = (&'p str, Option<&'p Protection>)>,
) -> PartnerTable {
    let table = PartnerTable::new(partners).border(border.iter().map(|name| name.as_str().into()));
    let protected =
        protections.into_iter().filter_map(|(name, protection)| Some((name, protection?.clone())));
    let table = protected.fold(table, |table, (name, protection)| table.protect(name, protection));
    match gateway {
        Some(gateway) => table.gateway(&gateway.identity),
        None => table,
    }
}

/// What an operator says of a partner that the kit wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a> {
    /// The system's main domain.
    pub name: &'a str,
    /// Every domain whose MC service IDs belong to it.
    pub domains: &'a [String],
    /// The public service identity of its server.
    pub psi: &'a Psi,
    /// The privacy switch.
    pub merge: bool,
    /// How its server is reached without gateways; none: through the own gateway.
    pub direct: Option<&'a Direct>,
}

impl Agreed<'_> {
    /// The partner as a server with this function knows it. `gateway` is the hop for whoever is not direct; `anchor` that of the
    /// issuer.
    #[must_use]
    pub fn partner(
        self,
        function: &'static str,
        gateway: Option<&HopConfig>,
        anchor: Option<AnchorId>,
    ) -> Partner {
        let Self { name, domains, psi, merge, direct } = self;
        let flows = |names: fn(&Direct) -> &[String]| -> Flows {
            let names = direct.map(names).unwrap_or_default();
            names.iter().map(String::as_str).collect()
        };
        let hop = match direct {
            Some(direct) => {
                let mut hop = direct.hop.hop();
                if let Some(tls) = &mut hop.tls {
                    tls.anchor = anchor;
                }
                Some(hop)
            }
            None => gateway.map(HopConfig::hop),
        };
        Partner {
            name: name.into(),
            domains: domains.iter().map(|domain| domain.to_ascii_lowercase().into()).collect(),
            identities: direct.iter().map(|direct| direct.hop.identity.as_str().into()).collect(),
            anchor,
            inbound: flows(|direct| &direct.inbound),
            outbound: flows(|direct| &direct.outbound),
            merge_unknown_and_refused: merge,
            way: if direct.is_some() { Way::Direct } else { Way::Gateway },
            services: HashMap::from([(function.into(), psi.as_str().into())]),
            hop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Document;

    #[test]
    fn a_domain_belongs_to_one_system() {
        let text = "[[partner]]\nname = \"A.example\"\n[[partner]]\nname = \"b.example\"\n[[partner]]\nname = \"c.example\"\n\
                    domains = [\"B.example\"]\n";
        let errors = Document::parse("partners.toml", text).read(|root| {
            let mut domains = Domains::new(&["a.example".to_owned()]);
            root.tables("partner", |each| {
                let name: Option<String> = each.required("name");
                let said: Option<Vec<String>> = each.optional("domains");
                let all = said.or(name.map(|name| vec![name]))?;
                domains.claim(each, all.iter().map(String::as_str));
                Some(())
            });
            Some(())
        });
        let told = errors.expect_err("two are taken").to_string();
        assert!(told.contains("partners.toml:2:8: the domain \"a.example\" is our own"), "{told}");
        assert!(told.contains("the domain \"b.example\" belongs to another partner"), "{told}");
    }
}
