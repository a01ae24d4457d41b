//! Connections that peers open.

use std::{future::poll_fn, rc::Rc, time::Duration};

use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wire::{Arrival, Transport};

use super::{core::Core, link::Link, run::Shard, stream};
use crate::{
    ListenerConfig,
    net::{Io, Listener, Stream},
    tls::{Proved, Side, proved},
};

/// How long accepting rests when the process has no descriptors left.
const REST: Duration = Duration::from_millis(100);

/// A stream listener of a shard.
pub(super) struct Accepting {
    pub(super) config: ListenerConfig,
    pub(super) listener: Box<dyn Listener>,
}

impl Accepting {
    /// Takes connections in for as long as the shard lives.
    pub(super) async fn accept(mut self, shard: Rc<Shard>) {
        let config = Rc::new(self.config);
        loop {
            match poll_fn(|cx| self.listener.poll_accept(cx)).await {
                None => return,
                Some(Ok(stream)) => admit(&shard, &config, stream),
                Some(Err(error)) => {
                    tracing::warn!(%error, listener = %config.name, "accepting a connection");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

fn admit(shard: &Rc<Shard>, config: &Rc<ListenerConfig>, stream: Stream) {
    let remote = stream.remote.ip();
    if !config.trusted.is_empty() && !config.trusted.iter().any(|network| network.contains(remote)) {
        shard.common.metrics.dropped("untrusted");
        return;
    }
    let is_tls = config.transport == Transport::Tls;
    let Some(link) = shard.enter(|core| core.admit(config, &stream, is_tls)) else {
        shard.common.metrics.dropped("too many connections");
        return;
    };
    let (task, config) = (shard.clone(), config.clone());
    shard.spawn(async move {
        if !is_tls {
            return stream::run(task, link, stream.io).await;
        }
        let shaken = handshake(&task, &config, stream.io).await;
        task.enter(|core| core.links.handshakes.remove(remote));
        match shaken {
            Ok((io, proved)) => {
                task.common.metrics.handshake("accepted");
                if let Some(proved) = proved {
                    let clock = &task.common.env.clock;
                    link.proved(proved, clock.now(), clock.wall());
                }
                stream::run(task, link, io).await;
            }
            Err(why) => {
                task.common.metrics.handshake("refused");
                tracing::info!(listener = %config.name, peer = %remote, %why, "TLS handshake refused");
                task.enter(|core| core.lost(&link, &why));
            }
        }
    });
}

impl Core {
    fn admit(&mut self, config: &ListenerConfig, stream: &Stream, is_tls: bool) -> Option<Rc<Link>> {
        let peer = stream.remote.ip();
        let has_room = !is_tls || self.links.handshakes.admits(peer, self.common.config.limits.handshakes);
        if self.common.is_draining() || !has_room || !self.links.admits(peer) {
            return None;
        }
        if is_tls {
            self.links.handshakes.add(peer);
        }
        let arrival = Arrival {
            listener: config.name.clone(),
            transport: config.transport,
            local: stream.local,
            remote: stream.remote,
            connection: None,
            certificate: None,
        };
        Some(self.links.add(arrival, None, self.now))
    }
}

type Shaken = (Box<dyn Io>, Option<Proved>);

async fn handshake(shard: &Shard, config: &ListenerConfig, io: Box<dyn Io>) -> Result<Shaken, String> {
    let find = || config.tls.as_ref().and_then(|name| shard.common.profiles.find(name));
    let profile = find().ok_or("the listener's profile is gone")?;
    let server = profile.server(config.client_auth).ok_or("the profile has no certificate")?;
    let shaking = TlsAcceptor::from(server).accept(io);
    let limit = shard.common.config.limits.handshake;
    let tls = timeout(limit, shaking).await.map_err(|_| "too slow")?.map_err(|error| error.to_string())?;
    // The profile may have been replaced meanwhile.
    let profile = find().ok_or("the listener's profile is gone")?;
    let proved = proved(&profile, tls.get_ref().1, Side::Server).map_err(|error| error.to_string())?;
    if config.client_auth && proved.is_none() {
        return Err("no certificate".to_owned());
    }
    Ok((Box::new(tls), proved))
}
