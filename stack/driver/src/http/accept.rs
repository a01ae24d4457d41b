//! Connections that peers open.

use std::{future::poll_fn, sync::Arc};

use bytes::Bytes;
use futures::FutureExt as _;
use tokio::{io::AsyncReadExt as _, time::timeout};
use wire::{Arrival, Transport, web::WebService};

use super::{
    HttpConfig, HttpListener, Shared, Told,
    connection::{self, Accepted},
    line::Line,
    peers::{Connected, Peers, Shaking},
    strangers::{Stranger, Strangers},
};
use crate::{
    Bound, StartError,
    net::{Io, Listener, Share, Stream},
    room::{REST, Seat},
    shard::{Seldom, SeldomEach},
    tls::{self, NO_CERTIFICATE, Refused, Side, TlsError, proved},
};

/// What a client that knows that we speak HTTP/2 begins with (RFC 9113 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is offered in a TLS handshake (RFC 7301), the best first.
pub(super) fn protocols(config: &HttpConfig) -> Vec<Vec<u8>> {
    let mut protocols = vec![b"http/1.1".to_vec()];
    if config.http2 {
        protocols.insert(0, HTTP2.to_vec());
    }
    protocols
}

/// RFC 9113 3.2.
pub(super) const HTTP2: &[u8] = b"h2";

/// One listener, as its connections see it.
pub(super) struct Door {
    pub(super) listener: HttpListener,
    pub(super) service: Arc<dyn WebService>,
    pub(super) peers: Arc<Peers>,
    pub(super) strangers: Arc<Strangers>,
    /// Those whose handshakes are in progress.
    shaking: Arc<Strangers>,
    /// Lines about connections that were not opened.
    refusals: SeldomEach,
}

/// Binds it, and accepts for as long as the entity runs.
pub(super) fn listen(
    shared: &Arc<Shared>,
    listener: HttpListener,
    service: Arc<dyn WebService>,
) -> Result<Bound, StartError> {
    let config = &listener.listener;
    let has_certificate = || {
        let profile = config.tls.as_ref().and_then(|name| shared.profiles.find(name));
        profile.and_then(|profile| profile.server(config.client_auth)).is_some()
    };
    match config.transport {
        Transport::Udp => {
            let why = std::io::Error::new(std::io::ErrorKind::InvalidInput, "HTTP runs over TCP or TLS");
            return Err(StartError::Listen(config.name.clone(), config.address, why));
        }
        Transport::Tls if !has_certificate() => {
            let what = format!("listener {} has no TLS profile with a certificate", config.name);
            return Err(StartError::Tls(TlsError(what)));
        }
        _ => {}
    }
    // The socket belongs to the runtime that its connections are served on.
    let _runtime = shared.env.runtime.enter();
    let opened = shared.env.net.listen(config.address, Share::Alone);
    let opened = opened.map_err(|error| StartError::Listen(config.name.clone(), config.address, error))?;
    let bound = Bound { name: config.name.clone(), transport: config.transport, address: opened.local() };
    shared.bound.lock().push(bound.clone());
    let door = Arc::new(Door {
        listener,
        service,
        peers: Arc::default(),
        strangers: Arc::default(),
        shaking: Arc::default(),
        refusals: SeldomEach::default(),
    });
    shared.env.room.join(&door.strangers, door.listener.listener.admission.connections);
    shared.doors.lock().push(door.peers.clone());
    shared.env.runtime.spawn(accept(shared.clone(), door, opened));
    Ok(bound)
}

