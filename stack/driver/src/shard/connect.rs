//! Connections that we open.

use std::rc::Rc;

use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wire::{Hop, TlsPeer, Transport};

use super::{
    core::Core,
    link::{Link, PoolKey},
    run::Shard,
    stream,
};
use crate::{
    net::{Io, Stream},
    tls::{Proved, Side, proved, why_not_shaken},
};

impl Core {
    /// The connection to a hop that is open, or being opened, or one that the peer opened and wants to be reached by (RFC
    /// 5923); else one is begun.
    pub(super) fn link_to(&mut self, hop: &Hop, transport: Transport) -> Rc<Link> {
        let key = PoolKey::of(hop, transport);
        if let Some(link) = self.links.pooled(&key, hop.streams.reuse) {
            return link.clone();
        }
        let alias = self.alias(hop).filter(|alias| alias.shard == self.index);
        if let Some(link) = alias.and_then(|alias| self.links.reuse(alias.serial, key.clone())) {
            return link;
        }
        let local = self.names.source(hop, transport);
        let arrival = wire::Arrival {
            listener: hop.name.clone(),
            transport,
            local: local.map_or_else(
                || std::net::SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), 0),
                |ip| std::net::SocketAddr::new(ip, 0),
            ),
            remote: hop.address,
            connection: None,
            certificate: None,
        };
        let link = self.links.add(arrival, Some(key.clone()), self.now);
        if let Some(shard) = self.shard.upgrade() {
            shard.spawn(open(shard.clone(), link.clone(), key, local));
        }
        link
    }
}

async fn open(shard: Rc<Shard>, link: Rc<Link>, key: PoolKey, from: Option<std::net::IpAddr>) {
    let limit = shard.common.config.limits.opening;
    let opened =
        timeout(limit, reach(&shard, &key, from)).await.unwrap_or_else(|_| Err("too slow".to_owned()));
    match opened {
        Ok(Opened { io, local, proved }) => {
            if key.transport == Transport::Tls {
                shard.common.metrics.handshake("opened");
            }
            if let Some(proved) = proved {
                let clock = &shard.common.env.clock;
                link.proved(proved, clock.now(), clock.wall());
            }
            link.opened(local);
            let ended = stream::run(shard.clone(), link.clone(), io, None).await;
            // A peer that our certificate does not please says so after the handshake (TLS 1.3), and nothing else.
            let ended = ended.filter(|_| key.transport == Transport::Tls && !link.is_begun.get());
            if let Some(why) = ended {
                shard.common.metrics.handshake("broken-off");
                not_connected(&key, &link, &why);
            }
        }
        Err(why) => {
            if key.transport == Transport::Tls {
                shard.common.metrics.handshake("failed");
            }
            not_connected(&key, &link, &why);
            shard.enter(|core| core.lost(&link, &format!("{}: {why}", key.address)));
        }
    }
}

/// Who is reached without TLS may be a user's device: its address is personal data, and is for whoever asks for more of the log.
fn not_connected(key: &PoolKey, link: &Link, why: &str) {
    let hop = link.arrival.borrow().listener.clone();
    if key.tls.is_some() {
        tracing::info!(peer = %key.address, %hop, why, "cannot connect");
    } else {
        tracing::info!(%hop, why, "cannot connect");
        tracing::debug!(peer = %key.address, %hop, "could not be connected to");
    }
}

struct Opened {
    io: Box<dyn Io>,
    local: std::net::SocketAddr,
    proved: Option<Proved>,
}

async fn reach(shard: &Shard, key: &PoolKey, from: Option<std::net::IpAddr>) -> Result<Opened, String> {
    let stream = shard.common.env.net.connect(from, key.address).await.map_err(|error| error.to_string())?;
    match (&key.tls, key.transport) {
        (Some(peer), Transport::Tls) => shake(shard, peer, stream).await,
        (None, Transport::Tls) => Err("the hop does not say whom to find there".to_owned()),
        _ => Ok(Opened { io: stream.io, local: stream.local, proved: None }),
    }
}

async fn shake(shard: &Shard, peer: &TlsPeer, stream: Stream) -> Result<Opened, String> {
    let profile = shard.common.profiles.find(&peer.profile);
    let profile = profile.ok_or_else(|| format!("no TLS profile {}", peer.profile))?;
    let client = profile.client(peer).map_err(|error| error.to_string())?;
    let name =
        ServerName::try_from(peer.domain.to_string()).map_err(|_| "the peer's domain is no host name")?;
    let connected = TlsConnector::from(client).connect(name, stream.io).await;
    let tls =
        connected.map_err(|error| format!("{} (TLS profile {})", why_not_shaken(&error), peer.profile))?;
    // The profile may have been replaced meanwhile.
    let profile = shard.common.profiles.find(&peer.profile).ok_or("the profile is gone")?;
    let proved = proved(&profile, tls.get_ref().1, Side::Client).map_err(|error| error.to_string())?;
    let proved = proved.ok_or("the peer showed no certificate")?;
    crate::tls::is_wanted(&proved.certificate, peer).map_err(|error| error.to_string())?;
    Ok(Opened { io: Box::new(tls), local: stream.local, proved: Some(proved) })
}
