//! Ties the knot between an entity, which wants its wire when it is made, and its node, which wants the entity.

use std::sync::{Arc, OnceLock};

use sip::Request;
use wire::{Answer, BoxFuture, ConnectionId, Hop, Wire, WireError};

use crate::node::{NodeHandle, WeakNode};

/// A wire that is handed out before its node runs. It does not keep the node alive: once every [`NodeHandle`] is gone,
/// and before [`LateWire::connect`], requests end with [`WireError::Closed`].
#[derive(Default)]
pub struct LateWire(OnceLock<WeakNode>);

impl LateWire {
    /// A wire that leads nowhere yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on requests leave by this node. Only the first call counts.
    pub fn connect(&self, node: &NodeHandle) {
        // A second node would be a mistake of whoever assembles; the first stays.
        let _ = self.0.set(node.weak());
    }
}

impl Wire for LateWire {
    fn request(&self, request: Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        match self.0.get().and_then(WeakNode::upgrade) {
            Some(node) => node.request(request, hop),
            None => Box::pin(std::future::ready(Err(WireError::Closed))),
        }
    }

    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        match self.0.get().and_then(WeakNode::upgrade) {
            Some(node) => node.ended(connection),
            None => Box::pin(std::future::ready(())),
        }
    }
}
