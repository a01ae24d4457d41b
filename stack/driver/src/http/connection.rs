//! One connection that a peer opened, from its first octet to its last.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    rt::Executor,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    runtime::Handle,
    sync::Notify,
    time::{Sleep, sleep},
};
use wire::Arrival;

use super::{
    HttpLimits, Shared, Told,
    accept::Door,
    answer::{Asked, answer},
    metrics::Open,
    peers::Connected,
    pulse::{Overdue, Pulse, Watched},
    strangers::Stranger,
};
use crate::{net::Io, tls::Proof};

/// Octets that are read at once at most.
const READ: usize = 64 << 10;

/// How long one that makes room for another may take to end in good order.
const LEAVE: Duration = Duration::from_secs(1);

/// How long, at the end, a next request is awaited that may be on its way: longer than it travels.
const LINGER: Duration = Duration::from_millis(250);

/// A connection that is open, and what is known of it.
pub(super) struct Accepted {
    pub(super) io: Box<dyn Io>,
    /// What has been read of it.
    pub(super) begun: Bytes,
    pub(super) is_http2: bool,
    /// Whether the client meant somebody else (RFC 9110 15.5.20).
    pub(super) is_misdirected: bool,
    pub(super) arrival: Arrival,
    pub(super) proof: Option<Proof>,
}

/// Serves it to its end.
pub(super) async fn run(
    shared: Arc<Shared>,
    door: Arc<Door>,
    accepted: Accepted,
    connected: Connected,
    stranger: Arc<Stranger>,
) {
    let Accepted { io, begun, is_http2, is_misdirected, arrival, proof } = accepted;
    let _open = Open::new(&shared.metrics.incoming);
    let cut = Arc::new(Notify::new());
    if proof.is_some() {
        stranger.is_certified();
    }
    let _stands = proof.map(|proof| shared.open.add(proof, None, cut.clone()));
    let pulse = Pulse::new(shared.env.clock.clone());
    let io = TokioIo::new(Watched::new(io, begun, pulse.clone(), is_http2));
    let watch = Watch {
        shared: shared.clone(),
        pulse: pulse.clone(),
        stranger: stranger.clone(),
        cut,
        ends: ends(&shared, &arrival),
    };
    let asked = Arc::new(Asked {
        shared: shared.clone(),
        door,
        connected,
        stranger,
        pulse,
        arrival,
        is_misdirected,
        is_http2,
    });
    let service = service_fn(move |request: Request<Incoming>| {
        let asked = asked.clone();
        async move { Ok::<Response<Full<Bytes>>, Infallible>(answer(asked, request).await) }
    });
    let limits = &shared.config.limits;
    if is_http2 {
        let runtime = OnRuntime(shared.env.runtime.clone());
        watch.attend(speaking_2(limits, runtime).serve_connection(io, service)).await;
    } else {
        watch.attend(speaking_1(limits).serve_connection(io, service)).await;
    }
}

fn speaking_1(limits: &HttpLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.max_header_size(limits.head)
        .max_headers(limits.fields)
        .max_buf_size(limits.head.max(READ))
        // The connection looks after itself (`Pulse`), without a timer for each head.
        .header_read_timeout(None);
    http
}

fn speaking_2(limits: &HttpLimits, runtime: OnRuntime) -> http2::Builder<OnRuntime> {
    let mut http = http2::Builder::new(runtime);
    let window = u32::try_from(READ).unwrap_or(u32::MAX);
    http.max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .initial_stream_window_size(window)
        .initial_connection_window_size(window.saturating_mul(16))
        .max_send_buf_size(READ)
        // Streams that are opened and reset at once cost us more than the peer: past these few it is cut off.
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(64);
    http
}

/// When the peer's certificate ends, and with it what the connection may carry.
fn ends(shared: &Shared, arrival: &Arrival) -> Option<Instant> {
    let clock = &shared.env.clock;
    let until = arrival.certificate.as_ref()?.not_after;
    clock.now().checked_add(until.duration_since(clock.wall()).unwrap_or_default())
}

/// Tasks of hyper's, on the entities' runtime.
#[derive(Clone)]
pub(super) struct OnRuntime(pub(super) Handle);

impl<F> Executor<F> for OnRuntime
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, work: F) {
        self.0.spawn(work);
    }
}

