//! One request at the border over HTTP, and what is known of it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use wire::{Arrival, Hop};

use super::{
    Agreement, Inner, Root,
    steps::{Ending, INBOUND, OUTBOUND, Step},
    target::Target,
};
use crate::{Partner, Partners, metrics::Direction, topology::Hosts};

/// One request at the border, and what the steps have found out about it.
pub(super) struct Passage<'p> {
    pub proxy: &'p Inner,
    pub partners: &'p Partners,
    pub request: &'p Request<Bytes>,
    pub arrival: &'p Arrival,
    pub direction: Direction,
    /// Whom it goes to or comes from; set by the steps `http-partner`.
    pub partner: Option<&'p Partner>,
    /// The root below which it goes on; set by `http-partner` or `http-server`.
    pub to: Option<&'p Root>,
    /// What of its target lies below the root, as it came; set by `http-partner` or `http-root`.
    pub below: Option<&'p str>,
    /// What that names; set by `http-target`.
    pub target: Option<Target>,
    /// Where it goes; set by `http-next-hop` or `http-server`.
    pub hop: Option<&'p Hop>,
}

impl<'p> Passage<'p> {
    pub fn new(
        proxy: &'p Inner,
        partners: &'p Partners,
        request: &'p Request<Bytes>,
        arrival: &'p Arrival,
        direction: Direction,
    ) -> Self {
        Self {
            proxy,
            partners,
            request,
            arrival,
            direction,
            partner: None,
            to: None,
            below: None,
            target: None,
            hop: None,
        }
    }

    /// Runs the list of the request's direction; none where every step continued.
    pub fn run(&mut self) -> Option<Ending> {
        let steps: &'static [Step] = match self.direction {
            Direction::Outbound => &OUTBOUND,
            Direction::Inbound => &INBOUND,
        };
        steps.iter().find_map(|step| (step.decide)(self).err().map(|end| Ending { step, end }))
    }

    pub fn agreement(&self) -> Option<&'p Agreement> {
        self.partner.and_then(|partner| partner.http.as_deref())
    }

    /// What must not be seen where the request goes; nothing where that is inside, or nothing is hidden.
    pub fn hidden(&self) -> Option<&'p Hosts> {
        let hides = self.partner.is_none_or(|partner| partner.hide);
        (self.direction == Direction::Outbound && hides).then_some(&self.proxy.gateway.inner.internal)
    }

    /// What ladders call whoever asks: a partner's border as the hop to it, others as their certificate proves them.
    pub fn asker(&self) -> Arc<str> {
        let hop = self.agreement().and_then(|agreement| agreement.hop.as_ref());
        let proof = self.arrival.certificate.as_deref().and_then(|proof| proof.identities.first());
        match (self.direction, hop) {
            (Direction::Inbound, Some(hop)) => hop.name.clone(),
            _ => proof.map_or_else(|| self.arrival.listener.clone(), |identity| identity.domain().into()),
        }
    }

    /// The value of Allow: what was agreed.
    pub fn allowed(&self) -> HeaderValue {
        let operations = self.agreement().map(|agreement| match self.direction {
            Direction::Outbound => &agreement.outbound,
            Direction::Inbound => &agreement.inbound,
        });
        let auid = self.target.as_ref().map_or("", |target| &target.auid);
        operations.map_or(HeaderValue::from_static(""), |operations| operations.allowed(auid))
    }

    /// For logs and ladders: `PUT org.openmobilealliance.groups`.
    pub fn what(&self) -> String {
        let auid = self.target.as_ref().map_or("", |target| &target.auid);
        format!("{} {auid}", self.request.method())
    }

    /// Whom the request is for, and what of its target follows.
    pub fn addressed(&self) -> Option<(&'p str, &'p str)> {
        let uri = self.request.uri();
        let host = self.request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = uri.authority().map(|authority| authority.as_str()).or(host)?;
        Some((authority, uri.path_and_query()?.as_str()))
    }
}
