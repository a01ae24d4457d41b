//! Datagrams that the kernel threw away because a socket's buffer was full, read when somebody scrapes.
//!
//! SIP turns such a loss into half a second of latency, which is seen nowhere else.

use std::{
    fmt, fs,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use parking_lot::Mutex;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter},
};

/// The datagram sockets of every node of the process.
#[derive(Clone, Default, Debug)]
pub(super) struct Drops(Arc<Mutex<Vec<(String, SocketAddr)>>>);

impl Drops {
    pub(super) fn watch(&self, node: &str, address: SocketAddr) {
        let mut watched = self.0.lock();
        if !watched.iter().any(|(_, known)| *known == address) {
            watched.push((node.to_owned(), address));
        }
    }
}

impl Collector for Drops {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Datagrams dropped by the kernel before they were read";
        let mut family = encoder.encode_descriptor("udp_receive_drops", help, None, MetricType::Counter)?;
        // Absent where the system keeps no such table.
        let tables = [("/proc/net/udp", true), ("/proc/net/udp6", false)]
            .map(|(path, is_ipv4)| (fs::read_to_string(path).unwrap_or_default(), is_ipv4));
        for (node, address) in &*self.0.lock() {
            let table = tables.iter().find(|(_, is_ipv4)| *is_ipv4 == address.is_ipv4());
            let Some(drops) = table.and_then(|(table, _)| dropped(table, *address)) else { continue };
            let labels = [("node", node.as_str()), ("address", &address.to_string())];
            ConstCounter::new(drops).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// The last column, summed over the sockets that are bound there; none where nothing is.
fn dropped(table: &str, address: SocketAddr) -> Option<u64> {
    let wanted = in_table(address);
    let mut rows = table.lines().skip(1).map(str::split_ascii_whitespace).filter_map(|mut columns| {
        let is_wanted = columns.nth(1) == Some(&*wanted);
        is_wanted.then(|| columns.last()?.parse::<u64>().ok()).flatten()
    });
    let first = rows.next()?;
    Some(rows.fold(first, u64::saturating_add))
}

/// Address and port as the kernel's table writes them: words in the machine's order.
fn in_table(address: SocketAddr) -> String {
    let word = |octets: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(octets));
    let ip = match address.ip() {
        IpAddr::V4(ip) => word(ip.octets()),
        IpAddr::V6(ip) => {
            let octets = ip.octets();
            let (words, _) = octets.as_chunks::<4>();
            words.iter().map(|octets| word(*octets)).collect()
        }
    };
    format!("{ip}:{:04X}", address.port())
}

#[cfg(test)]
mod tests;
