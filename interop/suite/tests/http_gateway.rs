//! curl at the border, as a partner's XCAP client: HTTP/1.1 and HTTP/2 over mutual TLS, through `mcx serve`.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use certs::{Authority, Leaf};
use interop::{
    Running, http,
    tools::{self, CURL},
};

const GROUP: &str = "https://xcap.primary.example/xcap/org.openmobilealliance.groups/global/byGroupID/sip:fire@primary.example";
const DOCUMENT: &str = "<group xmlns=\"urn:oma:xml:poc:list-service\"/>";

/// A group management server of somebody's: keeps the heads that it was sent, and has one document.
fn group_server() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let kept = kept.clone();
            thread::spawn(move || answer(stream, &kept));
        }
    });
    (address, heads)
}

fn answer(mut stream: TcpStream, heads: &Mutex<Vec<String>>) {
    let mut read = Vec::new();
    let mut octets = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= length_of(head)
        {
            heads.lock().expect("nobody panics here").push(head.to_owned());
            let status = if head.starts_with("PUT") { "201 Created" } else { "200 OK" };
            let body = if head.starts_with("GET") { DOCUMENT } else { "" };
            let length = if head.starts_with("HEAD") { DOCUMENT.len() } else { body.len() };
            let fields = "Content-Type: application/vnd.oma.poc.groups+xml\r\nETag: \"1\"\r\nServer: gms1.core.primary.example";
            let said =
                write!(stream, "HTTP/1.1 {status}\r\n{fields}\r\nContent-Length: {length}\r\n\r\n{body}");
            if said.is_err() {
                return;
            }
            read.drain(..head.len() + 4 + length_of(head));
            continue;
        }
        match stream.read(&mut octets) {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&octets[..count]),
        }
    }
}

