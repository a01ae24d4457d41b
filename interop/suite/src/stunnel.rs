//! TLS for programs that have none: stunnel, as client or as server.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
};

use tempfile::TempDir;

use crate::{Running, tools};

/// A tunnel, while it runs.
pub struct Tunnel {
    /// Where it accepts.
    pub address: SocketAddr,
    _running: Running,
    _folder: TempDir,
}

/// Takes TCP on a free port of `near` and carries it over TLS to `to`, whose certificate must be of `authority` and for
/// `host`; shows a certificate of its own only where it is given one.
///
/// # Panics
/// It does not start.
#[must_use]
pub fn towards(near: IpAddr, to: SocketAddr, authority: &str, host: &str) -> Tunnel {
    let trust = format!("CAfile = {authority}\nverifyChain = yes\ncheckHost = {host}\n");
    tunnel(near, to, &format!("client = yes\n{trust}"))
}

/// The same, with a certificate of its own.
///
/// # Panics
/// It does not start.
#[must_use]
pub fn towards_as(
    near: IpAddr,
    to: SocketAddr,
    (authority, host): (&str, &str),
    (certificate, key): (&str, &str),
) -> Tunnel {
    let trust = format!("CAfile = {authority}\nverifyChain = yes\ncheckHost = {host}\n");
    tunnel(near, to, &format!("client = yes\ncert = {certificate}\nkey = {key}\n{trust}"))
}

/// Takes TLS on a free port of `near`, from whoever shows a certificate of `authority`, and carries it over TCP to `to`.
///
/// # Panics
/// It does not start.
#[must_use]
pub fn before(near: IpAddr, to: SocketAddr, authority: &str, (certificate, key): (&str, &str)) -> Tunnel {
    let own = format!("cert = {certificate}\nkey = {key}\n");
    tunnel(near, to, &format!("{own}CAfile = {authority}\nverifyChain = yes\nrequireCert = yes\n"))
}

fn tunnel(near: IpAddr, to: SocketAddr, options: &str) -> Tunnel {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("stunnel.conf");
    let service = format!("[sip]\naccept = {near}:0\nconnect = {to}\nsslVersionMin = TLSv1.2\n{options}");
    fs::write(&file, format!("foreground = yes\npid =\nsyslog = no\ndebug = 7\n\n{service}"))
        .expect("writable");
    println!("# stunnel.conf:\n{service}");
    let mut running = Running::start(tools::STUNNEL.command().arg(file));
    // `Service [sip] (FD=9) bound to 127.0.0.1:41329`
    let line = running.line(" bound to ");
    let address = line.rsplit(' ').next().and_then(|address| address.parse().ok());
    let address = address.unwrap_or_else(|| panic!("no address: {line}"));
    Tunnel { address, _running: running, _folder: folder }
}
