//! Both systems, running.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use driver::{Env, Metrics, RuntimeClock, SeededIds};
use kit::Done;
use mcx::{System, assemble::Client, lab::pki::files};
use service::McServiceServer;
use tempfile::TempDir;
use tokio::{runtime::Handle, time::sleep};
use wire::{Clock, Hop, Recorder};
use xml_schemas::location::LocationReport;

use crate::{
    Home, Network, Played, Recording, Setup, flows, ledger, pki, plan,
    played::Papers,
    setup::{Part, Prepared},
};

/// 2026-03-02T10:00:00Z: when every world begins.
const BEGINNING: Duration = Duration::from_secs(1_772_445_600);

/// Two MC systems, running.
pub struct TwoSystems {
    folder: TempDir,
    network: Network,
    clock: Arc<dyn Clock>,
    recording: Arc<Recording>,
    entities: Vec<Entity>,
    metrics: Vec<Metrics>,
    played: u64,
}

struct Entity {
    part: Part,
    seed: u64,
    starts: u64,
    running: Option<System>,
}

impl TwoSystems {
    /// Two systems as the lab has them, to be changed and run.
    #[expect(clippy::new_ret_no_self, reason = "a test begins with what it wants")]
    #[must_use]
    pub fn new() -> Setup {
        Setup::new()
    }

    pub(crate) async fn start(prepared: Prepared) -> Self {
        let begin = SystemTime::UNIX_EPOCH + BEGINNING;
        let entity = |(seed, part)| Entity { part, seed, starts: 0, running: None };
        let mut world = Self {
            folder: prepared.folder,
            network: Network::default(),
            clock: Arc::new(RuntimeClock::starting_at(begin)),
            recording: Arc::default(),
            entities: (1..).zip(prepared.parts).map(entity).collect(),
            metrics: Vec::new(),
            played: 0,
        };
        for place in 0..world.entities.len() {
            if !world.entities[place].part.is_absent {
                world.start_entity(place).await;
            }
        }
        world.quiet().await;
        world.recording.ladder().clear();
        world
    }

    async fn start_entity(&mut self, place: usize) {
        let entity = &mut self.entities[place];
        entity.starts += 1;
        let (seed, host) = (entity.seed << 16 | entity.starts, entity.part.hosts[0]);
        let env = self.env(seed, host);
        let entity = &mut self.entities[place];
        let system = System::start(&entity.part.config, &env).await.unwrap_or_else(|why| panic!("{why}"));
        let logged_on = system.log_on().await;
        logged_on.unwrap_or_else(|why| panic!("{why}"));
        entity.running = Some(system);
    }

    fn env(&mut self, seed: u64, host: IpAddr) -> Env {
        // A new registry for each start: a process that starts again begins to count again.
        let metrics = Metrics::new();
        self.metrics.push(metrics.clone());
        Env {
            net: self.network.host(host),
            clock: self.clock.clone(),
            ids: Arc::new(SeededIds::new(seed)),
            recorder: self.recording.clone() as Arc<dyn Recorder>,
            metrics,
            runtime: Handle::current(),
        }
    }

    /// Ends what is left, and looks back.
    pub(crate) async fn end(mut self) {
        for entity in &mut self.entities {
            entity.running = None;
        }
        self.quiet().await;
        let panics: u64 = self.metrics.iter().map(Metrics::panics).sum();
        assert_eq!(panics, 0, "an entity panicked");
        ledger::write(&self.recording.steps());
    }

    fn place(&self, name: &str) -> usize {
        let place = self.entities.iter().position(|entity| entity.part.name == name);
        place.unwrap_or_else(|| panic!("there is no entity {name}"))
    }

    fn running(&self, name: &str) -> &System {
        self.entities[self.place(name)].running.as_ref().unwrap_or_else(|| panic!("{name} does not run"))
    }

