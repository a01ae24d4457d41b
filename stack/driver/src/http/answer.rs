//! One request of a peer: checked, read, given to the service, answered.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt as _, future::CatchUnwind};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING},
    request::Parts,
};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use wire::{Arrival, BoxFuture};

use super::{
    HttpLimits, Shared,
    accept::Door,
    body,
    peers::{Connected, Place},
    pulse::Pulse,
    request::{check, refuse_repeated, repeated, unframe},
    strangers::Stranger,
};
use crate::tasks::describe;

/// A connection, as its requests see it.
pub(super) struct Asked {
    pub(super) shared: Arc<Shared>,
    pub(super) door: Arc<Door>,
    pub(super) connected: Connected,
    pub(super) stranger: Arc<Stranger>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) arrival: Arrival,
    pub(super) is_misdirected: bool,
    pub(super) is_http2: bool,
}

/// A request that the service does not see, and why, for metrics.
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str);

/// Why a request is answered before it is whole.
enum Early {
    Refused(Refused),
    /// The service's own words, for its head.
    Answered(Response<Bytes>),
}

impl<R: Into<Refused>> From<R> for Early {
    fn from(refused: R) -> Self {
        Self::Refused(refused.into())
    }
}

/// Answers whatever comes.
pub(super) async fn answer(asked: Arc<Asked>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    // Looked at when the request is under way no more.
    let _after = After(asked.clone());
    let _busy = asked.pulse.begin();
    let metrics = &asked.shared.metrics;
    metrics.incoming.request(request.method());
    asked.stranger.moved();
    let is_options = *request.method() == Method::OPTIONS;
    let is_head = *request.method() == Method::HEAD;
    // The heads of what follows a body in chunks are not looked at (`Heads`).
    let is_last = !asked.is_http2 && request.headers().contains_key(TRANSFER_ENCODING);
    let mut response = match take(&asked, request).await {
        Ok((request, place)) => serve(&asked, request, place).await,
        Err(Early::Refused(Refused(status, reason))) => {
            metrics.refused(reason);
            refusal(status, &asked.shared.config.limits)
        }
        Err(Early::Answered(response)) => response,
    };
    let announced = response.headers_mut().remove(CONTENT_LENGTH);
    unframe(response.headers_mut());
    // RFC 9112 9.6: whoever is told so sends nothing more that would be lost.
    if is_last || !asked.is_http2 && asked.shared.is_draining() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    metrics.incoming.response(response.status());
    if response.status().is_success() && !is_options {
        asked.stranger.was_served();
    }
    let is_silent = is_head || matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if is_head && response.status() != StatusCode::NOT_MODIFIED {
        // Who answers HEAD without the body may know its length all the same.
        let length = if response.body().is_empty() { announced } else { Some(response.body().len().into()) };
        if let Some(length) = length {
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
    }
    response.map(|body| if is_silent { Full::default() } else { Full::new(body) })
}

/// Whoever has no request under way rests.
struct After(Arc<Asked>);

impl Drop for After {
    fn drop(&mut self) {
        let Asked { pulse, stranger, .. } = &*self.0;
        if pulse.rests() {
            stranger.rests();
        }
    }
}

/// Checks and reads a request. Nobody's body is waited for whose head is refused.
async fn take(asked: &Asked, request: Request<Incoming>) -> Result<(Request<Bytes>, Place), Early> {
    let limits = &asked.shared.config.limits;
    if asked.is_misdirected {
        return Err(Refused(StatusCode::MISDIRECTED_REQUEST, "wrong name").into());
    }
    check(&request, &asked.door.listener).map_err(|status| Refused(status, "bad target"))?;
    if let Some(name) = repeated(request.headers()) {
        asked.shared.metrics.refused("repeated field");
        return Err(Early::Answered(refuse_repeated(name)));
    }
    let (head, body) = request.into_parts();
    let (body, place) = if body.is_end_stream() {
        let place = asked.connected.request(limits);
        (Bytes::new(), place.ok_or(Refused(StatusCode::SERVICE_UNAVAILABLE, "too many requests"))?)
    } else {
        if let Some(refusal) = on_head(asked, &head) {
            return Err(Early::Answered(refusal));
        }
        body::read(body, head.version, asked.connected.body(limits), limits).await?
    };
    Ok((Request::from_parts(head, body), place))
}

/// What the service says to a head alone.
fn on_head(asked: &Asked, head: &Parts) -> Option<Response<Bytes>> {
    let refusal = AssertUnwindSafe(|| asked.door.service.refusal(head, &asked.arrival));
    std::panic::catch_unwind(refusal)
        .unwrap_or_else(|panic| Some(panicked(&asked.shared, &describe(&*panic))))
}

async fn serve(asked: &Asked, request: Request<Bytes>, place: Place) -> Response<Bytes> {
    let shared = &asked.shared;
    let began = shared.env.clock.now();
    // A service may panic when it is called as well as when it is awaited.
    let door = asked.door.clone();
    let arrival = asked.arrival.clone();
    let work: BoxFuture<'static, _> =
        match std::panic::catch_unwind(AssertUnwindSafe(|| door.service.serve(request, arrival))) {
            Ok(work) => work,
            Err(panic) => return panicked(shared, &describe(&*panic)),
        };
    let finishing =
        Finishing { shared: shared.clone(), work: Some((AssertUnwindSafe(work).catch_unwind(), place)) };
    match finishing.await {
        Ok(response) => {
            shared.metrics.incoming.took(shared.env.clock.now().saturating_duration_since(began));
            response
        }
        Err(what) => panicked(shared, &what),
    }
}

fn panicked(shared: &Shared, what: &str) -> Response<Bytes> {
    shared.env.metrics.count_panic();
    tracing::error!(panic = %what, node = %shared.config.name, "an HTTP service panicked");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, &shared.config.limits)
}

/// No more than the status, and when to come again.
fn refusal(status: StatusCode, limits: &HttpLimits) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(RETRY_AFTER, limits.retry_after.max(Duration::from_secs(1)).as_secs().into());
    }
    response
}

type Work = CatchUnwind<AssertUnwindSafe<BoxFuture<'static, Response<Bytes>>>>;

/// A service at work. Where the client goes away, it goes on beside us: what has been begun is not left half done.
struct Finishing {
    shared: Arc<Shared>,
    work: Option<(Work, Place)>,
}

impl Future for Finishing {
    type Output = Result<Response<Bytes>, String>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some((work, _)) = &mut self.work else { return Poll::Pending };
        let outcome = std::task::ready!(Pin::new(work).poll(cx));
        self.work = None;
        Poll::Ready(outcome.map_err(|panic| describe(&*panic)))
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        let Some((work, place)) = self.work.take() else { return };
        if self.shared.is_stopped() {
            return;
        }
        let shared = self.shared.clone();
        self.shared.env.runtime.spawn(async move {
            if let Err(panic) = work.await {
                panicked(&shared, &describe(&*panic));
            }
            drop(place);
        });
    }
}
