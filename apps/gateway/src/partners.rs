//! The interconnected MC systems as the border sees them: whom a domain belongs to, whom a certificate proves, and
//! what was agreed. The whole table is replaced at once, so that no request sees half of a new one.

use std::sync::Arc;

use ::http::HeaderValue;
use hashbrown::HashMap;
use kit::partner::{self, PartnerTable};
use smallvec::SmallVec;
use wire::Arrival;

use crate::{
    http::{Agreement, quoted},
    metrics::Passed,
    topology::{Allowed, USUAL},
};

/// One partner and the agreement with it.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Name, domains, certificate identities, anchor, flows, privacy switch and next hop.
    pub system: partner::Partner,
    /// Media types that may stand in a body, in either direction, in lower case. Empty is the default: none.
    pub media: Vec<Box<str>>,
    /// Topology hiding (TS 24.379 6.8.2 step 3).
    pub hide: bool,
    /// Whether bodies from it are read in full by the XML reader instead of only where the border needs them.
    pub check_bodies: bool,
    /// What may leave towards it where topology is hidden.
    pub(crate) allowed: Allowed,
    /// `<sip:…>` of the system: what the entry asserts of what came from it.
    pub(crate) asserted: Box<[u8]>,
    /// The same over HTTP.
    pub(crate) asserted_over_http: HeaderValue,
    /// What was agreed about HTTP; nothing is the default.
    pub http: Option<Arc<Agreement>>,
    pub(crate) passed: Passed,
}

impl Partner {
    /// A partner with topology hiding and without leave to send any media type.
    #[must_use]
    pub fn new(system: partner::Partner) -> Self {
        let asserted = format!("<sip:{}>", system.name).into_bytes().into();
        let asserted_over_http = quoted(&format!("sip:{}", system.name));
        Self {
            system,
            media: Vec::new(),
            hide: true,
            check_bodies: false,
            allowed: USUAL.clone(),
            asserted,
            asserted_over_http,
            http: None,
            passed: Passed::default(),
        }
    }

    /// With leave for these media types.
    #[must_use]
    pub fn media<S: AsRef<str>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.media.extend(types.into_iter().map(|media| media.as_ref().to_ascii_lowercase().into()));
        self
    }

    /// With leave for a header field to pass towards it, beside those that do anyway.
    ///
    /// # Errors
    /// With a few words, where it is no name or the gateway itself decides about the field.
    pub fn pass_header(&mut self, name: &str) -> Result<(), &'static str> {
        self.allowed.pass(name)
    }

    /// The system's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.system.name
    }

    /// Whether a host is one of the partner's domains.
    pub(crate) fn owns_domain(&self, host: &[u8]) -> bool {
        self.system.domains.iter().any(|own| sip::same_domain(host, own.as_bytes()))
    }

    /// Whether a host is one of the partner's domains or its gateway, which stands in for what the partner hides.
    pub(crate) fn owns_host(&self, host: &[u8]) -> bool {
        let gateway = || self.system.identities.iter().any(|own| sip::same_domain(host, own.as_bytes()));
        self.owns_domain(host) || gateway()
    }

    pub(crate) fn allows_media(&self, media: &str) -> bool {
        self.media.iter().any(|allowed| allowed.eq_ignore_ascii_case(media))
    }
}

/// All partners.
#[derive(Clone, Debug, Default)]
pub struct Partners {
    list: Vec<Partner>,
    by_domain: HashMap<Box<[u8]>, usize>,
    /// The kit's table mints identifiers from certificates; it alone can.
    proof: PartnerTable,
}

impl Partners {
    /// The table of these partners. Their certificates count at the listeners of these names, and on connections
    /// that were opened to their own hops.
    #[must_use]
    pub fn new(list: Vec<Partner>, border: impl IntoIterator<Item = Arc<str>>) -> Self {
        let mut by_domain = HashMap::new();
        for (index, partner) in list.iter().enumerate() {
            for domain in &partner.system.domains {
                by_domain.insert(domain.to_ascii_lowercase().into_bytes().into(), index);
            }
        }
        let hops = list.iter().filter_map(|partner| partner.system.hop.as_ref()).map(|hop| hop.name.clone());
        let border: Vec<Arc<str>> = border.into_iter().chain(hops).collect();
        let systems = list.iter().map(|partner| partner.system.clone()).collect();
        Self { proof: PartnerTable::new(systems).border(border), list, by_domain }
    }

    /// Every partner, in configured order.
    pub fn iter(&self) -> impl Iterator<Item = &Partner> {
        self.list.iter()
    }

    /// The partner of this name.
    pub(crate) fn named(&self, name: &[u8]) -> Option<&Partner> {
        self.list.iter().find(|partner| partner.name().as_bytes() == name)
    }

    /// The partner that a host belongs to, without regard to case. This routes and proves nothing.
    pub(crate) fn serving(&self, host: &[u8]) -> Option<&Partner> {
        let host: SmallVec<[u8; 64]> =
            host.strip_suffix(b".").unwrap_or(host).iter().map(u8::to_ascii_lowercase).collect();
        self.list.get(*self.by_domain.get(host.as_slice())?)
    }

    /// The partner that the other end of this hop is proved to be (RFC 5922, issuer included).
    pub(crate) fn proved_by(&self, arrival: &Arrival) -> Option<&Partner> {
        let id = self.proof.from_certificate(arrival).ok()?;
        self.list.iter().find(|partner| partner.name() == id.name())
    }
}
