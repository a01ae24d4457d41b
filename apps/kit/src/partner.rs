//! The MC systems that this one is interconnected with, and the proof that a message comes from one of them.
//!
//! TS 23.280 clause 5.2.10, TS 33.180 clause 5.12. A [`PartnerId`] can be had in two ways only, both here: from the
//! verified certificate of a peer at a border listener (a gateway, or an entity in direct mode), and at an entity from
//! the P-Asserted-Identity that its own gateway set, on a connection whose certificate proves that gateway. A header
//! from anybody else proves nothing.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::Arc,
};

use http::{HeaderMap, HeaderName};
use wire::{AnchorId, Arrival, Hop};

use crate::{carriage::Protection, refusal::Cause};

/// The name of an interconnected MC system, proved for one message.
///
/// It has no public constructor: whoever holds one got it from [`PartnerTable`], or has it back from the store where this
/// crate kept it under one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartnerId(Arc<str>);

impl PartnerId {
    /// The configured name of the partner's system, its main domain.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartnerId({})", self.0)
    }
}

/// Which flows an agreement allows, by the value of their `req-type` or `resp-type`. Empty is the default: none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flows(BTreeSet<Box<str>>);

impl Flows {
    /// Whether the flow of this name is allowed.
    #[must_use]
    pub fn allows(&self, flow: &str) -> bool {
        self.0.contains(flow)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl<S: Into<Box<str>>> FromIterator<S> for Flows {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

/// How the partner's servers are reached (TS 23.280 10.9.3.10.1: directly, or through the gateways).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    /// Through our own MC gateway server; the hop is the gateway's inner listener.
    #[default]
    Gateway,
    /// Server to server; the hop is the partner's server.
    Direct,
}

/// One interconnected MC system, as configured.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The system's name: its main domain, for instance `partner.example`.
    pub name: Arc<str>,
    /// Every domain whose MC service IDs belong to it, in lower case; compared exactly.
    pub domains: Vec<Box<str>>,
    /// The domains that its certificate may prove at a border listener (RFC 5922); none for a partner behind a gateway.
    pub identities: Vec<Box<str>>,
    /// The trust anchor that must vouch for that certificate, where the partner is bound to one.
    pub anchor: Option<AnchorId>,
    /// Flows that it may send us.
    pub inbound: Flows,
    /// Flows that we may send it.
    pub outbound: Flows,
    /// The privacy switch: what it is told does not tell unknown from refused ([`Cause::merged`]).
    pub merge_unknown_and_refused: bool,
    /// Directly or through the gateways.
    pub way: Way,
    /// The public service identities of its functions, by the function's name (`locations` → `sip:lms_psi@partner.example`).
    pub services: HashMap<Box<str>, Box<str>>,
    /// The next hop towards it; none for a system that only ever sends to us.
    pub hop: Option<Hop>,
}

impl Partner {
    /// Whether an identity lies in one of the partner's domains ([`domain_of`]).
    #[must_use]
    pub fn owns(&self, identity: &str) -> bool {
        domain_of(identity).is_some_and(|domain| self.owns_domain(&domain))
    }

    /// Whether a domain is one of the partner's, exactly and without regard to case.
    #[must_use]
    pub fn owns_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }
}

/// The domain of an identity, in lower case: of a `sip:` URI of somebody, or a `sip:` or `sips:` URI of a host. None for any
/// other scheme, and for a URI of somebody that says more than who he is ([`sip::Uri::is_plain`]): with a port, parameters or
/// `sips:`, one user would have as many names as he likes.
#[must_use]
pub fn domain_of(identity: &str) -> Option<String> {
    let uri = sip::Uri::parse(identity.as_bytes()).ok().filter(|uri| uri.user.is_none() || uri.is_plain())?;
    let host = std::str::from_utf8(uri.host()).ok().filter(|host| uri.is_sip() && !host.is_empty())?;
    Some(host.to_ascii_lowercase())
}

/// All interconnected MC systems.
#[derive(Clone, Debug, Default)]
pub struct PartnerTable {
    partners: Vec<Arc<Partner>>,
    /// Listeners at which a partner's certificate counts.
    border: BTreeSet<Arc<str>>,
    /// The domain that the certificate of our own gateway proves.
    gateway: Option<Box<str>>,
    /// What was agreed on the protection of bodies, by the partner's name.
    protections: HashMap<Arc<str>, Arc<Protection>>,
}

impl PartnerTable {
    /// The table of these partners, without a border listener and without a gateway.
    #[must_use]
    pub fn new(partners: Vec<Partner>) -> Self {
        let partners = partners.into_iter().map(Arc::new).collect();
        Self { partners, border: BTreeSet::new(), gateway: None, protections: HashMap::new() }
    }

    /// Bodies between the partner of this name and us are protected so.
    #[must_use]
    pub fn protect(mut self, name: &str, protection: Protection) -> Self {
        self.protections.insert(name.into(), Arc::new(protection));
        self
    }

    /// What was agreed with a partner on the protection of bodies; none where they travel as they are.
    #[must_use]
    pub fn protection(&self, partner: &str) -> Option<&Arc<Protection>> {
        self.protections.get(partner)
    }

    /// The listeners, by their configured names, at which a partner is known by its certificate.
    #[must_use]
    pub fn border(mut self, listeners: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.border.extend(listeners);
        self
    }

    /// The domain that our own gateway's certificate proves, so that its assertions count.
    #[must_use]
    pub fn gateway(mut self, identity: &str) -> Self {
        self.gateway = Some(identity.into());
        self
    }

