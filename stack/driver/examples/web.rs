//! What an HTTP request costs: a server on one thread that answers GET with 2 kB over TLS, asked over connections that are
//! kept. Prints the processor time of the server's thread for 10,000 requests.
//!
//! `cargo run --release -p mcx-driver --example web -- 200000 16 [h2]`

use std::{error::Error, fs, net::SocketAddr, sync::Arc, sync::mpsc, thread};

use bytes::Bytes;
use certs::{Authority, Leaf};
use driver::{
    Env, Http, HttpConfig, HttpListener, Kernel, ListenerConfig, Metrics, SystemClock, SystemIds, TlsProfile,
};
use http::{Request, Response};
use tokio::{runtime::Builder, sync::oneshot};
use wire::{Arrival, BoxFuture, Hop, Streams, TlsPeer, Transport, web::WebService};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Document(Bytes);

impl WebService for Document {
    fn serve(&self, _: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let mut response = Response::new(self.0.clone());
        let fields = response.headers_mut();
        fields.insert("content-type", http::HeaderValue::from_static("application/vnd.oma.poc.groups+xml"));
        fields.insert("etag", http::HeaderValue::from_static("\"1\""));
        Box::pin(std::future::ready(response))
    }
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: usize| arguments.get(at).map_or(Ok(usual), |text| text.parse());
    let (requests, connections) = (number(0, 200_000)?, number(1, 16)?);
    let http2 = arguments.get(2).is_some_and(|version| version == "h2");
    let (a, b) = (Authority::new("a lab")?, Authority::new("b lab")?);
    let server = profile(&b, "b.example", &a)?;
    let (told, bound) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let serving = thread::spawn(move || serve(server, &told, stopped));
    let address = bound.recv()?;
    load(profile(&a, "a.example", &b)?, address, requests, connections, http2)?;
    let _ = stop.send(());
    let seconds = serving.join().map_err(|_| "the server panicked")??;
    println!("{:.3} CPU s for 10,000 requests", seconds * 10_000.0 / requests as f64);
    Ok(())
}

fn profile(issuer: &Authority, domain: &str, trusted: &Authority) -> Fallible<TlsProfile> {
    let issued = issuer.issue(&Leaf::new(domain).sip_domain(domain))?;
    Ok(TlsProfile::new("border", issued.cert_pem, issued.key_pem, trusted.pem()))
}

fn env() -> Env {
    Env {
        net: Kernel::shared(),
        clock: SystemClock::shared(),
        ids: SystemIds::shared(),
        recorder: Arc::new(wire::Silent),
        metrics: Metrics::new(),
        runtime: tokio::runtime::Handle::current(),
        room: driver::Room::default(),
    }
}

fn serve(tls: TlsProfile, told: &mpsc::Sender<SocketAddr>, stopped: oneshot::Receiver<()>) -> Fallible<f64> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let http = Http::new(HttpConfig { tls: vec![tls], ..HttpConfig::new("server") }, &env())
            .map_err(|why| why.to_string())?;
        let listener =
            ListenerConfig::new("xcap", ([127, 0, 0, 1], 0).into(), Transport::Tls).tls("border", true);
        let document = Arc::new(Document(Bytes::from(vec![b'x'; 2048])));
        let bound = http.listen(HttpListener::new(listener), document).map_err(|why| why.to_string())?;
        told.send(bound.address)?;
        let _ = stopped.await;
        processor_time()
    })
}

/// Of this thread, in seconds (proc(5)).
fn processor_time() -> Fallible<f64> {
    let stat = fs::read_to_string("/proc/thread-self/stat")?;
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / 100.0)
}

fn load(tls: TlsProfile, to: SocketAddr, requests: usize, connections: usize, http2: bool) -> Fallible<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let http = Http::new(HttpConfig { tls: vec![tls], http2, ..HttpConfig::new("client") }, &env())
            .map_err(|why| why.to_string())?;
        let peer = TlsPeer { profile: "border".into(), domain: "b.example".into(), anchor: None };
        let hop = Hop {
            name: "server".into(),
            transport: Transport::Tls,
            address: to,
            tls: Some(peer),
            connection: None,
            streams: Streams::default(),
        };
        let asking = (0..connections).map(|_| {
            let (web, hop) = (http.web(), hop.clone());
            tokio::spawn(async move {
                for _ in 0..requests / connections {
                    let request = Request::get("https://b.example/a").body(Bytes::new())?;
                    let response = web.fetch(request, hop.clone()).await?;
                    if response.body().len() != 2048 {
                        return Err("not the document".into());
                    }
                }
                Fallible::Ok(())
            })
        });
        for asked in futures::future::join_all(asking).await {
            asked??;
        }
        Ok(())
    })
}
