//! The admin listener of a process.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use crate::process::{DEADLINE, until};

/// Waits until `/readyz` answers 200.
///
/// # Panics
/// It does not in time.
pub fn ready(admin: SocketAddr) {
    until("ready", || get(admin, "/readyz").is_some_and(|(status, _)| status == 200));
}

/// Waits until a counter with these labels is no longer zero.
///
/// # Panics
/// It stays so.
pub fn counted(admin: SocketAddr, metric_and_labels: &str) {
    let line = |line: &str| line.strip_prefix(metric_and_labels).is_some_and(|value| value != " 0");
    until(metric_and_labels, || get(admin, "/metrics").is_some_and(|(_, text)| text.lines().any(line)));
}

/// Status and body; none where nobody answers.
#[must_use]
pub fn get(admin: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(admin).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// The sum of a metric over all its labels; 0 where it is not there.
///
/// # Panics
/// The process does not answer.
#[must_use]
pub fn metric(admin: SocketAddr, name: &str) -> f64 {
    let (status, text) = get(admin, "/metrics").expect("the admin listener answers");
    assert_eq!(status, 200, "{text}");
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let value = rest
            .strip_prefix(' ')
            .or_else(|| rest.strip_prefix('{')?.split_once("} ").map(|split| split.1))?;
        value.trim().parse::<f64>().ok()
    };
    text.lines().filter_map(value).sum()
}
