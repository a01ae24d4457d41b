//! A log-in in the user's own browser: RFC 8252 clause 7.3, which sends it back to a port that only this process listens at.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use clients::identity::Issued;
use driver::Env;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{Named, Server};
use crate::{Failure, serve::Signals};

/// Browsers open connections that they do not use: none of them holds up the one that counts for longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// No browser sends more before its first empty line.
const LARGEST: usize = 16 << 10;

/// Prints where the login page is, and awaits the browser's return.
///
/// # Errors
/// The server refuses, or whoever waits is told to stop.
pub(super) async fn log_in(named: &Named, env: &Env) -> Result<Issued, Failure> {
    let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await?;
    let own = listener.local_addr()?;
    let named = Named { redirect_uri: format!("http://{own}/callback"), ..named.clone() };
    let server = Server::connect(&named, env)?;
    let attempt = server.client().begin().await.map_err(server.failed())?;
    let mut signals = Signals::new()?;
    eprintln!("open this in a browser; the log-in is awaited until Ctrl-C:");
    println!("{}", reachable(attempt.uri(), &named));
    let back = tokio::select! {
        back = back(&listener, own.port()) => back?,
        () = signals.stop() => return Err(Failure::Procedure("nobody has logged in".to_owned())),
    };
    server.client().finish(&attempt, &back).await.map_err(server.failed())
}

/// The page at the server's address: a lab's names are known to no resolver.
fn reachable(uri: &str, named: &Named) -> String {
    match uri.strip_prefix(&named.issuer) {
        Some(rest) => format!("https://{}{rest}", named.address),
        None => uri.to_owned(),
    }
}

/// The URI at which the browser has come back. Whatever else it asks for meanwhile, an icon say, is not there.
async fn back(listener: &TcpListener, port: u16) -> Result<String, Failure> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let Ok(Some(path)) = timeout(PATIENCE, asked(&mut stream)).await else { continue };
        let is_it = path.starts_with("/callback?");
        let (status, text) = if is_it {
            ("200 OK", "You are logged in. This window may be closed.\n")
        } else {
            ("404 Not Found", "There is nothing here.\n")
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        );
        // A browser that has gone already has come back all the same.
        let _ = stream.write_all(answer.as_bytes()).await;
        if is_it {
            return Ok(format!("http://127.0.0.1:{port}{path}"));
        }
    }
}

/// The target of a GET.
async fn asked(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0; 1024];
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(some.get(..read)?);
        if head.len() > LARGEST {
            return None;
        }
    }
    let head = String::from_utf8(head).ok()?;
    let mut line = head.lines().next()?.split(' ');
    (line.next() == Some("GET")).then(|| line.next().map(str::to_owned))?
}
