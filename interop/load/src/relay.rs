//! MESSAGE requests through a proxy: this end plays the client on one side and the server on the other, sends at a fixed rate
//! whether or not answers come (open loop), and counts.

mod client;
mod datagram;
mod message;
mod server;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

pub use datagram::bind;

use crate::stream::Tls;

/// How a side of the proxy is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under mutual TLS.
    Tls,
}

impl Transport {
    /// The name in a Via header field.
    fn via(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}

/// Drives MESSAGE requests through a proxy and measures what comes back.
#[derive(Clone, Parser, Debug)]
pub struct Options {
    /// The proxy's address on the client's side.
    #[arg(long)]
    proxy: SocketAddr,
    /// Where the client sends from.
    #[arg(long, default_value = "127.0.0.1:0")]
    client: SocketAddr,
    /// Where the server listens; the proxy's next hop.
    #[arg(long)]
    server: SocketAddr,
    /// The transport on both sides.
    #[arg(long, value_enum, default_value = "udp")]
    transport: Transport,
    /// Requests a second.
    #[arg(long, default_value_t = 1000)]
    rate: u64,
    /// For how many seconds requests are sent.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many connections the client opens (streams only).
    #[arg(long, default_value_t = 1)]
    connections: usize,
    /// The request: a file with a whole MESSAGE, in which `{n}` is replaced by the number of the request and
    /// `{client}` by the client's address. Via is added; Content-Length is counted.
    #[arg(long)]
    request: PathBuf,
    /// The folder of certificates for TLS: `client.pem`, `client.key`, `server.pem`, `server.key`, `ca.pem`.
    #[arg(long)]
    tls: Option<PathBuf>,
    /// The name that the proxy's certificate must hold on the client's side.
    #[arg(long, default_value = "localhost")]
    proxy_name: String,
}

/// Runs it, and reports in one line of JSON; latencies in microseconds.
pub async fn run(options: Options) -> Result<String, Box<dyn std::error::Error>> {
    let template = message::Template::read(&options.request, options.transport)?;
    let tls = match (&options.tls, options.transport) {
        (Some(folder), Transport::Tls) => Some(Tls::read(folder, ["client", "server"], &options.proxy_name)?),
        (None, Transport::Tls) => return Err("--transport tls needs --tls FOLDER".into()),
        _ => None,
    };
    server::start(&options, tls.clone()).await?;
    let tally = client::run(&options, template, tls).await?;
    Ok(tally.report(Duration::from_secs(options.seconds)))
}
