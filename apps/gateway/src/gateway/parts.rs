//! What a gateway is made of, and who it is.

use std::sync::Arc;

use sip::Uri;
use wire::{Arrival, Recorder, Transport};

use crate::{
    Metrics, Services,
    topology::{Hosts, Sealer},
};

/// The names and addresses of the own system, as its border knows them.
#[derive(Clone, Default, Debug)]
pub struct Inside {
    /// Names of listeners that our own servers connect to, and of the hops that we open to them.
    pub listeners: Vec<Arc<str>>,
    /// Domains that the certificates of our own servers prove.
    pub certificates: Hosts,
    /// Source addresses that are let out without a certificate, over UDP and TCP.
    pub addresses: Hosts,
    /// What must never be seen outside.
    pub internal: Hosts,
}

/// Who a gateway is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The configured name, for ladders and logs.
    pub name: Arc<str>,
    /// The public host, which stands in Warnings and in place of hidden hosts.
    pub host: String,
    /// Other hosts by which it is addressed, such as its inner name.
    pub aliases: Vec<String>,
    /// What it asserts of what it lets out: its own URI.
    pub uri: String,
    /// The MC system's domains.
    pub domains: Vec<String>,
    /// Host, port and parameters of the URIs by which partners reach it, such as `mcgw.primary.example:5061;transport=tls`.
    pub border: String,
    /// The same for the servers of the own system.
    pub inner: String,
}

impl Inside {
    /// Whether our own servers sent it: by the certificate of the own system, or, where no TLS is spoken inside, from
    /// the addresses that the configuration trusts (TS 33.180 5.12).
    pub(crate) fn is_own(&self, arrival: &Arrival) -> bool {
        match (&arrival.certificate, arrival.transport) {
            (Some(certificate), Transport::Tls) => certificate
                .identities
                .iter()
                .any(|identity| self.certificates.has_host(identity.domain().as_bytes())),
            (None, Transport::Tls) => false,
            (_, Transport::Udp | Transport::Tcp) => self.addresses.has_address(arrival.remote.ip()),
        }
    }
}

impl Identity {
    /// Every host of the gateway's URIs; an IPv6 address without brackets, as [`Uri::host`] has it.
    pub(super) fn hosts(&self) -> Vec<String> {
        // What is no host of a URI as it stands is the address itself.
        let host = |address: &String| {
            let uri = format!("sip:{address}");
            let host = Uri::parse(uri.as_bytes()).map(|uri| String::from_utf8_lossy(uri.host()).into_owned());
            host.unwrap_or_else(|_| address.clone())
        };
        let addresses = [&self.host, &self.border, &self.inner].into_iter().chain(&self.aliases);
        let mut hosts: Vec<String> = addresses.map(host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

/// What a gateway is made of, beside its partners.
pub struct Parts {
    /// Who it is.
    pub identity: Identity,
    /// Its own system.
    pub inside: Inside,
    /// Names of the listeners that partners connect to.
    pub border: Vec<Arc<str>>,
    /// What it serves.
    pub services: Services,
    /// The keys of topology hiding.
    pub sealer: Sealer,
    /// Its counters.
    pub metrics: Metrics,
    /// Who listens.
    pub recorder: Arc<dyn Recorder>,
}
