//! An OpenID provider and a client library that are not ours (npm's oidc-provider and openid-client) in place of either identity
//! management server: TS 33.180 annex B, OpenID Connect Core, RFC 7523.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fmt::Write as _, fs, net::TcpListener, path::Path, process::Stdio};

use certs::{Authority, Leaf};
use interop::{
    Running,
    tools::{self, mcx, succeed, workspace},
};

const PASSWORD: &str = "open sesame";

/// A port that nobody has now.
fn port() -> u16 {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.expect("a free port").port()
}

/// The hash of the password, as an operator makes it.
fn hash(folder: &Path) -> String {
    let file = folder.join("password");
    fs::write(&file, PASSWORD).expect("a file");
    let output = succeed(mcx().args(["users", "hash", "--password-file"]).arg(file));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// An identity management server, and a server of documents that takes tokens of both.
fn configuration(ours: u16, theirs: u16, documents: u16, hash: &str) -> String {
    let mut text = format!(
        r#"
[tls.inner]
certificate = "server.pem"
key = "server.key"
authorities = ["ca.pem"]

[identity]
name = "idms.b.example"
issuer = "https://localhost:{ours}"
domains = ["b.example"]

[[identity.client]]
id = "mcx-ue"
redirect-uris = ["http://127.0.0.1/callback"]

[[identity.user]]
name = "bob"
password = "{hash}"
mc-service-id = "sip:bob@b.example"

[[identity.partner]]
name = "https://localhost:{theirs}"
domains = ["a.example"]
visitors = ["sip:alice@*"]
jwks-uri = "https://localhost:{theirs}/jwks"
server = {{ name = "localhost", address = "127.0.0.1:{theirs}", transport = "tls", tls = "inner" }}

[configuration]
name = "cms.a.example"
psi = "sip:cms_psi@a.example"
xcap-root = "https://localhost:{documents}"

[[configuration.listen]]
name = "inner"
address = "127.0.0.1:0"
transport = "tcp"

[[configuration.issuer]]
name = "https://localhost:{theirs}"
audience = ["mcx"]
jwks-uri = "https://localhost:{theirs}/jwks"
server = {{ name = "localhost", address = "127.0.0.1:{theirs}", transport = "tls", tls = "inner" }}
"#
    );
    for (entity, port) in [("identity", ours), ("configuration", documents)] {
        let _ = write!(
            text,
            "\n[[{entity}.http]]\nname = \"clients\"\naddress = \"127.0.0.1:{port}\"\ntransport = \"tls\"\ntls = \"inner\"\nclient-certificate = \"none\"\n"
        );
    }
    text
}

#[test]
fn ts33180_b_7_a_provider_and_a_client_library_of_others() {
    if !tools::have(&[tools::NODE]) {
        return;
    }
    let scripts = workspace().join("interop/oidc");
    assert!(scripts.join("node_modules").is_dir(), "install: cargo xtask setup");
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let authority = Authority::new("interop").expect("an authority");
    let issued = authority.issue(&Leaf::new("localhost").dns_name("localhost")).expect("a certificate");
    issued.write(folder.path(), "server").expect("files");
    authority.write(folder.path(), "ca").expect("a file");
    let (ours, theirs, documents) = (port(), port(), port());
    let local = |port| format!("https://localhost:{port}");
    fs::write(at("mcx.toml"), configuration(ours, theirs, documents, &hash(folder.path()))).expect("a file");

    let mut node = tools::NODE.command();
    node.arg(scripts.join("provider.mjs"))
        .arg(theirs.to_string())
        .arg(at("server.pem"))
        .arg(at("server.key"));
    let mut provider = Running::start(node.arg(local(ours)));
    provider.line("provider: ready");
    let mut server =
        Running::start(mcx().args(["serve", "--config"]).arg(at("mcx.toml")).stderr(Stdio::piped()));
    server.line("operators ask here");

    let mut node = tools::NODE.command();
    node.env("NODE_EXTRA_CA_CERTS", at("ca.pem")).arg(scripts.join("relying-party.mjs"));
    node.args([local(ours), local(theirs), local(documents), PASSWORD.to_owned()]);
    let told = Running::start(&mut node).succeed();
    assert!(told.contains("relying party: done"), "{told}");
    let (status, output) = server.stop();
    assert!(status.success(), "{output}");
    assert!(!output.contains(PASSWORD) && !output.contains("alice@a.example"), "nothing of users in the log");
}
