//! The functional alias controlling server: who holds which role now, and who is told.
//! TS 23.280 clauses 8.1.5 and 10.13, TS 24.379 clause 9A
//!
//! A user asks to activate, take over or de-activate aliases by PUBLISH, and hears what became of it by SUBSCRIBE and NOTIFY, both
//! of the package `presence`. An own server, such as the ACM server, subscribes to all aliases (TS 23.280 10.17.7.2,
//! preconditions; [`kit::aliases`] is its end). What is said to be active is on disk. What the text leaves open is in `SPEC.md`,
//! with our choice and its switch.

mod book;
pub mod config;
mod holding;
mod keep;
pub mod procedures;
mod state;
mod told;
mod worker;

use std::sync::Arc;

use audit::Chain;
use kit::{Cx, Entity, Fault, Gate, PartnerTable, Profile, Trust, audit::Log, events::Notifier};
use store::Store;
use wire::{Service, World};
use xml_schemas::{
    ids::{FunctionalAlias, McServiceId},
    mime,
};

pub use config::Config;
pub use holding::Held;
pub use state::Facs;

/// The function's name.
pub const FUNCTION: &str = "aliases";

/// The methods that it answers, for Allow (RFC 3261 20.5).
pub const METHODS: &str = "REGISTER, PUBLISH, SUBSCRIBE, OPTIONS";

/// A functional alias controlling server. A clone is the same server.
#[derive(Clone)]
pub struct AliasServer {
    entity: Entity<Facs>,
    notifier: Notifier<told::Package>,
}

impl AliasServer {
    /// A server at which those hold aliases who held them when it ended last. Where there is a chain, every change of hands goes
    /// into it.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn open(
        config: Config,
        world: World,
        store: Arc<dyn Store>,
        chain: Option<Chain>,
    ) -> Result<Self, Fault> {
        let lifetimes = config.lifetimes;
        let profile = profile(&config);
        let log = |chain| Log::new(chain, Arc::clone(&store), Arc::clone(&world.clock));
        let kept = keep::Kept::open(Arc::clone(&store), chain.map_or_else(Log::none, log)).await?;
        let setup = told::setup(&config, &store, &world);
        let state = Facs::new(&config, kept);
        let package = told::Package::new(state.shared(), config.psi.as_str(), Arc::clone(&world.clock));
        let notifier = Notifier::new(package, setup);
        let entity = Entity::new(Cx::new(profile, state, PartnerTable::default(), world))
            .registered(procedures::log_off::receive) // TS 24.229 5.4.1.7
            .publishes(kit::aliases::EVENT, lifetimes, procedures::change::receive) // TS 24.379 9A.2.2.2.3
            .notifies(&notifier); // TS 24.379 9A.2.2.2.4
        worker::start(entity.cx(), &notifier, config.replica);
        Ok(Self { entity, notifier })
    }

    /// Who holds an alias now, in the order of activation.
    #[must_use]
    pub fn holders(&self, alias: &FunctionalAlias) -> Vec<Held> {
        let cx = self.entity.cx();
        cx.kept().holders(alias, cx.world().clock.wall())
    }

    /// Which aliases a user holds now.
    #[must_use]
    pub fn held_by(&self, user: &McServiceId) -> Vec<FunctionalAlias> {
        let cx = self.entity.cx();
        cx.kept().held_by(user, cx.world().clock.wall())
    }

    /// From now on its users and aliases are those of a configuration that was read again. Who holds an alias that he may hold no
    /// more, or that is none any more, loses it.
    pub fn replace(&self, config: &Config) {
        let (cx, notifier) = (self.entity.cx().clone(), self.notifier.clone());
        cx.replace(config);
        let (tasks, name) = (Arc::clone(&cx.world().tasks), Arc::clone(&cx.profile().name));
        let settle = async move {
            if let Err(stop) = procedures::release::forbidden(&cx).await {
                tracing::error!(target: "mcx::fault", entity = %name, cause = %stop.cause(), "what nobody may hold any more is still held");
            }
            notifier.all_changed();
        };
        tasks.spawn(Box::pin(settle));
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &kit::Metrics) -> Self {
        Self { entity: self.entity.counted_by(metrics), ..self }
    }

    /// The server's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.entity.gate()
    }

    /// What the server's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.entity.clone())
    }
}

fn profile(config: &Config) -> Profile {
    Profile {
        core: Some(config.core.hop()),
        accept: vec![mime::PIDF, mime::MCPTT_INFO, mime::SIP_MESSAGE],
        trust: Trust {
            core: Some(Arc::from(config.core.identity.as_str())),
            servers: config.servers.iter().map(|server| Arc::clone(&server.identity)).collect(),
            ..Trust::default()
        },
        ..Profile::new(config.name.as_str(), FUNCTION, config.psi.clone())
    }
}
