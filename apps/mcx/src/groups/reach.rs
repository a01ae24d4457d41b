//! Where the group management server is, and as whom it is spoken to.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use clients::GroupClient;
use driver::{Http, HttpConfig, SystemClock, TlsProfile};
use kit::tokens::{Grant, Signer};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use wire::{Hop, Silent, TlsPeer, Transport};

use crate::{
    Failure,
    endpoints::{Endpoints, SystemEndpoints},
    location::user,
    serve,
};

/// How long a token that is signed here lasts.
const LASTS: Duration = Duration::from_secs(300);

/// The trust profile of the client.
const PROFILE: &str = "servers";

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
pub(super) fn client(options: &Options) -> Result<(GroupClient, Http), Failure> {
    let server = match &options.root {
        Some(root) => said(options, root)?,
        None => of_lab(options)?,
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
        token: fs::read_to_string(token).map_err(|why| Failure::file(token, why))?.trim().to_owned(),
    })
}

/// Host and port of an https URI.
fn authority(root: &str) -> Result<(String, u16), Failure> {
    let no_root = || Failure::Procedure(format!("{root} is no https URI"));
    let rest = root.strip_prefix("https://").ok_or_else(no_root)?;
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty()).ok_or_else(no_root)?;
    match authority.rsplit_once(':') {
        Some((host, port)) => Ok((host.to_ascii_lowercase(), port.parse().map_err(|_| no_root())?)),
        None => Ok((authority.to_ascii_lowercase(), 443)),
    }
}

fn of_lab(options: &Options) -> Result<Server, Failure> {
    let file = options.endpoints.as_deref().unwrap_or(Path::new("endpoints.json"));
    if options.endpoints.is_none() && !file.exists() {
        let text = "no endpoints.json here: say --endpoints D/endpoints.json for a lab that `mcx lab up --dir D` has \
                    started, or --root, --token and --ca";
        return Err(Failure::Procedure(text.to_owned()));
    }
    let endpoints = Endpoints::open(file)?;
    let (system, id) = whom(&endpoints, options.user.as_deref())?;
    let listener = system
        .listeners
        .iter()
        .filter(|listener| listener.entity == "groups" && listener.protocol == "https")
        .max_by_key(|listener| listener.listener.contains("client"));
    let none = || Failure::Procedure(format!("{} has no group management server", system.domain));
    let address = listener.ok_or_else(none)?.address.parse();
    let address = address.map_err(|_| Failure::Procedure(format!("{} has no addresses", file.display())))?;
    let token = token(system, &id)?;
    Ok(Server { root: system.xcap_root.clone(), address, ca: system.tls.ca.clone(), token })
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
    let grant = Grant { user: &user, audience: &audience, scopes: &[], issued, lasts: LASTS };
    signer.sign(&grant).map_err(Failure::Procedure)
}
