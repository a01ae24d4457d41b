//! The MC gateway server as a proxy chain: who stands at which side, and what becomes of a chain's ending.

mod answers;
mod parts;

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use kit::refusal::{Cause, Refusal};
pub use parts::{Identity, Inside, Parts};
use sip::{Contact, Edits, Message, Name, RecordRoute, Response, Uri};
use wire::{Arrival, Clock, Decision, Forward, Hop, Inline, Recorder, WireError};

use crate::{
    Metrics, Partner, Partners, Services, agreement,
    chain::{ALLOWED, End, Ending, Passage},
    content::Content,
    ladder,
    metrics::{Direction, Leaves},
    strangers::Strangers,
    topology::{self, Hiding, Sealer, Stayed},
};

/// The MC gateway server for SIP (TS 24.379 clause 6.8).
pub struct Gateway {
    pub(crate) identity: Identity,
    pub(crate) inner: Inside,
    pub(crate) services: Services,
    /// `<uri>`, ready to be set.
    pub(crate) asserted: Vec<u8>,
    /// Every host that is its own.
    hosts: Vec<String>,
    border: Vec<Arc<str>>,
    partners: ArcSwap<Partners>,
    pub(crate) sealer: Sealer,
    pub(crate) strangers: Strangers,
    metrics: Metrics,
    recorder: Arc<dyn Recorder>,
    /// What is said when a partner cannot be reached.
    no_partner: Response,
    /// What is said when a server of the own system cannot be reached.
    no_server: Response,
}

impl Gateway {
    /// A gateway with these partners.
    #[must_use]
    pub fn new(mut parts: Parts, partners: Vec<Partner>) -> Self {
        parts.inside.listeners.extend(parts.services.hop_names());
        let gateway = Self {
            asserted: format!("<{}>", parts.identity.uri).into_bytes(),
            no_partner: Cause::PartnerUnreachable.response(&parts.identity.host),
            no_server: Cause::ServerUnreachable.response(&parts.identity.host),
            hosts: parts.identity.hosts(),
            identity: parts.identity,
            inner: parts.inside,
            services: parts.services,
            border: parts.border,
            partners: ArcSwap::default(),
            sealer: parts.sealer,
            strangers: Strangers::default(),
            metrics: parts.metrics,
            recorder: parts.recorder,
        };
        gateway.replace_partners(partners);
        gateway
    }

