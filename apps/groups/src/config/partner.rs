//! `[[groups.partner]]`: one interconnected MC system, what is agreed with it, and what becomes of documents on the way.

use std::{collections::HashMap, path::PathBuf};

use kit::{
    Partner,
    config::{Domains, HopConfig, Named, Table, TlsProfiles},
    document_rules::{Action, Rule, Vocabulary, like},
    partner::{Flows, Way},
};
use wire::{AnchorId, Hop};
use xcap::Root;
use xml_schemas::ids::Psi;

use crate::{
    FUNCTION,
    group::{GroupId, PREFIXES},
    room::Amount,
};

/// Groups that a partner may keep here where nothing else is said: more than two systems share by hand.
const MOST_GROUPS: usize = 10_000;

/// Octets that a partner's groups may have here, all together, where nothing else is said: 26 kB for each of so many.
const MOST_OCTETS: usize = 256 << 20;

/// Which groups of ours a partner has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShareWith {
    /// Those of which its users are members, and those that an administrator shares with it.
    Members,
    /// Those that an administrator shares with it.
    Listed,
}

impl Named for ShareWith {
    const NAMES: &'static [(&'static str, Self)] = &[("members", Self::Members), ("listed", Self::Listed)];
}

/// How a change at the primary system reaches the partner's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    /// The primary provides the group again.
    Provide,
    /// The partner subscribes to changes and requests the group again.
    Subscribe,
}

impl Named for Follow {
    const NAMES: &'static [(&'static str, Self)] =
        &[("provide", Self::Provide), ("subscribe", Self::Subscribe)];
}

/// One rule of policy, of all groups or of some.
#[derive(Clone, Debug)]
pub struct GroupRule {
    /// Which groups, `*` standing for any characters; none: all.
    pub group: Option<String>,
    /// What becomes of their documents.
    pub rule: Rule,
}

/// One partner, as configured.
#[derive(Clone, Debug)]
pub struct PartnerConfig {
    /// The system's main domain.
    pub name: String,
    /// Every domain whose MC service IDs belong to it, in lower case; its name where nothing else is said.
    pub domains: Vec<Box<str>>,
    /// The public service identity of its group management server.
    pub psi: Psi,
    /// Below which URI its documents are: of its server, or of its gateway. None: it is never asked and provided nothing.
    pub root: Option<Root>,
    /// The privacy switch: what it is told does not tell unknown from refused.
    pub merge: bool,
    /// How its server is reached without gateways; none: through the own gateway.
    pub direct: Option<Direct>,
    /// Which groups of ours it has.
    pub share: ShareWith,
    /// How changes follow, of our groups there and of its groups here.
    pub follow: Follow,
    /// 10.2.7.2 at the primary: we may provide groups of ours to it.
    pub may_be_provided: bool,
    /// 10.2.7.2 at the partner: it may provide groups of its own to us.
    pub may_provide: bool,
    /// 10.2.7.3 at the primary: it may request groups of ours.
    pub may_request: bool,
    /// 10.2.7.3 at the partner: we may request groups of its own.
    pub may_be_asked: bool,
    /// Groups that the four are about, `*` standing for any characters; all where nothing is said.
    pub groups: Vec<String>,
    /// How many groups of its own it may keep here by providing them.
    pub most_groups: usize,
    /// How many octets these may have, all together, as it provides them.
    pub most_octets: usize,
    /// What becomes of our groups before they go there.
    pub provide: Vec<GroupRule>,
    /// What becomes of its groups before they are stored here.
    pub accept: Vec<GroupRule>,
}

/// A partner whose server and ours talk directly.
#[derive(Clone, Debug)]
pub struct Direct {
    /// Its server, over SIP.
    pub sip: Option<HopConfig>,
    /// Its server, over HTTP.
    pub http: HopConfig,
    /// PEM file of the authority that must have issued its certificate; none where one authority serves both systems.
    pub issuer: Option<PathBuf>,
}

impl PartnerConfig {
    /// A partner behind the gateways with which nothing is agreed.
    #[must_use]
    pub fn new(name: &str, psi: Psi) -> Self {
        Self {
            name: name.to_owned(),
            domains: vec![name.to_ascii_lowercase().into()],
            psi,
            root: None,
            merge: false,
            direct: None,
            share: ShareWith::Members,
            follow: Follow::Provide,
            may_be_provided: false,
            may_provide: false,
            may_request: false,
            may_be_asked: false,
            groups: Vec::new(),
            most_groups: MOST_GROUPS,
            most_octets: MOST_OCTETS,
            provide: Vec::new(),
            accept: Vec::new(),
        }
    }

