//! `[[gateway.http]]`, `[gateway.xcap]` and `[gateway.partner.xcap]`: the border over HTTP.
//!
//! ```toml
//! [[gateway.http]]
//! name = "border-http"
//! side = "border"
//! address = "192.0.2.1:443"
//! transport = "tls"
//! tls = "border"
//! hosts = ["xcap.primary.example", "mcgw.primary.example"]
//!
//! [gateway.xcap]
//! root = "https://xcap.primary.example"            # what partners know
//!
//! [[gateway.xcap.server]]
//! auids = ["org.openmobilealliance.groups"]
//! groups = ["sip:fire-*@primary.example"]          # of several, who has which
//! root = "https://gms1.core.primary.example/xcap"
//! name = "gms1.core.primary.example"
//! address = "10.0.0.7:8443"
//! transport = "tls"
//! tls = "inner"
//!
//! [gateway.partner.xcap]                           # of the [[gateway.partner]] above it
//! root = "https://xcap.partner.example"
//! hop = { name = "mcgw.partner.example", address = "198.51.100.1:443", transport = "tls", tls = "border" }
//! inbound = ["GET org.openmobilealliance.groups", "PUT org.openmobilealliance.groups"]
//! outbound = ["GET org.openmobilealliance.groups"]
//! ```

use kit::config::{HopConfig, HttpLimits, HttpListen, Listen, Table, TlsProfiles};
use wire::{AnchorId, Transport};

use super::{Agreement, Operations, Root, Server, Servers, agreement::MEDIA};
use crate::Side;

/// The border over HTTP, as configured; nothing of it where the gateway carries SIP alone.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where it listens, and for whom.
    pub listen: Vec<(Side, HttpListen)>,
    /// What it bears.
    pub limits: HttpLimits,
    /// The root that partners know.
    pub root: Root,
    /// The servers behind it.
    pub servers: Vec<ServerConfig>,
}

/// One server that partners reach.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The application usages that it serves.
    pub auids: Vec<String>,
    /// The groups that it is responsible for, as patterns; all where nothing is said.
    pub groups: Vec<String>,
    /// Its own XCAP root.
    pub root: Root,
    /// Where it is.
    pub hop: HopConfig,
}

/// What was agreed with a partner about HTTP, as configured.
#[derive(Clone, Debug)]
pub struct PartnerHttpConfig {
    /// Its XCAP root.
    pub root: Root,
    /// Its border; none for a system that only ever asks us.
    pub hop: Option<HopConfig>,
    /// What it may ask of us: a method and an application usage each.
    pub inbound: Operations,
    /// What we may ask of it.
    pub outbound: Operations,
    /// Media types that may stand in bodies; those of groups, resource lists and XCAP itself where nothing is said.
    pub media: Vec<String>,
    /// Octets of a body; 1 MiB where nothing is said.
    pub body: usize,
}

impl HttpConfig {
    /// Reads `[[gateway.http]]`, `[gateway.http-limits]` and `[gateway.xcap]` of `[gateway]`.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles, taken: &[(Side, Listen)]) -> Option<Self> {
        let mut names: Vec<String> = taken.iter().map(|(_, listen)| listen.name.clone()).collect();
        let listen = table.tables("http", |each| {
            let side = each.required("side");
            let read = HttpListen::read(each, profiles)?;
            if names.contains(&read.listen.name) {
                let name = &read.listen.name;
                each.error_at_value("name", format!("another listener has the name \"{name}\""));
            }
            if side == Some(Side::Border) && read.listen.transport != Transport::Tls {
                let why = "a border listener speaks TLS: a partner is known by its certificate";
                each.error_at_value("transport", why);
            }
            names.push(read.listen.name.clone());
            Some((side?, read))
        });
        let limits = HttpLimits::read(table);
        let xcap = table.table("xcap", |xcap| {
            let root = root(xcap);
            let servers = xcap.tables("server", |each| ServerConfig::read(each, profiles));
            Some((root?, servers))
        });
        if xcap.is_none() && !listen.is_empty() && !table.has("xcap") {
            table.error_at("http", "[[gateway.http]] needs [gateway.xcap]: nobody could be addressed");
        }
        let (root, servers) = xcap?;
        Some(Self { listen, limits, root, servers })
    }

    /// What partners find here.
    #[must_use]
    pub fn servers(&self) -> Servers {
        let boxed = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect();
        let server = |server: &ServerConfig| Server {
            auids: boxed(&server.auids),
            groups: boxed(&server.groups),
            root: server.root.clone(),
            hop: server.hop.hop(),
        };
        Servers::new(self.root.clone(), self.servers.iter().map(server).collect())
    }

    /// The names of the listeners of a side.
    #[must_use]
    pub fn names(&self, side: Side) -> Vec<std::sync::Arc<str>> {
        let of_side = self.listen.iter().filter(|(of, _)| *of == side);
        of_side.map(|(_, read)| read.listen.name.as_str().into()).collect()
    }
}

