//! `[[gateway.partner]]`: one interconnected MC system and the agreement with it.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use kit::{
    config::{HopConfig, Table, TlsProfiles, flows},
    partner::{self, Way},
};
use wire::AnchorId;
use xml_schemas::mime;

use crate::{Partner, agreement::ADMINISTRATION, http::PartnerHttpConfig};

/// One partner, as configured.
#[derive(Clone, Debug)]
pub struct PartnerConfig {
    /// The system's main domain.
    pub name: String,
    /// Every domain whose identities belong to it; its name where nothing else is said.
    pub domains: Vec<String>,
    /// Domains that its gateway's certificate may prove; the hop's identity where nothing else is said.
    pub identities: Vec<String>,
    /// PEM file of the authority that must have issued that certificate.
    pub issuer: PathBuf,
    /// The partner's border; none for a system that only ever sends to us.
    pub hop: Option<HopConfig>,
    /// Flows that it may send us: values of `req-type` and `resp-type`, `message` for a MESSAGE without companion body,
    /// `options`, event packages that it may subscribe to, `publish:` and one that it may publish.
    pub inbound: Vec<String>,
    /// Flows that we may send it.
    pub outbound: Vec<String>,
    /// Media types that may stand in bodies; those of the location flows and of notified documents where nothing is said.
    pub media: Vec<String>,
    /// Topology hiding towards it; on where nothing is said.
    pub hide: bool,
    /// The privacy switch: what it is told does not tell unknown from refused.
    pub merge: bool,
    /// Whether every XML body from it is read in full at the border.
    pub check_bodies: bool,
    /// Header fields that may leave towards it beside those that do anyway.
    pub pass_headers: Vec<String>,
    /// What was agreed about HTTP; nothing where nothing is said.
    pub http: Option<PartnerHttpConfig>,
}

/// A name as names are compared (RFC 4343, RFC 5922 7.2).
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl PartnerConfig {
    /// Reads `[[gateway.partner]]`. No domain belongs to two partners or to a partner and us (`own`), and no certificate
    /// proves two.
    pub(super) fn read_all(table: &Table<'_>, profiles: &TlsProfiles, own: &[String]) -> Vec<Self> {
        let (mut domains, mut proofs) = (HashSet::new(), HashSet::new());
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles)?;
            let place = |key, usual| if each.has(key) { key } else { usual };
            for domain in partner.domains.iter().map(|domain| canonical(domain)) {
                let fault = if own.iter().any(|own| canonical(own) == domain) {
                    format!("the domain \"{domain}\" is our own: a partner would speak for our users")
                } else if domains.insert(domain.clone()) {
                    continue;
                } else {
                    format!("the domain \"{domain}\" belongs to another partner")
                };
                each.error_at_value(place("domains", "name"), fault);
            }
            for identity in partner.identities.iter().map(|identity| canonical(identity)) {
                if !proofs.insert((identity.clone(), partner.issuer.clone())) {
                    let fault = format!("\"{identity}\" under this issuer proves a partner already");
                    each.error_at_value(place("identities", "hop"), fault);
                }
            }
            Some(partner)
        })
    }

    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let domains: Option<Vec<String>> = table.optional("domains");
        let identities: Option<Vec<String>> = table.optional("identities");
        let issuer: Option<PathBuf> = table.required("issuer");
        let hop = table.table("hop", |hop| HopConfig::read(hop, profiles));
        let inbound = flows::read(table, "inbound");
        let outbound = flows::read(table, "outbound");
        let media = table.or("media", usual_media(&inbound, &outbound));
        let hide = table.or("hide", true);
        let merge = table.or("merge", false);
        let check_bodies = table.or("check-bodies", false);
        let pass_headers = pass_headers(table);
        let http = table.table("xcap", |xcap| PartnerHttpConfig::read(xcap, profiles));
        if issuer.as_ref().is_some_and(|issuer| !issuer.is_file()) {
            table.error_at_value("issuer", "\"issuer\" must name a PEM file with the partner's authority");
        }
        if !outbound.is_empty() && !table.has("hop") {
            table.error_at("outbound", "flows to a partner need its \"hop\"");
        }
        let identities = identities.or_else(|| hop.as_ref().map(|hop| vec![hop.identity.clone()]));
        if identities.as_ref().is_none_or(Vec::is_empty) {
            table.error("a partner needs \"identities\" or a \"hop\": nobody could prove to be it");
        }
        let name = name?;
        Some(Self {
            domains: domains.unwrap_or_else(|| vec![name.clone()]),
            name,
            identities: identities?,
            issuer: issuer?,
            hop,
            inbound,
            outbound,
            media,
            hide,
            merge,
            check_bodies,
            pass_headers,
            http,
        })
    }

    /// The partner, bound to the anchor that its issuer file holds.
    #[must_use]
    pub fn partner(&self, anchor: AnchorId) -> Partner {
        let lower = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase().into()).collect();
        let hop = self.hop.as_ref().map(|hop| {
            let mut hop = hop.hop();
            if let Some(tls) = &mut hop.tls {
                tls.anchor = Some(anchor);
            }
            hop
        });
        let system = partner::Partner {
            name: self.name.as_str().into(),
            domains: lower(&self.domains),
            identities: lower(&self.identities),
            anchor: Some(anchor),
            inbound: self.inbound.iter().map(String::as_str).collect(),
            outbound: self.outbound.iter().map(String::as_str).collect(),
            merge_unknown_and_refused: self.merge,
            way: Way::Gateway,
            services: HashMap::new(),
            hop,
        };
        let mut partner = Partner::new(system).media(&self.media);
        partner.hide = self.hide;
        partner.check_bodies = self.check_bodies;
        partner.http = self.http.as_ref().map(|http| Arc::new(http.agreement(anchor)));
        for name in &self.pass_headers {
            // Refused where it was read.
            let _ = partner.pass_header(name);
        }
        partner
    }
}

/// What may stand in bodies where nothing is said.
const MEDIA: [&str; 5] = [
    mime::MCPTT_INFO,
    mime::MCVIDEO_INFO,
    mime::LOCATION_INFO,
    mime::INTERCONNECTION_INFO,
    "application/xcap-diff+xml",
];

/// Those; what a subscription to changes lists its documents in, where one is agreed (TS 24.481 6.3.13, RFC 5875 4.4); and the body of
/// administration, where a flow of it is.
fn usual_media(inbound: &[String], outbound: &[String]) -> Vec<String> {
    let agreed = |is_one: fn(&str) -> bool| inbound.iter().chain(outbound).any(|flow| is_one(flow));
    let lists = agreed(|flow| flow == "xcap-diff").then_some("application/resource-lists+xml");
    let administration = agreed(|flow| ADMINISTRATION.contains(&flow)).then_some(mime::ACM_INFO);
    MEDIA.into_iter().chain(lists).chain(administration).map(str::to_owned).collect()
}

fn pass_headers(table: &Table<'_>) -> Vec<String> {
    let names: Vec<String> = table.or("pass-headers", Vec::new());
    let mut allowed = crate::topology::USUAL.clone();
    for name in &names {
        if let Err(why) = allowed.pass(name) {
            table.error_at_value("pass-headers", format!("\"{name}\" {why}"));
        }
    }
    names
}
