//! A client of XCAP that keeps its connection, and takes an answer for nothing but what it is.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take: longer than a server waits for its database.
const PATIENCE: Duration = Duration::from_secs(35);

/// A client with an access token, at one server.
pub struct Client {
    server: SocketAddr,
    host: String,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its fields, the names in lower case.
    pub fields: HashMap<String, String>,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// The value of a field; empty where it is not there.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The entity tag, quotes and all.
    #[must_use]
    pub fn etag(&self) -> &str {
        self.field("etag")
    }

    /// Whether it was done.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    /// A client that has not connected yet, of the documents below the XCAP root at `host`.
    #[must_use]
    pub fn new(server: SocketAddr, host: &str, token: &str) -> Self {
        Self { server, host: host.to_owned(), token: token.to_owned(), stream: None }
    }

    /// Reads a document.
    pub fn get(&mut self, path: &str) -> Option<Answer> {
        self.ask("GET", path, &[], "")
    }

    /// Puts a document, on a condition where there is one.
    pub fn put(&mut self, path: &str, condition: Option<(&str, &str)>, body: &str) -> Option<Answer> {
        let media_type = ("Content-Type", "application/vnd.oma.poc.groups+xml");
        let fields: Vec<_> = [media_type].into_iter().chain(condition).collect();
        self.ask("PUT", path, &fields, body)
    }

    /// One request. None where no whole answer came: then it may have been carried out or not.
    pub fn ask(&mut self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Option<Answer> {
        let answer = self.exchange(method, path, fields, body);
        if answer.as_ref().is_none_or(|answer| answer.field("connection").eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Option<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect_timeout(&self.server, Duration::from_secs(2)).ok()?;
                stream.set_read_timeout(Some(PATIENCE)).ok()?;
                stream.set_nodelay(true).ok()?;
                none.insert(BufReader::new(stream))
            }
        };
        let mut request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.host,
            self.token,
            body.len()
        );
        fields.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        stream.get_mut().write_all(format!("{request}\r\n{body}").as_bytes()).ok()?;
        read(stream, method == "HEAD")
    }
}

fn read(stream: &mut BufReader<TcpStream>, is_head: bool) -> Option<Answer> {
    let status = line(stream)?.split(' ').nth(1)?.parse().ok()?;
    let mut fields = HashMap::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        fields.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = fields.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; if is_head { 0 } else { length }];
    stream.read_exact(&mut body).ok()?;
    Some(Answer { status, fields, body: String::from_utf8_lossy(&body).into_owned() })
}

/// A line without its end; none where the stream ends before.
fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    line.ends_with('\n').then(|| line.trim_end().to_owned())
}
