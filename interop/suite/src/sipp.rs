//! SIPp, as a client or a server of an MC system. The scenarios are those of `interop/sipp`.

use std::{
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    path::Path,
    process::Command,
};

use md5::{Digest as _, Md5};

use crate::{Running, endpoints::User, tools};

/// How SIPp's own sockets speak. TLS is [`crate::stunnel`]'s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// One socket for all calls.
    Udp,
    /// One connection for all calls.
    Tcp,
}

/// What SIPp exits with once a scenario stopped it (`int_cmd="stop_now"`): in the scenarios here, after everything that
/// was to be received has been.
pub const STOPPED: i32 = 97;

/// A SIPp that is being prepared.
pub struct Sipp(Command);

impl Sipp {
    /// Plays a scenario once, at a local address and port.
    #[must_use]
    pub fn new(scenario: &str, transport: Transport, local: SocketAddr) -> Self {
        let mut command = tools::SIPP.command();
        command.env("TERM", "dumb").arg("-sf").arg(file(scenario)).args(["-m", "1", "-nostdin"]);
        command.args(["-t", if transport == Transport::Udp { "u1" } else { "t1" }]);
        command.args(["-i", &local.ip().to_string(), "-p", &local.port().to_string()]);
        command.args(["-trace_msg", "-message_file", "/dev/stderr"]);
        command.args(["-trace_err", "-error_file", "/dev/stderr", "-timeout", "30", "-timeout_error"]);
        Self(command)
    }

    /// Sends to this address, whatever messages say.
    #[must_use]
    pub fn to(mut self, address: SocketAddr) -> Self {
        self.0.arg(address.to_string());
        self
    }

    /// Plays this scenario for every request that begins a call of its own.
    #[must_use]
    pub fn out_of_call(mut self, scenario: &str) -> Self {
        self.0.arg("-oocsf").arg(file(scenario));
        self
    }

    /// What stands for `[name]` in scenarios.
    #[must_use]
    pub fn key(mut self, name: &str, value: &str) -> Self {
        self.0.args(["-key", name, value]);
        self
    }

    /// Answers challenges as this user.
    #[must_use]
    pub fn user(mut self, user: &User<'_>) -> Self {
        self.0.args(["-au", user.username(), "-ap", user.password()]);
        self.key("impu", user.impu())
    }

    /// Plays it so many times over, as often as somebody calls.
    #[must_use]
    pub fn calls(mut self, many: usize) -> Self {
        self.0.args(["-m", &many.to_string()]);
        self
    }

    /// Is so many, each with a line of this file, and so many a second.
    #[must_use]
    pub fn crowd(mut self, users: &Path, many: usize, rate: &str) -> Self {
        self.0.arg("-inf").arg(users).args(["-m", &many.to_string(), "-r", rate]);
        self
    }

    /// Runs it.
    #[must_use]
    pub fn start(mut self) -> Running {
        Running::start(&mut self.0)
    }
}

fn file(scenario: &str) -> std::path::PathBuf {
    tools::workspace().join("interop/sipp").join(scenario).with_extension("xml")
}

/// A port of `host` that is free for UDP and TCP. SIPp cannot be asked which one it took.
///
/// # Panics
/// There is none.
#[must_use]
pub fn port(host: IpAddr) -> SocketAddr {
    let free = || {
        let stream = TcpListener::bind((host, 0)).ok()?;
        let address = stream.local_addr().ok()?;
        UdpSocket::bind(address).ok().map(|_| address)
    };
    (0..64).find_map(|_| free()).expect("a free port")
}

/// Whether a process listens at this address of IPv4 for TCP; it is not asked by a connection, which SIPp would count as a call.
///
/// # Panics
/// The system does not say.
#[must_use]
pub fn listens(address: SocketAddr) -> bool {
    let IpAddr::V4(host) = address.ip() else { return false };
    let local = format!(" {:08X}:{:04X} ", u32::from_ne_bytes(host.octets()), address.port());
    let sockets = std::fs::read_to_string("/proc/net/tcp").expect("a list of sockets");
    // proc(5): 0A is LISTEN.
    sockets.lines().any(|line| line.contains(&local) && line.contains(" 00000000:0000 0A "))
}

/// RFC 1321, in hexadecimal digits.
#[must_use]
pub fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The configuration of a SIP core that challenges with MD5 alone: SIPp as Debian builds it knows nothing else, and
/// takes the first challenge, which by RFC 8760 is never MD5 where SHA-256 is offered too.
#[must_use]
pub fn with_md5(domain: &str, users: &[User<'_>], configuration: &str) -> String {
    let registration = "\n[sip-core.registration]\nalgorithms = [\"MD5\"]\n\n[[sip-core.listen]]";
    let mut text = configuration.replacen("\n[[sip-core.listen]]", registration, 1);
    for user in users {
        let username = user.username();
        let hash = md5(&format!("{username}:{domain}:{}", user.password()));
        let line = format!("username = \"{username}\"\n");
        text = text.replacen(&line, &format!("{line}ha1-md5 = \"{hash}\"\n"), 1);
    }
    text
}

/// The configuration of terminals that answer MD5, which they do not by themselves: they share a SIP core with SIPp.
#[must_use]
pub fn answering_md5(configuration: &str) -> String {
    configuration.replace("\nusername = ", "\nalgorithms = [\"MD5\"]\nusername = ")
}

/// The configuration of a process that sends requests of any length in datagrams, as it may where no path in between
/// fragments: SIPp on UDP does not listen on TCP.
#[must_use]
pub fn with_long_datagrams(configuration: &str) -> String {
    configuration.replacen("\n[process]\n", "\n[process]\nudp-mtu = 65000\n", 1)
}

/// The configuration of a gateway that hands what is for this service to SIPp.
///
/// # Panics
/// The gateway does not know the service.
#[must_use]
pub fn led_to(configuration: &str, service: &str, transport: Transport, address: SocketAddr) -> String {
    let transport = if transport == Transport::Udp { "udp" } else { "tcp" };
    led_to_hop(
        configuration,
        service,
        &format!("name = \"sipp\"\naddress = \"{address}\"\ntransport = \"{transport}\""),
    )
}

/// The same, to wherever these keys of a hop in TOML say.
///
/// # Panics
/// The gateway does not know the service.
#[must_use]
pub fn led_to_hop(configuration: &str, service: &str, hop: &str) -> String {
    let service = format!("[[gateway.service]]\nuri = \"{service}\"\n");
    let (before, after) = configuration.split_once(&service).expect("the gateway has the service");
    let (_, rest) = after.split_once("\n\n").expect("the table ends");
    format!("{before}{service}{hop}\n\n{rest}")
}