    /// Whether a domain is one of the partner's.
    #[must_use]
    pub fn owns_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// How much of its own it may keep here by providing it.
    pub(crate) fn most(&self) -> Amount {
        let octets = u64::try_from(self.most_octets).unwrap_or(u64::MAX);
        Amount { groups: self.most_groups, octets }
    }

    /// Whether what is agreed is about this group.
    #[must_use]
    pub fn covers(&self, group: &GroupId) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|pattern| like(pattern, group.as_str()))
    }

    /// Reads `[[groups.partner]]`. Of `own` it may be that only a stand-in is known.
    pub(super) fn read_all(
        table: &Table<'_>,
        profiles: &TlsProfiles,
        (own, is_known): (&[String], bool),
    ) -> Vec<Self> {
        let mut domains = Domains::new(own);
        let systems = is_known.then(|| systems(table, own)).flatten();
        let names = Vocabulary { prefixes: &PREFIXES, domains: systems.as_deref() };
        table.tables("partner", |each| {
            let partner = Self::read(each, profiles, &names)?;
            domains.claim(each, partner.domains.iter().map(|domain| &**domain));
            Some(partner)
        })
    }

    fn read(table: &Table<'_>, profiles: &TlsProfiles, names: &Vocabulary<'_>) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let psi: Option<Psi> = table.required("psi");
        let domains: Option<Vec<String>> = table.optional("domains");
        let stand_in = psi.clone().or_else(|| Psi::new("sip:nobody@unknown.invalid").ok())?;
        let usual = Self::new(name.as_deref().unwrap_or_default(), stand_in);
        let lower = |names: Vec<String>| names.into_iter().map(|name| name.to_ascii_lowercase().into());
        let read = Self {
            root: super::read::root(table, "xcap-root"),
            merge: table.or("merge", false),
            direct: Direct::read(table, profiles),
            share: table.optional("share").unwrap_or(usual.share),
            follow: table.optional("follow").unwrap_or(usual.follow),
            may_be_provided: table.or("may-be-provided", false),
            may_provide: table.or("may-provide", false),
            may_request: table.or("may-request", false),
            may_be_asked: table.or("may-be-asked", false),
            groups: table.or("groups", Vec::new()),
            most_groups: table.within("most-groups", 1..=10_000_000, usual.most_groups),
            most_octets: table.within("most-octets", 1..=1 << 40, usual.most_octets),
            provide: table.tables("provide", |rule| GroupRule::read(rule, names)),
            accept: table.tables("accept", |rule| GroupRule::read(rule, names)),
            domains: domains.map_or_else(|| usual.domains.clone(), |names| lower(names).collect()),
            ..usual
        };
        let asks = read.may_be_provided || read.may_be_asked;
        if asks && !table.has("xcap-root") {
            table.warn_at_value(
                "name",
                "has no \"xcap-root\": groups can neither be provided nor requested there",
            );
        }
        if read.follow == Follow::Provide {
            read.warn_of_standstill(table);
        }
        name?;
        psi?;
        Some(read)
    }

    /// Groups that are requested once, and of which nobody hears again.
    fn warn_of_standstill(&self, table: &Table<'_>) {
        let key = if table.has("follow") { "follow" } else { "name" };
        if self.may_request && !self.may_be_provided {
            table.warn_at_value(
                key,
                "what it requests of us never follows a change: \"may-be-provided\" or follow = \"subscribe\" is needed",
            );
        }
        if self.may_be_asked && !self.may_provide {
            table.warn_at_value(
                key,
                "what we request of it never follows a change: \"may-provide\" or follow = \"subscribe\" is needed",
            );
        }
    }

    /// The partner as the kit knows it. `gateway` is the SIP hop for whoever is not direct; `anchor` that of the issuer.
    #[must_use]
    pub fn partner(&self, gateway: Option<&HopConfig>, anchor: Option<AnchorId>) -> Partner {
        let hop = match &self.direct {
            Some(direct) => direct.sip.as_ref().map(|sip| anchored(sip.hop(), anchor)),
            None => gateway.map(HopConfig::hop),
        };
        Partner {
            name: self.name.as_str().into(),
            domains: self.domains.clone(),
            identities: self.direct.iter().map(|direct| direct.http.identity.as_str().into()).collect(),
            anchor,
            inbound: Flows::default(),
            outbound: Flows::default(),
            merge_unknown_and_refused: self.merge,
            way: if self.direct.is_some() { Way::Direct } else { Way::Gateway },
            services: HashMap::from([(FUNCTION.into(), self.psi.as_str().into())]),
            hop,
        }
    }

    /// The next hop towards it over HTTP. `gateway` is that for whoever is not direct; `anchor` that of the issuer.
    #[must_use]
    pub fn http_hop(&self, gateway: Option<&HopConfig>, anchor: Option<AnchorId>) -> Option<Hop> {
        match &self.direct {
            Some(direct) => Some(anchored(direct.http.hop(), anchor)),
            None => gateway.map(HopConfig::hop),
        }
    }
}

