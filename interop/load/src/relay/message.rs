//! The MESSAGE that is sent, and what says which one an answer is to.

use std::{io, path::Path};

use super::Transport;
use crate::sip;

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
    let status = sip::status(message)?;
    let id = sip::head(message).split("\r\n").find_map(|line| line.strip_prefix("Call-ID: load-"))?;
    let n = id.split('@').next()?.parse().ok()?;
    Some((n, status))
}
