//! Certificates, tokens, documents and configurations, in a folder of their own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use certs::{Authority, Leaf};

use super::{Kept, documents, token};
use crate::{
    bench::setting::write,
    shell::{Done, root},
};

/// Where the server listens for HTTP.
pub const WEB: &str = "127.0.0.1:15443";

/// Where it listens for SIP.
pub const SIP: &str = "127.0.0.1:15080";

/// Where the MC service server listens, which the load driver plays.
pub const SERVICE: &str = "127.0.0.2:15081";

/// The host of the XCAP root.
pub const ROOT: &str = "xcap.primary.example";

/// The server's name towards other servers.
pub const NAME: &str = "gms1.core.primary.example";

/// Its public service identity.
pub const IDENTITY: &str = "sip:gms_psi@primary.example";

const SERVER: &str = "mcs1.core.primary.example";
const ADMINISTRATOR: &str = "sip:admin@primary.example";

/// What the server and the load driver need.
pub struct Setting(PathBuf);

impl Setting {
    /// Makes an authority, leaves, a token and documents.
    pub fn prepare() -> Done<Self> {
        let folder = root().join("target/bench/xcap");
        fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        certificates(&folder).map_err(|why| format!("certificates: {why}"))?;
        let (keys, token) = token::issue(ADMINISTRATOR).map_err(|why| format!("a token: {why}"))?;
        write(&folder, "idms.jwks.json", &keys)?;
        write(&folder, "token", &token)?;
        for (stem, members) in [("small", documents::SMALL), ("large", documents::LARGE)] {
            write(&folder, &format!("{stem}-first.xml"), &documents::group(stem, "{n}", members))?;
            write(&folder, &format!("{stem}.xml"), &documents::group(stem, "{c}", members))?;
            write(&folder, &format!("{stem}-element.xml"), &documents::entry(members / 2))?;
        }
        write(&folder, "middling.xml", &documents::group("middling", "{n}", documents::MIDDLING))?;
        write(&folder, "watched.xml", &watched())?;
        Ok(Self(folder))
    }

    /// A file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Where a store of this name is to be; nothing is there yet.
    pub fn store(&self, name: &str) -> Done<PathBuf> {
        let path = self.file(&format!("{name}.redb"));
        self.remove(&path)?;
        Ok(path)
    }

    /// Takes a store away again.
    pub fn remove(&self, store: &Path) -> Done {
        match fs::remove_file(store) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{}: {why}", store.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes the configuration of a server on this store.
    pub fn configure(&self, store: &Path, kept: Kept) -> Done<PathBuf> {
        write(&self.0, "groups.toml", &groups(store, kept))?;
        Ok(self.file("groups.toml"))
    }
}

fn certificates(folder: &Path) -> Result<(), certs::Error> {
    let authority = Authority::new("benchmark")?;
    authority.write(folder, "ca")?;
    let groups = Leaf::new(NAME).sip_domain(NAME).dns_name(NAME).dns_name(ROOT);
    authority.issue(&groups)?.write(folder, "groups")?;
    for stem in ["client", "server"] {
        let service = Leaf::new(SERVER).sip_domain(SERVER).dns_name(SERVER);
        authority.issue(&service)?.write(folder, stem)?;
    }
    Ok(())
}

/// The document that everybody watches: a change of it is in its name.
fn watched() -> String {
    let text = documents::group("watched", "0", documents::SMALL);
    text.replace("<list>", "<display-name>Change {k}</display-name>\n    <list>")
}

fn groups(store: &Path, kept: Kept) -> String {
    let cache = if kept == Kept::Cold { "cache = 0\n" } else { "" };
    let store = store.display();
    let (issuer, audience) = (token::ISSUER, token::AUDIENCE);
    format!(
        r#"[process]
store = "{store}"

[tls.bench]
certificate = "groups.pem"
key = "groups.key"
authorities = ["ca.pem"]

[groups]
name = "{NAME}"
psi = "{IDENTITY}"
xcap-root = "https://{ROOT}"
administrators = ["{ADMINISTRATOR}"]
{cache}
[[groups.listen]]
name = "inner"
address = "{SIP}"
transport = "tls"
tls = "bench"

[[groups.http]]
name = "clients"
address = "{WEB}"
transport = "tls"
tls = "bench"
client-certificate = "none"

[[groups.service]]
psi = "sip:mcptt_psi@primary.example"
name = "{SERVER}"
address = "{SERVICE}"
transport = "tls"
tls = "bench"

[[groups.issuer]]
name = "{issuer}"
audience = ["{audience}"]
jwks = "idms.jwks.json"
"#
    )
}
