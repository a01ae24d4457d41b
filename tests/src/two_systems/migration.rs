//! MC service servers, and whoever asks them to migrate.

use std::{net::SocketAddr, time::SystemTime};

use identity::users::Users;
use mcx::lab::{idms, pki::files};
use wire::Hop;

use super::TwoSystems;
use crate::{Home, Life, Played, plan};

impl TwoSystems {
    /// Plays the SIP core of a system that was started without it, so that a test publishes for as many users as it likes.
    pub fn play_core(&mut self, home: Home) -> Played {
        let name = format!("sip-core.core.{}", home.domain());
        let listen = Some(SocketAddr::new(plan::inner(home.place(), 2), 5062));
        self.play(home, &name, listen, (files::CORE, files::AUTHORITY))
    }

    /// The MC service server of a system, as its own SIP core reaches it.
    #[must_use]
    pub fn service_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 4), 5061);
        Played::hop(&format!("mcs1.core.{}", home.domain()), address)
    }

    /// The access token of a visitor to a system: who he is there, and at home.
    ///
    /// # Panics
    /// Where either is no MC service ID.
    #[must_use]
    pub fn visitor_token(&self, home: Home, partner: &str, primary: &str) -> String {
        let system = &self.plan.systems[usize::from(home.place())];
        idms::lasting_token(system, partner, Some(primary)).unwrap_or_else(|why| panic!("{why}"))
    }

    /// The store of the process in which the server of this name runs.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn life_of(&self, name: &str) -> &Life {
        let (_, life) = self.entities[self.place(name)].keeps.as_ref().expect("it keeps promises");
        life
    }

    /// The accounts that a system's identity management server keeps, as an operator changes them.
    ///
    /// # Panics
    /// Where none runs.
    #[must_use]
    pub fn accounts(&self, home: Home) -> Users {
        let name = self.plan.systems[usize::from(home.place())].identity_host();
        self.running(&name).identity().expect("runs there").users().clone()
    }

    /// The time of the world, by the clocks of the primary system.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.clocks[0].wall()
    }

    /// How often the entity of this name was started.
    #[must_use]
    pub fn starts_of(&self, name: &str) -> u64 {
        self.entities[self.place(name)].starts
    }
}
