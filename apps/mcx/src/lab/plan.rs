//! Who is in the lab, and where.

mod addresses;
mod names;
mod people;

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use wire::Ids;

use super::ports::{Ports, hosts};
use crate::cli::Topology;

pub use addresses::Addresses;
pub use people::{ABROAD, CLIENT_ID, Part, User, Visitor};

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
    /// What both systems' agreements do not let in: a flow, or an HTTP operation.
    pub denied: Option<String>,
    /// How the ACM servers of both decide.
    pub arranging: Arranging,
}

/// How ACM servers decide, where a procedure is to show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arranging {
    /// The group management server says which groups may be provided (10.17.4.2 step 2), and not a pattern of the configuration.
    pub asks_group_server: bool,
    /// Whom his own system takes back is removed by rule (10.17.3.2), and nobody is asked.
    pub removes_by_rule: bool,
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

impl Plan {
    /// A lab in this folder, on loopback ports that are free now.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(dir: &Path, topology: Topology, ids: &dyn Ids) -> io::Result<Self> {
        Self::on_loopback(dir, topology, ids, false)
    }

    /// As [`Plan::new`], over IPv6 or IPv4.
    ///
    /// # Errors
    /// When there are no free ports.
    pub fn on_loopback(dir: &Path, topology: Topology, ids: &dyn Ids, ipv6: bool) -> io::Result<Self> {
        let mut ports = Ports::default();
        Self::at(dir, topology, ids, hosts(ipv6), &mut |host| ports.free(host))
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
        let (key_log, still, provides, denied, arranging) = (false, false, true, None, Arranging::default());
        Ok(Self { dir: dir.to_path_buf(), topology, systems, key_log, still, provides, denied, arranging })
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
