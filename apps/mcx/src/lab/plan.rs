//! Who is in the lab, and where.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use wire::Ids;

use super::ports::{Ports, hosts};
use crate::cli::Topology;

/// Both systems. What the first's client asks, the second's user answers.
pub struct Plan {
    /// Where everything is written.
    pub dir: PathBuf,
    /// How the systems are connected.
    pub topology: Topology,
    /// `primary.example` and `partner.example`.
    pub systems: [SystemPlan; 2],
    /// Whether session keys are written for a packet analyser.
    pub key_log: bool,
    /// Whether those who move stand still instead, so that every run finds them at the same place.
    pub still: bool,
    /// Whether the first system provides its groups by itself (10.2.7.2). Where it does not, the second has to request them
    /// (10.2.7.3).
    pub provides: bool,
}

/// One system: names, addresses, users.
pub struct SystemPlan {
    /// Its folder, `primary` or `partner`.
    pub folder: PathBuf,
    /// Its domain.
    pub domain: &'static str,
    /// Where its listeners are.
    pub at: Addresses,
    /// Its users.
    pub users: Vec<User>,
    /// Users of the other system who may come to work here.
    pub visitors: Vec<Visitor>,
    /// What seals hidden names: a secret of its gateway.
    pub hiding_secret: String,
}

/// Where the listeners of one system are.
pub struct Addresses {
    /// The gateway, or in direct mode the location management server, as partners reach it: TLS.
    pub border: SocketAddr,
    /// The gateway for its own servers: TLS.
    pub gateway_tls: SocketAddr,
    /// The gateway for trusted addresses: UDP and TCP.
    pub gateway_plain: SocketAddr,
    /// The SIP core for users: UDP and TCP.
    pub clients: SocketAddr,
    /// The SIP core for users: TLS.
    pub clients_tls: SocketAddr,
    /// The SIP core for servers: TLS.
    pub core: SocketAddr,
    /// The location management server: TLS.
    pub locations: SocketAddr,
    /// The MC service server: TLS.
    pub service: SocketAddr,
    /// In direct mode the MC service server, as partners reach it: TLS.
    pub service_border: SocketAddr,
    /// The gateway over HTTP, or in direct mode the group management server, as partners reach it: TLS.
    pub border_http: SocketAddr,
    /// The gateway over HTTP for its own servers: TLS.
    pub gateway_http: SocketAddr,
    /// In direct mode the group management server over SIP, as partners reach it: TLS.
    pub groups_border: SocketAddr,
    /// The group management server over SIP: TLS.
    pub groups: SocketAddr,
    /// The group management server over HTTP, for own servers and the gateway: TLS.
    pub groups_http: SocketAddr,
    /// The group management server over HTTP, for clients with access tokens: TLS.
    pub groups_clients: SocketAddr,
    /// The configuration management server over SIP: TLS.
    pub configuration: SocketAddr,
    /// The configuration management server over HTTP, for own servers: TLS.
    pub configuration_http: SocketAddr,
    /// The configuration management server over HTTP, for clients with access tokens: TLS.
    pub configuration_clients: SocketAddr,
    /// The identity management server, for clients and for servers that fetch its keys: TLS.
    pub identity: SocketAddr,
    /// The MC service server over HTTP, for clients with access tokens: TLS.
    pub service_clients: SocketAddr,
    /// The identity management server, for own servers: TLS.
    pub identity_servers: SocketAddr,
    /// The MC service server over HTTP, for own servers: TLS.
    pub service_http: SocketAddr,
    /// The ACM server: TLS.
    pub acm: SocketAddr,
    /// In direct mode the ACM server, as partners reach it: TLS.
    pub acm_border: SocketAddr,
    /// The functional alias controlling server: TLS.
    pub aliases: SocketAddr,
    /// The admin listener of the servers' process.
    pub admin: SocketAddr,
    /// The admin listener of the clients' process.
    pub clients_admin: SocketAddr,
}

/// A user and how he stands to being located.
pub struct User {
    /// His name in the lab.
    pub name: &'static str,
    /// The digest password.
    pub password: String,
    /// What he is there for.
    pub part: Part,
}

/// A user who works in a system that is not his own: who he is here, with the identities that the system gave him (TS 23.280 10.1.6).
pub struct Visitor {
    /// His name at home.
    pub user: &'static str,
    /// What his terminal here is called.
    pub name: &'static str,
    /// The digest password of his account here.
    pub password: String,
}