async fn accept(shared: Arc<Shared>, door: Arc<Door>, mut listener: Box<dyn Listener>) {
    let mut told = shared.told.subscribe();
    let exhaustions = Seldom::default();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = told.wait_for(|told| *told != Told::Run) => return last(&shared, &door, &mut *listener),
            accepted = poll_fn(|cx| listener.poll_accept(cx)) => accepted,
        };
        match accepted {
            None => return,
            Some(Ok(stream)) => {
                admit(&shared, &door, stream);
                shared.env.room.settle().await;
            }
            Some(Err(error)) => {
                shared.metrics.refused("no descriptors");
                shared.env.room.relieve();
                if let Some(untold) = exhaustions.turn(shared.env.clock.now()) {
                    let listener = &door.listener.listener.name;
                    tracing::warn!(%error, %listener, untold, "accepting a connection");
                }
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// At the end, those are let in whose connections the kernel has taken: they may have asked already.
fn last(shared: &Arc<Shared>, door: &Arc<Door>, listener: &mut dyn Listener) {
    while let Some(Some(Ok(stream))) = poll_fn(|cx| listener.poll_accept(cx)).now_or_never() {
        admit(shared, door, stream);
    }
}

fn admit(shared: &Arc<Shared>, door: &Arc<Door>, stream: Stream) {
    let config = &door.listener.listener;
    let remote = stream.remote.ip();
    if !config.trusted.is_empty() && !config.trusted.iter().any(|network| network.contains(remote)) {
        return shared.metrics.refused("untrusted");
    }
    let shakes = config.transport == Transport::Tls;
    let admitted = door.peers.connect(remote, &config.admission, shakes, || door.strangers.make_room());
    let admitted =
        admitted.and_then(|held| shared.env.room.enter().ok_or("no descriptors").map(|s| (held, s)));
    let ((connected, shaking), seat) = match admitted {
        Ok(admitted) => admitted,
        Err(why) => return shared.metrics.refused(why),
    };
    let stranger = Arc::new(door.strangers.enter());
    let (task, served) =
        (shared.clone(), serve(shared.clone(), door.clone(), stream, connected, shaking, stranger.clone()));
    shared.env.runtime.spawn(attend(task, served, stranger, seat));
}

/// Serves a connection until it ends, or makes room for others.
async fn attend(shared: Arc<Shared>, served: impl Future<Output = ()>, stranger: Arc<Stranger>, seat: Seat) {
    tokio::select! {
        biased;
        why = stranger.told() => shared.metrics.refused(why),
        () = served => {}
    }
    drop(seat);
}

async fn serve(
    shared: Arc<Shared>,
    door: Arc<Door>,
    stream: Stream,
    connected: Connected,
    shaking: Option<Shaking>,
    stranger: Arc<Stranger>,
) {
    let remote = stream.remote;
    let config = &door.listener.listener;
    let arrival = Arrival {
        listener: config.name.clone(),
        transport: config.transport,
        local: stream.local,
        remote,
        connection: None,
        certificate: None,
    };
    let opened = if config.transport == Transport::Tls {
        // A peer that is nobody yet takes no handshake from others by not going on with its own.
        let among = door.shaking.enter_among(config.admission.handshakes);
        tokio::select! {
            biased;
            why = among.told() => Err(Refused::new("displaced", why)),
            opened = handshake(&shared, &door, stream.io, arrival) => opened,
        }
    } else {
        begin(&shared, stream.io, arrival).await.map_err(|why| Refused::new("broken-off", why))
    };
    drop(shaking);
    match opened {
        Ok(accepted) => {
            let _line = Line::opened(&config.name, remote);
            connection::run(shared, door.clone(), accepted, connected, stranger).await;
        }
        Err(refused) => {
            shared.metrics.refused("not opened");
            let is_tls = config.transport == Transport::Tls;
            if is_tls {
                shared.metrics.peer_refused(refused.reason);
            }
            match door.refusals.turn(shared.env.clock.now(), remote.ip()) {
                Some(untold) if is_tls => refused.tell(&config.name, remote.ip(), untold),
                Some(untold) => {
                    let (peer, why) = (remote.ip(), &refused.why);
                    tracing::info!(listener = %config.name, %peer, why, untold, "HTTP connection not opened");
                }
                None => {}
            }
        }
    }
}

async fn handshake(
    shared: &Shared,
    door: &Door,
    io: Box<dyn Io>,
    mut arrival: Arrival,
) -> Result<Accepted, Refused> {
    let config = &door.listener.listener;
    let find = || config.tls.as_ref().and_then(|name| shared.profiles.find(name));
    let gone = || Refused::new("unconfigured", "the listener's profile is gone");
    let profile = find().ok_or_else(gone)?;
    let server = profile.server(config.client_auth);
    let server = server.ok_or_else(|| Refused::new("unconfigured", "the profile has no certificate"))?;
    let mut server = (*server).clone();
    server.alpn_protocols = protocols(&shared.config);
    let tls = tls::accept(Arc::new(server), io, config.admission.handshake).await?;
    // The profile may have been replaced meanwhile.
    let profile = find().ok_or_else(gone)?;
    let (_, state) = tls.get_ref();
    let proved = proved(&profile, state, Side::Server);
    let proved = proved.map_err(|error| Refused::new("bad-certificate", error.to_string()))?;
    if config.client_auth && proved.is_none() {
        return Err(Refused::new(NO_CERTIFICATE, "no certificate"));
    }
    let is_misdirected = state.server_name().is_some_and(|name| !door.listener.answers_for(name));
    let is_http2 = state.alpn_protocol() == Some(HTTP2);
    arrival.certificate = proved.as_ref().map(|proved| Arc::new(proved.certificate.clone()));
    let proof = proved.map(|proved| proved.proof);
    Ok(Accepted { io: Box::new(tls), begun: Bytes::new(), is_http2, is_misdirected, arrival, proof })
}

/// Without TLS nothing says what is spoken but the first octets.
async fn begin(shared: &Shared, mut io: Box<dyn Io>, arrival: Arrival) -> Result<Accepted, String> {
    let mut begun = Vec::with_capacity(PREFACE.len());
    let sniffed = async {
        loop {
            let more = (PREFACE.len() - begun.len()) as u64;
            let read = (&mut io).take(more).read_buf(&mut begun).await.map_err(|error| error.to_string())?;
            if read == 0 || begun.len() >= PREFACE.len() || !PREFACE.starts_with(&begun) {
                return Ok::<_, String>(());
            }
        }
    };
    timeout(shared.config.limits.head_within, sniffed).await.map_err(|_| "too slow")??;
    let is_http2 = begun == PREFACE;
    Ok(Accepted { io, begun: begun.into(), is_http2, is_misdirected: false, arrival, proof: None })
}

impl HttpListener {
    /// Whether a request for this host belongs here.
    pub(super) fn answers_for(&self, host: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}
