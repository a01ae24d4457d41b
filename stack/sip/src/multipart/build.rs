//! Building a body with several parts.

use bytes::{BufMut, Bytes, BytesMut};

use crate::print;

/// Builds a `multipart/mixed` body.
#[derive(Clone, Debug)]
pub struct MultipartBuilder {
    boundary: String,
    parts: Vec<Draft>,
}

#[derive(Clone, Debug)]
struct Draft {
    headers: BytesMut,
    body: Bytes,
}

impl MultipartBuilder {
    /// No parts yet. Octets of `boundary` that RFC 2046 clause 5.1.1 does not allow are left out, and it is cut to 64.
    #[must_use]
    pub fn new(boundary: &str) -> Self {
        let allowed = |letter: &char| letter.is_ascii_alphanumeric() || "'()+_-./:=?".contains(*letter);
        let boundary: String = boundary.chars().filter(allowed).take(64).collect();
        Self { boundary: if boundary.is_empty() { "part".to_owned() } else { boundary }, parts: Vec::new() }
    }

    /// Adds a part. A Content-ID is given without its angle brackets.
    #[must_use]
    pub fn part(mut self, content_type: &str, content_id: Option<&str>, body: impl Into<Bytes>) -> Self {
        let mut headers = BytesMut::new();
        print::line(&mut headers, b"Content-Type", content_type.as_bytes());
        if let Some(id) = content_id {
            print::line(&mut headers, b"Content-ID", format!("<{id}>").as_bytes());
        }
        self.parts.push(Draft { headers, body: body.into() });
        self
    }

    /// The Content-Type's value and the body. Where a part holds the boundary, a number is added to it until none does.
    #[must_use]
    pub fn build(self) -> (String, Bytes) {
        let boundary = self.unused_boundary();
        let size: usize =
            self.parts.iter().map(|part| part.headers.len() + part.body.len() + boundary.len() + 8).sum();
        let mut out = BytesMut::with_capacity(size + boundary.len() + 8);
        for part in &self.parts {
            out.put_slice(b"--");
            out.put_slice(boundary.as_bytes());
            out.put_slice(b"\r\n");
            out.put_slice(&part.headers);
            out.put_slice(b"\r\n");
            out.put_slice(&part.body);
            out.put_slice(b"\r\n");
        }
        out.put_slice(b"--");
        out.put_slice(boundary.as_bytes());
        out.put_slice(b"--\r\n");
        (format!("multipart/mixed;boundary=\"{boundary}\""), out.freeze())
    }

    fn unused_boundary(&self) -> String {
        let holds = |text: &str| {
            self.parts.iter().any(|part| memchr::memmem::find(&part.body, text.as_bytes()).is_some())
        };
        let mut boundary = self.boundary.clone();
        let mut number = 0_u32;
        while holds(&boundary) {
            number += 1;
            boundary = format!("{}{number}", self.boundary);
        }
        boundary
    }
}
