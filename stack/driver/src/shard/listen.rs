//! Connections that peers open.

use std::{future::poll_fn, io, rc::Rc, sync::Arc, task::Poll};

use wire::{Arrival, Transport};

use super::{
    core::Core,
    door::{Admitted, Displaced, Door, Handshake},
    inbox::Letter,
    link::Link,
    run::Shard,
    seldom::Seldom,
    stream,
};
use crate::{
    ListenerConfig,
    net::{Io, Listener, Stream},
    room::{REST, Seat},
    tls::{NO_CERTIFICATE, Proved, Refused, Side, accept, proved},
};

/// A stream listener of a shard.
pub(super) struct Accepting {
    pub(super) config: ListenerConfig,
    pub(super) door: Arc<Door>,
    pub(super) listener: Box<dyn Listener>,
}

/// What the connections of a listener have in common.
struct Entry {
    config: ListenerConfig,
    door: Arc<Door>,
    /// Of the machine having no room.
    exhaustions: Seldom,
}

impl Accepting {
    /// Takes connections in for as long as the shard lives.
    pub(super) async fn accept(mut self, shard: Rc<Shard>) {
        let entry = Rc::new(Entry { config: self.config, door: self.door, exhaustions: Seldom::default() });
        loop {
            match poll_fn(|cx| self.listener.poll_accept(cx)).await {
                None => return,
                Some(Ok(stream)) => {
                    admit(&shard, &entry, stream);
                    shard.common.env.room.settle().await;
                }
                Some(Err(error)) => {
                    entry.is_exhausted(&shard, &error);
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

fn admit(shard: &Rc<Shard>, entry: &Rc<Entry>, stream: Stream) {
    let (config, remote) = (&entry.config, stream.remote.ip());
    if !config.trusted.is_empty() && !config.trusted.iter().any(|network| network.contains(remote)) {
        shard.common.metrics.dropped("untrusted");
        return;
    }
    let (link, handshake, seat) = match shard.enter(|core| core.admit(entry, &stream)) {
        Ok(admitted) => admitted,
        Err(full) => return shard.common.metrics.dropped(full),
    };
    let first = Some(entry.door.admission().first_message);
    let (task, entry) = (shard.clone(), entry.clone());
    shard.spawn(async move {
        let _seat = seat;
        let Some(handshake) = handshake else {
            stream::run(task, link, stream.io, first).await;
            return;
        };
        let shaken = tokio::select! {
            why = closed(&link) => Err(Refused::new("displaced", why)),
            shaken = shake(&task, &entry, stream.io) => shaken,
        };
        drop(handshake);
        match shaken {
            Ok((io, proved)) => {
                task.common.metrics.handshake("accepted");
                if let Some(proved) = proved {
                    let clock = &task.common.env.clock;
                    link.proved(proved, clock.now(), clock.wall());
                }
                stream::run(task, link, io, first).await;
            }
            Err(refused) => {
                task.common.metrics.handshake("refused");
                task.common.metrics.peer_refused(refused.reason);
                entry.tell_refused(&task, remote, &refused);
                task.enter(|core| core.lost(&link, &refused.why));
            }
        }
    });
}

impl Entry {
    fn is_exhausted(&self, shard: &Shard, error: &io::Error) {
        let env = &shard.common.env;
        shard.common.metrics.dropped("no descriptors");
        env.room.relieve();
        if let Some(untold) = self.exhaustions.turn(env.clock.now()) {
            tracing::warn!(%error, listener = %self.config.name, untold, "accepting a connection");
        }
    }

    fn tell_refused(&self, shard: &Shard, peer: std::net::IpAddr, refused: &Refused) {
        if let Some(untold) = self.door.refusals().turn(shard.common.env.clock.now(), peer) {
            refused.tell(&self.config.name, peer, untold);
        }
    }
}

impl Core {
    /// While a node drains it lets connections in all the same: what they ask is answered 503.
    fn admit(
        &mut self,
        entry: &Entry,
        stream: &Stream,
    ) -> Result<(Rc<Link>, Option<Handshake>, Seat), &'static str> {
        let transport = entry.config.transport;
        let is_tls = transport == Transport::Tls;
        // Nobody goes for whoever would not be let in all the same.
        entry.door.has_room(stream.remote.ip(), is_tls)?;
        let seat = self.common.env.room.enter().ok_or("no descriptors")?;
        let admitted = entry.door.admit(stream.remote.ip(), self.links.next(), is_tls)?;
        let Admitted { place, handshake, displaced } = admitted;
        displaced.into_iter().flatten().for_each(|displaced| self.displace(displaced));
        let arrival = Arrival {
            listener: entry.config.name.clone(),
            transport,
            local: stream.local,
            remote: stream.remote,
            connection: None,
            certificate: None,
        };
        let link = self.links.add(arrival, None, self.now);
        link.takes(place);
        Ok((link, handshake, seat))
    }

    /// Closes a connection that makes room for another, whichever shard it is of.
    pub(super) fn displace(&self, displaced: Displaced) {
        let Displaced { connection, why } = displaced;
        if connection.shard != self.index {
            // The other shard ends only with the node, and its connections with it.
            self.common.send(connection.shard, Letter::Displaced(displaced));
            return;
        }
        if let Some(link) = self.links.get(connection.serial) {
            self.common.metrics.dropped(why);
            link.close(why);
        }
    }
}

/// Resolves when the connection is to be closed, with why.
async fn closed(link: &Link) -> String {
    let closed = |cx: &mut std::task::Context<'_>| {
        link.attend(cx.waker());
        link.closing().map_or(Poll::Pending, |why| Poll::Ready(why.to_string()))
    };
    poll_fn(closed).await
}

type Shaken = (Box<dyn Io>, Option<Proved>);

async fn shake(shard: &Shard, entry: &Entry, io: Box<dyn Io>) -> Result<Shaken, Refused> {
    let config = &entry.config;
    let find = || config.tls.as_ref().and_then(|name| shard.common.profiles.find(name));
    let gone = || Refused::new("unconfigured", "the listener's profile is gone");
    let profile = find().ok_or_else(gone)?;
    let server = profile.server(config.client_auth);
    let server = server.ok_or_else(|| Refused::new("unconfigured", "the profile has no certificate"))?;
    let tls = accept(server, io, entry.door.admission().handshake).await?;
    // The profile may have been replaced meanwhile.
    let profile = find().ok_or_else(gone)?;
    let proved = proved(&profile, tls.get_ref().1, Side::Server);
    let proved = proved.map_err(|error| Refused::new("bad-certificate", error.to_string()))?;
    if config.client_auth && proved.is_none() {
        return Err(Refused::new(NO_CERTIFICATE, "no certificate"));
    }
    Ok((Box::new(tls), proved))
}
