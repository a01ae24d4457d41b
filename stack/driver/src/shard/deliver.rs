//! Requests for the entity itself.

use sip::{Message, Response};
use transaction::ServerId;
use wire::{Arrival, BoxFuture, Reply};

use super::{common::Outstanding, core::Core, inbox::Letter};
use crate::tasks::caught;

impl Core {
    /// Gives the request to the service, on the entity's runtime. Its answer comes back as a letter.
    pub(super) fn deliver(&mut self, server: ServerId, request: Message, arrival: Arrival) {
        let peer = arrival.remote.ip();
        if !self.delivering.admits(peer, self.common.config.limits.deliveries) {
            self.common.metrics.dropped("service overloaded");
            let response = self.overloaded();
            return self.answer(server, &response);
        }
        self.delivering.add(peer);
        let work = Outstanding::new(&self.common.outstanding);
        let (common, index) = (self.common.clone(), self.index);
        self.common.env.runtime.spawn(async move {
            // The call itself may panic too, before there is a future.
            let service = common.service.clone();
            let served = caught(async move { service.serve(request, arrival).await }).await;
            let Reply { response, after } = served.unwrap_or_else(|what| {
                common.metrics.panicked();
                tracing::error!(panic = %what, node = %common.config.name, "a service panicked");
                Response::new(500).into()
            });
            common.send(index, Letter::Reply { peer, server, response, after, work });
        });
    }

    /// Starts what the answer releases, now that the answer has been handed down.
    pub(super) fn release(&self, after: Option<BoxFuture<'static, ()>>, work: Outstanding) {
        let Some(after) = after else { return };
        self.flush_ports();
        let metrics = self.common.metrics.clone();
        self.common.env.runtime.spawn(async move {
            if let Err(what) = caught(after).await {
                metrics.panicked();
                tracing::error!(panic = %what, "what an answer released panicked");
            }
            drop(work);
        });
    }

    fn flush_ports(&self) {
        self.ports.iter().for_each(|port| port.flush(&self.common.metrics));
    }
}
