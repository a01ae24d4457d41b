//! Free ports on loopback.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
};

/// Where the second system lives where the machine has the whole of 127.0.0.0/8.
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// The lab's ports lie below those that systems give to outgoing connections (from 32768 on Linux), so that no client
/// takes one after it was found free and before its server has bound it.
const FIRST: u32 = 10_000;
/// How many there are.
const COUNT: u32 = 20_000;

/// How many a process looks at before it reaches those that the next process begins with. Labs that start beside each other
/// let go of their ports before their servers bind them, and must not be given the same meanwhile.
const STRETCH: u32 = 64;

/// Hands out ports that are free for TCP and UDP, holding each until dropped so that none is given twice.
#[derive(Default)]
pub struct Ports {
    held: Vec<(TcpListener, UdpSocket)>,
    /// How many were looked at.
    looked: u32,
}

impl Ports {
    /// An address whose port nobody uses.
    ///
    /// # Errors
    /// When the system has none left.
    pub fn free(&mut self, host: IpAddr) -> io::Result<SocketAddr> {
        let begin = std::process::id().wrapping_mul(STRETCH);
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..COUNT {
            let offset = begin.wrapping_add(self.looked) % COUNT;
            self.looked = self.looked.wrapping_add(1);
            let port = u16::try_from(FIRST + offset).unwrap_or(u16::MAX);
            let address = SocketAddr::new(host, port);
            match TcpListener::bind(address).and_then(|stream| Ok((stream, UdpSocket::bind(address)?))) {
                Ok(held) => {
                    self.held.push(held);
                    return Ok(address);
                }
                Err(taken) => last = taken,
            }
        }
        Err(last)
    }
}

/// An address for each of the two systems; one for both where the machine has only 127.0.0.1, and where IPv6 is wanted.
#[must_use]
pub fn hosts(ipv6: bool) -> [IpAddr; 2] {
    if ipv6 {
        return [IpAddr::V6(Ipv6Addr::LOCALHOST); 2];
    }
    let first = IpAddr::V4(Ipv4Addr::LOCALHOST);
    [first, if TcpListener::bind((SECOND, 0)).is_ok() { SECOND } else { first }]
}
