//! What two systems are to be like before they start.

mod parts;

use std::{fs, path::Path, sync::Arc};

use clients::Permission;
use mcx::{
    SystemConfig, cli,
    lab::{files, plan::Plan},
};
use tempfile::TempDir;
use tokio::{runtime::Builder, task::LocalSet};
use xml_schemas::ids::McServiceId;

pub(crate) use parts::Part;
use parts::{split, usual, without_administration};

use crate::{TwoSystems, config::Toml, pki, plan};

/// One of the two systems.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// `primary.example`: alice and dave, who ask.
    Primary,
    /// `partner.example`: bob, who is found; carol, who has a rule against it; erin, who is never there.
    Partner,
}

/// How the two systems are connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topology {
    /// Through gateways that hide what lies behind them.
    Hidden,
    /// Through gateways that do not.
    Open,
    /// Server to server.
    Direct,
}

impl Topology {
    pub(crate) fn of_the_lab(self) -> cli::Topology {
        match self {
            Self::Hidden => cli::Topology::On,
            Self::Open => cli::Topology::Off,
            Self::Direct => cli::Topology::Direct,
        }
    }
}

impl Home {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Primary, Self::Partner];

    pub(crate) fn place(self) -> u8 {
        match self {
            Self::Primary => 0,
            Self::Partner => 1,
        }
    }

    /// The system's domain.
    #[must_use]
    pub fn domain(self) -> &'static str {
        plan::DOMAINS[usize::from(self.place())]
    }
}

type Edit = Box<dyn FnOnce(&mut Toml)>;

/// Two systems, not started yet.
pub struct Setup {
    topology: Topology,
    provides: bool,
    profiles: bool,
    identity: bool,
    administration: bool,
    one_authority: bool,
    other: bool,
    apart: [i64; 2],
    absent: Vec<String>,
    edits: Vec<(Home, Edit)>,
    asked: Vec<(String, Permission)>,
}

