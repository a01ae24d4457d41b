//! Who has an address that we wanted, as far as the kernel tells us: proc(5).

use std::{fs, net::SocketAddr, path::Path};

use socket2::Type;

/// The state of a stream socket that listens, as the kernel writes it.
const LISTENING: &str = "0A";

/// The process with a socket there, in words; none where it is not ours to see.
pub(super) fn of(address: SocketAddr, kind: Type) -> Option<String> {
    let (stream, v4) = (kind == Type::STREAM, address.is_ipv4());
    let table = match (stream, v4) {
        (true, true) => "/proc/net/tcp",
        (true, false) => "/proc/net/tcp6",
        (false, true) => "/proc/net/udp",
        (false, false) => "/proc/net/udp6",
    };
    let table = fs::read_to_string(table).ok()?;
    let socket = table.lines().find_map(|line| socket(line, address, stream))?;
    let mut processes = fs::read_dir("/proc").ok()?.flatten();
    processes.find_map(|process| has(&process.path(), &socket))
}

/// How a process's descriptor of the socket in this line reads, where it is at the address or at all of them.
fn socket(line: &str, address: SocketAddr, stream: bool) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (ip, port) = fields.get(1)?.split_once(':')?;
    let is_there = u16::from_str_radix(port, 16).ok()? == address.port();
    let overlaps =
        ip == written(address) || ip.bytes().all(|digit| digit == b'0') || address.ip().is_unspecified();
    let holds = !stream || *fields.get(3)? == LISTENING;
    (is_there && overlaps && holds).then(|| fields.get(9).map(|inode| format!("socket:[{inode}]")))?
}

/// As the kernel writes it: words of four octets, each in the machine's order.
fn written(address: SocketAddr) -> String {
    let octets = match address {
        SocketAddr::V4(v4) => v4.ip().octets().to_vec(),
        SocketAddr::V6(v6) => v6.ip().octets().to_vec(),
    };
    let words = octets.as_chunks::<4>().0.iter();
    words.map(|word| format!("{:08X}", u32::from_ne_bytes(*word))).collect()
}

fn has(process: &Path, socket: &str) -> Option<String> {
    let id: u32 = process.file_name()?.to_str()?.parse().ok()?;
    let mut open = fs::read_dir(process.join("fd")).ok()?.flatten();
    open.find(|fd| fs::read_link(fd.path()).is_ok_and(|link| link == Path::new(socket)))?;
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    Some(format!("process {id} ({})", name.trim()))
}