impl ServerConfig {
    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let auids: Option<Vec<String>> = table.required("auids");
        let groups = table.or("groups", Vec::new());
        let root = root(table);
        let hop = HopConfig::read(table, profiles);
        if auids.as_ref().is_some_and(Vec::is_empty) {
            table.error_at_value("auids", "\"auids\" must name at least one application usage");
        }
        fits(table, root.as_ref(), hop.as_ref());
        Some(Self { auids: auids?, groups, root: root?, hop: hop? })
    }
}

impl PartnerHttpConfig {
    /// Reads `xcap` of `[[gateway.partner]]`.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let root = root(table);
        let hop = table.table("hop", |hop| HopConfig::read(hop, profiles));
        let inbound = operations(table, "inbound");
        let outbound = operations(table, "outbound");
        let media = table.or("media", MEDIA.map(str::to_owned).to_vec());
        let body = table.within("body", 1..=1 << 30, 1 << 20);
        if !outbound.is_empty() && !table.has("hop") {
            table.error_at("outbound", "requests to a partner need its \"hop\"");
        }
        fits(table, root.as_ref(), hop.as_ref());
        Some(Self { root: root?, hop, inbound, outbound, media, body })
    }

    /// The agreement, bound to the partner's anchor.
    #[must_use]
    pub fn agreement(&self, anchor: AnchorId) -> Agreement {
        let hop = self.hop.as_ref().map(|hop| {
            let mut hop = hop.hop();
            if let Some(tls) = &mut hop.tls {
                tls.anchor = Some(anchor);
            }
            hop
        });
        Agreement {
            root: self.root.clone(),
            hop,
            inbound: self.inbound.clone(),
            outbound: self.outbound.clone(),
            media: self.media.iter().map(|media| media.to_ascii_lowercase().into()).collect(),
            body: self.body,
        }
    }
}

fn root(table: &Table<'_>) -> Option<Root> {
    let text: String = table.required("root")?;
    Root::new(&text).map_err(|bad| table.error_at_value("root", bad.to_string())).ok()
}

fn operations(table: &Table<'_>, key: &'static str) -> Operations {
    let operations: Vec<String> = table.or(key, Vec::new());
    Operations::new(operations).unwrap_or_else(|bad| {
        let what = "a method and an application usage, such as \"GET org.openmobilealliance.groups\"";
        table.error_at_value(key, format!("\"{key}\" must hold {what}, not \"{bad}\""));
        Operations::default()
    })
}

/// What is asked for below `https` goes over TLS, and nothing else does.
fn fits(table: &Table<'_>, root: Option<&Root>, hop: Option<&HopConfig>) {
    let (Some(root), Some(hop)) = (root, hop) else { return };
    if root.is_https() != (hop.transport == Transport::Tls) {
        table.error_at_value("root", "an https root is reached over \"tls\", an http root over \"tcp\"");
    }
}