/// The domains of the own system and of every partner; none where one's could not be read.
fn systems(table: &Table<'_>, own: &[String]) -> Option<Vec<String>> {
    let (mut domains, mut is_whole) = (own.to_vec(), true);
    table.again("partner", |partner| {
        let said: Option<Vec<String>> = match partner.has("domains") {
            true => partner.optional("domains"),
            false => partner.optional("name").map(|name| vec![name]),
        };
        is_whole &= said.is_some();
        domains.extend(said.into_iter().flatten());
    });
    is_whole.then_some(domains)
}

fn anchored(mut hop: Hop, anchor: Option<AnchorId>) -> Hop {
    if let Some(tls) = &mut hop.tls {
        tls.anchor = anchor;
    }
    hop
}

impl Direct {
    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let sip = table.table("direct", |hop| HopConfig::read(hop, profiles));
        let http = table.table("direct-http", |hop| HopConfig::read(hop, profiles));
        let issuer: Option<PathBuf> = table.optional("issuer");
        if issuer.as_ref().is_some_and(|issuer| !issuer.is_file()) {
            table.error_at_value("issuer", "\"issuer\" must name a PEM file with the partner's authority");
        }
        if table.has("direct") && !table.has("direct-http") {
            table.error_at("direct", "a direct partner needs \"direct-http\" too");
        }
        let http = http?;
        if http.tls.is_none() {
            table.error_at_value("direct-http", "servers of two MC systems talk over TLS only");
        }
        Some(Self { sip, http, issuer })
    }
}

impl GroupRule {
    fn read(table: &Table<'_>, names: &Vocabulary<'_>) -> Option<Self> {
        let group = table.optional("group");
        let rule = Rule::read(table, names)?;
        if let Some((key, why)) = breaks(&rule) {
            table.error_at_value(key, format!("\"{key}\" {why}: no valid document of the group is left"));
        }
        Some(Self { group, rule })
    }

    /// Those of the rules that are about a group.
    #[must_use]
    pub fn of(rules: &[Self], group: &GroupId) -> Vec<Rule> {
        let applies = |rule: &&Self| rule.group.as_ref().is_none_or(|pattern| like(pattern, group.as_str()));
        rules.iter().filter(applies).map(|rule| rule.rule.clone()).collect()
    }
}

/// What a rule does, by its key, that leaves no document of the group whatever else is in it: the element of the group goes, or its
/// identity.
fn breaks(rule: &Rule) -> Option<(&'static str, &'static str)> {
    let path = rule.pattern.to_string();
    let path = path.trim_start_matches('/');
    let (element, attribute) =
        path.split_once("/@").map_or((path, None), |(element, name)| (element, Some(name)));
    if !matches!(element, "group/list-service" | "list-service" | "*/list-service") {
        return None;
    }
    match (&rule.action, attribute) {
        (Action::Remove, None) => Some(("remove", "takes the group itself away")),
        (Action::Remove, Some("uri")) => Some(("remove", "takes the group's identity away")),
        (Action::Set(_), None) => Some(("override", "puts a text in the place of all that the group has")),
        (Action::Set(_), Some("uri")) => Some(("override", "gives the group another identity")),
        _ => None,
    }
}
