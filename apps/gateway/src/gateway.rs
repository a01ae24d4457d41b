//! The MC gateway server as a proxy chain: who stands at which side, and what becomes of a chain's ending.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use kit::refusal::{Cause, Refusal};
use sip::{Edits, Message, Name, Response, Uri};
use wire::{Arrival, Decision, Forward, Inline, Recorder};

use crate::{
    Metrics, Partner, Partners, Services,
    chain::{ALLOWED, End, Ending, Passage},
    content::Content,
    ladder,
    metrics::Direction,
    topology::{self, Hiding, Hosts, Sealer},
};

/// The names and addresses of the own system, as its border knows them.
#[derive(Clone, Default, Debug)]
pub struct Inside {
    /// Names of listeners that our own servers connect to, and of the hops that we open to them.
    pub listeners: Vec<Arc<str>>,
    /// Domains that the certificates of our own servers prove.
    pub certificates: Hosts,
    /// Source addresses that are let out without a certificate, over UDP and TCP.
    pub addresses: Hosts,
    /// What must never be seen outside.
    pub internal: Hosts,
}

/// Who a gateway is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The configured name, for ladders and logs.
    pub name: Arc<str>,
    /// The public host, which stands in Warnings and in place of hidden hosts.
    pub host: String,
    /// Other hosts by which it is addressed, such as its inner name.
    pub aliases: Vec<String>,
    /// What it asserts of what it lets out: its own URI.
    pub uri: String,
    /// The MC system's domains.
    pub domains: Vec<String>,
}

/// The MC gateway server for SIP (TS 24.379 clause 6.8).
pub struct Gateway {
    pub(crate) identity: Identity,
    pub(crate) inner: Inside,
    pub(crate) services: Services,
    /// `<uri>`, ready to be set.
    pub(crate) asserted: Vec<u8>,
    border: Vec<Arc<str>>,
    partners: ArcSwap<Partners>,
    sealer: Sealer,
    metrics: Metrics,
    recorder: Arc<dyn Recorder>,
    /// What is said when a hop cannot be reached, on either side.
    unreachable: Response,
}

/// What a gateway is made of, beside its partners.
pub struct Parts {
    /// Who it is.
    pub identity: Identity,
    /// Its own system.
    pub inside: Inside,
    /// Names of the listeners that partners connect to.
    pub border: Vec<Arc<str>>,
    /// What it serves.
    pub services: Services,
    /// The keys of topology hiding.
    pub sealer: Sealer,
    /// Its counters.
    pub metrics: Metrics,
    /// Who listens.
    pub recorder: Arc<dyn Recorder>,
}

impl Gateway {
    /// A gateway with these partners.
    #[must_use]
    pub fn new(mut parts: Parts, partners: Vec<Partner>) -> Self {
        parts.inside.listeners.extend(parts.services.hop_names());
        let gateway = Self {
            asserted: format!("<{}>", parts.identity.uri).into_bytes(),
            unreachable: Cause::PartnerUnreachable.response(&parts.identity.host),
            identity: parts.identity,
            inner: parts.inside,
            services: parts.services,
            border: parts.border,
            partners: ArcSwap::default(),
            sealer: parts.sealer,
            metrics: parts.metrics,
            recorder: parts.recorder,
        };
        gateway.replace_partners(partners);
        gateway
    }

    /// Puts another table of partners in the place of the one that is. A request that a chain has begun ends with the
    /// table it began with; responses are judged by the table of their own time. Connections are the driver's: none is
    /// closed here.
    pub fn replace_partners(&self, mut partners: Vec<Partner>) {
        for partner in &mut partners {
            partner.passed = self.metrics.passed(&partner.system.name);
        }
        self.partners.store(Arc::new(Partners::new(partners, self.border.iter().cloned())));
    }

    /// The table of partners as it is now.
    #[must_use]
    pub fn partners(&self) -> Guard<Arc<Partners>> {
        self.partners.load()
    }

    /// Whether a URI addresses the gateway itself: one of its hosts, and no user but its own.
    pub(crate) fn is_named_by(&self, uri: &Uri<'_>) -> bool {
        let own = |name: &str| uri.is_in_domain(name.as_bytes());
        let host = own(&self.identity.host) || self.identity.aliases.iter().any(|alias| own(alias));
        let user = Uri::parse(self.identity.uri.as_bytes()).ok().and_then(|uri| uri.user);
        host && (uri.user.is_none() || uri.user == user)
    }

