//! What a shard asks of a network. The kernel's is one, memory is the other; the shard's code is the same over both.

mod kernel;
mod memory;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use wire::BoxFuture;

pub use kernel::Kernel;
pub use memory::Memory;

/// Why an address could not be bound, with what it usually is.
#[must_use]
pub fn why_not_bound(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => match error.get_ref() {
            Some(holder) => format!("the address is in use by {holder}"),
            None => "the address is in use: does mcx run here already?".to_owned(),
        },
        io::ErrorKind::AddrNotAvailable => "no interface of this machine has the address".to_owned(),
        io::ErrorKind::PermissionDenied => format!("{error}: a port below 1024 needs CAP_NET_BIND_SERVICE"),
        _ => error.to_string(),
    }
}

/// Who else may listen at an address.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Share {
    /// Nobody.
    #[default]
    Alone,
    /// The other shards of this node, once this one has the address; it is taken only where nobody has it.
    First,
    /// It is the first shard's, and shared with it.
    Next,
}

/// A network that nodes listen on and reach each other over.
pub trait Net: Send + Sync {
    /// Opens a stream listener. Port 0 asks for a free port.
    ///
    /// # Errors
    /// When the address is taken, or not ours.
    fn listen(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Listener>>;

    /// Opens a stream, from this address of ours if one is given.
    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>>;

    /// Opens a datagram socket. Port 0 asks for a free port.
    ///
    /// # Errors
    /// When the address is taken, or not ours.
    fn bind(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Datagrams>>;
}

/// The octets of a stream, both ways.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// An open stream and its two ends.
pub struct Stream {
    /// Its octets.
    pub io: Box<dyn Io>,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

/// A stream listener.
pub trait Listener: Send {
    /// Where it is bound.
    fn local(&self) -> SocketAddr;

    /// The next stream that a peer opens; none when the network itself is gone. A peer that opens a stream and is gone
    /// before it is taken in was never there.
    ///
    /// # Errors
    /// The machine has no room for another stream now; the listener goes on.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>>;
}

/// One datagram that arrived.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// From where.
    pub from: SocketAddr,
    /// What was in it, in a buffer of exactly its size.
    pub bytes: Bytes,
}

/// A datagram socket.
pub trait Datagrams {
    /// Where it is bound.
    fn local(&self) -> SocketAddr;

    /// Adds what has arrived to `batch`, at least one datagram when ready.
    ///
    /// # Errors
    /// Those of one attempt; the socket goes on.
    fn poll_receive(&self, cx: &mut Context<'_>, batch: &mut Vec<Datagram>) -> Poll<io::Result<()>>;

    /// Sends what it can without waiting and removes it from `batch`; the rest stays in its order. What the network
    /// refuses for good is removed too and counted in the answer.
    fn send(&self, batch: &mut Vec<(SocketAddr, Bytes)>) -> usize;

    /// Ready once the socket may take more, after [`Self::send`] left something.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()>;
}
