//! Datagrams in and out.
//! RFC 3261 clause 18

use std::{
    cell::RefCell,
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use sip::Message;
use wire::{Arrival, Transport};

use super::{answer::Route, core::Core, run::Shard};
use crate::{
    Network,
    metrics::NodeMetrics,
    net::{Datagram, Datagrams},
};

/// Datagrams that wait while the kernel's buffer is full; more are dropped, as a network would.
const WAITING: usize = 10_000;

/// One datagram socket of a shard.
pub(super) struct Port {
    pub(super) index: usize,
    pub(super) listener: Arc<str>,
    pub(super) local: SocketAddr,
    trusted: Vec<Network>,
    socket: Box<dyn Datagrams>,
    out: RefCell<Vec<(SocketAddr, Bytes)>>,
    receiver: RefCell<Option<Waker>>,
}

impl Port {
    pub(super) fn new(
        index: usize,
        listener: Arc<str>,
        trusted: Vec<Network>,
        socket: Box<dyn Datagrams>,
    ) -> Self {
        let local = socket.local();
        Self {
            index,
            listener,
            local,
            trusted,
            socket,
            out: RefCell::default(),
            receiver: RefCell::default(),
        }
    }

    /// Leaves with the next [`Port::flush`].
    pub(super) fn send(&self, to: SocketAddr, octets: Bytes) {
        let mut out = self.out.borrow_mut();
        if out.len() < WAITING {
            out.push((to, octets));
        }
    }

    pub(super) fn flush(&self, metrics: &NodeMetrics) {
        let mut out = self.out.borrow_mut();
        if out.is_empty() {
            return;
        }
        let refused = self.socket.send(&mut out);
        metrics.dropped_many("unsendable", refused);
        if !out.is_empty() {
            // The receiving task waits for the socket to take more.
            if let Some(receiver) = self.receiver.borrow_mut().take() {
                receiver.wake();
            }
        }
    }

    /// Takes packets in for as long as the shard lives.
    pub(super) async fn receive(self: Rc<Self>, shard: Rc<Shard>) {
        let mut batch = Vec::new();
        loop {
            let received = poll_fn(|cx| self.poll(cx, &shard, &mut batch)).await;
            if let Err(error) = received {
                // For instance an ICMP error for a packet that went out: news of that packet, not of the socket.
                tracing::debug!(%error, listener = %self.listener, "receiving datagrams");
                if error.kind() == std::io::ErrorKind::NotConnected {
                    return;
                }
                tokio::task::yield_now().await;
                continue;
            }
            shard.enter(|core| {
                core.is_alone = batch.len() == 1;
                for datagram in batch.drain(..) {
                    core.guarded(|core| core.datagram(&self, datagram));
                }
                core.is_alone = false;
            });
        }
    }

    fn poll(
        &self,
        cx: &mut Context<'_>,
        shard: &Shard,
        batch: &mut Vec<Datagram>,
    ) -> Poll<std::io::Result<()>> {
        while !self.out.borrow().is_empty() && self.socket.poll_writable(cx).is_ready() {
            self.flush(&shard.common.metrics);
        }
        *self.receiver.borrow_mut() = Some(cx.waker().clone());
        self.socket.poll_receive(cx, batch)
    }

    fn arrival(&self, from: SocketAddr) -> Arrival {
        Arrival {
            listener: self.listener.clone(),
            transport: Transport::Udp,
            local: self.local,
            remote: from,
            connection: None,
            certificate: None,
        }
    }
}

impl Core {
    fn datagram(&mut self, port: &Port, Datagram { from, bytes }: Datagram) {
        if !port.trusted.is_empty() && !port.trusted.iter().any(|network| network.contains(from.ip())) {
            self.common.metrics.dropped("untrusted");
            return;
        }
        // RFC 5626 4.4.1 has STUN for datagrams; what SIP phones send instead is CRLF, which keeps a NAT open by itself.
        if bytes.iter().all(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            return;
        }
        let arrival = port.arrival(from);
        match Message::parse(bytes.clone(), &self.common.config.limits.datagram) {
            Ok(message) => self.message(message, arrival),
            Err(malformed) => {
                let salvaged = Message::salvage(&bytes);
                self.refuse_malformed(salvaged.as_ref(), malformed, &arrival, Route::Port(port.index, from));
            }
        }
    }
}
