//! A request of ours: to the hop, and its response back.
//! RFC 9110 clause 9.2 · RFC 9112 clauses 3.2 and 9.3

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue, Request, Response, Uri,
    header::HOST,
    uri::{PathAndQuery, Scheme},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Body as _, Incoming},
    client::conn::{TrySendError, http1, http2},
};
use tokio::time::timeout;
use wire::{Hop, Transport, WireError};

use super::{HttpLimits, Shared, pool::Pool, request::unframe};

/// How often a request is given to a connection that turns out to have ended before it left.
const ATTEMPTS: usize = 3;

/// A connection that a request can be sent by.
pub(super) enum Connection {
    /// HTTP/1.1: one request at a time.
    Single(http1::SendRequest<Full<Bytes>>),
    /// HTTP/2: as many as the other end takes.
    Shared(http2::SendRequest<Full<Bytes>>),
}

pub(super) async fn fetch(
    shared: Arc<Shared>,
    request: Request<Bytes>,
    hop: Hop,
) -> Result<Response<Bytes>, WireError> {
    if shared.is_stopped() {
        return Err(WireError::Closed);
    }
    let letter = Letter::new(request, &hop)?;
    let (limits, way) = (&shared.config.limits, &shared.metrics.outgoing);
    way.request(letter.request.method());
    let pool = shared.pools.of(&hop, limits);
    let began = shared.env.clock.now();
    let has_left = AtomicBool::new(false);
    let exchange = exchange(&shared, &pool, &hop, letter, &has_left);
    let outcome = timeout(limits.response_within, exchange).await.unwrap_or_else(|_| {
        pool.distrust();
        shared.metrics.refused("no response");
        Err(if has_left.load(Ordering::Relaxed) { WireError::Timeout } else { WireError::Overloaded })
    });
    if let Ok(response) = &outcome {
        way.response(response.status());
        way.took(shared.env.clock.now().saturating_duration_since(began));
    }
    outcome
}

async fn exchange(
    shared: &Arc<Shared>,
    pool: &Arc<Pool>,
    hop: &Hop,
    mut letter: Letter,
    has_left: &AtomicBool,
) -> Result<Response<Bytes>, WireError> {
    let _place = pool.place(&shared.config.limits).await?;
    let mut may_repeat = letter.request.method().is_safe();
    for _ in 0..ATTEMPTS {
        let (mut connection, is_used) = pool.connection(shared, hop).await?;
        // The other end may have closed a connection that it had used, just as we sent.
        let again = (may_repeat && is_used).then(|| letter.clone());
        has_left.store(true, Ordering::Relaxed);
        match connection.send(letter).await {
            Ok(response) => {
                let response =
                    whole(response, &shared.config.limits).await.map_err(WireError::Interrupted)?;
                pool.give_back(connection, shared.env.clock.now());
                return Ok(response);
            }
            Err(Failed::Unsent(back)) => {
                has_left.store(false, Ordering::Relaxed);
                letter = *back;
            }
            Err(Failed::Broken(why)) => {
                letter = again.ok_or(WireError::Interrupted(why))?;
                may_repeat = false;
            }
        }
        // What ended one connection has usually ended its like.
        pool.let_go();
    }
    Err(WireError::Unreachable("connections ended before the request could be sent".to_owned()))
}

async fn whole(response: Response<Incoming>, limits: &HttpLimits) -> Result<Response<Bytes>, String> {
    let (parts, mut body) = response.into_parts();
    let too_large = || "the response is too large".to_owned();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.response_body {
        return Err(too_large());
    }
    let mut octets = BytesMut::new();
    let mut only = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| error.to_string())?.into_data() else { continue };
        if data.len() > limits.response_body.saturating_sub(octets.len()) {
            return Err(too_large());
        }
        if data.len() == announced && octets.is_empty() {
            only = data;
            continue;
        }
        octets.extend_from_slice(&data);
    }
    Ok(Response::from_parts(parts, if octets.is_empty() { only } else { octets.freeze() }))
}

/// A request as both versions write it.
#[derive(Clone)]
struct Letter {
    request: Request<Full<Bytes>>,
    absolute: Uri,
    host: HeaderValue,
}

impl Letter {
    fn new(request: Request<Bytes>, hop: &Hop) -> Result<Self, WireError> {
        let unfit = |why: &str| WireError::Unreachable(why.to_owned());
        let absolute = request.uri().clone();
        let is_fit = match hop.transport {
            Transport::Udp => return Err(unfit("HTTP runs over TCP or TLS")),
            Transport::Tcp => absolute.scheme() == Some(&Scheme::HTTP),
            Transport::Tls => absolute.scheme() == Some(&Scheme::HTTPS),
        };
        let authority = absolute.authority().map(|authority| authority.as_str());
        let authority = authority.filter(|authority| is_fit && !authority.contains('@'));
        let authority = authority.ok_or_else(|| unfit("the target does not fit the hop"))?;
        let host = HeaderValue::try_from(authority).map_err(|_| unfit("the target has no host"))?;
        let mut request = request.map(Full::new);
        unframe(request.headers_mut());
        Ok(Self { request, absolute, host })
    }

    /// RFC 9112 3.2.1.
    fn over_1(&mut self) {
        let target = self.absolute.path_and_query().cloned();
        *self.request.uri_mut() = target.unwrap_or_else(|| PathAndQuery::from_static("/")).into();
        self.request.headers_mut().insert(HOST, self.host.clone());
    }

    /// RFC 9113 8.3.1.
    fn over_2(&mut self) {
        *self.request.uri_mut() = self.absolute.clone();
        self.request.headers_mut().remove(HOST);
    }
}

enum Failed {
    /// Not an octet of it has left.
    Unsent(Box<Letter>),
    /// It may have arrived.
    Broken(String),
}

impl Connection {
    async fn send(&mut self, mut letter: Letter) -> Result<Response<Incoming>, Failed> {
        match self {
            Self::Single(_) => letter.over_1(),
            Self::Shared(_) => letter.over_2(),
        }
        let Letter { request, absolute, host } = letter;
        // A connection that has just been given back may need a moment, or may have ended.
        if let Self::Single(sender) = self
            && sender.ready().await.is_err()
        {
            return Err(Failed::Unsent(Box::new(Letter { request, absolute, host })));
        }
        let outcome = match self {
            Self::Single(sender) => sender.try_send_request(request).await,
            Self::Shared(sender) => sender.try_send_request(request).await,
        };
        outcome.map_err(|mut error: TrySendError<_>| match error.take_message() {
            Some(request) => Failed::Unsent(Box::new(Letter { request, absolute, host })),
            None => Failed::Broken(error.into_error().to_string()),
        })
    }
}
