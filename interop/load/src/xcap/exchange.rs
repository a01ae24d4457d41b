//! One request and its response over HTTP/1.1 (RFC 9112), written apart from mcx and from hyper.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stream::{Octets, Tls, client_end};

/// A server, as requests to it name it.
pub struct Host {
    address: SocketAddr,
    tls: Tls,
    /// Host and Authorization.
    fields: String,
}

impl Host {
    /// The server of this name at this address, asked with this token.
    pub fn new(address: SocketAddr, tls: Tls, name: &str, token: &str) -> Self {
        Self { address, tls, fields: format!("Host: {name}\r\nAuthorization: Bearer {token}\r\n") }
    }

    /// A whole request.
    pub fn request(&self, method: &str, path: &str, media_type: Option<&str>, body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\n{}", self.fields);
        if let Some(media_type) = media_type {
            head.push_str(&format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        request
    }
}

/// A connection that is kept.
pub struct Connection {
    octets: Box<dyn Octets>,
    /// What has been read and not yet looked at; what is left of the last response.
    buffer: Vec<u8>,
}

/// What came back.
pub struct Answer<'b> {
    pub status: u16,
    /// Of the whole response.
    pub octets: usize,
    body: &'b [u8],
}

impl Answer<'_> {
    /// The first of the body, fit for a line.
    pub fn begins(&self) -> String {
        let text = String::from_utf8_lossy(self.body);
        text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

impl Connection {
    /// Connects, with the handshake of TLS.
    pub async fn open(host: &Host) -> io::Result<Self> {
        let stream = TcpStream::connect(host.address).await?;
        Ok(Self { octets: client_end(stream, Some(&host.tls)).await?, buffer: Vec::with_capacity(128 << 10) })
    }

    /// Sends a request, and reads its response to the end.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.buffer.clear();
        self.octets.write_all(request).await?;
        self.octets.flush().await?;
        loop {
            if let Some((status, body)) = head(&self.buffer)
                && self.buffer.len() >= body.end
            {
                let octets = body.end;
                let body = self.buffer.get(body).unwrap_or_default();
                return Ok(Answer { status, octets, body });
            }
            if self.octets.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"));
            }
        }
    }
}

/// Status, and where the body stands; none while the head is not whole.
fn head(buffer: &[u8]) -> Option<(u16, std::ops::Range<usize>)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(buffer.get(..end)?).ok()?;
    let status = text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Some((status, end..end + length.unwrap_or(0)))
}