fn length_of(head: &str) -> usize {
    let line = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    line.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// A gateway that serves, and what a partner needs to come to it.
struct Border {
    folder: tempfile::TempDir,
    gateway: Running,
    at: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}

impl Border {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
        ours.write(folder.path(), "ours").expect("written");
        theirs.write(folder.path(), "theirs").expect("written");
        let own = Leaf::new("gateway").dns_name("mcgw.primary.example").dns_name("xcap.primary.example");
        ours.issue(&own).and_then(|leaf| leaf.write(folder.path(), "gateway")).expect("written");
        let partner = Leaf::new("partner").sip_domain("mcgw.partner.example");
        theirs.issue(&partner).and_then(|leaf| leaf.write(folder.path(), "partner")).expect("written");
        let stranger = Leaf::new("stranger").sip_domain("mcgw.stranger.example");
        theirs.issue(&stranger).and_then(|leaf| leaf.write(folder.path(), "stranger")).expect("written");
        let (server, heads) = group_server();
        let (at, admin) = (free(), free());
        let file = folder.path().join("gateway.toml");
        fs::write(&file, config(at, admin, server)).expect("written");
        let gateway = Running::start(tools::mcx().args(["serve", "--config"]).arg(&file));
        http::ready(admin);
        Self { folder, gateway, at, heads }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What curl prints of the response's head and body, and its status; none where it was not let in.
    fn curl(&self, who: Option<&str>, options: &[&str], uri: &str) -> Option<(u16, String)> {
        let mut curl = tools::CURL.command();
        curl.args(["--silent", "--show-error", "--max-time", "20", "--path-as-is", "--include"]);
        curl.arg("--cacert").arg(self.file("ours.pem"));
        if let Some(who) = who {
            curl.arg("--cert").arg(self.file(&format!("{who}.pem")));
            curl.arg("--key").arg(self.file(&format!("{who}.key")));
        }
        let port = self.at.port();
        for host in ["xcap.primary.example", "mcgw.primary.example"] {
            curl.arg("--connect-to").arg(format!("{host}:443:127.0.0.1:{port}"));
        }
        let output = tools::run(curl.args(options).arg(uri));
        let text = tools::text(&output);
        let last = text.rsplit("HTTP/").next().filter(|_| output.status.success())?.to_owned();
        let status = last.split(' ').nth(1)?.trim().parse().ok()?;
        Some((status, last))
    }

    fn status(&self, options: &[&str], uri: &str) -> u16 {
        self.curl(Some("partner"), options, uri).map_or(0, |(status, _)| status)
    }

    fn last_head(&self) -> String {
        self.heads.lock().expect("nobody panics here").pop().unwrap_or_default()
    }
}

fn config(at: SocketAddr, admin: SocketAddr, server: SocketAddr) -> String {
    let sip = free();
    format!(
        r#"
[admin]
listen = "{admin}"

[tls.border]
certificate = "gateway.pem"
key = "gateway.key"
authorities = ["theirs.pem"]

[gateway]
name = "mcgw.primary.example"
domains = ["primary.example"]
internal = ["*.core.primary.example"]

[[gateway.listen]]
name = "border"
side = "border"
address = "{sip}"
transport = "tls"
tls = "border"

[[gateway.http]]
name = "border-http"
side = "border"
address = "{at}"
transport = "tls"
tls = "border"
hosts = ["xcap.primary.example", "mcgw.primary.example"]

[gateway.xcap]
root = "https://xcap.primary.example/xcap"

[[gateway.xcap.server]]
auids = ["org.openmobilealliance.groups"]
root = "http://gms1.core.primary.example/inner"
name = "gms1.core.primary.example"
address = "{server}"
transport = "tcp"

[[gateway.partner]]
name = "partner.example"
identities = ["mcgw.partner.example"]
issuer = "theirs.pem"

[gateway.partner.xcap]
root = "https://xcap.partner.example"
inbound = ["GET org.openmobilealliance.groups", "PUT org.openmobilealliance.groups"]
body = 4096
"#
    )
}

#[test]
fn a_partner_gets_and_puts_a_group_over_either_version_of_http() {
    if !tools::have(&[CURL]) {
        return;
    }
    let border = Border::new();
    for version in ["--http1.1", "--http2"] {
        let (status, text) = border.curl(Some("partner"), &[version], GROUP).expect("let in");
        assert_eq!(status, 200, "{text}");
        assert!(text.ends_with(DOCUMENT), "{text}");
        assert!(text.to_ascii_lowercase().contains("etag: \"1\""), "{text}");
        assert!(!text.to_ascii_lowercase().contains("core"), "nothing of the inside: {text}");
        let head = border.last_head();
        assert!(
            head.starts_with(
                "GET /inner/org.openmobilealliance.groups/global/byGroupID/sip:fire@primary.example HTTP/1.1"
            ),
            "{head}"
        );
        assert!(head.contains("x-3gpp-asserted-identity: \"sip:partner.example\""), "{head}");
        assert!(!head.contains("curl"), "{head}");
        let put = [
            version,
            "--request",
            "PUT",
            "--data",
            DOCUMENT,
            "--header",
            "Content-Type: application/vnd.oma.poc.groups+xml",
            "--header",
            "X-3GPP-Asserted-Identity: \"sip:gms@primary.example\"",
            "--header",
            "If-None-Match: *",
        ];
        assert_eq!(border.status(&put, GROUP), 201);
        let head = border.last_head();
        assert_eq!(head.matches("x-3gpp-asserted-identity").count(), 1, "{head}");
        assert!(head.contains("if-none-match: *"), "{head}");
        let (status, text) = border.curl(Some("partner"), &[version, "--head"], GROUP).expect("let in");
        assert_eq!(status, 200);
        assert!(text.contains(&format!("content-length: {}", DOCUMENT.len())), "{text}");
    }
}

#[test]
fn strangers_and_what_was_not_agreed_are_refused_and_nothing_reaches_the_server() {
    if !tools::have(&[CURL]) {
        return;
    }
    let border = Border::new();
    assert_eq!(border.curl(None, &[], GROUP), None, "without a certificate there is no handshake");
    assert_eq!(border.curl(Some("stranger"), &[], GROUP).map(|(status, _)| status), Some(403));
    assert_eq!(border.status(&["--request", "DELETE"], GROUP), 403);
    assert_eq!(border.status(&["--request", "PATCH"], GROUP), 405);
    assert_eq!(border.status(&["--request", "TRACE"], GROUP), 501);
    let other = GROUP.replace("org.openmobilealliance.groups", "resource-lists");
    assert_eq!(border.status(&[], &other), 403);
    assert_eq!(border.status(&[], &GROUP.replace("/xcap/", "/inner/")), 404);
    assert_eq!(border.status(&[], &GROUP.replace("/global/", "/../global/")), 400);
    assert_eq!(border.status(&[], &GROUP.replace("/global/", "/%2e%2e/global/")), 400);
    assert_eq!(border.status(&["--header", "Host: gms1.core.primary.example"], GROUP), 421);
    assert_eq!(border.status(&["--header", "Via: 1.1 mcgw.primary.example"], GROUP), 508);
    let xml = "Content-Type: application/vnd.oma.poc.groups+xml";
    let large = "x".repeat(5000);
    assert_eq!(border.status(&["--request", "PUT", "--data", &large, "--header", xml], GROUP), 413);
    assert_eq!(
        border.status(&["--request", "PUT", "--data", "x", "--header", "Content-Type: text/plain"], GROUP),
        415
    );
    let (status, text) = border.curl(Some("partner"), &["--request", "DELETE"], GROUP).expect("let in");
    assert!(
        status == 403 && text.contains("x-mcx-cause: 11") && text.contains("application/problem+json"),
        "{text}"
    );
    assert_eq!(border.last_head(), "", "nothing reached the server");
}

#[test]
fn a_gateway_that_is_told_to_stop_ends_in_good_order() {
    if !tools::have(&[CURL]) {
        return;
    }
    let mut border = Border::new();
    assert_eq!(border.status(&[], GROUP), 200);
    let (status, said) = border.gateway.stop();
    assert!(status.success(), "{said}");
    assert!(!said.contains("left over"), "{said}");
}
