//! SUBSCRIBE and NOTIFY at an entity: RFC 6665 clauses 4.1.3 and 4.2.1.

use std::sync::Arc;

use futures::FutureExt as _;
use sip::Method;
use wire::{Arrival, Reply};

use super::{Entity, table::Noticed};
use crate::{
    events::{Answered, Notifier, Package, Watcher},
    metrics::Counters,
    peer::Peer,
    refusal::Cause,
    stop::Done,
};

impl<S: Send + Sync + 'static> Entity<S> {
    /// SUBSCRIBEs for this package are this notifier's.
    #[must_use]
    pub fn notifies<P: Package>(mut self, notifier: &Notifier<P>) -> Self {
        notifier.traced_by(self.cx.tracer());
        let answering = notifier.clone();
        let subscribed = Arc::new(move |peer: Peer, request: sip::Message| {
            let notifier = answering.clone();
            async move { notifier.subscribe(peer, &request).await }.boxed()
        });
        notifier.counted_by(self.cx.counters());
        let counted = notifier.clone();
        let count = Arc::new(move |counters: &Counters| counted.counted_by(counters));
        Arc::make_mut(&mut self.table).notifies(P::NAME, Noticed { subscribed, count });
        self
    }

    /// NOTIFYs are this subscriber's.
    #[must_use]
    pub fn watches(mut self, watcher: &Watcher) -> Self {
        watcher.traced_by(self.cx.tracer());
        Arc::make_mut(&mut self.table).watches(watcher.clone());
        self
    }

    pub(super) async fn event(self, request: sip::Message, arrival: Arrival) -> Reply {
        match self.take_event(&request, &arrival).await {
            Ok(Answered { response, after }) => {
                self.record(&request, &arrival, response.status());
                Reply { response, after }
            }
            Err(stop) => self.refuse(&request, &arrival, &stop).into(),
        }
    }

    async fn take_event(&self, request: &sip::Message, arrival: &Arrival) -> Done<Answered> {
        let peer = self.admit(request, arrival)?;
        let event = request.typed::<sip::Event<'_>>().ok().flatten().ok_or(Cause::BadEvent)?;
        if request.method() == Method::Notify {
            let watcher = self.table.watcher().ok_or(Cause::BadEvent)?;
            return watcher.notified(&peer, request).await;
        }
        let subscribed = self.table.package(event.package).ok_or(Cause::BadEvent)?;
        subscribed(peer, request.clone()).await
    }
}
