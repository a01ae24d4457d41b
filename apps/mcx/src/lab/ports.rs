//! Free ports on loopback.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
};

/// Where the second system lives where the machine has the whole of 127.0.0.0/8.
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// The lab's ports lie below those that systems give to outgoing connections (from 32768 on Linux), so that no client
/// takes one after it was found free and before its server has bound it.
const FIRST: u16 = 10_000;
/// How many there are.
const COUNT: u16 = 20_000;

/// Hands out ports that are free for TCP and UDP, holding each until dropped so that none is given twice.
#[derive(Default)]
pub struct Ports(Vec<(TcpListener, UdpSocket)>);

impl Ports {
    /// An address whose port nobody uses.
    ///
    /// # Errors
    /// When the system has none left.
    pub fn free(&mut self, host: IpAddr) -> io::Result<SocketAddr> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..64 {
            let drawn = TcpListener::bind((host, 0))?.local_addr()?.port();
            let address = SocketAddr::new(host, FIRST + drawn % COUNT);
            match TcpListener::bind(address).and_then(|stream| Ok((stream, UdpSocket::bind(address)?))) {
                Ok(held) => {
                    self.0.push(held);
                    return Ok(address);
                }
                Err(taken) => last = taken,
            }
        }
        Err(last)
    }
}

/// An address for each of the two systems; one for both where the machine has only 127.0.0.1.
#[must_use]
pub fn hosts() -> [IpAddr; 2] {
    let first = IpAddr::V4(Ipv4Addr::LOCALHOST);
    [first, if TcpListener::bind((SECOND, 0)).is_ok() { SECOND } else { first }]
}
