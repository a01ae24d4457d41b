//! The identity management server, and how it is reached.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use clients::{
    IdentityClient,
    identity::{NotIssued, SCOPE, Settings},
};
use driver::{Env, Http, HttpConfig, LateWire, TlsProfile};
use wire::{Clock, Hop, Streams, TlsPeer, Transport, World};

use crate::{Failure, endpoints::SystemEndpoints};

/// The trust profile of the client.
const PROFILE: &str = "of this command";

/// A server and who logs in there.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The issuer identifier.
    pub(crate) issuer: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// PEM certificates of who issued its certificate.
    pub(crate) ca: PathBuf,
    /// As which application.
    pub(crate) client_id: String,
    /// Where that has browsers sent back.
    pub(crate) redirect_uri: String,
    /// Who, by name.
    pub(crate) user: String,
}

impl Named {
    /// As the command line says.
    pub(super) fn said(
        issuer: &str,
        ca: &Path,
        at: Option<SocketAddr>,
        client_id: &str,
        user: &str,
    ) -> Result<Self, Failure> {
        let (host, port) = authority(issuer)?;
        let address = match at {
            Some(address) => address,
            None => {
                let none =
                    |why: String| Failure::Procedure(format!("{host}: {why}; --at ADDRESS says where it is"));
                let found = (host.as_str(), port).to_socket_addrs();
                found
                    .map_err(|why| none(why.to_string()))?
                    .next()
                    .ok_or_else(|| none("has no address".to_owned()))?
            }
        };
        Ok(Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            address,
            ca: ca.to_path_buf(),
            client_id: client_id.to_owned(),
            redirect_uri: "http://127.0.0.1/callback".to_owned(),
            user: user.to_owned(),
        })
    }
}

/// That of a system of a lab.
///
/// # Errors
/// The system has none.
pub(crate) fn of_system(system: &SystemEndpoints, user: &str) -> Result<Named, Failure> {
    let none = || Failure::Procedure(format!("{} has no identity management server", system.domain));
    let listener = system.listener("identity", "clients").ok_or_else(none)?;
    Ok(Named {
        issuer: system.identity.issuer.clone(),
        address: listener.address.parse().map_err(|_| none())?,
        ca: system.tls.ca.clone(),
        client_id: system.identity.client_id.clone(),
        redirect_uri: system.identity.redirect_uri.clone(),
        user: user.to_owned(),
    })
}

/// A client of the server, and what it sends by, which has to live as long.
pub(crate) struct Server {
    client: IdentityClient,
    clock: Arc<dyn Clock>,
    _http: Http,
}

impl Server {
    /// # Errors
    /// The authority's certificates cannot be read.
    pub(crate) fn connect(named: &Named, env: &Env) -> Result<Self, Failure> {
        let (host, _) = authority(&named.issuer)?;
        let pem = fs::read_to_string(&named.ca).map_err(|why| Failure::file(&named.ca, why))?;
        let (http, hop) = https(&named.user, &host, named.address, pem, env)?;
        let settings = Settings {
            name: named.user.as_str().into(),
            issuer: named.issuer.clone(),
            server: hop,
            client_id: named.client_id.clone(),
            redirect_uri: named.redirect_uri.clone(),
            scope: SCOPE.to_owned(),
        };
        let world = World { web: http.web(), ..env.world(LateWire::new()) };
        Ok(Self { client: IdentityClient::new(settings, world), clock: Arc::clone(&env.clock), _http: http })
    }

    pub(crate) fn client(&self) -> &IdentityClient {
        &self.client
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.client.settings().issuer
    }

    /// Why nothing was issued, and by which server.
    pub(super) fn said(&self, why: &NotIssued) -> String {
        format!("{}: {why}", self.issuer())
    }

    pub(super) fn failed(&self) -> impl Fn(NotIssued) -> Failure + '_ {
        |why| Failure::Procedure(self.said(&why))
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock.wall()
    }
}

/// HTTPS to a server that proves this host under this authority.
///
/// # Errors
/// The authority's certificates are of no use.
pub(crate) fn https(
    name: &str,
    host: &str,
    address: SocketAddr,
    authority: String,
    env: &Env,
) -> Result<(Http, Hop), Failure> {
    let profile = TlsProfile {
        name: PROFILE.into(),
        certificate: None,
        key: None,
        anchors: vec![authority],
        crls: Vec::new(),
    };
    let http = Http::new(HttpConfig { tls: vec![profile], ..HttpConfig::new(name) }, env);
    let http = http.map_err(|why| Failure::start(name, why))?;
    let hop = Hop {
        name: host.into(),
        transport: Transport::Tls,
        address,
        tls: Some(TlsPeer { profile: PROFILE.into(), domain: host.into(), anchor: None }),
        connection: None,
        streams: Streams::default(),
    };
    Ok((http, hop))
}

/// Host and port of an https URI.
pub(super) fn authority(uri: &str) -> Result<(String, u16), Failure> {
    let read = uri.parse::<http::Uri>().ok().filter(|uri| uri.scheme_str() == Some("https"));
    let authority = read.as_ref().and_then(http::Uri::authority);
    let authority = authority.ok_or_else(|| Failure::Procedure(format!("{uri} is no https URI")))?;
    Ok((authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(443)))
}
