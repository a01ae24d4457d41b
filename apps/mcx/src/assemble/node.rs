//! From a configuration to what a node is told.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use driver::{
    Admission, HttpConfig, HttpLimits, HttpListener, ListenerConfig, Network, NodeConfig, Shards,
    SystemClock, TlsProfile,
    tls::{anchor_id, inspect},
};
use kit::config::{self, ClientCertificate, HttpListen, Listen};

use wire::AnchorId;

use crate::{Failure, config::SystemConfig};

/// Trust profiles with the content of their files, and what all nodes share.
pub(super) struct Profiles {
    tls: BTreeMap<Arc<str>, TlsProfile>,
    shards: Shards,
    udp_mtu: usize,
    key_log: Option<PathBuf>,
}

/// The certificates of our own, by the names of their profiles.
pub(super) type Certificates = BTreeMap<Arc<str>, String>;

impl Profiles {
    /// Reads every file that a profile names.
    pub(super) fn load(config: &SystemConfig) -> Result<Self, Failure> {
        let load = |profile| load(profile).map(|loaded| (loaded.name.clone(), loaded));
        Ok(Self {
            tls: config.tls.iter().map(load).collect::<Result<_, _>>()?,
            shards: config.process.shards,
            udp_mtu: config.process.udp_mtu,
            key_log: config.process.key_log.clone(),
        })
    }

    /// Whether every node could start with these profiles.
    pub(super) fn check(&self) -> Result<(), Failure> {
        inspect::usable(&self.all(), SystemClock::shared()).map_err(|why| Failure::start("tls", why))
    }

    pub(super) fn all(&self) -> Vec<TlsProfile> {
        self.tls.values().cloned().collect()
    }

    /// The certificate of our own that each profile shows, as PEM.
    pub(super) fn certificates(&self) -> Certificates {
        let own =
            |(name, profile): (&Arc<str>, &TlsProfile)| Some((name.clone(), profile.certificate.clone()?));
        self.tls.iter().filter_map(own).collect()
    }

    /// What the HTTP of an entity of this name is told. Requests leave from the address of its first listener.
    pub(super) fn http<'l>(
        &self,
        name: &str,
        limits: &config::HttpLimits,
        listen: impl IntoIterator<Item = &'l HttpListen>,
    ) -> HttpConfig {
        let first = listen.into_iter().next().map(|http| http.listen.address.ip());
        HttpConfig {
            tls: self.all(),
            limits: HttpLimits {
                body: limits.body,
                response_body: limits.response_body,
                requests: limits.requests,
                requests_per_peer: limits.requests_per_address,
                idle: limits.idle,
                response_within: limits.response_within,
                ..HttpLimits::default()
            },
            source: first.filter(|address| !address.is_unspecified()),
            http2: limits.http2,
            lab_key_log: self.key_log.clone(),
            ..HttpConfig::new(name)
        }
    }

    /// What a node of this name is told.
    pub(super) fn node<'l>(
        &self,
        name: &str,
        listen: impl IntoIterator<Item = &'l Listen>,
    ) -> Result<NodeConfig, Failure> {
        let mut node = NodeConfig::new(name);
        node.shards = self.shards;
        node.udp_mtu = self.udp_mtu;
        node.tls = self.all();
        node.lab_key_log.clone_from(&self.key_log);
        let listeners = listen.into_iter().map(listener);
        node.listeners =
            listeners.collect::<Result<_, _>>().map_err(|why: &str| Failure::start(name, why))?;
        Ok(node)
    }
}

fn load(profile: &config::TlsProfile) -> Result<TlsProfile, Failure> {
    let all = |files: &[PathBuf]| files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>();
    Ok(TlsProfile {
        name: profile.name.as_str().into(),
        certificate: Some(read(&profile.certificate)?),
        key: Some(read(&profile.key)?),
        anchors: all(&profile.authorities)?,
        crls: all(&profile.revocations)?,
    })
}

/// The authority of a PEM file, as what vouches for a partner.
pub(crate) fn anchor(file: &Path) -> Result<AnchorId, String> {
    let pem = read(file).map_err(|why| why.to_string())?;
    anchor_id(&pem).map_err(|why| why.to_string())
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|why| Failure::file(file, why))
}

/// One HTTP listener, as the driver binds it.
pub(super) fn http_listener(http: &HttpListen) -> Result<HttpListener, &'static str> {
    let names = http.hosts.iter().map(|host| host.as_str().into()).collect();
    Ok(HttpListener { listener: listener(&http.listen)?, names })
}

fn listener(listen: &Listen) -> Result<ListenerConfig, &'static str> {
    let trusted = listen.trusted.iter().map(|prefix| Network::parse(&prefix.to_string()));
    Ok(ListenerConfig {
        name: listen.name.as_str().into(),
        address: listen.address,
        transport: listen.transport,
        tls: listen.tls.as_deref().map(Arc::from),
        client_auth: listen.client_certificate == ClientCertificate::Required,
        trusted: trusted.collect::<Result<_, _>>()?,
        sent_by: listen.sent_by.as_ref().map(|sent_by| sent_by.to_string().into()),
        admission: admission(listen.admission),
    })
}

fn admission(read: config::Admission) -> Admission {
    let config::Admission { connections, per_address, handshakes, handshake, first_message } = read;
    Admission { connections, per_address, handshakes, handshake, first_message }
}
