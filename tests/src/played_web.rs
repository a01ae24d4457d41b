//! HTTP in the hands of a test: a real listener at the place of a real entity, and a client with its certificate.

use std::{fs, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use driver::{Env, Http, HttpConfig, HttpListener, ListenerConfig, TlsProfile};
use http::{Request, Response};
use parking_lot::Mutex;
use wire::{Arrival, BoxFuture, Hop, Transport, WireError, web::WebService};

use crate::played::Papers;

const PROFILE: &str = "played";

type Answer = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send;

/// Whoever speaks HTTP in the hands of a test.
pub struct PlayedWeb {
    http: Http,
    seen: Arc<Seen>,
}

struct Seen {
    requests: Mutex<Vec<Request<Bytes>>>,
    responses: Mutex<Vec<Response<Bytes>>>,
    answer: Mutex<Box<Answer>>,
}

impl WebService for Seen {
    fn serve(&self, request: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let response = (self.answer.lock())(&request);
        self.requests.lock().push(request);
        Box::pin(std::future::ready(response))
    }
}

impl PlayedWeb {
    pub(crate) fn start(name: &str, listen: SocketAddr, papers: &Papers<'_>, env: &Env) -> Self {
        let read = |file: &std::path::Path| fs::read_to_string(file).expect("the lab wrote it");
        let profile = TlsProfile::new(
            PROFILE,
            read(&papers.certificate.with_extension("pem")),
            read(&papers.certificate.with_extension("key")),
            read(papers.authority),
        );
        let config = HttpConfig { tls: vec![profile], ..HttpConfig::new(name) };
        let http = Http::new(config, env).expect("starts");
        let seen = Arc::new(Seen {
            requests: Mutex::default(),
            responses: Mutex::default(),
            answer: Mutex::new(Box::new(|_| Response::new(Bytes::new()))),
        });
        let listener = ListenerConfig::new(PROFILE, listen, Transport::Tls).tls(PROFILE, true);
        http.listen(HttpListener::new(listener), seen.clone()).expect("listens");
        Self { http, seen }
    }

    /// From now on requests are answered so.
    pub fn answer(&self, answer: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + 'static) {
        *self.seen.answer.lock() = Box::new(answer);
    }

    /// The requests that reached it.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.seen.requests.lock().clone()
    }

    /// Sends a request and awaits its response.
    ///
    /// # Errors
    /// As the wire says.
    pub async fn send(&self, request: Request<Bytes>, to: &Hop) -> Result<Response<Bytes>, WireError> {
        let response = self.http.web().fetch(request, to.clone()).await?;
        self.seen.responses.lock().push(response.clone());
        Ok(response)
    }

    /// Every octet that reached it: targets, statuses, fields and bodies.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        let fields = |fields: &http::HeaderMap| {
            fields
                .iter()
                .flat_map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat())
                .collect::<Vec<u8>>()
        };
        let request = |request: &Request<Bytes>| {
            let line = format!("{} {}\n", request.method(), request.uri());
            [line.as_bytes(), &fields(request.headers()), request.body()].concat()
        };
        let response = |response: &Response<Bytes>| {
            let line = format!("{}\n", response.status());
            [line.as_bytes(), &fields(response.headers()), response.body()].concat()
        };
        let (requests, responses) = (self.seen.requests.lock(), self.seen.responses.lock());
        requests.iter().map(request).chain(responses.iter().map(response)).collect()
    }
}
