//! The little of SIP that a load driver needs, written apart from mcx.

use std::{io, path::Path};

use crate::Transport;

/// A request cut at its variable places.
#[derive(Clone)]
pub struct Template {
    start: String,
    headers: String,
    body: String,
    via: &'static str,
}

impl Template {
    /// Reads a whole MESSAGE from a file.
    pub fn read(path: &Path, transport: Transport) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let (start, headers) = head.split_once('\n').unwrap_or((head, ""));
        let headers = headers
            .lines()
            .filter(|line| !line.starts_with("Via:") && !line.starts_with("Content-Length:"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        Ok(Self { start: start.to_owned(), headers, body: body.replace('\n', "\r\n"), via: transport.via() })
    }

    /// Request number `n`, from `client`.
    pub fn print(&self, n: usize, client: &str) -> Vec<u8> {
        let n = n.to_string();
        let body = self.body.replace("{n}", &n);
        let headers = self.headers.replace("{n}", &n).replace("{client}", client);
        format!(
            "{}\r\nVia: SIP/2.0/{} {client};rport;branch=z9hG4bKload{n}\r\nCall-ID: load-{n}@{client}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.start, self.via, body.len()
        )
        .into_bytes()
    }
}

/// The number in the Call-ID of a response to one of our requests, and its status.
pub fn answer(message: &[u8]) -> Option<(usize, u16)> {
    let text = head(message);
    let status = text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()?;
    let id = text.split("\r\n").find_map(|line| line.strip_prefix("Call-ID: load-"))?;
    let n = id.split('@').next()?.parse().ok()?;
    Some((n, status))
}

/// The 200 to a request: its dialog headers returned, each line as it came (RFC 3261 8.2.6).
pub fn accept(request: &[u8]) -> Vec<u8> {
    let mut response = Vec::with_capacity(768);
    response.extend_from_slice(b"SIP/2.0 200 OK\r\n");
    for line in head(request).split("\r\n").skip(1) {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(name.as_str(), "via" | "v" | "from" | "f" | "call-id" | "i" | "cseq") {
            response.extend_from_slice(line.as_bytes());
            response.extend_from_slice(b"\r\n");
        } else if matches!(name.as_str(), "to" | "t") {
            response.extend_from_slice(line.as_bytes());
            response.extend_from_slice(b";tag=load\r\n");
        }
    }
    response.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    response
}

/// Cuts one whole message off the front of a stream's buffer.
pub fn cut(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = head(buffer)
        .split("\r\n")
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim();
            (name.eq_ignore_ascii_case("content-length") || name == "l")
                .then(|| value.trim().parse::<usize>().ok())?
        })
        .unwrap_or(0);
    (buffer.len() >= end + length).then(|| buffer.drain(..end + length).collect())
}

fn head(message: &[u8]) -> &str {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(message.len());
    std::str::from_utf8(&message[..end]).unwrap_or_default()
}
