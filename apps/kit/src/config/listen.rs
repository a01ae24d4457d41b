//! `[[ENTITY.listen]]`: where a node listens.

use std::net::SocketAddr;

use wire::Transport;

use super::{Admission, HostPort, Named, Prefix, Table, TlsProfiles};

/// One listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listen {
    /// What arrivals by it are called: `border`, `inner`, `clients`.
    pub name: String,
    /// Where it is bound; port 0 lets the system choose.
    pub address: SocketAddr,
    /// What is spoken there.
    pub transport: Transport,
    /// The TLS profile that it answers with; there exactly where the transport is TLS.
    pub tls: Option<String>,
    /// Whether who connects must prove who it is.
    pub client_certificate: ClientCertificate,
    /// From where packets and connections are taken, as addresses or prefixes (`192.0.2.0/24`); anybody's if empty.
    pub trusted: Vec<Prefix>,
    /// What a Via says about it, where that is not its address (RFC 3261 18.1.1).
    pub sent_by: Option<HostPort>,
    /// Whom it lets in, and for how long.
    pub admission: Admission,
}

/// What a TLS listener asks of who connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientCertificate {
    /// No certificate, no connection: between servers.
    Required,
    /// None is asked for: terminals, which prove themselves by digest.
    None,
}

impl Named for ClientCertificate {
    const NAMES: &'static [(&'static str, Self)] = &[("required", Self::Required), ("none", Self::None)];
}

impl Listen {
    /// Reads one listener. The table may have keys of its owner's beside these.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required("name");
        let address = table.required("address");
        let transport = table.required("transport");
        let tls = profiles.reference(table, "tls");
        let client_certificate = table.or("client-certificate", ClientCertificate::Required);
        let trusted = table.or("trusted", Vec::new());
        let sent_by = table.optional("sent-by");
        let admission = Admission::read(table, transport);
        match transport? {
            Transport::Tls if !table.has("tls") => {
                table.error("a TLS listener needs the key \"tls\", the name of a profile in [tls.…]");
            }
            Transport::Udp | Transport::Tcp if table.has("tls") => {
                table.error_at("tls", "only a listener with transport = \"tls\" has a TLS profile");
            }
            _ => {}
        }
        Some(Self {
            name: name?,
            address: address?,
            transport: transport?,
            tls,
            client_certificate,
            trusted,
            sent_by,
            admission,
        })
    }

    /// Reads `[[…listen]]` of an entity's table: at least one, each with a name of its own.
    pub fn read_all(table: &Table<'_>, profiles: &TlsProfiles) -> Vec<Self> {
        let mut names: Vec<String> = Vec::new();
        if !table.has("listen") {
            table.error(format!("[{}] needs at least one [[{}.listen]]", table.path(), table.path()));
        }
        table.tables("listen", |each| {
            let listen = Self::read(each, profiles)?;
            if names.contains(&listen.name) {
                each.error_at_value("name", format!("another listener has the name \"{}\"", listen.name));
            }
            names.push(listen.name.clone());
            Some(listen)
        })
    }
}
