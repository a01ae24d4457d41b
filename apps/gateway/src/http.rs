//! The border over HTTP: what is carried between group management servers (CSC-16) and other XCAP between systems.
//! TS 23.280 clauses 7.5.2.17 and 10.1.5.6 · RFC 9110 clause 7.6
//!
//! Read `steps.rs` first: as over SIP, the two lists in it are what the border does, in order. A request that passes is made
//! anew from what may pass (`fields.rs`), sent to the partner or to the server behind, and so is the response
//! (`answers.rs`). Whoever is at the border of both systems proves itself by its certificate; nothing in a message counts.

mod agreement;
mod answers;
mod config;
mod fields;
mod loops;
mod passage;
mod servers;
mod steps;
mod target;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, request::Parts};
use kit::{
    refusal::{Cause, Refusal},
    web::problem,
};
use wire::{
    Arrival, BoxFuture, Entry, Hop, Kind, WireError,
    web::{Web, WebService},
};

pub use agreement::{Agreement, Operations};
pub use config::{HttpConfig, PartnerHttpConfig};
pub use servers::{BadRoot, Root, Server, Servers};

use crate::{Gateway, ladder::hidden, metrics::Direction};
use answers::Passed;
pub(crate) use fields::quoted;
use passage::Passage;
use steps::{End, Ending};

/// The MC gateway server for HTTP. Clones are the same.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

/// What a proxy is made of. Partners, identity and what is internal are those of the SIP gateway.
pub struct HttpParts {
    /// The gateway whose border this is.
    pub gateway: Arc<Gateway>,
    /// How requests go on.
    pub web: Arc<dyn Web>,
    /// Names of the listeners that servers of the own system connect to.
    pub inner: Vec<Arc<str>>,
    /// What partners find here.
    pub servers: Servers,
}

struct Inner {
    gateway: Arc<Gateway>,
    web: Arc<dyn Web>,
    inner: Vec<Arc<str>>,
    servers: Servers,
    /// What we say we are: `"sip:…"`, quoted (TS 24.109 clause 5.3.2.2).
    asserted: HeaderValue,
}

impl Proxy {
    /// A proxy at this border.
    #[must_use]
    pub fn new(parts: HttpParts) -> Self {
        let HttpParts { gateway, web, inner, servers } = parts;
        let asserted = fields::quoted(&gateway.identity.uri);
        Self(Arc::new(Inner { gateway, web, inner, servers, asserted }))
    }
}

/// What has been decided about a request that passes.
struct Onward {
    request: Request<Bytes>,
    hop: Hop,
    passed: Passed,
}

impl WebService for Proxy {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let proxy = self.0.clone();
        match proxy.decide(&request, &arrival) {
            Err(response) => Box::pin(std::future::ready(*response)),
            Ok(onward) => Box::pin(async move {
                let Onward { request, hop, passed } = onward;
                let outcome = proxy.web.fetch(request, hop).await;
                proxy.answer(outcome, &passed)
            }),
        }
    }

    /// Whoever the border does not know is refused by the first step, which asks for nothing but the hop.
    fn refusal(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        if self.0.knows(arrival) {
            return None;
        }
        let request = Request::from_parts(head.clone(), Bytes::new());
        self.0.decide(&request, arrival).err().map(|response| *response)
    }
}

impl Inner {
    fn decide(&self, request: &Request<Bytes>, arrival: &Arrival) -> Result<Onward, Box<Response<Bytes>>> {
        let partners = self.gateway.partners();
        let is_inner = self.inner.contains(&arrival.listener);
        let direction = if is_inner { Direction::Outbound } else { Direction::Inbound };
        let mut passage = Passage::new(self, &partners, request, arrival, direction);
        match passage.run() {
            Some(ending) => Err(Box::new(self.end(&passage, ending))),
            None => self.forward(&passage).ok_or_else(|| Box::new(self.broken(&passage))),
        }
    }

    /// Whether who sends is known by his hop, at the listener that he came by.
    fn knows(&self, arrival: &Arrival) -> bool {
        if self.inner.contains(&arrival.listener) {
            self.gateway.inner.is_own(arrival)
        } else {
            self.gateway.partners().proved_by(arrival).is_some()
        }
    }