/// With which of their profiles users migrate.
pub const ABROAD: u8 = 3;

/// Which of his clients a visitor has with him (TS 24.379 7.2.1).
pub const CLIENT_ID: &str = "urn:uuid:7d3a9c60-52e1-4b8f-9a07-c1e5f24b8d36";

impl Visitor {
    /// The MC service ID in the primary MC system.
    #[must_use]
    pub fn primary(&self, home: &SystemPlan) -> String {
        format!("sip:{}@{}", self.user, home.domain)
    }

    /// The MC service ID that the partner system gave him.
    #[must_use]
    pub fn partner(&self, here: &SystemPlan) -> String {
        format!("sip:{}@{}", self.name, here.domain)
    }

    /// The public user identity under which he registers here.
    #[must_use]
    pub fn impu(&self, here: &SystemPlan) -> String {
        format!("sip:{}.imsi@{}", self.name, here.domain)
    }
}

/// What a user is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Asks where others are.
    Asks,
    /// Is located: his client reports from a track.
    Moves,
    /// May not be located from outside: a rule of his own.
    Hides,
    /// Never logs on.
    Away,
}

impl User {
    /// The MC service ID.
    #[must_use]
    pub fn mc_service_id(&self, domain: &str) -> String {
        format!("sip:{}@{domain}", self.name)
    }

    /// The public user identity under which he registers.
    #[must_use]
    pub fn impu(&self, domain: &str) -> String {
        format!("sip:{}.imsi@{domain}", self.name)
    }

    /// Whether his client has a position, on a track of its own: also of one who may not be located from outside.
    #[must_use]
    pub fn moves(&self) -> bool {
        matches!(self.part, Part::Moves | Part::Hides)
    }

    /// Whether his client logs on as soon as it runs: one who asks does so when he asks.
    #[must_use]
    pub fn logs_on_by_itself(&self) -> bool {
        matches!(self.part, Part::Moves | Part::Hides)
    }
}

impl Plan {
    /// A lab in this folder, on loopback ports that are free now.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(dir: &Path, topology: Topology, ids: &dyn Ids) -> io::Result<Self> {
        let mut ports = Ports::default();
        Self::at(dir, topology, ids, hosts(), &mut |host| ports.free(host))
    }

    /// A lab in this folder for a network in memory: the systems at 10.0.0.1 and 10.0.0.2, ports from 5060 upwards.
    #[must_use]
    pub fn in_memory(dir: &Path, topology: Topology, ids: &dyn Ids) -> Self {
        let hosts = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let mut next = 5060;
        let mut count = |host| {
            next += 1;
            SocketAddr::new(host, next)
        };
        match Self::at(dir, topology, ids, hosts, &mut |host| Ok::<_, Infallible>(count(host))) {
            Ok(plan) => plan,
            Err(never) => match never {},
        }
    }

    fn at<E>(
        dir: &Path,
        topology: Topology,
        ids: &dyn Ids,
        [first, second]: [IpAddr; 2],
        free: &mut dyn FnMut(IpAddr) -> Result<SocketAddr, E>,
    ) -> Result<Self, E> {
        let user = |name, part| User { name, password: ids.token(), part };
        let own = vec![user("alice", Part::Asks), user("dave", Part::Moves)];
        let abroad = vec![user("bob", Part::Moves), user("carol", Part::Hides), user("erin", Part::Away)];
        let coming = vec![Visitor { user: "dave", name: "dave-abroad", password: ids.token() }];
        let mut system = |folder: &str, domain, host, users, visitors| {
            Ok(SystemPlan {
                folder: dir.join(folder),
                domain,
                at: Addresses::free(free, host)?,
                users,
                visitors,
                hiding_secret: [ids.token(), ids.token()].concat(),
            })
        };
        let systems = [
            system("primary", "primary.example", first, own, Vec::new())?,
            system("partner", "partner.example", second, abroad, coming)?,
        ];
        Ok(Self { dir: dir.to_path_buf(), topology, systems, key_log: false, still: false, provides: true })
    }

    /// A system with the one that it is interconnected with.
    pub fn pairs(&self) -> [(&SystemPlan, &SystemPlan); 2] {
        let [first, second] = &self.systems;
        [(first, second), (second, first)]
    }

    /// Where session keys are written.
    #[must_use]
    pub fn key_log_file(&self) -> PathBuf {
        self.dir.join("keys.log")
    }
}

