//! `[[gateway.http]]`, `[gateway.xcap]` and `[gateway.partner.xcap]`: what is read, and what is told of mistakes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fs;

use gateway::{Config, Side};
use kit::config::{Document, TlsProfiles};

const RIGHT: &str = r#"
[tls.border]
certificate = "own.pem"
key = "own.key"
authorities = ["ca.pem"]

[gateway]
name = "mcgw.primary.example"
domains = ["primary.example"]

[[gateway.listen]]
name = "border"
side = "border"
address = "127.0.0.1:5061"
transport = "tls"
tls = "border"

[[gateway.http]]
name = "border-http"
side = "border"
address = "127.0.0.1:443"
transport = "tls"
tls = "border"
hosts = ["xcap.primary.example"]

[gateway.xcap]
root = "https://xcap.primary.example"

[[gateway.xcap.server]]
auids = ["org.openmobilealliance.groups"]
groups = ["sip:fire-*@primary.example"]
root = "https://gms1.core.primary.example/xcap"
name = "gms1.core.primary.example"
address = "127.0.0.1:8443"
transport = "tls"
tls = "border"

[[gateway.partner]]
name = "partner.example"
identities = ["mcgw.partner.example"]
issuer = "ca.pem"

[gateway.partner.xcap]
root = "https://xcap.partner.example"
hop = { name = "mcgw.partner.example", address = "127.0.0.1:444", transport = "tls", tls = "border" }
inbound = ["GET org.openmobilealliance.groups"]
outbound = ["PUT org.openmobilealliance.groups"]
"#;

fn read(text: &str) -> Result<Config, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    for name in ["own.pem", "own.key", "ca.pem"] {
        let file = folder.path().join(name);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let file = folder.path().join("gateway.toml");
    fs::write(&file, text).unwrap();
    let document = Document::parse(file.to_str().unwrap(), text);
    let read = document.read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("gateway", |gateway| Config::read(gateway, &profiles))
    });
    read.map_err(|errors| errors.to_string())
}

#[test]
fn the_border_over_http_is_read() {
    let config = read(RIGHT).unwrap();
    let http = config.http.as_ref().unwrap();
    assert_eq!(http.names(Side::Border), ["border-http".into()]);
    assert!(http.names(Side::Inner).is_empty());
    assert_eq!(http.servers().root.host(), "xcap.primary.example");
    let agreed = config.partners[0].http.as_ref().unwrap();
    assert!(!agreed.inbound.is_empty() && !agreed.outbound.is_empty());
    assert_eq!(agreed.body, 1 << 20);
    assert!(agreed.media.iter().any(|media| media == "application/vnd.oma.poc.groups+xml"));
}

#[test]
fn without_it_a_gateway_carries_sip_alone() {
    let (before, after) = RIGHT.split_once("[[gateway.http]]").unwrap();
    let partner = after.find("[[gateway.partner]]").and_then(|at| after.get(at..)).unwrap();
    let partner = partner.split("[gateway.partner.xcap]").next().unwrap();
    let config = read(&format!("{before}{partner}")).unwrap();
    assert!(config.http.is_none() && config.partners[0].http.is_none());
}

#[test]
fn mistakes_are_told() {
    for (right, wrong, told) in [
        (
            "GET org.openmobilealliance.groups",
            "FETCH org.openmobilealliance.groups",
            "a method and an application usage",
        ),
        (
            "\"PUT org.openmobilealliance.groups\"",
            "\"org.openmobilealliance.groups\"",
            "a method and an application usage",
        ),
        ("root = \"https://xcap.partner.example\"", "root = \"xcap.partner.example\"", "is not an XCAP root"),
        (
            "root = \"https://xcap.partner.example\"",
            "root = \"http://xcap.partner.example\"",
            "is reached over",
        ),
        ("root = \"https://gms1.core", "root = \"http://gms1.core", "is reached over"),
        ("auids = [\"org.openmobilealliance.groups\"]", "auids = []", "at least one application usage"),
        ("name = \"border-http\"", "name = \"border\"", "another listener has the name"),
        (
            "address = \"127.0.0.1:443\"\ntransport = \"tls\"\ntls = \"border\"",
            "address = \"127.0.0.1:443\"\ntransport = \"tcp\"",
            "a border listener speaks TLS",
        ),
        ("[gateway.xcap]\nroot = \"https://xcap.primary.example\"", "", "missing key \"root\""),
        (
            "hop = { name = \"mcgw.partner.example\", address = \"127.0.0.1:444\", transport = \"tls\", tls = \"border\" }",
            "",
            "need its \"hop\"",
        ),
    ] {
        assert!(RIGHT.contains(right), "{right}");
        let said = read(&RIGHT.replace(right, wrong)).unwrap_err();
        assert!(said.contains(told), "{wrong}: {said}");
    }
}
