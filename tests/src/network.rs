//! The network in memory as one host sees it, with what can go wrong on the way.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use driver::{
    Memory,
    net::{Datagrams, Io, Listener, Net, Share, Stream},
};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wire::BoxFuture;

/// What goes wrong at one write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The connection breaks. Another may be opened.
    Broken,
    /// The two hosts cannot reach each other any more, and notice.
    Cut,
    /// Nothing arrives any more between the two hosts, and nobody notices.
    Silent,
}

/// The network that all hosts share.
#[derive(Clone, Default)]
pub struct Network {
    memory: Memory,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Writes to streams since counting began.
    writes: usize,
    armed: Option<(usize, Fault)>,
    hit: Option<(IpAddr, IpAddr)>,
    silent: HashSet<(IpAddr, IpAddr)>,
    cut: HashSet<(IpAddr, IpAddr)>,
}

impl Network {
    /// The network as this host sees it: connections that it opens come from its address.
    #[must_use]
    pub fn host(&self, host: IpAddr) -> Arc<dyn Net> {
        Arc::new(Host { network: self.clone(), host })
    }

    /// Begins to count writes, and lets the one with this number (from 0) go wrong.
    pub fn arm(&self, fault: Option<(usize, Fault)>) {
        let mut state = self.state.lock();
        (state.writes, state.armed, state.hit) = (0, fault, None);
    }

    /// How many writes were made since counting began.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.state.lock().writes
    }

    /// Between whom the fault happened, if it did.
    #[must_use]
    pub fn hit(&self) -> Option<(IpAddr, IpAddr)> {
        self.state.lock().hit
    }

    /// Open streams break, new ones are refused, datagrams are lost.
    pub fn cut(&self, a: IpAddr, b: IpAddr) {
        self.state.lock().cut.insert((a, b));
        self.memory.cut(a, b);
    }

    /// Whatever is sent between the two is lost, and nobody notices.
    pub fn silence(&self, a: IpAddr, b: IpAddr) {
        self.state.lock().silent.extend([(a, b), (b, a)]);
    }

    /// Everything is as it should be again.
    pub fn mend(&self) {
        let mut state = self.state.lock();
        state.armed = None;
        let broken: Vec<_> = state.silent.drain().collect();
        let cut: Vec<_> = state.cut.drain().collect();
        drop(state);
        // A stream that has lost octets is of no use to either end.
        broken.iter().for_each(|(a, b)| self.memory.cut(*a, *b));
        broken.iter().chain(&cut).for_each(|(a, b)| self.memory.mend(*a, *b));
    }

    /// What becomes of a write from here to there.
    fn write(&self, from: IpAddr, to: IpAddr) -> Fate {
        let mut state = self.state.lock();
        let number = state.writes;
        state.writes += 1;
        if let Some((at, fault)) = state.armed
            && at == number
        {
            (state.armed, state.hit) = (None, Some((from, to)));
            drop(state);
            return self.strike(fault, from, to);
        }
        if state.silent.contains(&(from, to)) { Fate::Lost } else { Fate::Passes }
    }

    fn strike(&self, fault: Fault, a: IpAddr, b: IpAddr) -> Fate {
        match fault {
            Fault::Broken => {
                self.memory.cut(a, b);
                self.memory.mend(a, b);
                Fate::Fails
            }
            Fault::Cut => {
                self.cut(a, b);
                Fate::Fails
            }
            Fault::Silent => {
                self.silence(a, b);
                Fate::Lost
            }
        }
    }
}

enum Fate {
    Passes,
    Lost,
    Fails,
}

struct Host {
    network: Network,
    host: IpAddr,
}

impl Host {
    fn is_silent(&self, to: IpAddr) -> bool {
        self.network.state.lock().silent.contains(&(self.host, to))
    }
}

impl Net for Host {
    fn listen(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Listener>> {
        let listener = self.network.memory.listen(address, share)?;
        Ok(Box::new(Watching { network: self.network.clone(), listener }))
    }

    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>> {
        if self.is_silent(to.ip()) {
            return Box::pin(std::future::pending());
        }
        let opening = self.network.memory.connect(from.or(Some(self.host)), to);
        let network = self.network.clone();
        Box::pin(async move { opening.await.map(|stream| network.watch(stream)) })
    }

    fn bind(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Datagrams>> {
        self.network.memory.bind(address, share)
    }
}

impl Network {
    fn watch(&self, stream: Stream) -> Stream {
        let (from, to) = (stream.local.ip(), stream.remote.ip());
        let io = Watched { network: self.clone(), from, to, io: stream.io };
        Stream { io: Box::new(io), ..stream }
    }
}

struct Watching {
    network: Network,
    listener: Box<dyn Listener>,
}

impl Listener for Watching {
    fn local(&self) -> SocketAddr {
        self.listener.local()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>> {
        let accepted = self.listener.poll_accept(cx);
        accepted.map(|accepted| accepted.map(|stream| stream.map(|stream| self.network.watch(stream))))
    }
}

/// One end of a stream: what it writes may be lost.
struct Watched {
    network: Network,
    from: IpAddr,
    to: IpAddr,
    io: Box<dyn Io>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.network.write(self.from, self.to) {
            Fate::Passes => Pin::new(&mut self.io).poll_write(cx, buf),
            Fate::Lost => Poll::Ready(Ok(buf.len())),
            Fate::Fails => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
