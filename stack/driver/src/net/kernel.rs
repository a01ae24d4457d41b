//! The kernel's sockets.

mod datagrams;
mod holder;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll, ready},
};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use wire::BoxFuture;

use super::{Datagrams, Listener, Net, Share, Stream};

/// Connections that the kernel accepts on our behalf before we do.
const BACKLOG: i32 = 4096;

/// The machine's network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Kernel {
    /// As what [`crate::Env`] takes.
    #[must_use]
    pub fn shared() -> Arc<dyn Net> {
        Arc::new(Self)
    }
}

impl Net for Kernel {
    fn listen(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Listener>> {
        let socket = opened(address, Type::STREAM, share)?;
        let listener = TcpListener::from_std(socket.into())?;
        let local = listener.local_addr()?;
        Ok(Box::new(KernelListener { listener, local }))
    }

    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>> {
        Box::pin(async move {
            let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            if let Some(from) = from.filter(|from| may_reach(*from, to.ip())) {
                // The port is chosen when the peer is known, so that it is not taken for all peers at once.
                #[cfg(target_os = "linux")]
                nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::IpBindAddressNoPort, &true)?;
                socket.bind(SocketAddr::new(from, 0))?;
            }
            let connected = socket.connect(to).await?;
            let remote = connected.peer_addr()?;
            stream(connected, remote)
        })
    }

    fn bind(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Datagrams>> {
        Ok(Box::new(datagrams::KernelDatagrams::new(opened(address, Type::DGRAM, share)?)?))
    }
}

/// Whether packets with this source can be expected to reach there: of one family, and both loopback or neither.
fn may_reach(from: IpAddr, to: IpAddr) -> bool {
    !from.is_unspecified() && from.is_ipv4() == to.is_ipv4() && from.is_loopback() == to.is_loopback()
}

/// Bound, and a stream's listening; where somebody else has the address, the error says who.
fn opened(address: SocketAddr, kind: Type, share: Share) -> io::Result<Socket> {
    let taken = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            holder::of(address, kind).map_or(error, |who| io::Error::new(io::ErrorKind::AddrInUse, who))
        }
        _ => error,
    };
    open(address, kind, share).map_err(taken)
}

/// The kernel shares an address among sockets that all say so, of whichever process. So the first one says so only once it has
/// the address, and for a stream listens there: whoever else begins as a first one is refused, at any moment.
fn open(address: SocketAddr, kind: Type, share: Share) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.set_nonblocking(true)?;
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    if share == Share::Next {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    if kind == Type::STREAM {
        socket.listen(BACKLOG)?;
    }
    if share == Share::First {
        socket.set_reuse_port(true)?;
    }
    Ok(socket)
}

fn stream(stream: TcpStream, remote: SocketAddr) -> io::Result<Stream> {
    stream.set_nodelay(true)?;
    Ok(Stream { local: stream.local_addr()?, remote, io: Box::new(stream) })
}

/// Whether accepting failed for want of descriptors or memory, and not because of the one connection (accept(2)).
fn is_out_of_room(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let full = [Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM];
    error.raw_os_error().is_some_and(|code| full.contains(&Errno::from_raw(code)))
}

struct KernelListener {
    listener: TcpListener,
    local: SocketAddr,
}

impl Listener for KernelListener {
    fn local(&self) -> SocketAddr {
        self.local
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>> {
        loop {
            let accepted = ready!(self.listener.poll_accept(cx));
            match accepted.and_then(|(accepted, remote)| stream(accepted, remote)) {
                Err(error) if !is_out_of_room(&error) => {} // that peer has gone again
                outcome => return Poll::Ready(Some(outcome)),
            }
        }
    }
}
