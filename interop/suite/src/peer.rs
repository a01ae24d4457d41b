//! A peer of our own making, octet by octet: for what no decent program sends.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};

/// A socket connected to a server under test.
pub enum Peer {
    /// Datagrams.
    Udp(UdpSocket),
    /// A stream, and what came by it that is not yet a whole message.
    Tcp(TcpStream, Vec<u8>),
}

/// What a peer hears next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A whole message.
    Message(Message),
    /// Nothing in the time that was given.
    Silence,
    /// The end of the connection.
    Close,
}

/// A message, as far as a test looks into it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message(pub String);

impl Message {
    /// The status code of a response, 0 of a request.
    #[must_use]
    pub fn status(&self) -> u16 {
        let code = self.0.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3));
        code.and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    /// The reason phrase.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.lines().next().and_then(|line| line.splitn(3, ' ').nth(2)).unwrap_or_default()
    }

    /// The value of the first header field of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap_or_default();
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl Peer {
    /// A UDP socket at this address.
    ///
    /// # Panics
    /// The address is taken.
    #[must_use]
    pub fn udp_from(from: SocketAddr, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind(from).unwrap_or_else(|why| panic!("{from}: {why}"));
        socket.connect(to).expect("a route");
        Self::Udp(socket)
    }

    /// A TCP connection from the server's own host.
    ///
    /// # Panics
    /// Nobody listens.
    #[must_use]
    pub fn tcp(to: SocketAddr) -> Self {
        Self::tcp_from(to.ip(), to)
    }

    /// A TCP connection from this host.
    ///
    /// # Panics
    /// Nobody listens.
    #[must_use]
    pub fn tcp_from(from: IpAddr, to: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).expect("a socket");
        let connected = socket
            .bind(&SocketAddr::new(from, 0).into())
            .and_then(|()| socket.connect(&to.into()))
            .and_then(|()| socket.set_tcp_nodelay(true));
        connected.unwrap_or_else(|why| panic!("{from} to {to}: {why}"));
        Self::Tcp(socket.into(), Vec::new())
    }

    /// The address that the server sees.
    ///
    /// # Panics
    /// The socket is gone.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp(socket) => socket.local_addr(),
            Self::Tcp(stream, _) => stream.local_addr(),
        }
        .expect("a bound socket")
    }

    /// Sends octets as they are. A server that has closed the connection is heard, not seen here.
    pub fn say(&mut self, octets: impl AsRef<[u8]>) {
        let octets = octets.as_ref();
        let _ = match self {
            Self::Udp(socket) => socket.send(octets).map(|_| ()),
            Self::Tcp(stream, _) => stream.write_all(octets),
        };
    }

    /// What comes next within this time.
    pub fn hear(&mut self, within: Duration) -> Heard {
        let end = Instant::now() + within;
        loop {
            if let Self::Tcp(_, pending) = self
                && let Some(message) = whole(pending)
            {
                return Heard::Message(message);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Heard::Silence;
            }
            if let Some(heard) = self.read(left) {
                return heard;
            }
        }
    }

    /// The next message.
    ///
    /// # Panics
    /// There is none.
    pub fn message(&mut self) -> Message {
        match self.hear(crate::process::DEADLINE) {
            Heard::Message(message) => message,
            other => panic!("a message was expected: {other:?}"),
        }
    }

    fn read(&mut self, left: Duration) -> Option<Heard> {
        let mut buffer = vec![0; 65_536];
        let read = match self {
            Self::Udp(socket) => {
                socket.set_read_timeout(Some(left)).expect("not zero");
                socket.recv(&mut buffer)
            }
            Self::Tcp(stream, _) => {
                stream.set_read_timeout(Some(left)).expect("not zero");
                stream.read(&mut buffer)
            }
        };
        match (self, read) {
            (_, Err(why)) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            (Self::Udp(_), Ok(length)) => Some(Heard::Message(text(&buffer[..length]))),
            (Self::Tcp(_, pending), Ok(length)) if length > 0 => {
                pending.extend_from_slice(&buffer[..length]);
                None
            }
            _ => Some(Heard::Close),
        }
    }
}

/// Takes the first whole message out of what has come.
pub(crate) fn whole(pending: &mut Vec<u8>) -> Option<Message> {
    let head = pending.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length =
        text(&pending[..head]).header("Content-Length").and_then(|value| value.parse::<usize>().ok());
    let end = head + length.unwrap_or_default();
    (pending.len() >= end).then(|| text(&pending.drain(..end).collect::<Vec<u8>>()))
}

fn text(octets: &[u8]) -> Message {
    Message(String::from_utf8_lossy(octets).into_owned())
}
