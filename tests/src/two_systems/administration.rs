//! ACM servers, and users who administer ([`crate::Setup::administration`]).

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use acm::AcmServer;
use clients::AcmClient;

use super::TwoSystems;
use crate::Home;

impl TwoSystems {
    /// The ACM server of a system.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn acm(&self, home: Home) -> &AcmServer {
        self.running(&format!("acm1.core.{}", home.domain())).acm().expect("an ACM server")
    }

    /// The ACM client on the terminal of this user.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn acm_client(&self, name: &str) -> &AcmClient {
        self.client(name).acm().expect("an ACM client")
    }

    /// Kills an entity at the n-th commit of a server from now, counted from nought: before that is made, or when it is kept and nobody
    /// has heard so. Nothing that the entity sends or is sent arrives from then on, until [`TwoSystems::revive`]. Whether that has
    /// happened.
    ///
    /// # Panics
    /// Where the server keeps nothing.
    #[must_use]
    pub fn kill_at(&self, victim: &str, (server, commit): (&str, usize), is_kept: bool) -> Killed {
        let hosts = |place: usize| self.entities[place].part.hosts.clone();
        let place = self.place(victim);
        let own: Vec<IpAddr> = hosts(place);
        let others: Vec<IpAddr> =
            (0..self.entities.len()).filter(|other| *other != place).flat_map(hosts).collect();
        let life = self.entities[place].keeps.as_ref().map(|(_, life)| Arc::clone(life));
        let (network, has_happened) = (self.network.clone(), Arc::new(AtomicBool::new(false)));
        let happens = Arc::clone(&has_happened);
        let act = move || {
            happens.store(true, Ordering::Relaxed);
            life.iter().for_each(|life| life.end());
            own.iter().for_each(|own| others.iter().for_each(|other| network.cut(*own, *other)));
        };
        self.life_of(server).at_commit(commit, is_kept, Box::new(act));
        Killed { victim: victim.to_owned(), has_happened, is_back: false }
    }

    /// Whoever has been killed is started again, over what he had kept.
    pub async fn revive(&mut self, killed: &mut Killed) {
        if killed.has_happened() && !killed.is_back {
            killed.is_back = true;
            self.network.mend();
            self.restart(&killed.victim).await;
        }
    }
}

/// Whom a test kills.
pub struct Killed {
    victim: String,
    has_happened: Arc<AtomicBool>,
    is_back: bool,
}

impl Killed {
    /// Whether it has come to that.
    #[must_use]
    pub fn has_happened(&self) -> bool {
        self.has_happened.load(Ordering::Relaxed)
    }

    /// Whether the entity runs again.
    #[must_use]
    pub fn is_back(&self) -> bool {
        self.is_back
    }
}
