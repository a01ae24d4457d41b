//! Opens a connection to a hop, and proves who is there.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use wire::{Hop, TlsPeer, Transport};

use super::{
    Shared,
    accept::{HTTP2, protocols},
};
use crate::{
    net::{Io, Stream},
    tls::{Proved, Side, is_wanted, proved, why_not_shaken},
};

/// A connection that leads where it should.
pub(super) struct Opened {
    pub(super) io: Box<dyn Io>,
    pub(super) is_http2: bool,
    pub(super) proved: Option<Proved>,
}

/// Reaches the hop. The error is for logs.
pub(super) async fn reach(shared: &Shared, hop: &Hop) -> Result<Opened, String> {
    let stream = shared.env.net.connect(shared.config.source, hop.address).await;
    let stream = stream.map_err(|error| error.to_string())?;
    match (&hop.tls, hop.transport) {
        (Some(peer), Transport::Tls) => shake(shared, peer, stream).await,
        (None, Transport::Tls) => Err("the hop does not say whom to find there".to_owned()),
        _ => Ok(Opened { io: stream.io, is_http2: false, proved: None }),
    }
}

async fn shake(shared: &Shared, peer: &TlsPeer, stream: Stream) -> Result<Opened, String> {
    let profile = shared.profiles.find(&peer.profile);
    let profile = profile.ok_or_else(|| format!("no TLS profile {}", peer.profile))?;
    let mut client = (*profile.client(peer).map_err(|error| error.to_string())?).clone();
    client.alpn_protocols = protocols(&shared.config);
    let name =
        ServerName::try_from(peer.domain.to_string()).map_err(|_| "the peer's domain is no host name")?;
    let connected = TlsConnector::from(Arc::new(client)).connect(name, stream.io).await;
    let tls =
        connected.map_err(|error| format!("{} (TLS profile {})", why_not_shaken(&error), peer.profile))?;
    // The profile may have been replaced meanwhile.
    let profile = shared.profiles.find(&peer.profile).ok_or("the profile is gone")?;
    let (_, state) = tls.get_ref();
    let proved = proved(&profile, state, Side::Client).map_err(|error| error.to_string())?;
    let proved = proved.ok_or("the peer showed no certificate")?;
    is_wanted(&proved.certificate, peer).map_err(|error| error.to_string())?;
    let is_http2 = state.alpn_protocol() == Some(HTTP2);
    Ok(Opened { io: Box::new(tls), is_http2, proved: Some(proved) })
}