    /// The request made anew; none where a step that should have said where it goes did not.
    fn forward(&self, passage: &Passage<'_>) -> Option<Onward> {
        let (partner, hop) = (passage.partner?, passage.hop?);
        let to = passage.to?;
        let mut onward = Request::new(passage.request.body().clone());
        *onward.method_mut() = passage.request.method().clone();
        *onward.uri_mut() = Uri::try_from(to.uri(passage.below?)).ok()?;
        let asserted = match passage.direction {
            Direction::Outbound => &self.asserted,
            Direction::Inbound => &partner.asserted_over_http,
        };
        let host = &self.gateway.identity.host;
        fields::request(passage, asserted, host, onward.headers_mut());
        self.gateway.metrics().decided(Some(&partner.system.name), passage.direction, "http-forward", "");
        let flow = fields::flow(passage.request.headers()).unwrap_or_default();
        let what = passage.what();
        let detail = hidden::names(passage.direction, partner.hide).to_owned();
        let (name, direction) = (partner.name(), passage.direction.name());
        tracing::debug!(partner = name, direction, what, flow, to = %hop.name, "HTTP request passes the border");
        self.record(&flow, Kind::Sent { to: hop.name.clone(), what: what.clone(), detail });
        let passed = Passed {
            direction: passage.direction,
            method: passage.request.method().clone(),
            partner: partner.system.name.clone(),
            from: passage.asker(),
            agreement: partner.http.clone()?,
            hides: partner.hide,
            // A Location below where the request went is one below where it came from.
            there: to.clone(),
            here: match passage.direction {
                Direction::Outbound => to.clone(),
                Direction::Inbound => self.servers.root.clone(),
            },
            allowed: passage.allowed(),
            flow,
            what,
        };
        Some(Onward { request: onward, hop: hop.clone(), passed })
    }

    fn broken(&self, passage: &Passage<'_>) -> Response<Bytes> {
        tracing::error!(what = passage.what(), "a request passed the border without a way on");
        Cause::Fault.web()
    }

    fn end(&self, passage: &Passage<'_>, ending: Ending) -> Response<Bytes> {
        let partner = passage.partner.map(|partner| &partner.system.name);
        let (step, cause) = (ending.step.name, ending.end.cause().map_or("", Cause::name));
        self.gateway.metrics().decided(partner, passage.direction, step, cause);
        let response = match ending.end {
            End::Refuse(refusal) => self.refuse(passage, refusal),
            End::Respond(status, detail) => problem(status, detail),
        };
        tracing::info!(
            partner = partner.map_or("", |name| name),
            direction = passage.direction.name(),
            step,
            clause = ending.step.clause,
            cause,
            status = response.status().as_u16(),
            "HTTP request ended at the border"
        );
        let verdict = if cause.is_empty() { "answer".to_owned() } else { format!("refuse {cause}") };
        let flow = fields::flow(passage.request.headers()).unwrap_or_default();
        self.record(&flow, Kind::Decided { question: "pass the border", verdict, rule: step.to_owned() });
        response
    }

    /// The refusal as the other side may see it.
    fn refuse(&self, passage: &Passage<'_>, refusal: Refusal) -> Response<Bytes> {
        let merges = passage.direction == Direction::Inbound
            && passage.partner.is_some_and(|partner| partner.system.merge_unknown_and_refused);
        let refusal = refusal.seen_by(merges);
        let mut response = refusal.web();
        if refusal.cause == Cause::MethodNotAllowed {
            response.headers_mut().insert(header::ALLOW, passage.allowed());
        }
        response
    }

    fn answer(&self, outcome: Result<Response<Bytes>, WireError>, passed: &Passed) -> Response<Bytes> {
        let (response, cause) = match outcome {
            Ok(response) => passed.answer(response, &self.gateway.inner.internal),
            Err(error) => {
                tracing::info!(partner = &*passed.partner, %error, "HTTP request was not answered");
                let cause = passed.unanswered(&error);
                (cause.web(), Some(cause))
            }
        };
        if let Some(cause) = cause {
            let (partner, name) = (Some(&passed.partner), cause.name());
            self.gateway.metrics().decided(partner, passed.direction, "http-answer", name);
        }
        let what = format!("{} {}", response.status().as_u16(), passed.what);
        self.record(&passed.flow, Kind::Answered { to: passed.from.clone(), what });
        response
    }

    fn record(&self, flow: &str, kind: Kind) {
        let recorder = self.gateway.recorder();
        if recorder.is_listening() {
            let entity = self.gateway.identity.name.clone();
            recorder.record(Entry { flow: flow.to_owned(), entity, kind });
        }
    }
}