/// A connection that can be told to end in good order.
trait Graceful: Future<Output = hyper::Result<()>> {
    /// How long it is kept open, once it is to end, for what the peer may have sent meanwhile.
    const LINGER: Duration;

    fn finish(self: Pin<&mut Self>);
}

impl<S> Graceful for http1::Connection<TokioIo<Watched>, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    const LINGER: Duration = LINGER;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S> Graceful for http2::Connection<TokioIo<Watched>, S, OnRuntime>
where
    S: hyper::service::HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// GOAWAY says which streams are taken (RFC 9113 6.8).
    const LINGER: Duration = Duration::ZERO;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// What ends a connection from our side.
struct Watch {
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    stranger: Arc<Stranger>,
    cut: Arc<Notify>,
    ends: Option<Instant>,
}

impl Watch {
    async fn attend<C: Graceful>(&self, connection: C) {
        let (connection, mut cut) = (pin!(connection), pin!(self.cut.notified()));
        let mut told = self.shared.told.subscribe();
        // Whoever subscribes late has missed what was said before.
        told.mark_changed();
        let (look, linger) = (pin!(sleep(Duration::ZERO)), pin!(sleep(C::LINGER)));
        let mut course = Course::new(connection, look, linger);
        loop {
            tokio::select! {
                biased;
                outcome = &mut course.connection => return self.ended(outcome),
                () = &mut cut => return,
                () = self.stranger.told_to_finish(), if !course.is_leaving => {
                    self.shared.metrics.refused("evicted connection");
                    course.leave();
                }
                _ = told.changed() => match *told.borrow_and_update() {
                    Told::Run => {}
                    Told::Drain => course.drain(),
                    Told::Stop => return,
                },
                () = &mut course.linger, if course.is_lingering => course.has_lingered(self.pulse.rests()),
                () = &mut course.look => match self.look() {
                    _ if course.is_leaving && self.pulse.rests() => return,
                    Ok(wait) => course.look.set(sleep(wait)),
                    Err(Overdue::Idle) if !course.is_finishing => {
                        course.finish(self.shared.config.limits.opening);
                    }
                    Err(why) => return self.shared.metrics.refused(why.reason()),
                },
            }
        }
    }

    /// The peer has ended it, or hyper has.
    fn ended(&self, outcome: hyper::Result<()>) {
        let Err(error) = outcome else { return };
        if self.pulse.is_in_a_head() && !error.is_parse() {
            self.shared.metrics.refused("head broken off");
        }
        tracing::debug!(%error, "HTTP connection ended");
    }

    fn look(&self) -> Result<Duration, Overdue> {
        let limits = &self.shared.config.limits;
        let has_ended = self.ends.is_some_and(|ends| ends <= self.shared.env.clock.now());
        if has_ended { Err(Overdue::Ended) } else { self.pulse.look(limits) }
    }
}

/// A connection on its way to its end.
struct Course<'c, C> {
    connection: Pin<&'c mut C>,
    /// Until it is looked at again.
    look: Pin<&'c mut Sleep>,
    /// How long it is kept open still, once it is to end.
    linger: Pin<&'c mut Sleep>,
    is_lingering: bool,
    is_finishing: bool,
    /// Whether it makes room for another.
    is_leaving: bool,
}

impl<'c, C: Graceful> Course<'c, C> {
    fn new(connection: Pin<&'c mut C>, look: Pin<&'c mut Sleep>, linger: Pin<&'c mut Sleep>) -> Self {
        Self { connection, look, linger, is_lingering: false, is_finishing: false, is_leaving: false }
    }

    fn leave(&mut self) {
        self.is_leaving = true;
        self.finish(LEAVE);
    }

    fn drain(&mut self) {
        self.linger.set(sleep(C::LINGER));
        self.is_lingering = true;
    }

    /// What has begun to come is answered, and the answer ends the connection.
    fn has_lingered(&mut self, rests: bool) {
        self.is_lingering = !C::LINGER.is_zero() && !rests;
        if self.is_lingering {
            self.linger.set(sleep(C::LINGER));
        } else {
            self.connection.as_mut().finish();
        }
    }

    /// In good order, which may take so long.
    fn finish(&mut self, within: Duration) {
        self.is_finishing = true;
        self.connection.as_mut().finish();
        self.look.set(sleep(within));
    }
}
