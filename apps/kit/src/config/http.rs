//! `[[ENTITY.http]]`: where an entity speaks HTTP. `[ENTITY.http-limits]`: what it bears there.

use std::time::Duration;

use wire::Transport;

use super::{HostPort, Listen, Table, TlsProfiles};

/// One HTTP listener: the keys of `[[ENTITY.listen]]` but `sent-by`, over TCP or TLS, and `hosts`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpListen {
    /// Where, over what, and who may connect.
    pub listen: Listen,
    /// The hosts that it answers for (`hosts`), in lower case; any if empty. Others are answered 421 (RFC 9110 15.5.20).
    pub hosts: Vec<String>,
}

impl HttpListen {
    /// Reads one listener. The table may have keys of its owner's beside these.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let hosts: Vec<HostPort> = table.or("hosts", Vec::new());
        let listen = Listen::read(table, profiles)?;
        if listen.transport == Transport::Udp {
            table.error_at_value("transport", "HTTP runs over \"tcp\" or \"tls\"");
        }
        if listen.sent_by.is_some() {
            table.error_at("sent-by", "an HTTP listener stands in no Via of SIP; its names are \"hosts\"");
        }
        if hosts.iter().any(|host| host.port.is_some()) {
            table.error_at_value("hosts", "\"hosts\" must name hosts without a port");
        }
        Some(Self { listen, hosts: hosts.into_iter().map(|host| host.host).collect() })
    }

    /// Reads `[[…http]]` of an entity's table, each with a name that no listener in `taken` has.
    pub fn read_all(table: &Table<'_>, profiles: &TlsProfiles, taken: &[Listen]) -> Vec<Self> {
        let mut names: Vec<String> = taken.iter().map(|listen| listen.name.clone()).collect();
        table.tables("http", |each| {
            let read = Self::read(each, profiles)?;
            if names.contains(&read.listen.name) {
                let name = &read.listen.name;
                each.error_at_value("name", format!("another listener has the name \"{name}\""));
            }
            names.push(read.listen.name.clone());
            Some(read)
        })
    }
}

/// What the HTTP of an entity bears, at each listener and towards each hop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpLimits {
    /// Octets of a request's body (`body`); beyond it 413.
    pub body: usize,
    /// Octets of a response's body to requests of its own (`response-body`).
    pub response_body: usize,
    /// Requests that are being read or worked on (`requests`); beyond it 503 with Retry-After.
    pub requests: usize,
    /// Of these, those of one address (`requests-per-address`).
    pub requests_per_address: usize,
    /// How long a connection may be without a request (`idle`).
    pub idle: Duration,
    /// How long a request of its own may take (`response-within`).
    pub response_within: Duration,
    /// Whether HTTP/2 is offered beside HTTP/1.1 (`http2`).
    pub http2: bool,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            response_body: 4 << 20,
            requests: 4096,
            requests_per_address: 1024,
            idle: Duration::from_secs(75),
            response_within: Duration::from_secs(10),
            http2: true,
        }
    }
}

/// More than any document has.
const LARGEST: usize = 1 << 30;

/// More than any machine bears.
const MOST: usize = 1_000_000;

impl HttpLimits {
    /// Reads `[…http-limits]` of an entity's table; what is not said is usual.
    pub fn read(table: &Table<'_>) -> Self {
        table.table("http-limits", |limits| Some(Self::of(limits))).unwrap_or_default()
    }

    fn of(table: &Table<'_>) -> Self {
        let usual = Self::default();
        let duration = |key, usual| match table.or(key, usual) {
            Duration::ZERO => {
                table.error_at_value(key, format!("\"{key}\" must be longer than nothing"));
                usual
            }
            duration => duration,
        };
        Self {
            body: table.within("body", 1..=LARGEST, usual.body),
            response_body: table.within("response-body", 1..=LARGEST, usual.response_body),
            requests: table.within("requests", 1..=MOST, usual.requests),
            requests_per_address: table.within("requests-per-address", 1..=MOST, usual.requests_per_address),
            idle: duration("idle", usual.idle),
            response_within: duration("response-within", usual.response_within),
            http2: table.or("http2", usual.http2),
        }
    }
}

#[cfg(test)]
mod tests;
