//! A forwarder that knows no SIP: it hands messages on and is busy for a fixed time with each. No proxy that works as long
//! can be quicker on the same machine, so that its tail tells the machine's share of a proxy's.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Parser;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream, UdpSocket},
    time::Instant,
};

use crate::{
    relay::{Transport, bind},
    sip,
    stream::{Octets, Tls, client_end, server_end},
};

/// Hands messages on, both ways, without looking into them.
#[derive(Clone, Parser, Debug)]
pub struct Options {
    /// Where it listens.
    #[arg(long)]
    listen: SocketAddr,
    /// Whom it hands on to.
    #[arg(long)]
    next: SocketAddr,
    /// The transport on both sides.
    #[arg(long, value_enum, default_value = "udp")]
    transport: Transport,
    /// For how many microseconds it is busy with each message.
    #[arg(long, default_value_t = 0)]
    work: u64,
    /// The folder of certificates for TLS: `gateway.pem`, `gateway.key`, `ca.pem`.
    #[arg(long)]
    tls: Option<PathBuf>,
    /// The name that the next one's certificate must hold.
    #[arg(long, default_value = "localhost")]
    next_name: String,
}

/// Serves until it is stopped.
pub async fn run(options: Options) -> Result<String, Box<dyn std::error::Error>> {
    let work = Duration::from_micros(options.work);
    match (options.transport, &options.tls) {
        (Transport::Udp, _) => datagrams(&bind(options.listen)?, options.next, work).await?,
        (Transport::Tls, None) => return Err("--transport tls needs --tls FOLDER".into()),
        (_, folder) => {
            let tls =
                folder.as_ref().map(|folder| Tls::read(folder, ["gateway", "gateway"], &options.next_name));
            streams(&options, tls.transpose()?, work).await?;
        }
    }
    Ok(String::new())
}

/// What does not come from the next one goes to it; what does goes to whoever sent last.
async fn datagrams(socket: &UdpSocket, next: SocketAddr, work: Duration) -> io::Result<()> {
    let mut buffer = vec![0; 65_536];
    let mut client = next;
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await?;
        busy(work);
        let to = if from == next { client } else { next };
        client = if from == next { client } else { from };
        let _ = socket.send_to(buffer.get(..length).unwrap_or_default(), to).await;
    }
}

async fn streams(options: &Options, tls: Option<Tls>, work: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(options.listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (tls, next) = (tls.clone(), options.next);
        tokio::task::spawn_local(async move {
            let Ok(near) = server_end(stream, tls.as_ref()).await else { return };
            let Ok(stream) = TcpStream::connect(next).await else { return };
            let Ok(far) = client_end(stream, tls.as_ref()).await else { return };
            let ((near_in, near_out), (far_in, far_out)) = (tokio::io::split(near), tokio::io::split(far));
            tokio::task::spawn_local(hand_on(near_in, far_out, work));
            tokio::task::spawn_local(hand_on(far_in, near_out, work));
        });
    }
}

type End = Box<dyn Octets>;

async fn hand_on(mut from: ReadHalf<End>, mut to: WriteHalf<End>, work: Duration) {
    let mut buffer = Vec::new();
    while matches!(from.read_buf(&mut buffer).await, Ok(read) if read > 0) {
        let mut whole = Vec::new();
        while let Some(message) = sip::cut(&mut buffer) {
            busy(work);
            whole.extend(message);
        }
        if to.write_all(&whole).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

/// Works, as a proxy would, and does nothing.
fn busy(work: Duration) {
    let start = Instant::now();
    while start.elapsed() < work {
        std::hint::spin_loop();
    }
}
