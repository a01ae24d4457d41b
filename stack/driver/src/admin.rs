//! The listener for operators: `/metrics`, `/livez`, `/readyz`. Plain HTTP/1.1, GET and HEAD, nothing else.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1, service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::{
    Metrics,
    net::{Listener, Net, Share, Stream},
};

/// Connections at once; a scraper needs one.
const CONNECTIONS: usize = 32;
/// Within this a request's head must have come, and a connection be done.
const PATIENCE: Duration = Duration::from_secs(10);
/// Octets of a request's head.
const HEAD: usize = 8 << 10;
/// How long accepting rests when the machine has no room for another connection.
const REST: Duration = Duration::from_millis(100);

/// Why a process is not ready to take work. Clones are the same.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<String, String>>>);

impl Readiness {
    /// Ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Not ready because of this part, and why.
    pub fn lacks(&self, part: &str, reason: &str) {
        self.0.lock().insert(part.to_owned(), reason.to_owned());
    }

    /// This part no longer stands in the way.
    pub fn has(&self, part: &str) {
        self.0.lock().remove(part);
    }

    /// Whether nothing stands in the way.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.lock().is_empty()
    }

    fn json(&self) -> String {
        let reasons = self.0.lock();
        let listed: Vec<_> =
            reasons.iter().map(|(part, reason)| format!("{}:{}", quoted(part), quoted(reason))).collect();
        format!("{{\"ready\":{},\"reasons\":{{{}}}}}\n", reasons.is_empty(), listed.join(","))
    }
}

/// RFC 8259 clause 7.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A running admin listener; stops when dropped.
pub struct Admin {
    address: SocketAddr,
    task: AbortHandle,
}

impl Admin {
    /// Listens there, on the runtime that this is called in.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn start(
        net: &dyn Net,
        address: SocketAddr,
        metrics: Metrics,
        readiness: Readiness,
    ) -> io::Result<Self> {
        let listener = net.listen(address, Share::Alone)?;
        let address = listener.local();
        let task = tokio::spawn(accept(listener, metrics, readiness)).abort_handle();
        Ok(Self { address, task })
    }

    /// Where it is bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(mut listener: Box<dyn Listener>, metrics: Metrics, readiness: Readiness) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let stream = match poll_fn(|cx| listener.poll_accept(cx)).await {
            None => return,
            Some(Ok(stream)) => stream,
            Some(Err(error)) => {
                tracing::warn!(%error, "accepting an operator's connection");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        // Whoever asks is answered at once: the one that is there the longest is the likeliest to be idle, and makes room.
        open.retain(|connection| !connection.is_finished());
        if open.len() == CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let (metrics, readiness) = (metrics.clone(), readiness.clone());
        let served = async move {
            let _ = tokio::time::timeout(PATIENCE, serve(stream, metrics, readiness)).await;
        };
        open.push_back(tokio::spawn(served).abort_handle());
    }
}

async fn serve(stream: Stream, metrics: Metrics, readiness: Readiness) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), &metrics, &readiness);
        async { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream.io), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, peer = %stream.remote, "admin connection ended");
    }
}

fn answer(method: &Method, path: &str, metrics: &Metrics, readiness: &Readiness) -> Response<Full<Bytes>> {
    if method != Method::GET && method != Method::HEAD {
        return response(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "GET or HEAD\n".to_owned());
    }
    match path {
        "/metrics" => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            response(StatusCode::OK, kind, metrics.text())
        }
        "/livez" => response(StatusCode::OK, "text/plain", "alive\n".to_owned()),
        "/readyz" => {
            let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            response(status, "application/json", readiness.json())
        }
        _ => response(StatusCode::NOT_FOUND, "text/plain", "/metrics /livez /readyz\n".to_owned()),
    }
}

fn response(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
