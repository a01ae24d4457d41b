//! Both systems, running.

mod administration;
mod cast;
mod groups;
mod identity;
mod migration;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use driver::{Env, Metrics, RuntimeClock, SeededIds};
use kit::Done;
use mcx::{System, SystemConfig, assemble::Client, lab::plan::Plan};
use service::McServiceServer;
use store::Store;
use tempfile::TempDir;
use tokio::{runtime::Handle, time::sleep};
use wire::{Clock, Recorder};
use xml_schemas::location::LocationReport;

pub use administration::Killed;
pub use identity::Visitor;

use crate::{
    Home, Life, Network, Recording, Setup, flows,
    keeping::Keeping,
    ledger, plan,
    setup::{Part, Prepared},
};

/// 2026-03-02T10:00:00Z: when every world begins.
const BEGINNING: Duration = Duration::from_secs(1_772_445_600);

/// Two MC systems, running.
pub struct TwoSystems {
    plan: Plan,
    folder: TempDir,
    network: Network,
    /// Of each system.
    clocks: [Arc<dyn Clock>; 2],
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
    /// What it keeps, and its last process as far as that is concerned.
    keeps: Option<(Keeping, Arc<Life>)>,
}

impl Entity {
    fn new(seed: u64, part: Part, clocks: &[Arc<dyn Clock>; 2]) -> Self {
        let clock = clock_at(clocks, part.hosts[0]);
        let SystemConfig { groups, service, acm, aliases, .. } = &part.config;
        let keeps = groups.is_some() || service.is_some() || acm.is_some() || aliases.is_some();
        let keeps = keeps.then(|| Keeping::new(clock.clone()));
        let keeps = keeps.map(|keeping| (keeping.clone(), keeping.open()));
        Self { part, seed, starts: 0, running: None, keeps }
    }

    /// The store for a new process.
    fn begin(&mut self) -> Option<Arc<dyn Store>> {
        let (keeping, life) = self.keeps.as_mut()?;
        life.end();
        *life = keeping.open();
        Some(life.clone())
    }

    fn end(&mut self) {
        if let Some((_, life)) = &self.keeps {
            life.end();
        }
        self.running = None;
    }
}

fn moved(time: Duration, seconds: i64) -> Duration {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time.saturating_sub(by) } else { time + by }
}

/// The clock of the system in which a host is.
fn clock_at(clocks: &[Arc<dyn Clock>; 2], host: IpAddr) -> &Arc<dyn Clock> {
    let partner = Home::Partner.place();
    let is_there =
        (0..=u8::MAX).any(|number| host == plan::inner(partner, number)) || host == plan::outer(partner);
    &clocks[usize::from(is_there)]
}

impl TwoSystems {
    /// Two systems as the lab has them, to be changed and run.
    #[expect(clippy::new_ret_no_self, reason = "a test begins with what it wants")]
    #[must_use]
    pub fn new() -> Setup {
        Setup::new()
    }

    pub(crate) async fn start(prepared: Prepared) -> Self {
        let clocks = prepared.apart.map(|seconds| {
            let begin = SystemTime::UNIX_EPOCH + moved(BEGINNING, seconds);
            Arc::new(RuntimeClock::starting_at(begin)) as Arc<dyn Clock>
        });
        let entity = |(seed, part)| Entity::new(seed, part, &clocks);
        let mut world = Self {
            plan: prepared.plan,
            folder: prepared.folder,
            network: Network::default(),
            entities: (1..).zip(prepared.parts).map(entity).collect(),
            clocks,
            recording: Arc::default(),
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
        let store = entity.begin();
        let system =
            System::start_over(&entity.part.config, &env, store).await.unwrap_or_else(|why| panic!("{why}"));
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
            clock: clock_at(&self.clocks, host).clone(),
            ids: Arc::new(SeededIds::new(seed)),
            recorder: self.recording.clone() as Arc<dyn Recorder>,
            metrics,
            runtime: Handle::current(),
            room: driver::Room::default(),
        }
    }

    /// Ends what is left, and looks back.
    pub(crate) async fn end(mut self) {
        for entity in &mut self.entities {
            entity.end();
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
        self.entities[place].end();
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
}
