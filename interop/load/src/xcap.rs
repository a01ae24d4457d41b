//! Requests to a server of XML documents (RFC 4825) over HTTP/1.1 under TLS: connections that are kept, on each of them one
//! request after the other, and how long each took.

mod exchange;

use std::{
    cell::RefCell,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

use clap::Parser;

use crate::{stream::Tls, tally::Spread};
pub use exchange::{Connection, Host};

/// Sends requests over kept connections, as fast as they are answered.
#[derive(Clone, Parser, Debug)]
pub struct Options {
    #[command(flatten)]
    pub host: Server,
    /// GET, PUT or DELETE.
    #[arg(long, default_value = "GET")]
    method: String,
    /// The path. `{c}` is the connection's number, `{k}` the request's, `{n}` a document's.
    #[arg(long)]
    path: String,
    /// The body: a file, in which the same is replaced.
    #[arg(long, requires = "media_type")]
    body: Option<PathBuf>,
    /// Its Content-Type.
    #[arg(long)]
    media_type: Option<String>,
    /// How many documents `{n}` goes through, one after the other.
    #[arg(long, default_value_t = 1)]
    documents: u64,
    /// Draws `{n}` at random instead, beginning with this draw: the same in every run.
    #[arg(long)]
    drawn_from: Option<u64>,
    /// How many connections.
    #[arg(long, default_value_t = 16)]
    connections: u64,
    /// How many requests, over all connections.
    #[arg(long, default_value_t = 10_000)]
    requests: u64,
}

/// Where the server is, and who asks it.
#[derive(Clone, Parser, Debug)]
pub struct Server {
    /// The server's address for HTTP.
    #[arg(long)]
    server: SocketAddr,
    /// Its name: in its certificate, and the host of requests.
    #[arg(long)]
    name: String,
    /// Who vouches for the certificate (PEM).
    #[arg(long)]
    authority: PathBuf,
    /// A file with the access token that requests carry.
    #[arg(long)]
    token: PathBuf,
}

impl Server {
    /// What every connection to it needs.
    pub fn host(&self) -> Result<Host, Box<dyn std::error::Error>> {
        let tls = Tls::trusting(&self.authority, &self.name)?;
        let token = fs::read_to_string(&self.token)?;
        Ok(Host::new(self.server, tls, &self.name, token.trim()))
    }
}

/// Counts over all connections.
#[derive(Default)]
struct Counts {
    begun: u64,
    spread: Spread,
    /// Answers that were not 2xx.
    refused: u64,
    /// The first of them.
    first_refused: Option<String>,
    octets: u64,
}

/// Runs it all, and reports in one line of JSON; latencies in microseconds.
pub async fn run(options: Options) -> Result<String, Box<dyn std::error::Error>> {
    let draft = Rc::new(Draft::read(&options)?);
    let host = Rc::new(options.host.host()?);
    let mut connections = Vec::new();
    for _ in 0..options.connections.max(1) {
        connections.push(Connection::open(&host).await?);
    }
    let counts = Rc::new(RefCell::new(Counts::default()));
    let start = Instant::now();
    let tasks: Vec<_> = (0_u64..)
        .zip(connections)
        .map(|(c, connection)| {
            let work = ask(connection, c, host.clone(), draft.clone(), counts.clone(), options.requests);
            tokio::task::spawn_local(work)
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let seconds = start.elapsed().as_secs_f64();
    let mut counts = counts.take();
    Ok(serde_json::json!({
        "requests": counts.begun,
        "seconds": seconds,
        "rate": counts.begun as f64 / seconds,
        "p50_us": counts.spread.at(0.50), "p99_us": counts.spread.at(0.99), "max_us": counts.spread.at(1.0),
        "refused": counts.refused,
        "first_refused": counts.first_refused,
        "octets": counts.octets,
    })
    .to_string())
}

async fn ask(
    mut connection: Connection,
    c: u64,
    host: Rc<Host>,
    draft: Rc<Draft>,
    counts: Rc<RefCell<Counts>>,
    requests: u64,
) -> io::Result<()> {
    loop {
        let k = {
            let mut counts = counts.borrow_mut();
            if counts.begun >= requests {
                return Ok(());
            }
            counts.begun += 1;
            counts.begun - 1
        };
        let request = draft.print(&host, c, k);
        let sent = Instant::now();
        let answer = connection.exchange(&request).await?;
        let mut counts = counts.borrow_mut();
        counts.spread.add(sent.elapsed());
        counts.octets += answer.octets as u64;
        if !(200..300).contains(&answer.status) {
            counts.refused += 1;
            counts.first_refused.get_or_insert_with(|| format!("{} {}", answer.status, answer.begins()));
        }
    }
}

/// Requests but for their numbers.
struct Draft {
    method: String,
    path: Filled,
    body: Filled,
    media_type: Option<String>,
    documents: u64,
    drawn_from: Option<u64>,
}

impl Draft {
    fn read(options: &Options) -> io::Result<Self> {
        let body = options.body.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self {
            method: options.method.clone(),
            path: Filled::new(&options.path),
            body: Filled::new(&body),
            media_type: options.media_type.clone(),
            documents: options.documents.max(1),
            drawn_from: options.drawn_from,
        })
    }

    fn print(&self, host: &Host, c: u64, k: u64) -> Vec<u8> {
        // Fibonacci hashing goes evenly over all documents.
        let draw = |first: u64| first.wrapping_add(k).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        let n = self.drawn_from.map_or(k, draw) % self.documents;
        let (path, body) = (self.path.print(c, k, n), self.body.print(c, k, n));
        host.request(&self.method, &path, self.media_type.as_deref(), body.as_bytes())
    }
}

fn read(file: &Path) -> io::Result<String> {
    fs::read_to_string(file)
}

/// A text that is cut where numbers come in.
struct Filled(Vec<Piece>);

enum Piece {
    Text(String),
    Connection,
    Request,
    Document,
}

impl Filled {
    fn new(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let piece = match rest.get(at..at + 3) {
                Some("{c}") => Piece::Connection,
                Some("{k}") => Piece::Request,
                Some("{n}") => Piece::Document,
                _ => Piece::Text("{".to_owned()),
            };
            let length = if matches!(piece, Piece::Text(_)) { 1 } else { 3 };
            pieces.push(Piece::Text(rest.get(..at).unwrap_or_default().to_owned()));
            pieces.push(piece);
            rest = rest.get(at + length..).unwrap_or_default();
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self(pieces)
    }

    fn print(&self, c: u64, k: u64, n: u64) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Connection => text.push_str(&c.to_string()),
                Piece::Request => text.push_str(&k.to_string()),
                Piece::Document => text.push_str(&n.to_string()),
            }
        }
        text
    }
}
