//! Ending in order, so that what was accepted still finds its answers: first the doors of those who work, then their nodes, and
//! last the ways that their messages go.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::Running;

/// Ends these entities, all of them by the deadline.
pub(super) async fn in_order(entities: &[Running], deadline: Duration) {
    let end = Instant::now() + deadline;
    // A server's accepted work asks users' clients, so that their doors stay open the longest.
    let (clients, servers): (Vec<_>, Vec<_>) = entities.iter().partition(|entity| entity.is_client());
    for working in [servers, clients] {
        close(&working, end).await;
    }
    let left = || end.saturating_duration_since(Instant::now());
    let (working, ways): (Vec<_>, Vec<_>) = entities.iter().partition(|entity| entity.gate.is_some());
    for nodes in [working, ways] {
        join_all(nodes.iter().map(|entity| entity.quiesce(left()))).await;
    }
    // Whoever had nothing left to do has said 503 for as long as others had.
    join_all(entities.iter().map(|entity| entity.drain(left()))).await;
}

impl Running {
    async fn quiesce(&self, deadline: Duration) {
        let over_http = async {
            if let Some(http) = &self.http {
                http.quiesce(deadline).await;
            }
        };
        let over_sip = async {
            if let Some(node) = &self.node {
                node.quiesce(deadline).await;
            }
        };
        futures::future::join(over_sip, over_http).await;
    }

    async fn drain(&self, deadline: Duration) {
        let over_http = async {
            if let Some(http) = &self.http {
                http.drain(deadline).await;
            }
        };
        let over_sip = async {
            if let Some(node) = &self.node {
                node.drain(deadline).await;
            }
        };
        futures::future::join(over_sip, over_http).await;
    }
}

/// Lets nobody in any more, and waits for those who are inside.
async fn close(working: &[&Running], end: Instant) {
    let gates = || working.iter().filter_map(|entity| entity.gate.as_ref());
    gates().for_each(kit::Gate::close);
    if timeout_at(end, join_all(gates().map(kit::Gate::idle))).await.is_err() {
        tracing::warn!("accepted work is left over");
    }
}

#[cfg(test)]
mod tests;
