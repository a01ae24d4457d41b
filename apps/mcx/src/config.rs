//! A configuration file: which entities this process runs.
//!
//! ```toml
//! [process]                    # all optional
//! shards = 2                   # threads for each node; one where nothing is said
//! store = "mcx.redb"           # in memory where nothing is said
//! drain = "10s"                # how long accepted work may take to finish after SIGTERM
//! lab = false                  # only a lab may have key-log = "keys.log" (TLS session keys) and seed = 7 (identifiers repeat)
//!
//! [admin]                      # /metrics /livez /readyz, always there; where nothing is said at 127.0.0.1, at a port that the
//! listen = "127.0.0.1:9090"    # system chooses and the log tells (several processes share a host); a scraper wants a fixed one
//!
//! [tls.inner]                  # trust profiles, named by listeners and hops
//! certificate = "lms.pem"
//! key = "lms.key"              # readable by its owner only
//! authorities = ["ca.pem"]
//!
//! [gateway]                    # each entity has its own table: see its crate
//! [sip-core]
//! [locations]
//! [service]
//! [groups]
//! [configuration]
//! [identity]
//! [aliases]
//! [acm]
//! [client.alice]
//! ```

mod audit;
mod changes;
mod client;
mod coherence;
mod contents;
mod process;

use std::path::Path;

use driver::SystemClock;
use kit::config::{Asked, Document, Errors, Listen, Table, TlsProfiles};

pub use audit::Audit;
pub(crate) use audit::signing_key;
pub use changes::{Change, Text};
pub use client::ClientConfig;
pub use contents::Contents;
pub(crate) use process::Cache;
pub use process::{Database, Kept, Process, Threads};

use crate::Failure;

/// The tables of servers: without one of them, or a client, there is nothing to run.
const SERVERS: [&str; 9] =
    ["gateway", "sip-core", "locations", "service", "groups", "configuration", "identity", "aliases", "acm"];

/// Everything that a file says.
#[derive(Clone, Default, Debug)]
pub struct SystemConfig {
    /// What holds for the process as a whole.
    pub process: Process,
    /// Trust profiles.
    pub tls: TlsProfiles,
    /// The MC gateway server.
    pub gateway: Option<gateway::Config>,
    /// The SIP core, and its node's listeners.
    pub sip_core: Option<(Vec<Listen>, sip_core::Config)>,
    /// The location management server.
    pub locations: Option<locations::Config>,
    /// The MC service server.
    pub service: Option<service::Config>,
    /// The group management server.
    pub groups: Option<groups::Config>,
    /// The configuration management server.
    pub configuration: Option<configuration::Config>,
    /// The identity management server.
    pub identity: Option<identity::Config>,
    /// The functional alias controlling server.
    pub aliases: Option<aliases::Config>,
    /// The ACM server.
    pub acm: Option<acm::Config>,
    /// What audit logs are signed with.
    pub audit: Audit,
    /// Users' terminals.
    pub clients: Vec<ClientConfig>,
    /// What is not wrong but may not be meant, each with its place.
    pub warnings: Errors,
    /// The file as it was written, to tell what has changed when it is read again.
    pub text: Text,
    /// The same of files that it names.
    pub contents: Contents,
}

impl SystemConfig {
    /// Reads a file from disk.
    ///
    /// # Errors
    /// [`Failure::Config`] with every mistake.
    pub fn open(file: &Path) -> Result<Self, Failure> {
        Self::of(Document::open(file)?)
    }

