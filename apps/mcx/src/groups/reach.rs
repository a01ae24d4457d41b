//! Where the group management server is, and as whom it is spoken to.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use clients::{GroupClient, identity::EVERYTHING};
use driver::{Http, HttpConfig, SystemClock, TlsProfile};
use kit::tokens::{Grant, Signer};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use wire::{Hop, Silent, TlsPeer, Transport};

use super::server::of_group;
use crate::{
    Failure,
    endpoints::{Endpoints, SystemEndpoints},
    location::user,
    log_in::kept,
    serve,
};

/// How long a token that is signed here lasts.
const LASTS: Duration = Duration::from_secs(300);

/// The trust profile of the client.
const PROFILE: &str = "of this command";

#[derive(Args, Debug)]
pub(super) struct Options {
    /// In a lab: as whom, by name, such as `alice`, or by MC service ID; the administrator of the primary system where nothing
    /// is said.
    #[arg(long = "as", value_name = "USER", global = true, conflicts_with = "root")]
    user: Option<String>,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "root")]
    endpoints: Option<PathBuf>,
    /// In place of a lab: the XCAP root, such as `https://xcap.a.example`.
    #[arg(long, value_name = "URI", global = true, requires = "token", requires = "ca")]
    root: Option<String>,
    /// With --root: where the server is, in place of what its name resolves to.
    #[arg(long, value_name = "ADDRESS", global = true)]
    at: Option<SocketAddr>,
    /// With --root, and for `subscribe --config`: a file with the access token.
    #[arg(long, value_name = "FILE", global = true)]
    token: Option<PathBuf>,
    /// With --root: PEM certificates of who issued the server's certificate.
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
}

impl Options {
    /// As whom.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What `mcx lab up` wrote, where it is not in this folder.
    pub(super) fn endpoints(&self) -> Option<&Path> {
        self.endpoints.as_deref()
    }

    /// A file with the access token.
    pub(super) fn token(&self) -> Option<&PathBuf> {
        self.token.as_ref()
    }
}

/// A server, and what proves who speaks to it.
struct Server {
    root: String,
    address: SocketAddr,
    ca: PathBuf,
    token: String,
}

/// A client, and what it sends by, which has to live as long.
pub(super) async fn client(options: &Options, read: Option<&str>) -> Result<(GroupClient, Http), Failure> {
    let server = match &options.root {
        Some(root) => said(options, root)?,
        None => of_lab(options, read).await?,
    };
    let (host, _) = authority(&server.root)?;
    let pem = fs::read_to_string(&server.ca).map_err(|why| Failure::file(&server.ca, why))?;
    let profile = TlsProfile {
        name: PROFILE.into(),
        certificate: None,
        key: None,
        anchors: vec![pem],
        crls: Vec::new(),
    };
    let config = HttpConfig { tls: vec![profile], ..HttpConfig::new("mcx") };
    let http = Http::new(config, &serve::world(None, Arc::new(Silent)));
    let http = http.map_err(|why| Failure::start("groups", why))?;
    let hop = Hop {
        name: host.as_str().into(),
        transport: Transport::Tls,
        address: server.address,
        tls: Some(TlsPeer { profile: PROFILE.into(), domain: host.as_str().into(), anchor: None }),
        connection: None,
        streams: wire::Streams::default(),
    };
    Ok((GroupClient::new(http.web(), hop, &server.root, &server.token), http))
}

fn said(options: &Options, root: &str) -> Result<Server, Failure> {
    let lacks = |what: &str| Failure::Procedure(format!("--root needs {what}"));
    let token = options.token.as_ref().ok_or_else(|| lacks("--token"))?;
    let (host, port) = authority(root)?;
    let address = match options.at {
        Some(address) => address,
        None => (host.as_str(), port)
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| Failure::Procedure(format!("{host} has no address")))?,
    };
    Ok(Server {
        root: root.to_owned(),
        address,
        ca: options.ca.clone().ok_or_else(|| lacks("--ca"))?,
        token: kept::token_in(token)?,
    })
}

/// Host and port of an https URI.
fn authority(root: &str) -> Result<(String, u16), Failure> {
    let no_root = || Failure::Procedure(format!("{root} is no https URI"));
    let uri: http::Uri = root.parse().map_err(|_| no_root())?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("https")).ok_or_else(no_root)?;
    // `host:` and `host:http` are authorities to the parser.
    let has_port = authority.as_str().rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    let port = if has_port { authority.port_u16().ok_or_else(no_root)? } else { 443 };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() { Err(no_root()) } else { Ok((host.to_ascii_lowercase(), port)) }
}

