//! A network inside one process: streams and datagrams between addresses that exist only here.

mod datagrams;
mod pipe;

use std::{
    collections::{HashMap, HashSet},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
};

use parking_lot::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use wire::BoxFuture;

use super::{Datagram, Datagrams, Listener, Net, Share, Stream};
use pipe::{Link, Pipe};

/// Octets that a stream holds before its writer must wait.
const PIPE: usize = 256 << 10;

/// A network in memory. Clones are the same network.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    listeners: HashMap<SocketAddr, UnboundedSender<Stream>>,
    sockets: HashMap<SocketAddr, UnboundedSender<Datagram>>,
    links: Vec<(Pair, std::sync::Weak<Link>)>,
    cut: HashSet<Pair>,
    last_port: u16,
}

/// Two addresses, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair(IpAddr, IpAddr);

impl Pair {
    fn new(a: IpAddr, b: IpAddr) -> Self {
        if a <= b { Self(a, b) } else { Self(b, a) }
    }
}

impl Memory {
    /// A network on which nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts the link between two hosts: open streams break, new ones are refused, datagrams are lost.
    pub fn cut(&self, a: IpAddr, b: IpAddr) {
        let pair = Pair::new(a, b);
        let broken: Vec<_> = {
            let mut state = self.0.lock();
            state.cut.insert(pair);
            let (gone, kept) = std::mem::take(&mut state.links).into_iter().partition(|(of, _)| *of == pair);
            state.links = kept;
            gone
        };
        broken.into_iter().filter_map(|(_, link): (Pair, _)| link.upgrade()).for_each(|link| link.cut());
    }

    /// Lets the two hosts reach each other again.
    pub fn mend(&self, a: IpAddr, b: IpAddr) {
        self.0.lock().cut.remove(&Pair::new(a, b));
    }
}

impl State {
    fn place(
        &mut self,
        wanted: SocketAddr,
        taken: impl Fn(&Self, &SocketAddr) -> bool,
    ) -> io::Result<SocketAddr> {
        if wanted.port() != 0 {
            let free = !taken(self, &wanted);
            return if free { Ok(wanted) } else { Err(io::ErrorKind::AddrInUse.into()) };
        }
        for _ in 0..u16::MAX {
            let candidate = SocketAddr::new(wanted.ip(), self.next_port());
            if !taken(self, &candidate) {
                return Ok(candidate);
            }
        }
        Err(io::ErrorKind::AddrNotAvailable.into())
    }

    fn next_port(&mut self) -> u16 {
        self.last_port = self.last_port.checked_add(1).unwrap_or_default().max(32_768);
        self.last_port
    }

    fn connect(&mut self, from: IpAddr, to: SocketAddr) -> io::Result<Stream> {
        let pair = Pair::new(from, to.ip());
        if self.cut.contains(&pair) {
            return Err(io::ErrorKind::HostUnreachable.into());
        }
        let from = SocketAddr::new(from, self.next_port());
        let listener = self.listeners.get(&to).ok_or(io::ErrorKind::ConnectionRefused)?;
        let link = Arc::new(Link::default());
        let (near, far) = tokio::io::duplex(PIPE);
        let (near, far) = (Pipe::new(near, link.clone()), Pipe::new(far, link.clone()));
        listener
            .send(Stream { io: Box::new(far), local: to, remote: from })
            .map_err(|_| io::ErrorKind::ConnectionRefused)?;
        self.links.retain(|(_, link)| link.strong_count() > 0);
        self.links.push((pair, Arc::downgrade(&link)));
        Ok(Stream { io: Box::new(near), local: from, remote: to })
    }
}

impl Net for Memory {
    fn listen(&self, address: SocketAddr, _: Share) -> io::Result<Box<dyn Listener>> {
        let (sender, accepted) = mpsc::unbounded_channel();
        let mut state = self.0.lock();
        let local =
            state.place(address, |state, at| state.listeners.get(at).is_some_and(|s| !s.is_closed()))?;
        state.listeners.insert(local, sender);
        Ok(Box::new(MemoryListener { local, accepted }))
    }

    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>> {
        let local = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        let from =
            from.filter(|from| !from.is_unspecified() && from.is_ipv4() == to.is_ipv4()).unwrap_or(local);
        let stream = self.0.lock().connect(from, to);
        Box::pin(std::future::ready(stream))
    }

    fn bind(&self, address: SocketAddr, _: Share) -> io::Result<Box<dyn Datagrams>> {
        let (sender, arrived) = mpsc::unbounded_channel();
        let mut state = self.0.lock();
        let local =
            state.place(address, |state, at| state.sockets.get(at).is_some_and(|s| !s.is_closed()))?;
        state.sockets.insert(local, sender);
        Ok(Box::new(datagrams::MemoryDatagrams::new(self.clone(), local, arrived)))
    }
}

struct MemoryListener {
    local: SocketAddr,
    accepted: UnboundedReceiver<Stream>,
}

impl Listener for MemoryListener {
    fn local(&self) -> SocketAddr {
        self.local
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>> {
        self.accepted.poll_recv(cx).map(|stream| stream.map(Ok))
    }
}
