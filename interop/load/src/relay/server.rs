//! The user agent server behind the proxy: says 200 to everything.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

use super::{Options, Transport, datagram};
use crate::{
    sip,
    stream::{Tls, server_end},
};

/// Binds and serves in the background.
pub async fn start(options: &Options, tls: Option<Tls>) -> io::Result<()> {
    if options.transport == Transport::Udp {
        tokio::task::spawn_local(datagrams(datagram::bind(options.server)?));
    } else {
        let listener = TcpListener::bind(options.server).await?;
        tokio::task::spawn_local(connections(listener, tls));
    }
    Ok(())
}

async fn datagrams(socket: UdpSocket) {
    let mut buffer = vec![0; 65_536];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let request = buffer.get(..length).unwrap_or_default();
        if request.starts_with(b"SIP/2.0") {
            continue;
        }
        let _ = socket.send_to(&sip::accept(request), from).await;
    }
}

async fn connections(listener: TcpListener, tls: Option<Tls>) {
    while let Ok((stream, _)) = listener.accept().await {
        let tls = tls.clone();
        tokio::task::spawn_local(async move {
            let Ok(mut octets) = server_end(stream, tls.as_ref()).await else { return };
            let mut buffer = Vec::new();
            while matches!(octets.read_buf(&mut buffer).await, Ok(read) if read > 0) {
                let mut answers = Vec::new();
                while let Some(request) = sip::cut(&mut buffer) {
                    answers.extend(sip::accept(&request));
                }
                if octets.write_all(&answers).await.is_err() || octets.flush().await.is_err() {
                    return;
                }
            }
        });
    }
}