/// Everything that is needed to start.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) folder: TempDir,
    pub(crate) parts: Vec<Part>,
    /// By how many seconds the clocks of each system are fast.
    pub(crate) apart: [i64; 2],
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            topology: Topology::Hidden,
            provides: true,
            profiles: false,
            identity: false,
            administration: false,
            one_authority: false,
            other: false,
            apart: [0; 2],
            absent: Vec::new(),
            edits: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Connected in this way; through gateways that hide where nothing is said.
    #[must_use]
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// The primary system does not provide groups by itself: the partner has to request them.
    #[must_use]
    pub fn on_request(mut self) -> Self {
        self.provides = false;
        self
    }

    /// The MC service servers follow the profiles of their users, which the configuration management servers keep, and request the
    /// groups that these name. Without it only tests request groups.
    #[must_use]
    pub fn profiles(mut self) -> Self {
        self.profiles = true;
        self
    }

    /// The identity management servers run, and every other server takes their tokens. Without it tokens come from the lab's keys alone.
    #[must_use]
    pub fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// The ACM servers and the functional alias controlling servers run, and users have ACM clients. Without it nobody administers
    /// anything between the systems.
    #[must_use]
    pub fn administration(mut self) -> Self {
        self.administration = true;
        self
    }

    /// Behind the gateway of a system is a second group management server, which a test plays: `pattern` says which groups are its.
    #[must_use]
    pub fn second_groups(self, home: Home, pattern: &str) -> Self {
        let (domain, host) = (home.domain(), plan::inner(home.place(), plan::SECOND));
        let server = format!(
            "auids = [\"org.openmobilealliance.groups\"]\ngroups = [\"{pattern}\"]\nroot = \"https://xcap.{domain}\"\n\
             name = \"tester.core.{domain}\"\naddress = \"{host}:8443\"\ntransport = \"tls\"\ntls = \"gateway\"\n"
        );
        self.with(home, move |config| {
            config.first("gateway.xcap.server", &server);
        })
    }

    /// One authority has issued every certificate of both systems; without it each has its own.
    #[must_use]
    pub fn one_authority(mut self) -> Self {
        self.one_authority = true;
        self
    }

    /// By the clocks of a system it is so many seconds later than it is; earlier where there are less than none.
    #[must_use]
    pub fn clock(mut self, home: Home, seconds: i64) -> Self {
        self.apart[usize::from(home.place())] = seconds;
        self
    }

    /// The configuration of one system is changed.
    #[must_use]
    pub fn with(mut self, home: Home, edit: impl FnOnce(&mut Toml) + 'static) -> Self {
        self.edits.push((home, Box::new(edit)));
        self
    }

    /// The entity with this name is not started: a test plays it, or nobody does.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.absent.push(name.to_owned());
        self
    }

    /// Nothing of this system is started: a test plays its gateway.
    #[must_use]
    pub fn without_system(self, home: Home) -> Self {
        self.without(home.domain())
    }

    /// The user's terminal does not log on by itself.
    #[must_use]
    pub fn logged_off(self, home: Home, user: &str) -> Self {
        let path = format!("client.{user}.log-on");
        self.with(home, move |config| {
            config.set(&path, false);
        })
    }

    /// The user is asked for permission each time, and answers so; the argument is who wants to know, where that is said.
    #[must_use]
    pub fn asked(
        mut self,
        user: &str,
        answer: impl Fn(Option<McServiceId>) -> bool + Send + Sync + 'static,
    ) -> Self {
        let ask = Permission::Ask(Arc::new(move |who| Box::pin(std::future::ready(answer(who)))));
        self.asked.push((user.to_owned(), ask));
        self
    }

    /// The primary system is interconnected with a third one too, `other.example`, whose gateway a test plays.
    #[must_use]
    pub fn third_system(mut self) -> Self {
        self.other = true;
        self.with(Home::Primary, |config| {
            let hop = r#"hop = { name = "mcgw.other.example", address = "192.0.2.3:5061", transport = "tls", tls = "border" }"#;
            let flows = r#"["location-information-request", "location-information-report"]"#;
            config
                .set("tls.border.authorities", vec!["tls/partner-ca.pem", "tls/other-ca.pem"])
                .add("gateway.partner", &format!("name = \"other.example\"\nissuer = \"tls/other-ca.pem\"\n{hop}\ninbound = {flows}\noutbound = {flows}\n"))
                .add("locations.partner", "name = \"other.example\"\npsi = \"sip:lms_psi@other.example\"\n");
        })
    }

    /// Starts both systems, logs their users on, runs the test, and ends everything. A panic of any entity fails it.
    ///
    /// # Panics
    /// Where a system does not start, or an entity panicked.
    pub fn run(self, test: impl AsyncFnOnce(&mut TwoSystems)) {
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        LocalSet::new().block_on(&runtime, async {
            let mut world = TwoSystems::start(self.prepare()).await;
            test(&mut world).await;
            world.end().await;
        });
    }

    fn prepare(self) -> Prepared {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = Plan { provides: self.provides, ..plan::plan(folder.path(), self.topology) };
        files::write(&plan).expect("the lab writes its files");
        if self.one_authority {
            pki::share(&plan);
        }
        if self.other {
            pki::other(&plan);
        }
        let mut configs = plan.systems.each_ref().map(|system| {
            let mut config = read(&system.servers_file());
            config.merge(read(&system.clients_file()));
            if !self.profiles {
                config
                    .remove("service.group-server")
                    .remove("service.configuration-server")
                    .remove("configuration")
                    .remove("acm.users");
            }
            if !self.identity {
                config.remove("identity");
                let servers = ["groups", "service", "configuration"].into_iter();
                for entity in servers.filter(|each| config.has(each)).collect::<Vec<_>>() {
                    config.forget(&format!("{entity}.issuer"), 1);
                }
            }
            if !self.administration {
                without_administration(&mut config);
            }
            usual(&mut config, system, plan::inner(system_of(system.domain), 0));
            config
        });
        for (home, edit) in self.edits {
            edit(&mut configs[usize::from(home.place())]);
        }
        let mut parts = Vec::new();
        for (home, (config, system)) in Home::BOTH.into_iter().zip(configs.iter().zip(&plan.systems)) {
            let config = SystemConfig::parse(&system.folder.join("system.toml"), &config.text())
                .unwrap_or_else(|why| panic!("{why}"));
            parts.extend(split(home, config, &self.absent));
        }
        for (user, permission) in self.asked {
            let of_user = |part: &&mut Part| part.name == user;
            let part = parts.iter_mut().find(of_user).unwrap_or_else(|| panic!("no terminal of {user}"));
            part.config.clients[0].location.permission = permission;
        }
        // Servers first, as in the lab.
        parts.sort_by_key(|part| !part.config.clients.is_empty());
        Prepared { plan, folder, parts, apart: self.apart }
    }
}

fn system_of(domain: &str) -> u8 {
    u8::from(domain != plan::DOMAINS[0])
}

fn read(file: &Path) -> Toml {
    Toml::parse(&fs::read_to_string(file).expect("the lab wrote it"))
}