    /// With a clock, by which it forgets who came long ago and was no partner.
    #[must_use]
    pub fn timed_by(mut self, clock: Arc<dyn Clock>) -> Self {
        self.strangers = Strangers::by(clock);
        self
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

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn recorder(&self) -> &dyn Recorder {
        &*self.recorder
    }

    /// Whether a URI addresses the gateway itself: one of its hosts, and no user but its own.
    pub(crate) fn is_named_by(&self, uri: &Uri<'_>) -> bool {
        let is_own_user = || Uri::parse(self.identity.uri.as_bytes()).is_ok_and(|own| own.same_user(uri));
        self.is_at(uri) && (uri.user.is_none() || is_own_user())
    }

    /// Whether a URI leads to the gateway, whoever its user is.
    pub(crate) fn is_at(&self, uri: &Uri<'_>) -> bool {
        self.hosts.iter().any(|host| uri.is_in_domain(host.as_bytes()))
    }

    /// Whether a host is one of the own system's domains.
    pub(crate) fn serves(&self, host: &[u8]) -> bool {
        self.identity.domains.iter().any(|domain| sip::same_domain(host, domain.as_bytes()))
    }

    /// Topology hiding towards a partner; without one, as towards somebody of whom nothing is known.
    pub(crate) fn hiding<'h>(&'h self, partner: Option<&'h Partner>) -> Hiding<'h> {
        Hiding {
            internal: &self.inner.internal,
            sealer: &self.sealer,
            partner: partner.map_or("", Partner::name),
            allowed: partner.map_or(&topology::USUAL, |partner| &partner.allowed),
            host: &self.identity.host,
            own: &self.hosts,
            border: &self.identity.border,
            inner: &self.identity.inner,
        }
    }

    /// Whether a request goes, or went, to somebody of ours: to a service, which unlike the partners stay, or by way of our
    /// own Contact.
    pub(crate) fn goes_in(&self, request: &Message) -> bool {
        Uri::parse(request.request_uri())
            .is_ok_and(|uri| self.is_at(&uri) || self.services.hop(&uri).is_some())
    }

    /// Whether the requests of a dialog that this one begins, or belongs to, will find their way back to its sender: by the
    /// nearest proxy that stays in between, else by its Contact.
    pub(crate) fn finds_back(&self, request: &Message) -> bool {
        let recorded = request.typed::<RecordRoute<'_>>().ok().flatten().map(|route| route.uri);
        let contact = || request.typed::<Contact<'_>>().ok().flatten().map(|contact| contact.uri);
        let uri = recorded.or_else(contact).and_then(|uri| Uri::parse(uri).ok());
        // What is missing or cannot be read is refused for that, elsewhere.
        uri.is_none_or(|uri| self.services.towards(&uri).is_some())
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
        partner.passed.stayed(Leaves::Request, passage.stayed);
        ladder::passed(&*self.recorder, &self.identity.name, &passage, hop);
        passed(&passage, partner, hop);
        let unreachable = match passage.direction {
            Direction::Outbound => &self.no_partner,
            Direction::Inbound => &self.no_server,
        };
        Decision::Forward(Box::new(Forward {
            hop: hop.clone(),
            edits: passage.edits,
            vias: passage.vias,
            unreachable: Some(unreachable.clone()),
            others: Vec::new(),
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
        let (partner, direction) = (partner.map_or("", |name| name), passage.direction.name());
        let (clause, status) = (ending.step.clause, response.status());
        // Neighbours ask every few seconds whether we live, and strangers as often as they like.
        if cause.is_empty() {
            tracing::debug!(partner, direction, step, clause, status, "request answered at the border");
        } else {
            tracing::info!(partner, direction, step, clause, cause, status, "request ended at the border");
        }
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
            Cause::BadEvent => {
                let events = passage.partner.map(|partner| agreement::events(passage.agreed(partner)));
                response.header(Name::AllowEvents, events.unwrap_or_default())
            }
            Cause::BadExtension => unsupported(passage)
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
            dialog: None,
            inward: None,
            stayed: Stayed::default(),
        };
        match passage.run() {
            None => self.forward(passage),
            Some(ending) => self.end(&passage, ending),
        }
    }

    fn response(&self, response: &Message, request: &Message, arrival: &Arrival, edits: &mut Edits) {
        let partners = self.partners.load();
        if self.goes_in(request) {
            self.answer_leaves(partners.proved_by(arrival), response, request, edits);
        } else {
            self.answer_enters(&partners, response, request, edits);
        }
    }

    fn unreached(&self, request: &Message, arrival: &Arrival, why: &WireError) {
        self.not_delivered(request, arrival, why);
    }
}

/// A line for each request that passes, for who looks for one: it costs nothing where nobody does. No identity stands in it.
fn passed(passage: &Passage<'_>, partner: &Partner, hop: &Hop) {
    tracing::debug!(
        partner = partner.name(),
        direction = passage.direction.name(),
        method = %passage.request.method(),
        flow = passage.content.flow().map_or_else(|| passage.package(), |(_, flow)| flow),
        call_id = %String::from_utf8_lossy(passage.request.call_id()),
        to = %hop.name,
        "request passes the border"
    );
}

/// What of the extensions that a request asks for is not known: of proxies none is; of the ends those are that may be asked
/// of a partner.
fn unsupported<'m>(passage: &Passage<'m>) -> impl Iterator<Item = &'m [u8]> {
    let is_ours = crate::chain::is_ours(passage);
    let concerns_us = is_ours || passage.direction == Direction::Outbound;
    let known: &[&str] = if is_ours { &[] } else { &topology::KNOWN_OPTIONS };
    let of_ends = proxy::validate::unsupported(passage.request, Name::Require, known);
    let of_proxies = proxy::validate::unsupported(passage.request, Name::ProxyRequire, &[]);
    of_proxies.chain(of_ends.filter(move |_| concerns_us))
}