impl SystemPlan {
    /// The gateway's public name.
    #[must_use]
    pub fn gateway(&self) -> String {
        format!("mcgw.{}", self.domain)
    }

    /// An inner name.
    #[must_use]
    pub fn inner(&self, host: &str) -> String {
        format!("{host}.core.{}", self.domain)
    }

    /// The location management server's public service identity.
    #[must_use]
    pub fn locations_psi(&self) -> String {
        format!("sip:lms_psi@{}", self.domain)
    }

    /// The MC service server's public service identity.
    #[must_use]
    pub fn service_psi(&self) -> String {
        format!("sip:mcptt_psi@{}", self.domain)
    }

    /// The file with the access token of somebody who has a terminal here, relative to the system's folder.
    #[must_use]
    pub fn token_file(&self, terminal: &str) -> String {
        format!("tls/{terminal}.token")
    }

    /// The group management server's public service identity.
    #[must_use]
    pub fn groups_psi(&self) -> String {
        format!("sip:gms_psi@{}", self.domain)
    }

    /// The ACM server's public service identity.
    #[must_use]
    pub fn acm_psi(&self) -> String {
        format!("sip:acm_psi@{}", self.domain)
    }

    /// The functional alias controlling server's public service identity.
    #[must_use]
    pub fn aliases_psi(&self) -> String {
        format!("sip:alias_psi@{}", self.domain)
    }

    /// A role that its users take in turn.
    #[must_use]
    pub fn alias(&self) -> String {
        format!("sip:dispatcher@{}", self.domain)
    }

    /// The configuration management server's public service identity.
    #[must_use]
    pub fn configuration_psi(&self) -> String {
        format!("sip:cms_psi@{}", self.domain)
    }

    /// The host below which configuration documents are.
    #[must_use]
    pub fn configuration_host(&self) -> String {
        format!("cms.{}", self.domain)
    }

    /// The host below which its documents are, for its clients and for partners alike.
    #[must_use]
    pub fn xcap_host(&self) -> String {
        format!("xcap.{}", self.domain)
    }

    /// The XCAP root at that host.
    #[must_use]
    pub fn xcap_root(&self) -> String {
        format!("https://{}", self.xcap_host())
    }

    /// The host of its identity management server.
    #[must_use]
    pub fn identity_host(&self) -> String {
        format!("idms.{}", self.domain)
    }

    /// Its identity management server, where its users log in.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://{}", self.identity_host())
    }

    /// Whose access tokens count too: signed by a key in the lab's folder, for tests that show a token and log nobody in.
    #[must_use]
    pub fn tester(&self) -> String {
        format!("https://tokens.{}", self.domain)
    }

    /// The host at which clients reach the MC service server over HTTP.
    #[must_use]
    pub fn service_host(&self) -> String {
        format!("mcs.{}", self.domain)
    }

    /// Who may do everything with its groups.
    #[must_use]
    pub fn administrator(&self) -> String {
        format!("sip:admin@{}", self.domain)
    }

    /// The configuration of its servers.
    #[must_use]
    pub fn servers_file(&self) -> PathBuf {
        self.folder.join("servers.toml")
    }

    /// The configuration of its users' clients.
    #[must_use]
    pub fn clients_file(&self) -> PathBuf {
        self.folder.join("clients.toml")
    }
}

impl Addresses {
    fn free<E>(free: &mut dyn FnMut(IpAddr) -> Result<SocketAddr, E>, host: IpAddr) -> Result<Self, E> {
        Ok(Self {
            border: free(host)?,
            gateway_tls: free(host)?,
            gateway_plain: free(host)?,
            clients: free(host)?,
            clients_tls: free(host)?,
            core: free(host)?,
            locations: free(host)?,
            service: free(host)?,
            service_border: free(host)?,
            border_http: free(host)?,
            gateway_http: free(host)?,
            groups_border: free(host)?,
            groups: free(host)?,
            groups_http: free(host)?,
            groups_clients: free(host)?,
            configuration: free(host)?,
            configuration_http: free(host)?,
            configuration_clients: free(host)?,
            identity: free(host)?,
            service_clients: free(host)?,
            identity_servers: free(host)?,
            service_http: free(host)?,
            acm: free(host)?,
            acm_border: free(host)?,
            aliases: free(host)?,
            admin: free(host)?,
            clients_admin: free(host)?,
        })
    }
}
