//! A connection that we opened, for as long as it lasts.

use std::{pin::pin, sync::Arc};

use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use tokio::{sync::Notify, time::sleep};
use wire::{Hop, TlsPeer, WireError};

use super::{
    HttpLimits, Shared, Told,
    connection::OnRuntime,
    dial::{Opened, reach},
    fetch::Connection,
    line::Line,
    metrics::Open,
    pool::Pool,
};
use crate::tls::Proved;

/// Opens one, on the entities' runtime, whoever asks.
pub(super) async fn open(shared: &Arc<Shared>, pool: &Arc<Pool>, hop: &Hop) -> Result<Connection, WireError> {
    let (owned, pool, to) = (shared.clone(), pool.clone(), hop.clone());
    let opening = shared.env.runtime.spawn(async move {
        let limit = owned.config.limits.opening;
        let opened = tokio::time::timeout(limit, reach(&owned, &to)).await;
        let opened = opened.unwrap_or_else(|_| Err("too slow".to_owned()))?;
        start(&owned, &pool, &to, opened).await
    });
    let opened = opening.await.unwrap_or_else(|_| Err("the runtime is shutting down".to_owned()));
    opened.map_err(|why| {
        shared.metrics.refused("not reached");
        tracing::info!(peer = %hop.address, hop = %hop.name, %why, "cannot connect for HTTP");
        WireError::Unreachable(format!("{}: {why}", hop.address))
    })
}

async fn start(
    shared: &Arc<Shared>,
    pool: &Arc<Pool>,
    hop: &Hop,
    opened: Opened,
) -> Result<Connection, String> {
    let Opened { io, is_http2, proved } = opened;
    let (io, limits) = (TokioIo::new(io), &shared.config.limits);
    let runtime = &shared.env.runtime;
    let line = Line::opened(&hop.name, hop.address);
    let kept = Kept { shared: shared.clone(), pool: pool.clone(), proved, wanted: hop.tls.clone(), line };
    if is_http2 {
        let builder = speaking_2(limits, OnRuntime(runtime.clone()));
        let (sender, driving) = builder.handshake(io).await.map_err(|error| error.to_string())?;
        runtime.spawn(kept.drive(driving));
        Ok(Connection::Shared(sender))
    } else {
        let (sender, driving) = speaking_1(limits).handshake(io).await.map_err(|error| error.to_string())?;
        runtime.spawn(kept.drive(driving));
        Ok(Connection::Single(sender))
    }
}

fn speaking_1(limits: &HttpLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.max_header_size(limits.head).max_headers(limits.fields).max_buf_size(limits.head.max(64 << 10));
    http
}

fn speaking_2(limits: &HttpLimits, runtime: OnRuntime) -> http2::Builder<OnRuntime> {
    let mut http = http2::Builder::new(runtime);
    http.max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20);
    http
}

/// What keeps a connection, and what ends it.
struct Kept {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    proved: Option<Proved>,
    wanted: Option<TlsPeer>,
    line: Line,
}

impl Kept {
    async fn drive(self, driving: impl Future<Output = hyper::Result<()>>) {
        let Self { shared, pool, proved, wanted, line: _line } = self;
        let clock = shared.env.clock.clone();
        let _open = Open::new(&shared.metrics.outgoing);
        let cut = Arc::new(Notify::new());
        let left = proved.as_ref().map(|proved| proved.certificate.not_after.duration_since(clock.wall()));
        let ends = left.and_then(|left| clock.now().checked_add(left.unwrap_or_default()));
        let _stands = proved.map(|proved| shared.open.add(proved.proof, wanted, cut.clone()));
        let keep = shared.config.limits.keep;
        let mut told = shared.told.subscribe();
        let (mut driving, mut cut) = (pin!(driving), pin!(cut.notified()));
        let mut look = pin!(sleep(keep));
        loop {
            tokio::select! {
                biased;
                outcome = &mut driving => {
                    return outcome.unwrap_or_else(|error| tracing::debug!(%error, "HTTP connection ended"));
                }
                () = &mut cut => return,
                _ = told.wait_for(|told| *told == Told::Stop) => return,
                () = &mut look => {
                    let now = clock.now();
                    if ends.is_some_and(|ends| ends <= now) {
                        return;
                    }
                    pool.reap(now, keep);
                    look.set(sleep(keep));
                }
            }
        }
    }
}
