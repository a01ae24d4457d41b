//! One trust profile, loaded: how we answer under it and how we call under it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::CertificateDer,
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use wire::{Certificate, TlsPeer};

use super::{
    Context, Side, TlsError, identity,
    path::{Anchors, revocations, roots},
    pem::{certificates, key},
    resumption,
    verifier::{CallerVerifier, PeerVerifier},
};
use crate::TlsProfile;

/// Peers whose client configuration is kept; a gateway has tens.
const PEERS: usize = 1024;

pub(crate) struct Profile {
    source: TlsProfile,
    context: Context,
    anchors: Arc<Anchors>,
    mutual: Option<Arc<ServerConfig>>,
    open: Option<Arc<ServerConfig>>,
    /// One configuration per peer, so that no session is resumed, and no identity assumed, across peers.
    peers: Mutex<HashMap<TlsPeer, Arc<ClientConfig>>>,
}

impl Profile {
    pub(super) fn new(source: &TlsProfile, context: Context) -> Result<Self, TlsError> {
        let anchors = Arc::new(Anchors::new(source)?);
        let has_own = source.certificate.is_some() && source.key.is_some();
        let server = |mutual| has_own.then(|| server(source, &context, mutual)).transpose();
        let (mutual, open) = (server(true)?, server(false)?);
        let source = source.clone();
        Ok(Self { source, anchors, mutual, open, peers: Mutex::default(), context })
    }

    pub(crate) fn name(&self) -> Arc<str> {
        self.source.name.clone()
    }

    /// How a handshake is answered; none without a certificate of our own.
    pub(crate) fn server(&self, client_auth: bool) -> Option<Arc<ServerConfig>> {
        if client_auth { self.mutual.clone() } else { self.open.clone() }
    }

    /// How a handshake with this peer is opened.
    pub(crate) fn client(&self, peer: &TlsPeer) -> Result<Arc<ClientConfig>, TlsError> {
        let mut peers = self.peers.lock();
        if let Some(config) = peers.get(peer) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.make_client(peer)?);
        if peers.len() >= PEERS {
            peers.clear();
        }
        peers.insert(peer.clone(), config.clone());
        Ok(config)
    }

    /// Verifies a chain as it stands now, also of a session that was resumed, and reads what it proves.
    pub(crate) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
    ) -> Result<Certificate, TlsError> {
        let now = self
            .context
            .time
            .current_time()
            .ok_or_else(|| TlsError("the clock is before 1970".to_owned()))?;
        identity::read(leaf, self.anchors.verify(leaf, intermediates, side, now)?)
    }

    fn make_client(&self, peer: &TlsPeer) -> Result<ClientConfig, TlsError> {
        let fault = |error: rustls::Error| TlsError(error.to_string());
        let verifier = PeerVerifier::new(self.anchors.clone(), peer.clone(), &self.context.provider);
        let builder =
            ClientConfig::builder_with_details(self.context.provider.clone(), self.context.time.clone())
                .with_protocol_versions(&[&TLS13, &TLS12])
                .map_err(fault)?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match (&self.source.certificate, &self.source.key) {
            (Some(own), Some(secret)) => {
                builder.with_client_auth_cert(certificates(own)?, key(secret)?).map_err(fault)?
            }
            _ => builder.with_no_client_auth(),
        };
        config.resumption = resumption();
        if let Some(log) = &self.context.key_log {
            config.key_log = log.clone();
        }
        Ok(config)
    }
}

fn server(source: &TlsProfile, context: &Context, mutual: bool) -> Result<Arc<ServerConfig>, TlsError> {
    let fault = |error: rustls::Error| TlsError(error.to_string());
    let builder = ServerConfig::builder_with_details(context.provider.clone(), context.time.clone())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(fault)?;
    let builder = if mutual {
        builder.with_client_cert_verifier(client_verifier(source, context)?)
    } else {
        builder.with_no_client_auth()
    };
    let own = certificates(source.certificate.as_deref().unwrap_or_default())?;
    let secret = key(source.key.as_deref().unwrap_or_default())?;
    let mut config = builder.with_single_cert(own, secret).map_err(fault)?;
    if let Some(log) = &context.key_log {
        config.key_log = log.clone();
    }
    Ok(Arc::new(config))
}

fn client_verifier(
    source: &TlsProfile,
    context: &Context,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut store = RootCertStore::empty();
    for root in roots(source)? {
        store.add(root).map_err(|error| TlsError(format!("anchor: {error}")))?;
    }
    let chains = WebPkiClientVerifier::builder_with_provider(Arc::new(store), context.provider.clone())
        .with_crls(revocations(source)?)
        .allow_unknown_revocation_status()
        .build()
        .map_err(|error| TlsError(error.to_string()))?;
    Ok(Arc::new(CallerVerifier(chains)))
}
