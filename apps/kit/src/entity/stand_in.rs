//! Requests for a user who is logged off: his SIP core asks a server of his why nobody takes them. TS 24.229 clause 5.4.3.3, which hands
//! them to an application server under the session case "terminating unregistered".

use std::future::{Future, ready};

use futures::FutureExt as _;
use wire::{Arrival, BoxFuture, Reply};

use super::{Entity, basics};
use crate::{cx::Cx, peer::Impu, refusal::Cause, stop::Stop};

impl<S: Send + Sync + 'static> Entity<S> {
    /// This handler says why a request for this user of the own SIP core is refused, whatever it asks.
    #[must_use]
    pub fn stands_in<H, Fut>(mut self, handler: H) -> Self
    where
        H: Fn(Cx<S>, Impu) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Stop> + Send + 'static,
    {
        std::sync::Arc::make_mut(&mut self.table).stands_in(handler);
        self
    }

    /// Why a request is refused that is neither for this entity nor for its host, but for a user, as the own SIP core sends it; none where
    /// it is no such request.
    pub(super) fn stood_in_for(
        &self,
        request: &sip::Message,
        arrival: &Arrival,
    ) -> Option<BoxFuture<'static, Stop>> {
        let (handler, profile) = (self.table.stand_in()?, self.cx.profile());
        if !profile.trust.is_core(arrival) || basics::addressed_to(profile, request).is_ok() {
            return None;
        }
        let uri = sip::Uri::parse(request.request_uri()).ok()?;
        if uri.is_sip() && uri.user.is_none() {
            return None;
        }
        // Whoever it is for, he is not here.
        let absent = std::str::from_utf8(request.request_uri()).ok().and_then(|uri| Impu::new(uri).ok());
        let nobody_known = || ready(Stop::from(Cause::LoggedOff)).boxed();
        Some(absent.map_or_else(nobody_known, |user| handler(self.cx.clone(), user)))
    }

    pub(super) async fn refused_for(
        self,
        request: sip::Message,
        arrival: Arrival,
        why: BoxFuture<'static, Stop>,
    ) -> Reply {
        let stop = why.await;
        self.cx.counters().request("", Some(stop.refusal().cause));
        self.refuse(&request, &arrival, &stop).into()
    }
}