    /// Whether a host is one of the own system's domains.
    pub(crate) fn serves(&self, host: &[u8]) -> bool {
        self.identity.domains.iter().any(|domain| sip::same_domain(host, domain.as_bytes()))
    }

    /// Topology hiding towards the partner of this name.
    pub(crate) fn hiding<'h>(&'h self, partner: &'h str) -> Hiding<'h> {
        Hiding { internal: &self.inner.internal, sealer: &self.sealer, partner, host: &self.identity.host }
    }

    /// Whether a request that was let through went to a service of ours; the services, unlike the partners, stay.
    fn went_in(&self, request: &Message) -> bool {
        Uri::parse(request.request_uri()).is_ok_and(|uri| self.services.hop(&uri).is_some())
    }

    /// Which way a request goes: by the listener, or by the hop of a connection that we opened. What came by neither
    /// is judged as a stranger at the border.
    fn direction(&self, arrival: &Arrival) -> Direction {
        let inner = self.inner.listeners.contains(&arrival.listener);
        if inner { Direction::Outbound } else { Direction::Inbound }
    }

    fn forward(&self, passage: Passage<'_>) -> Decision {
        let (Some(partner), Some(hop)) = (passage.partner, passage.hop) else {
            return Decision::Respond(Cause::Fault.response(&self.identity.host));
        };
        partner.passed.count(passage.direction);
        ladder::passed(&*self.recorder, &self.identity.name, &passage, hop);
        Decision::Forward(Box::new(Forward {
            hop: hop.clone(),
            edits: passage.edits,
            vias: passage.vias,
            unreachable: Some(self.unreachable.clone()),
        }))
    }

    fn end(&self, passage: &Passage<'_>, ending: Ending) -> Decision {
        let partner = passage.partner.map(|partner| &partner.system.name);
        let (cause, response) = match ending.end {
            End::Respond(response) => ("", response),
            End::Refuse(refusal) => (refusal.cause.name(), self.refuse(passage, refusal)),
        };
        let step = ending.step.name;
        self.metrics.decided(partner, passage.direction, step, cause);
        tracing::info!(
            partner = partner.map_or("", |name| name),
            direction = passage.direction.name(),
            step,
            clause = ending.step.clause,
            cause,
            status = response.status(),
            "request ended at the border"
        );
        ladder::ended(&*self.recorder, &self.identity.name, passage, ending.step, cause);
        Decision::Respond(response)
    }

    /// The refusal as the other side may see it, with what RFC 3261 wants beside the status.
    fn refuse(&self, passage: &Passage<'_>, refusal: Refusal) -> Response {
        let merges = passage.direction == Direction::Inbound
            && passage.partner.is_some_and(|partner| partner.system.merge_unknown_and_refused);
        let refusal = refusal.seen_by(merges);
        let response = refusal.response(&self.identity.host);
        match refusal.cause {
            Cause::MethodNotAllowed => response.header(Name::Allow, ALLOWED),
            Cause::UnsupportedBody => {
                let media = passage.partner.map(|partner| partner.media.join(", ")).unwrap_or_default();
                response.header(Name::Accept, media).header(Name::AcceptEncoding, "identity")
            }
            Cause::BadExtension => passage
                .request
                .values(Name::ProxyRequire)
                .fold(response, |response, extension| response.header(Name::Unsupported, extension)),
            _ => response,
        }
    }
}

impl Inline for Gateway {
    fn request(&self, request: &Message, arrival: &Arrival) -> Decision {
        let partners = self.partners.load();
        let mut passage = Passage {
            gateway: self,
            partners: &partners,
            request,
            arrival,
            direction: self.direction(arrival),
            partner: None,
            content: Content::default(),
            edits: Edits::new(),
            vias: wire::Vias::Add,
            hop: None,
        };
        match passage.run() {
            None => self.forward(passage),
            Some(ending) => self.end(&passage, ending),
        }
    }

    fn response(&self, response: &Message, request: &Message, edits: &mut Edits) {
        if !self.went_in(request) {
            return topology::clean_from_outside(response, edits);
        }
        let partners = self.partners.load();
        let partner = partners.named_in_from(request);
        // A partner that has left the table since it asked is shown nothing either.
        if partner.is_none_or(|partner| partner.hide) {
            self.hiding(partner.map_or("", Partner::name)).response(response, request, edits);
        }
    }
}