async fn of_lab(options: &Options, read: Option<&str>) -> Result<Server, Failure> {
    let file = options.endpoints.as_deref().unwrap_or(Path::new("endpoints.json"));
    if options.endpoints.is_none() && !file.exists() {
        let text = "no endpoints.json here: say --endpoints D/endpoints.json for a lab that `mcx lab up --dir D` has \
                    started, or --root, --token and --ca";
        return Err(Failure::Procedure(text.to_owned()));
    }
    let endpoints = Endpoints::open(file)?;
    let (home, id) = whom(&endpoints, options.user.as_deref())?;
    let token = token(home, &id)?;
    let system = match read {
        Some(group) => of_group(&endpoints, (home, &id), group, &token).await?,
        None => home,
    };
    let listener = system
        .listeners
        .iter()
        .filter(|listener| listener.entity == "groups" && listener.protocol == "https")
        .max_by_key(|listener| listener.listener.contains("client"));
    let none = || Failure::Procedure(format!("{} has no group management server", system.domain));
    let address = listener.ok_or_else(none)?.address.parse();
    let address = address.map_err(|_| Failure::Procedure(format!("{} has no addresses", file.display())))?;
    Ok(Server { root: system.xcap_root.clone(), address, ca: system.tls.ca.clone(), token })
}

/// In a lab a partner is one of its systems; elsewhere the server alone knows.
pub(super) fn known_partner(options: &Options, partner: &str) -> Result<(), Failure> {
    let file = options.endpoints.as_deref().unwrap_or(Path::new("endpoints.json"));
    if options.root.is_some() || !file.exists() {
        return Ok(());
    }
    Endpoints::open(file)?.system(partner).map(drop)
}

/// A user, or an administrator, and of which system.
fn whom<'e>(endpoints: &'e Endpoints, name: Option<&str>) -> Result<(&'e SystemEndpoints, String), Failure> {
    let mut systems = endpoints.systems.iter();
    let Some(name) = name else {
        let system = systems.next().ok_or_else(|| Failure::Procedure("the lab has no system".to_owned()))?;
        return Ok((system, system.administrator.clone()));
    };
    if let Some(system) = systems.find(|system| system.administrator == name) {
        return Ok((system, name.to_owned()));
    }
    endpoints.known_user(name).map(|(system, user)| (system, user.mc_service_id.clone()))
}

/// An access token of a user, or an administrator, of the lab that has this `endpoints.json`.
pub(crate) fn lab_token(endpoints: &Path, user: &str) -> Result<String, Failure> {
    let endpoints = Endpoints::open(endpoints)?;
    let (system, id) = whom(&endpoints, Some(user))?;
    token(system, &id)
}

fn token(system: &SystemEndpoints, id: &str) -> Result<String, Failure> {
    let (file, user) = (&system.tokens.key, user(id)?);
    let pem = fs::read(file).map_err(|why| Failure::file(file, why))?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|why| Failure::file(file, why))?;
    let signer = Signer::new(&system.tokens.issuer, key.secret_pkcs8_der());
    let signer = signer.map_err(|why| Failure::file(file, why))?;
    let (audience, issued) = ([system.tokens.audience.as_str()], SystemClock::shared().wall());
    let grant = Grant { user: &user, audience: &audience, scopes: &EVERYTHING, issued, lasts: LASTS };
    signer.sign(&grant).map_err(Failure::Procedure)
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn a_root_names_a_host_and_a_port_of_either_family() {
        let of = |root: &str| authority(root).ok();
        assert_eq!(of("https://XCAP.a.example"), Some(("xcap.a.example".to_owned(), 443)));
        assert_eq!(of("https://xcap.a.example:8443/root"), Some(("xcap.a.example".to_owned(), 8443)));
        assert_eq!(of("https://[2001:db8::1]:15901/"), Some(("2001:db8::1".to_owned(), 15901)));
        assert_eq!(of("https://[::1]"), Some(("::1".to_owned(), 443)));
        for root in ["http://a.example", "https://", "https:///root", "https://a.example:port", "a.example"] {
            assert_eq!(of(root), None, "{root}");
        }
    }
}
