//! `endpoints.json`: what `mcx lab up` tells scripts and other commands about the running lab.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The first that was read: one command is about one lab.
static OPENED: OnceLock<PathBuf> = OnceLock::new();

/// The file of the lab that this command is about, where it is about one.
pub(crate) fn opened() -> Option<&'static Path> {
    OPENED.get().map(PathBuf::as_path)
}

/// The file that was named, or the one in this folder.
///
/// # Errors
/// None was named, and there is none.
pub(crate) fn file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let file = named.unwrap_or(Path::new("endpoints.json"));
    if named.is_none() && !file.exists() {
        let text = "no endpoints.json here: say --endpoints D/endpoints.json for a lab that `mcx lab up --dir D` has started";
        return Err(Failure::Procedure(text.to_owned()));
    }
    Ok(file.to_path_buf())
}

/// The whole file.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Endpoints {
    /// `on`, `off` or `direct`.
    pub topology_hiding: String,
    /// TLS session keys, for tshark.
    pub key_log: PathBuf,
    /// The process of `mcx lab up`, which looks after the others; none where it has left them alone (`--detach`).
    #[serde(default)]
    pub pid: Option<u32>,
    /// Both systems.
    pub systems: Vec<SystemEndpoints>,
}

/// One system.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct SystemEndpoints {
    /// `primary` or `partner`.
    pub name: String,
    /// Its domain, which is its digest realm too.
    pub domain: String,
    /// Its processes.
    pub processes: Vec<Process>,
    /// Every SIP and HTTP listener.
    pub listeners: Vec<Listener>,
    /// Public service identities, by function.
    pub services: Services,
    /// Below which URI its group documents are.
    pub xcap_root: String,
    /// Below which URI its configuration documents are.
    pub configuration_root: String,
    /// Who may do everything with its groups: an MC service ID.
    pub administrator: String,
    /// Where its users log in.
    pub identity: Identity,
    /// What signs access tokens beside it.
    pub tokens: Tokens,
    /// Its users.
    pub users: Vec<User>,
    /// Users of the other system who may come to work here.
    #[serde(default)]
    pub visitors: Vec<Visitor>,
    /// Its authority, certificates and keys.
    pub tls: Tls,
}

/// A running process of the lab.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Process {
    /// `servers` or `clients`.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// What it runs: `mcx serve --config FILE`.
    pub config: PathBuf,
    /// `/metrics`, `/livez` and `/readyz`.
    pub admin: String,
    /// Its log.
    pub log: PathBuf,
}

/// Where one listener of one entity is bound.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Listener {
    /// The entity's table in the configuration: `gateway`, `sip-core`, `locations`, `service`, `groups`,
    /// `configuration`, `identity`, `acm`, `aliases`.
    pub entity: String,
    /// Its name in ladders and logs.
    pub name: String,
    /// The listener's name: `border`, `inner`, `clients-udp`.
    pub listener: String,
    /// `udp`, `tcp` or `tls`; `http` or `https`.
    pub protocol: String,
    /// Address and port.
    pub address: String,
}

/// Public service identities.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Services {
    /// The location management server.
    pub locations: String,
    /// The MC service server.
    pub service: String,
    /// The group management server.
    pub groups: String,
    /// The configuration management server.
    pub configuration: String,
    /// The ACM server.
    pub acm: String,
    /// The functional alias controlling server.
    pub aliases: String,
}

/// The identity management server. Its listener is `clients` of the entity `identity`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The issuer identifier, below which its discovery document is.
    pub issuer: String,
    /// The `client_id` of the users' application.
    pub client_id: String,
    /// Where that has browsers sent back; on any port.
    pub redirect_uri: String,
}

/// What signs access tokens for tests that log nobody in: `mcx lab token`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Tokens {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// The private key, PKCS #8 in PEM.
    pub key: PathBuf,
    /// The JSON Web Key Set.
    pub jwks: PathBuf,
}

/// A user and what proves that he is who he says.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// In the lab.
    pub name: String,
    /// The MC service ID.
    pub mc_service_id: String,
    /// The public user identity that is registered.
    pub impu: String,
    /// For digest authentication.
    pub username: String,
    /// For digest authentication, with SHA-256, and for the login page.
    pub password: String,
    /// Whether a client of his runs in the lab.
    pub logged_on: bool,
}

/// A user of another system, and who he is here.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Visitor {
    /// His name at home.
    pub name: String,
    /// The MC service ID in the primary MC system.
    pub primary_mc_service_id: String,
    /// The MC service ID that this system allocated to him.
    pub mc_service_id: String,
    /// The public user identity that is registered here.
    pub impu: String,
    /// For digest authentication.
    pub username: String,
    /// For digest authentication, with SHA-256.
    pub password: String,
    /// A file with an access token of this system, for whoever migrates without a log-in.
    pub access_token: PathBuf,
    /// Which of his clients he has with him.
    pub client_id: String,
    /// With which of their profiles its users may go.
    pub profile: u8,
}