    /// The terminal of this user.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn client(&self, name: &str) -> &Client {
        self.running(name).client(name).expect("a terminal")
    }

    /// The MC service server of this system.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn service(&self, home: Home) -> &McServiceServer {
        self.running(&format!("mcs1.core.{}", home.domain())).service().expect("an MC service server")
    }

    /// The user's location management client asks for fresh positions.
    ///
    /// # Errors
    /// The cause where the request as a whole is refused.
    pub async fn ask(&self, user: &str, targets: &[&str]) -> Done<LocationReport> {
        self.client(user).location().locate(flows::users(targets), true).await
    }

    /// Lets this much time pass; whatever is due happens in its order.
    pub async fn advance(&self, time: Duration) {
        sleep(time).await;
    }

    /// Until nobody has anything to do at this moment.
    pub async fn quiet(&self) {
        self.advance(Duration::from_millis(1)).await;
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Two entities cannot reach each other any more.
    pub fn cut(&self, a: &str, b: &str) {
        self.between(a, b, |a, b| self.network.cut(a, b));
    }

    /// Whatever two entities send each other is lost, and neither notices.
    pub fn silence(&self, a: &str, b: &str) {
        self.between(a, b, |a, b| self.network.silence(a, b));
    }

    fn between(&self, a: &str, b: &str, part: impl Fn(IpAddr, IpAddr)) {
        for a in &self.entities[self.place(a)].part.hosts {
            for b in &self.entities[self.place(b)].part.hosts {
                part(*a, *b);
            }
        }
    }

    /// The entity's process ends as if killed.
    pub async fn stop(&mut self, name: &str) {
        let place = self.place(name);
        self.entities[place].running = None;
        self.quiet().await;
    }

    /// The entity's process ends as if killed, and is started again.
    pub async fn restart(&mut self, name: &str) {
        self.stop(name).await;
        let place = self.place(name);
        self.start_entity(place).await;
    }

    /// The entity takes no new work, and finishes what it has.
    pub async fn drain(&self, name: &str, deadline: Duration) {
        self.running(name).drain(deadline).await;
    }

    /// What every entity reported.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The ladder since the users were logged on, drawn as text.
    #[must_use]
    pub fn ladder(&self) -> String {
        self.recording.ladder().render(kit::ladder::Format::Text)
    }

    /// Who took which step of a clause, in order.
    #[must_use]
    pub fn steps(&self, clause: &str) -> Vec<(String, u8)> {
        let steps = self.recording.ladder().steps().into_iter();
        steps.filter(|(_, of, _)| *of == clause).map(|(who, _, number)| (who, number)).collect()
    }

    /// Plays the gateway of a system that was not started, at its border.
    pub fn play_border(&mut self, home: Home) -> Played {
        let listen = Some(plan::border(home.place()));
        self.play(home, &format!("mcgw.{}", home.domain()), listen, (files::BORDER, files::PARTNER))
    }

    /// Plays the location management server of a system, as its own servers see it.
    pub fn play_locations(&mut self, home: Home) -> Played {
        let name = format!("lms1.core.{}", home.domain());
        let listen = Some(SocketAddr::new(plan::inner(home.place(), 3), 5061));
        self.play(home, &name, listen, (files::LOCATIONS, files::AUTHORITY))
    }

    /// Plays another server of a system, which nobody else knows.
    pub fn play_tester(&mut self, home: Home) -> Played {
        let name = format!("tester.core.{}", home.domain());
        self.play(home, &name, None, (files::TESTER, files::AUTHORITY))
    }

    /// Plays a user's device, with a certificate of its system's authority, where only servers belong.
    pub fn play_device(&mut self, home: Home) -> Played {
        self.play(home, "device", None, (files::CLIENT, files::AUTHORITY))
    }

    /// Plays a server of this system that knocks at the inside of the other: within one security domain
    /// ([`Setup::one_authority`]) its certificate is good there.
    pub fn play_neighbour(&mut self, home: Home) -> Played {
        self.play(home, "neighbour", None, (files::LOCATIONS, files::AUTHORITY))
    }

    /// Plays an inner server of a system, which its own authority vouches for, at the border of the other.
    pub fn play_tester_outside(&mut self, home: Home) -> Played {
        self.play(home, "tester", None, (files::TESTER, files::PARTNER))
    }

    /// Plays the gateway of the third system ([`Setup::third_system`]), as the primary sees it.
    pub fn play_third_system(&mut self) -> Played {
        self.play_from_abroad(files::BORDER)
    }

    /// Plays somebody whom the third system's authority calls the partner's gateway.
    pub fn play_impostor(&mut self) -> Played {
        self.play_from_abroad(pki::IMPOSTOR)
    }

    fn play_from_abroad(&mut self, certificate: &str) -> Played {
        let folder = self.folder.path().join("other");
        let papers = Papers {
            certificate: &folder.join(certificate),
            authority: &folder.join(format!("tls/{}.pem", Home::Primary.domain())),
        };
        let address = SocketAddr::new(plan::outer(2), 5061);
        let env = self.env_of_played(address.ip());
        Played::start(pki::OTHER, Some(address), &papers, env)
    }

    fn play(
        &mut self,
        home: Home,
        name: &str,
        listen: Option<SocketAddr>,
        (certificate, authority): (&str, &str),
    ) -> Played {
        let folder = self.files(home);
        let papers = Papers { certificate: &folder.join(certificate), authority: &folder.join(authority) };
        let host = listen.map_or_else(|| plan::inner(home.place(), 99), |listen| listen.ip());
        let env = self.env_of_played(host);
        Played::start(name, listen, &papers, env)
    }

    fn env_of_played(&mut self, host: IpAddr) -> Env {
        self.played += 1;
        self.env(self.played << 32, host)
    }

    /// The folder with certificates and keys of a system.
    #[must_use]
    pub fn files(&self, home: Home) -> PathBuf {
        self.folder.path().join(["primary", "partner"][usize::from(home.place())])
    }

    /// The border of a system, as a partner reaches it.
    #[must_use]
    pub fn border_of(&self, home: Home) -> Hop {
        Played::hop(&format!("mcgw.{}", home.domain()), plan::border(home.place()))
    }

    /// The gateway of a system, as its own servers reach it.
    #[must_use]
    pub fn gateway_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 1), 5061);
        Played::hop(&format!("mcgw.{}", home.domain()), address)
    }

    /// The location management server of a system, as its own servers reach it.
    #[must_use]
    pub fn locations_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 3), 5061);
        Played::hop(&format!("lms1.core.{}", home.domain()), address)
    }
}
