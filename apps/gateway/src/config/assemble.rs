//! From a configuration to a gateway.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use kit::config::Listen;
use wire::{AnchorId, Recorder, Transport};

use super::{Config, Side};
use crate::{Gateway, Identity, Inside, Metrics, Partner, Parts, Sealer, Services, WeakSecret};

/// What of a configuration could not be made into a gateway.
#[derive(Debug)]
pub enum BadGateway {
    /// A partner's issuer file holds no authority that can be read.
    Issuer(PathBuf, String),
    /// A secret of topology hiding cannot be read.
    Secret(PathBuf, std::io::Error),
    /// A secret of topology hiding is too short.
    Weak(WeakSecret),
    /// A service identity is no URI with a user.
    Service(String),
    /// One certificate would prove two partners: their names.
    SameProof(String, String),
}

impl fmt::Display for BadGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer(file, why) => write!(f, "{}: {why}", file.display()),
            Self::Secret(file, why) => write!(f, "{} cannot be read: {why}", file.display()),
            Self::Weak(why) => why.fmt(f),
            Self::Service(uri) => write!(f, "{uri} is no service identity"),
            Self::SameProof(one, other) => {
                write!(f, "{one} and {other} have an identity under the same issuer in common")
            }
        }
    }
}

impl std::error::Error for BadGateway {}

impl Config {
    /// The partners of the configuration; `anchor` reads the authority of a PEM file.
    ///
    /// # Errors
    /// [`BadGateway::Issuer`]; [`BadGateway::SameProof`] where two files hold one issuer.
    pub fn partners(
        &self,
        anchor: impl Fn(&Path) -> Result<AnchorId, String>,
    ) -> Result<Vec<Partner>, BadGateway> {
        let bind = |partner: &super::PartnerConfig| match anchor(&partner.issuer) {
            Ok(anchor) => Ok(partner.partner(anchor)),
            Err(why) => Err(BadGateway::Issuer(partner.issuer.clone(), why)),
        };
        let partners: Vec<Partner> = self.partners.iter().map(bind).collect::<Result<_, _>>()?;
        for (place, one) in partners.iter().enumerate() {
            let system = &one.system;
            let proves = |other: &&Partner| {
                let shared = |identity| system.identities.contains(identity);
                other.system.anchor == system.anchor && other.system.identities.iter().any(shared)
            };
            if let Some(other) = partners.iter().skip(place + 1).find(proves) {
                return Err(BadGateway::SameProof(one.name().to_owned(), other.name().to_owned()));
            }
        }
        Ok(partners)
    }

    /// The gateway of the configuration. `anchor` reads the authority of a PEM file; `chance` is a secret of at least
    /// 32 bytes that stands in where none is configured, so that what was sealed does not outlive the process.
    ///
    /// # Errors
    /// [`BadGateway`], the first that is found.
    pub fn gateway(
        &self,
        anchor: impl Fn(&Path) -> Result<AnchorId, String>,
        chance: &[u8],
        metrics: Metrics,
        recorder: Arc<dyn Recorder>,
    ) -> Result<Gateway, BadGateway> {
        let partners = self.partners(anchor)?;
        let mut services = Services::default();
        for service in &self.services {
            let (uri, hop, users) = (&service.uri, service.hop.hop(), service.users.clone());
            let added =
                if users.is_empty() { services.add(uri, hop) } else { services.add_for(uri, users, hop) };
            added.map_err(BadGateway::Service)?;
        }
        let parts = Parts {
            identity: Identity {
                name: self.name.as_str().into(),
                host: self.host.clone(),
                aliases: self.aliases.clone(),
                uri: self.uri.clone(),
                domains: self.domains.clone(),
                border: self.address(Side::Border, &self.host),
                inner: self.address(Side::Inner, self.aliases.first().unwrap_or(&self.host)),
            },
            inside: Inside {
                listeners: self.listeners(Side::Inner),
                certificates: self.trusted_certificates.clone(),
                addresses: self.trusted_addresses.clone(),
                internal: self.internal.clone(),
            },
            border: self.border(),
            services,
            sealer: self.sealer(chance)?,
            metrics,
            recorder,
        };
        Ok(Gateway::new(parts, partners))
    }

    /// Where partners' certificates count, over SIP and over HTTP.
    fn border(&self) -> Vec<Arc<str>> {
        let over_http = self.http.as_ref().map(|http| http.names(Side::Border)).unwrap_or_default();
        self.listeners(Side::Border).into_iter().chain(over_http).collect()
    }

    fn listeners(&self, side: Side) -> Vec<Arc<str>> {
        self.listen
            .iter()
            .filter(|(of, _)| *of == side)
            .map(|(_, listen)| listen.name.as_str().into())
            .collect()
    }

    /// How the first listener of a side is addressed, TLS before others: by its `sent-by`, else by this host and its port.
    fn address(&self, side: Side, host: &str) -> String {
        let mut listeners: Vec<&Listen> =
            self.listen.iter().filter(|(of, _)| *of == side).map(|(_, listen)| listen).collect();
        listeners.sort_by_key(|listen| listen.transport != Transport::Tls);
        let Some(listen) = listeners.first() else { return host.to_owned() };
        let place = match &listen.sent_by {
            Some(sent_by) => sent_by.to_string(),
            None if listen.address.port() == 0 => host.to_owned(),
            None => format!("{host}:{}", listen.address.port()),
        };
        match listen.transport {
            Transport::Udp => place,
            other => format!("{place};transport={}", other.via_name().to_ascii_lowercase()),
        }
    }

    fn sealer(&self, chance: &[u8]) -> Result<Sealer, BadGateway> {
        let read = |file: &PathBuf| std::fs::read(file).map_err(|why| BadGateway::Secret(file.clone(), why));
        let mut secrets = self.hiding_secrets.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() {
            secrets.push(chance.to_vec());
        }
        Sealer::new(secrets).map_err(BadGateway::Weak)
    }
}
