//! Whose a connection is, as far as its address says.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one address: of IPv6 the /64, which is what one subscriber is given (TS 23.401 5.3.1.2.2).
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}