    /// Reads a text; `file` names it, and paths in it are relative to that file's folder.
    ///
    /// # Errors
    /// [`Failure::Config`] with every mistake.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        Self::of(Document::parse(file, text))
    }

    /// Every key that is asked for while this text is read, for whoever writes a reference of them.
    #[must_use]
    pub fn asked(file: &Path, text: &str) -> Vec<Asked> {
        Document::parse(file, text).examine(Self::read).asked
    }

    fn of(document: Document) -> Result<Self, Failure> {
        let text = Text::of(document.text());
        let examined = document.examine(Self::read);
        let read = examined.value?;
        let contents = Contents::of(&read);
        Ok(Self { warnings: examined.warnings, text, contents, ..read })
    }

    fn read(root: &Table<'_>) -> Option<Self> {
        let process = Process::read(root);
        let tls = TlsProfiles::read(root);
        let read = Self {
            process,
            gateway: root.table("gateway", |table| gateway::Config::read(table, &tls)),
            sip_core: root.table("sip-core", |table| {
                let listen = Listen::read_all(table, &tls);
                Some((listen, sip_core::Config::read(table, &tls)?))
            }),
            locations: root.table("locations", |table| locations::Config::read(table, &tls)),
            service: root.table("service", |table| service::Config::read(table, &tls)),
            groups: root.table("groups", |table| groups::Config::read(table, &tls)),
            configuration: root.table("configuration", |table| configuration::Config::read(table, &tls)),
            identity: root.table("identity", |table| identity::Config::read(table, &tls)),
            aliases: root.table("aliases", |table| aliases::Config::read(table, &tls)),
            acm: root.table("acm", |table| acm::Config::read(table, &tls)),
            audit: Audit::read(root),
            clients: root.named_tables("client", |table| ClientConfig::read(table, &tls)),
            warnings: Errors::default(),
            text: Text::default(),
            contents: Contents::default(),
            tls,
        };
        if !SERVERS.into_iter().chain(["client"]).any(|table| root.has(table)) {
            root.error("names no entity: there would be nothing to run");
        }
        coherence::check(root, &read, SystemClock::shared().wall());
        Some(read)
    }

    /// Whether anything that it runs keeps promises.
    #[must_use]
    pub fn keeps(&self) -> bool {
        let servers = self.groups.is_some() || self.configuration.is_some() || self.service.is_some();
        self.sip_core.is_some()
            || servers
            || self.aliases.is_some()
            || self.acm.is_some()
            || self.identity.is_some()
    }

    /// How much memory the pages of a store in a file may take.
    pub(crate) fn store_cache(&self) -> Cache {
        Cache::of(self.process.store_cache, self.groups.is_some() || self.configuration.is_some())
    }

    /// What the file runs, in words.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut names: Vec<String> = self.listeners().into_iter().map(|(table, ..)| table).collect();
        names.extend(self.identity.iter().map(|_| "identity".to_owned()));
        names.extend(self.clients.iter().map(|client| format!("client.{}", client.device.name)));
        names.dedup();
        names.join(", ")
    }

    /// Every listener: the entity's table, its name, and the listener.
    #[must_use]
    pub fn listeners(&self) -> Vec<(String, String, &Listen)> {
        fn of<'l>(
            table: &str,
            name: &str,
            listen: impl IntoIterator<Item = &'l Listen>,
        ) -> Vec<(String, String, &'l Listen)> {
            listen.into_iter().map(|listen| (table.to_owned(), name.to_owned(), listen)).collect()
        }
        let gateway = self
            .gateway
            .iter()
            .map(|each| of("gateway", &each.name, each.listen.iter().map(|(_, listen)| listen)));
        let core = self.sip_core.iter().map(|(listen, core)| of("sip-core", &core.name, listen));
        let locations = self.locations.iter().map(|each| of("locations", &each.name, &each.listen));
        let service = self.service.iter().map(|each| of("service", &each.name, &each.listen));
        let groups = self.groups.iter().map(|each| of("groups", &each.name, &each.listen));
        let configuration =
            self.configuration.iter().map(|each| of("configuration", &each.name, &each.listen));
        let aliases = self.aliases.iter().map(|each| of("aliases", &each.name, &each.listen));
        let acm = self.acm.iter().map(|each| of("acm", &each.name, &each.listen));
        let documents = groups.chain(configuration).chain(aliases).chain(acm);
        gateway.chain(core).chain(locations).chain(service).chain(documents).flatten().collect()
    }

    /// Every HTTP listener of a server: the entity's table, its name, and the listener.
    pub(crate) fn http_listeners(&self) -> Vec<(String, String, &Listen)> {
        let gateway = self.gateway.iter().flat_map(|each| {
            let listen = each.http.iter().flat_map(|http| &http.listen);
            listen.map(|(_, http)| ("gateway".to_owned(), each.name.clone(), &http.listen))
        });
        let groups = self.groups.iter().flat_map(|each| {
            each.http.iter().map(|http| ("groups".to_owned(), each.name.clone(), &http.listen))
        });
        let configuration = self.configuration.iter().flat_map(|each| {
            each.http.iter().map(|http| ("configuration".to_owned(), each.name.clone(), &http.listen))
        });
        let identity = self.identity.iter().flat_map(|each| {
            each.http.iter().map(|http| ("identity".to_owned(), each.name.clone(), &http.listen))
        });
        let service = self.service.iter().flat_map(|each| {
            each.http.iter().map(|http| ("service".to_owned(), each.name.to_string(), &http.listen))
        });
        let documents = gateway.chain(groups).chain(configuration);
        documents.chain(identity).chain(service).collect()
    }
}
