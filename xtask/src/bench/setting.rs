//! Certificates, keys and configurations of both proxies, in a folder of their own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use certs::{Authority, Leaf};

use super::Leg;
use crate::shell::{Done, root};

/// The gateway's name, in its certificate and its configuration.
pub const GATEWAY: &str = "mcgw.primary.example";
/// The next hop's name, in its certificate.
pub const PARTNER: &str = "mcgw.partner.example";
const SERVER: &str = "lms1.core.primary.example";

/// Where the proxy listens.
pub fn proxy(leg: Leg) -> &'static str {
    match leg {
        Leg::Udp => "127.0.0.1:15060",
        Leg::Tls => "127.0.0.1:15061",
    }
}

/// Where the partner's border listens: the server of the load driver.
pub fn next(leg: Leg) -> &'static str {
    match leg {
        Leg::Udp => "127.0.0.2:15070",
        Leg::Tls => "127.0.0.2:15071",
    }
}

/// What both proxies need.
pub struct Setting(PathBuf);

impl Setting {
    /// Makes an authority and leaves, and writes the configurations.
    pub fn prepare() -> Done<Self> {
        let folder = root().join("target/bench");
        fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        certificates(&folder).map_err(|why| format!("certificates: {why}"))?;
        write(&folder, "hiding.secret", &"benchmark".repeat(8))?;
        for leg in [Leg::Udp, Leg::Tls] {
            write(&folder, &format!("gateway-{leg}.toml"), &gateway(leg))?;
        }
        write(&folder, "kamailio-tls.cfg", &kamailio_tls(&folder))?;
        Ok(Self(folder))
    }

    /// Where it all is.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

fn certificates(folder: &Path) -> Result<(), certs::Error> {
    let authority = Authority::new("benchmark")?;
    authority.write(folder, "ca")?;
    for (stem, domain) in [("gateway", GATEWAY), ("client", SERVER), ("server", PARTNER)] {
        authority.issue(&Leaf::new(domain).sip_domain(domain).dns_name(domain))?.write(folder, stem)?;
    }
    Ok(())
}

/// Writes a file that is its owner's alone.
pub fn write(folder: &Path, name: &str, text: &str) -> Done {
    let file = folder.join(name);
    fs::write(&file, text).map_err(|why| format!("{}: {why}", file.display()))?;
    private(&file)
}

#[cfg(unix)]
fn private(file: &Path) -> Done {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
        .map_err(|why| format!("{}: {why}", file.display()))
}

#[cfg(not(unix))]
fn private(_: &Path) -> Done {
    Ok(())
}

fn gateway(leg: Leg) -> String {
    let tls = if leg == Leg::Tls { "tls = \"bench\"\n" } else { "" };
    let tls_inline = if leg == Leg::Tls { ", tls = \"bench\"" } else { "" };
    let (listen, next) = (proxy(leg), next(leg));
    format!(
        r#"[process]
lab = true
shards = 1
udp-mtu = 65000

[tls.bench]
certificate = "gateway.pem"
key = "gateway.key"
authorities = ["ca.pem"]

[gateway]
name = "{GATEWAY}"
domains = ["primary.example"]
internal = ["*.core.primary.example"]
trusted-addresses = ["127.0.0.1"]
hiding-secrets = ["hiding.secret"]

[[gateway.listen]]
name = "inner"
side = "inner"
address = "{listen}"
transport = "{leg}"
{tls}
[[gateway.partner]]
name = "partner.example"
issuer = "ca.pem"
hop = {{ name = "{PARTNER}", address = "{next}", transport = "{leg}"{tls_inline} }}
outbound = ["location-information-request"]
"#
    )
}

fn kamailio_tls(folder: &Path) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key, ca) = (file("gateway.pem"), file("gateway.key"), file("ca.pem"));
    let section = |name: &str| {
        format!(
            "[{name}:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\n\
             private_key = {key}\ncertificate = {certificate}\nca_list = {ca}\n"
        )
    };
    format!("{}{}", section("server"), section("client"))
}
