//! Datagrams in memory: never lost, unless a link is cut or nobody is bound.

use std::{
    cell::RefCell,
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Memory, Pair};
use crate::net::{Datagram, Datagrams};

pub(super) struct MemoryDatagrams {
    net: Memory,
    local: SocketAddr,
    arrived: RefCell<UnboundedReceiver<Datagram>>,
}

impl MemoryDatagrams {
    pub(super) fn new(net: Memory, local: SocketAddr, arrived: UnboundedReceiver<Datagram>) -> Self {
        Self { net, local, arrived: RefCell::new(arrived) }
    }
}

impl Datagrams for MemoryDatagrams {
    fn local(&self) -> SocketAddr {
        self.local
    }

    fn poll_receive(&self, cx: &mut Context<'_>, batch: &mut Vec<Datagram>) -> Poll<io::Result<()>> {
        let mut arrived = self.arrived.borrow_mut();
        let first = ready!(arrived.poll_recv(cx)).ok_or(io::ErrorKind::NotConnected)?;
        batch.push(first);
        while let Ok(next) = arrived.try_recv() {
            batch.push(next);
        }
        Poll::Ready(Ok(()))
    }

    fn send(&self, batch: &mut Vec<(SocketAddr, Bytes)>) -> usize {
        let state = self.net.0.lock();
        let mut refused = 0;
        for (to, bytes) in batch.drain(..) {
            let cut = state.cut.contains(&Pair::new(self.local.ip(), to.ip()));
            let sent = !cut
                && state
                    .sockets
                    .get(&to)
                    .is_some_and(|socket| socket.send(Datagram { from: self.local, bytes }).is_ok());
            refused += usize::from(!sent);
        }
        refused
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}