/// File names.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Tls {
    /// The system's own authority.
    pub ca: PathBuf,
    /// The authority of the other system, which its border trusts.
    pub partner_ca: PathBuf,
    /// By holder: `border`, `gateway`, `sip-core`, `locations`, `service`, `groups`, `xcap`, `configuration`, `cms`, `idms`, `mcs`,
    /// `client`, `tester`.
    pub certificates: Vec<Certificate>,
}

/// A certificate and its key.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// Whose.
    pub holder: String,
    /// The certificate's file.
    pub certificate: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

impl Endpoints {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not there, or is no such file.
    pub fn open(file: &Path) -> Result<Self, Failure> {
        let wanted = "wanted is the endpoints.json that `mcx lab up --dir D` writes into D";
        if file.is_dir() {
            return Err(Failure::file(file, format!("is a folder; {wanted}")));
        }
        let read = fs::read_to_string(file);
        let text = read.map_err(|why| match why.kind() {
            std::io::ErrorKind::NotFound => Failure::file(file, format!("no such file; {wanted}")),
            _ => Failure::file(file, why),
        })?;
        let endpoints = serde_json::from_str(&text);
        let endpoints = endpoints.map_err(|why| Failure::file(file, format!("{why}; {wanted}")))?;
        OPENED.get_or_init(|| file.to_path_buf());
        Ok(endpoints)
    }

    /// A process of a lab that was started again by hand has another process id: the file says so. Nothing happens where there is no
    /// lab, or it has no such process.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn note(config: &Path, pid: u32) -> Result<(), Failure> {
        let config = config.canonicalize()?;
        let Some(dir) = config.parent().and_then(Path::parent) else { return Ok(()) };
        // Two that start at once do not undo each other's.
        let folder = fs::File::open(dir)?;
        folder.lock()?;
        let file = dir.join("endpoints.json");
        let Ok(mut endpoints) = Self::open(&file) else { return Ok(()) };
        let mut processes = endpoints.systems.iter_mut().flat_map(|system| &mut system.processes);
        match processes.find(|process| process.config == config && process.pid != pid) {
            Some(process) => process.pid = pid,
            None => return Ok(()),
        }
        endpoints.write(&file)
    }

    /// Writes the file whole or not at all, so that whoever waits for it finds all of it. It holds passwords: only its
    /// owner may read it.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from)?;
        let begun = file.with_extension(format!("json.{}", std::process::id()));
        // What stands there is of a process of this number that ended before it was done.
        let _ = fs::remove_file(&begun);
        let new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&begun);
        let written = new
            .and_then(|mut new| new.write_all(text.as_bytes()).and_then(|()| new.write_all(b"\n")))
            .and_then(|()| fs::rename(&begun, file));
        // Nothing half is left behind, as of a full disk.
        Ok(written.inspect_err(|_| drop(fs::remove_file(&begun)))?)
    }

    /// The system of this domain.
    ///
    /// # Errors
    /// There is none.
    pub fn system(&self, domain: &str) -> Result<&SystemEndpoints, Failure> {
        let found = self.systems.iter().find(|system| system.domain == domain);
        found.ok_or_else(|| {
            let known = self.systems.iter().map(|system| system.domain.as_str());
            let hint = kit::config::did_you_mean(domain, known);
            Failure::Procedure(format!("the lab has no system {domain}{hint}"))
        })
    }

    /// The same, where there has to be one.
    ///
    /// # Errors
    /// There is none.
    pub fn known_user(&self, name: &str) -> Result<(&SystemEndpoints, &User), Failure> {
        self.user(name).ok_or_else(|| {
            let users = self.systems.iter().flat_map(|system| &system.users);
            let known = users.flat_map(|user| [user.name.as_str(), user.mc_service_id.as_str()]);
            let hint = kit::config::did_you_mean(name, known);
            Failure::Procedure(format!("the lab names no user {name}{hint}"))
        })
    }

    /// The user of this name or MC service ID, and the system that he is of.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<(&SystemEndpoints, &User)> {
        let is = |user: &&User| user.name == name || user.mc_service_id == name;
        self.systems.iter().find_map(|system| system.users.iter().find(is).map(|user| (system, user)))
    }
}

impl SystemEndpoints {
    /// The listener of this name of an entity.
    #[must_use]
    pub fn listener(&self, entity: &str, listener: &str) -> Option<&Listener> {
        self.listeners.iter().find(|each| each.entity == entity && each.listener == listener)
    }
}
