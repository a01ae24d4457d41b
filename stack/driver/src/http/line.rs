//! Lines of the log about connections over HTTP that come and go.

use std::{net::SocketAddr, sync::Arc};

/// One connection: a line where it is opened, and one where it is dropped.
#[derive(Debug)]
pub(super) struct Line {
    /// The listener that the peer connected to, or the hop that we opened it to.
    of: Arc<str>,
    peer: SocketAddr,
}

impl Line {
    pub(super) fn opened(of: &Arc<str>, peer: SocketAddr) -> Self {
        tracing::debug!(%of, %peer, "HTTP connection opened");
        Self { of: Arc::clone(of), peer }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::debug!(of = %self.of, peer = %self.peer, "HTTP connection closed");
    }
}
