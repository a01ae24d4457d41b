//! Free ports on loopback.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
};

/// Where the second system lives where the machine has the whole of 127.0.0.0/8.
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

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
            let stream = TcpListener::bind((host, 0))?;
            let address = stream.local_addr()?;
            match UdpSocket::bind(address) {
                Ok(datagrams) => {
                    self.0.push((stream, datagrams));
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
