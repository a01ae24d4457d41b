//! PUBLISH at an entity: RFC 3903 clause 6 steps 1, 2, 4 and 6.

use std::future::Future;

use futures::FutureExt as _;
use wire::{Arrival, Reply};

use super::{Entity, basics};
use crate::{
    cx::Cx,
    events::Answered,
    publication::{Lifetimes, Publish, Published},
    refusal::Cause,
    stop::Done,
};

impl<S: Send + Sync + 'static> Entity<S> {
    /// This handler composes the state of an event package; its publications last as `lifetimes` says.
    #[must_use]
    pub fn publishes<H, Fut>(mut self, package: &'static str, lifetimes: Lifetimes, handler: H) -> Self
    where
        H: Fn(Cx<S>, Publish) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Published>> + Send + 'static,
    {
        std::sync::Arc::make_mut(&mut self.table).publishes(package, lifetimes, handler);
        self
    }

    pub(super) async fn publication(self, request: sip::Message, arrival: Arrival) -> Reply {
        let (package, taken) = self.take_publication(&request, &arrival).await;
        let refused = taken.as_ref().err().map(|stop| stop.refusal().cause);
        self.cx.counters().request(package, refused);
        match taken {
            Ok(Answered { response, after }) => {
                self.record(&request, &arrival, response.status());
                Reply { response, after }
            }
            Err(stop) => self.refuse(&request, &arrival, &stop).into(),
        }
    }

    /// What becomes of it, and the name of its package where that is known here.
    async fn take_publication(
        &self,
        request: &sip::Message,
        arrival: &Arrival,
    ) -> (&'static str, Done<Answered>) {
        let event = request.typed::<sip::Event<'_>>().ok().flatten();
        let Some((name, package)) = event.and_then(|event| self.table.publication(event.package)) else {
            return ("", Err(Cause::BadEvent.into()));
        };
        let taken = async {
            let peer = self.admit(request, arrival)?;
            basics::addressed_to(self.cx.profile(), request)?;
            let slot = self.load.take(Some(&peer))?;
            let protection = self.cx.protection_with(&peer);
            let publish = Publish::read(peer, request.clone(), &package.lifetimes, protection)?;
            let published = (package.handler)(self.cx.clone(), publish).await?;
            let response = published.response();
            let after = published.after.map(|work| work.map(|()| drop(slot)).boxed());
            Ok(Answered { response, after })
        };
        (name, taken.await)
    }

    /// RFC 3903 6 step 4: what a 423 says in Min-Expires.
    pub(super) fn shortest(&self, request: &sip::Message) -> String {
        let event = request.typed::<sip::Event<'_>>().ok().flatten();
        let package = event.and_then(|event| self.table.publication(event.package));
        package.map_or(0, |(_, package)| package.lifetimes.shortest.as_secs()).to_string()
    }
}

#[cfg(test)]
mod tests;
