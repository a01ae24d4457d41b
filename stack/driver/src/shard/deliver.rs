//! Requests for the entity itself.

use sip::{Message, Name, Response};
use transaction::ServerId;
use wire::{Arrival, BoxFuture, Reply};

use super::{
    common::Outstanding,
    core::Core,
    inbox::{After, Letter},
};
use crate::{metrics::NodeMetrics, tasks::caught};

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
        let account = (peer, self.common.hasher.hash_one(request.header(Name::PAssertedIdentity)));
        self.common.turns.begin(&self.common.env.runtime, account, async move {
            // The call itself may panic too, before there is a future.
            let service = common.service.clone();
            let served = caught(async move { service.serve(request, arrival).await }).await;
            let Reply { response, after } = served.unwrap_or_else(|what| {
                common.metrics.panicked();
                tracing::error!(panic = %what, node = %common.config.name, "a service panicked");
                Response::new(500).into()
            });
            // With one shard there is one queue, so that a change of threads is saved.
            let (begun, after) = match after {
                Some(after) if common.inboxes.len() == 1 => (Some(after), After::Begun),
                Some(after) => (None, After::Waits(after)),
                None => (None, After::Nothing),
            };
            let more = Outstanding::new(&common.outstanding);
            let answered = common.send(index, Letter::Reply { peer, server, response, after, work });
            if let Some(after) = begun.filter(|_| answered) {
                finish(after, &common.metrics).await;
            }
            drop(more);
        });
    }

    /// Starts what the answer releases, now that the answer has been handed down.
    pub(super) fn release(&self, after: After, work: Outstanding) {
        match after {
            After::Nothing => {}
            After::Begun => self.flush_ports(),
            After::Waits(after) => {
                self.flush_ports();
                let metrics = self.common.metrics.clone();
                self.common.env.runtime.spawn(async move {
                    finish(after, &metrics).await;
                    drop(work);
                });
            }
        }
    }

    fn flush_ports(&self) {
        self.ports.iter().for_each(|port| port.flush(&self.common.metrics));
    }
}

async fn finish(after: BoxFuture<'static, ()>, metrics: &NodeMetrics) {
    if let Err(what) = caught(after).await {
        metrics.panicked();
        tracing::error!(panic = %what, "what an answer released panicked");
    }
}
