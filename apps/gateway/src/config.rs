//! `[gateway]`: everything that a configuration says about the border.
//!
//! ```toml
//! [gateway]
//! name = "mcgw.primary.example"                 # also the public host
//! domains = ["primary.example"]
//! internal = ["*.core.primary.example", "10.0.0.0/8"]
//! trusted-addresses = ["10.0.0.0/8"]            # inner UDP and TCP only
//! hiding-secrets = ["hiding.key"]               # the first seals, all open
//!
//! [[gateway.listen]]
//! name = "border"
//! side = "border"
//! address = "192.0.2.1:5061"
//! transport = "tls"
//! tls = "border"
//!
//! [[gateway.service]]
//! uri = "sip:lms_psi@primary.example"
//! name = "lms1.core.primary.example"
//! address = "10.0.0.5:5061"
//! transport = "tls"
//! tls = "inner"
//!
//! [[gateway.partner]]
//! name = "partner.example"
//! domains = ["partner.example"]
//! issuer = "partner-ca.pem"
//! hop = { name = "mcgw.partner.example", address = "198.51.100.1:5061", transport = "tls", tls = "border" }
//! inbound = ["location-information-request", "location-information-report"]
//! outbound = ["location-information-request", "location-information-report"]
//! ```

mod assemble;
mod partner;

use std::path::PathBuf;

use kit::config::{HopConfig, HostPort, Listen, Named, Table, TlsProfiles};

pub use assemble::BadGateway;
pub use partner::PartnerConfig;

use sip::Scheme;
use wire::Transport;

use crate::{http::HttpConfig, topology::Hosts};

/// Which neighbours a listener is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Partners.
    Border,
    /// Servers of the own system.
    Inner,
}

impl Named for Side {
    const NAMES: &'static [(&'static str, Self)] = &[("border", Self::Border), ("inner", Self::Inner)];
}

/// A public service identity and the inner hop behind it.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// For instance `sip:lms_psi@primary.example`.
    pub uri: String,
    /// Where the function is.
    pub hop: HopConfig,
    /// The MC service IDs of the users whom this server has, where several are behind one identity; `*` stands for any
    /// characters. None: all users whom no other has.
    pub users: Vec<String>,
}

/// `[gateway]`.
#[derive(Clone, Debug)]
pub struct Config {
    /// What ladders, logs and metrics call the gateway.
    pub name: String,
    /// The public host, in Warnings and in place of hidden hosts; the name where nothing else is said.
    pub host: String,
    /// Other hosts by which the gateway is addressed, such as its inner name.
    pub aliases: Vec<String>,
    /// What the gateway asserts of requests that it lets out; `sip:HOST` where nothing else is said.
    pub uri: String,
    /// The MC system's domains.
    pub domains: Vec<String>,
    /// Where it listens, and for whom.
    pub listen: Vec<(Side, Listen)>,
    /// The public service identities that partners may address.
    pub services: Vec<ServiceConfig>,
    /// The interconnected MC systems.
    pub partners: Vec<PartnerConfig>,
    /// Names and networks that must not be seen outside.
    pub internal: Hosts,
    /// Domains that certificates of our own servers prove; the internal names where nothing else is said.
    pub trusted_certificates: Hosts,
    /// Source addresses that are let out without TLS; none where nothing is said.
    pub trusted_addresses: Hosts,
    /// The border over HTTP; none where the gateway carries SIP alone.
    pub http: Option<HttpConfig>,
    /// Files with the secrets of topology hiding: at least 32 bytes each.
    pub hiding_secrets: Vec<PathBuf>,
}

impl Config {
    /// Reads `[gateway]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let host = table.optional::<HostPort>("host").map(|host| host.host);
        let uri: Option<String> = table.optional("uri");
        let domains: Option<Vec<String>> = table.required("domains");
        if domains.as_ref().is_some_and(Vec::is_empty) {
            table.error_at_value("domains", "\"domains\" must name at least one: nobody could be addressed");
        }
        if uri.as_ref().is_some_and(|uri| !sip::Uri::parse(uri.as_bytes()).is_ok_and(|uri| uri.is_sip())) {
            table.error_at_value("uri", "\"uri\" must be a sip: or sips: URI");
        }
        let internal = hosts(table, "internal");
        let trusted_certificates =
            table.has("trusted-certificates").then(|| hosts(table, "trusted-certificates"));
        let trusted_addresses = hosts(table, "trusted-addresses");
        let listen = listeners(table, profiles);
        let http = HttpConfig::read(table, profiles, &listen);
        let services = table.tables("service", |each| ServiceConfig::read(each, profiles));
        let partners = PartnerConfig::read_all(table, profiles, domains.as_deref().unwrap_or_default());
        let aliases = table.or("aliases", Vec::new());
        let hiding_secrets: Vec<PathBuf> = table.or("hiding-secrets", Vec::new());
        hiding_secrets.iter().for_each(|file| table.is_private("hiding-secrets", file));
        let name = name?;
        let host = host.unwrap_or_else(|| name.to_ascii_lowercase());
        Some(Self {
            uri: uri.unwrap_or_else(|| format!("sip:{host}")),
            name,
            host,
            aliases,
            domains: domains?,
            listen,
            services,
            partners,
            trusted_certificates: trusted_certificates.unwrap_or_else(|| internal.clone()),
            internal,
            trusted_addresses,
            http,
            hiding_secrets,
        })
    }
}

impl ServiceConfig {
    fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let uri: Option<String> = table.required("uri");
        let hop = HopConfig::read(table, profiles);
        // As every server has its own: with `sips:` there would be two names for one (RFC 3261 19.1.4).
        let named = |uri: &String| {
            sip::Uri::parse(uri.as_bytes()).is_ok_and(|uri| uri.scheme == Scheme::Sip && uri.user.is_some())
        };
        if uri.as_ref().is_some_and(|uri| !named(uri)) {
            table.error_at_value(
                "uri",
                "\"uri\" must be a sip: URI with a user, such as sip:lms_psi@primary.example",
            );
        }
        let users = table.or("users", Vec::new());
        Some(Self { uri: uri?, hop: hop?, users })
    }
}

fn listeners(table: &Table<'_>, profiles: &TlsProfiles) -> Vec<(Side, Listen)> {
    let mut names: Vec<String> = Vec::new();
    if !table.has("listen") {
        table.error("[gateway] needs at least one [[gateway.listen]]");
    }
    table.tables("listen", |each| {
        let side = each.required("side");
        let listen = Listen::read(each, profiles)?;
        if names.contains(&listen.name) {
            each.error_at_value("name", format!("another listener has the name \"{}\"", listen.name));
        }
        if side == Some(Side::Border) && listen.transport != Transport::Tls {
            each.error_at_value(
                "transport",
                "a border listener speaks TLS: a partner is known by its certificate",
            );
        }
        names.push(listen.name.clone());
        Some((side?, listen))
    })
}

fn hosts(table: &Table<'_>, key: &'static str) -> Hosts {
    match Hosts::new(table.or::<Vec<String>>(key, Vec::new())) {
        Ok(hosts) => hosts,
        Err(bad) => {
            table.error_at_value(key, bad.to_string());
            Hosts::default()
        }
    }
}
