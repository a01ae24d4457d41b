//! MC service servers, and whoever asks them to migrate.

use std::{fs, net::SocketAddr, time::SystemTime};

use clients::{
    ProfileClient,
    profiles::{NotRead, UserProfile},
};
use driver::{Http, HttpConfig, TlsProfile};
use identity::users::Users;
use mcx::lab::{idms, pki::files, plan::ABROAD, profiles};
use wire::{Hop, Streams, TlsPeer, Transport};
use xml_schemas::migration::ProfileIndex;

use super::TwoSystems;
use crate::{Home, Life, Played, plan};

/// The trust profile of who reads documents.
const PROFILE: &str = "servers";

/// Hosts of who writes profiles, and of who reads them.
const CONFIGURATOR: u8 = 96;
const READER: u8 = 97;

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

    /// An administrator gives whoever may go to the other system the profile that connects him with it ([`crate::Setup::profiles`]).
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn give_profiles(&mut self) {
        let env = self.env_of_played(plan::inner(0, CONFIGURATOR));
        profiles::put(&self.plan, &env).await.unwrap_or_else(|why| panic!("{why}"));
    }

    /// An administrator gives a system the profile that users of its partner begin with ([`crate::Setup::profiles`]).
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn give_template(&mut self, home: Home) {
        let env = self.env_of_played(plan::inner(home.place(), CONFIGURATOR));
        let system = &self.plan.systems[usize::from(home.place())];
        profiles::put_template(&self.plan, system, &env).await.unwrap_or_else(|why| panic!("{why}"));
    }

    /// The profile for work abroad, as its user reads it at home.
    ///
    /// # Errors
    /// [`NotRead`]
    ///
    /// # Panics
    /// Where this is no MC service ID.
    pub async fn profile_abroad(&mut self, home: Home, user: &str) -> Result<UserProfile, NotRead> {
        let env = self.env_of_played(plan::inner(home.place(), READER));
        let system = &self.plan.systems[usize::from(home.place())];
        let (host, token) = (system.configuration_host(), self.token(home, user, None));
        let authority = fs::read_to_string(system.folder.join(files::AUTHORITY)).expect("the lab wrote it");
        let profile = TlsProfile {
            name: PROFILE.into(),
            certificate: None,
            key: None,
            anchors: vec![authority],
            crls: Vec::new(),
        };
        let http =
            Http::new(HttpConfig { tls: vec![profile], ..HttpConfig::new(user) }, &env).expect("starts");
        let hop = Hop {
            name: host.as_str().into(),
            transport: Transport::Tls,
            address: system.at.configuration_clients,
            tls: Some(TlsPeer { profile: PROFILE.into(), domain: host.as_str().into(), anchor: None }),
            connection: None,
            streams: Streams::default(),
        };
        let client = ProfileClient::new(http.web(), hop, &format!("https://{host}"), token);
        client.get(&crate::flows::user(user), ProfileIndex(ABROAD)).await
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