    /// Every partner, in configured order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Partner>> {
        self.partners.iter()
    }

    /// The partner that an identifier names. None only when the table was replaced since the identifier was minted.
    #[must_use]
    pub fn get(&self, id: &PartnerId) -> Option<&Arc<Partner>> {
        self.named(id.name())
    }

    /// The partner with this configured name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Partner>> {
        self.partners.iter().find(|partner| &*partner.name == name)
    }

    /// The partner to whose domains an identity or a bare domain belongs: the routing question, which proves nothing.
    #[must_use]
    pub fn serving(&self, identity: &str) -> Option<&Arc<Partner>> {
        let domain = domain_of(identity).unwrap_or_else(|| identity.to_ascii_lowercase());
        self.partners.iter().find(|partner| partner.owns_domain(&domain))
    }

    /// The identifier of a partner that we ourselves address: its answers are matched against it. It proves nothing
    /// about a message, and does not leave this crate but as an [`Expected`](crate::peer::Expected) or as what was kept.
    pub(crate) fn addressed(&self, partner: &Partner) -> PartnerId {
        PartnerId(partner.name.clone())
    }

    /// Mints an identifier from the certificate of a peer at a border listener, or on a connection that we opened to
    /// the partner's own hop.
    ///
    /// # Errors
    /// [`Cause::UnknownPartner`] where the listener is no border, or the certificate proves no partner's identity
    /// under the anchor that the partner is bound to.
    pub fn from_certificate(&self, arrival: &Arrival) -> Result<PartnerId, Cause> {
        let certificate = arrival.certificate.as_deref().ok_or(Cause::UnknownPartner)?;
        let at_border = self.border.contains(&arrival.listener);
        self.partners
            .iter()
            .filter(|partner| at_border || opened_to(partner, arrival))
            .filter(|partner| partner.identities.iter().any(|identity| certificate.proves(identity)))
            .find(|partner| partner.anchor.is_none_or(|anchor| anchor == certificate.anchor))
            .map(|partner| PartnerId(partner.name.clone()))
            .ok_or(Cause::UnknownPartner)
    }

    /// Whether only partners are at the other end of such a hop: a border listener, or a stream that we opened to a
    /// partner's server. There a certificate with one of our own names proves nothing: a partner's authority may have
    /// issued it.
    #[must_use]
    pub fn is_border(&self, arrival: &Arrival) -> bool {
        self.border.contains(&arrival.listener)
            || self.partners.iter().any(|partner| opened_to(partner, arrival))
    }

    /// Whether the other end of this hop is our own gateway, proved by its certificate.
    #[must_use]
    pub fn is_gateway(&self, arrival: &Arrival) -> bool {
        let Some(gateway) = self.gateway.as_ref().filter(|_| !self.is_border(arrival)) else { return false };
        arrival.certificate.as_deref().is_some_and(|certificate| certificate.proves(gateway))
    }

    /// Mints an identifier from what our own gateway asserts about the request that it relays (RFC 3325 9.1).
    ///
    /// # Errors
    /// [`Cause::UnknownPartner`] where the hop is not proved to be our gateway, or its assertion is absent, repeated
    /// with different domains, or names no partner.
    pub fn from_gateway(&self, request: &sip::Message, arrival: &Arrival) -> Result<PartnerId, Cause> {
        self.asserted(asserted_identities(request), arrival)
    }

    /// The same for HTTP: the gateway asserts in X-3GPP-Asserted-Identity (TS 24.482 A.2.3, TS 24.481 6.2.3).
    ///
    /// # Errors
    /// As [`PartnerTable::from_gateway`].
    pub fn from_gateway_web(&self, headers: &HeaderMap, arrival: &Arrival) -> Result<PartnerId, Cause> {
        self.asserted(web_identities(headers), arrival)
    }

    fn asserted(
        &self,
        mut asserted: impl Iterator<Item = String>,
        arrival: &Arrival,
    ) -> Result<PartnerId, Cause> {
        if !self.is_gateway(arrival) {
            return Err(Cause::UnknownPartner);
        }
        let first = asserted.next().ok_or(Cause::UnknownPartner)?;
        let partner = self.serving(&first).ok_or(Cause::UnknownPartner)?;
        if asserted.any(|other| !partner.owns(&other)) {
            return Err(Cause::UnknownPartner);
        }
        Ok(PartnerId(partner.name.clone()))
    }
}

/// A stream that we opened to the partner's server itself; through our gateway it proves only the gateway.
fn opened_to(partner: &Partner, arrival: &Arrival) -> bool {
    partner.way == Way::Direct && partner.hop.as_ref().is_some_and(|hop| hop.name == arrival.listener)
}

/// The URIs of every P-Asserted-Identity value that can be read, topmost first (RFC 3325 9.1). Whether they may be
/// believed depends on the hop they came by.
pub fn asserted_identities(request: &sip::Message) -> impl Iterator<Item = String> + '_ {
    request
        .all::<sip::PAssertedIdentity<'_>>()
        .filter_map(Result::ok)
        .filter_map(|identity| std::str::from_utf8(identity.uri).ok().map(str::to_owned))
}

/// The field in which servers say over HTTP who they are; between systems only gateways set it.
pub const ASSERTED_IDENTITY: HeaderName = HeaderName::from_static("x-3gpp-asserted-identity");

/// The identities of every X-3GPP-Asserted-Identity, quoted or not. Whether they may be believed depends on the hop they came by.
pub fn web_identities(headers: &HeaderMap) -> impl Iterator<Item = String> + '_ {
    let values = headers.get_all(ASSERTED_IDENTITY).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|each| each.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests;
