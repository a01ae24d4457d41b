//! The ACM server (TS 23.280 7.4.2.5): lets authorized users of its MC system arrange groups, users and profiles with those of others,
//! though they are rarely logged on together.
//!
//! Every request is a *case* ([`case`]): kept before it is accepted, answered, refused, expired or withdrawn in the end, and exactly
//! one of those on both sides. Three parts serve all procedures alike: the `engine`, which takes a case from step to step; the
//! `outbox`, which tells partners until they have accepted; and `people`, who are told when they log on. What a procedure adds is a
//! file in [`procedures`]. What the text leaves open is in `SPEC.md`, with our choice and its switch.

mod book;
pub mod case;
pub mod config;
mod engine;
pub mod metrics;
mod neighbours;
mod outbox;
mod people;
pub mod policy;
pub mod procedure;
pub mod procedures;
mod readable;
mod room;
mod sequence;
mod state;

use std::{path::Path, sync::Arc};

use audit::Chain;
use futures::{FutureExt as _, channel::mpsc};
use kit::{
    Cx, Entity, Fault, Gate, Partner, PartnerTable, Profile, Trust,
    aliases::{self, Source, View},
    audit::Log,
    config::HopConfig,
    events::Watcher,
};
use store::Store;
use wire::{AnchorId, Service, World};
use xml_schemas::mime;

pub use book::Effects;
pub use case::{Case, CaseKey};
pub use config::Config;
pub use metrics::Metrics;
pub use state::Acm;

use book::Book;

/// The function's name, under which partners' service identities are configured.
pub const FUNCTION: &str = "acm";

/// The methods that it answers, for Allow (RFC 3261 20.5).
pub const METHODS: &str = "MESSAGE, REGISTER, PUBLISH, NOTIFY, OPTIONS";

/// An ACM server. A clone is the same server.
#[derive(Clone)]
pub struct AcmServer(Entity<Acm>);

impl AcmServer {
    /// A server over what the store holds: what an earlier run has left to tell, and to carry out, goes on. Where there is a chain,
    /// every act and decision goes into it.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn open(
        config: Config,
        partners: Vec<Partner>,
        world: World,
        store: Arc<dyn Store>,
        metrics: Metrics,
        chain: Option<Chain>,
    ) -> Result<Self, Fault> {
        let (table, profile) = (table(&config, partners), profile(&config));
        let watcher = config.aliases.is_some().then(|| Watcher::new(world.clone(), config.psi.clone()));
        let (aliases, source, count_for) =
            (View::default(), config.aliases.clone(), config.aliases_count_for);
        let log = chain
            .clone()
            .map_or_else(Log::none, |chain| Log::new(chain, Arc::clone(&store), Arc::clone(&world.clock)));
        let book = Book::new(store, Arc::clone(&profile.name), metrics, chain, &world.ids.token());
        let (due, sooner) = mpsc::unbounded();
        let state = Acm::new(config, book, log, aliases.clone(), procedures::all(), due);
        let cx = Cx::new(profile, state, table, world);
        let entity = match (&watcher, source) {
            (Some(watcher), Some(server)) => {
                let source = Source { server, lifetime: (count_for / 2).min(aliases::LIFETIME) };
                aliases::follow(watcher, cx.world(), source, aliases);
                flows(&cx).watches(watcher)
            }
            _ => flows(&cx),
        };
        outbox::take_up(&cx).await?;
        engine::resume(&cx).await?;
        let spawn = |work| cx.world().tasks.spawn(work);
        spawn(engine::watch(cx.clone(), sooner).boxed());
        spawn(people::follow(cx.clone()).boxed());
        spawn(people::resume(cx.clone()).boxed());
        spawn(engine::exchange_ends(cx.clone()).boxed());
        spawn(engine::end_without_partner(cx.clone()).boxed());
        Ok(Self(entity))
    }

    /// The ends of these logs of the same process stand in this server's own from now on, whose own end partners keep. Once.
    pub fn witnesses(&self, chains: Vec<Chain>) {
        let cx = self.0.cx();
        cx.world().tasks.spawn(engine::witness(cx.clone(), chains).boxed());
    }

    /// From now on its partners, users and rules are those of a configuration that was read again.
    pub fn replace(&self, config: Config, partners: Vec<Partner>) {
        let cx = self.0.cx();
        cx.replace_partners(table(&config, partners));
        cx.replace(config);
        cx.world().tasks.spawn(engine::end_without_partner(cx.clone()).boxed());
    }

    /// Its state.
    #[must_use]
    pub fn cx(&self) -> &Cx<Acm> {
        self.0.cx()
    }

    /// A request as this server keeps it; none where there is none, or none any more.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn case(&self, key: &CaseKey) -> Result<Option<Case>, Fault> {
        Ok(self.0.cx().book().case(key).await?.map(|(case, _)| case))
    }

    /// Its audit log; none where none is kept.
    #[must_use]
    pub fn log(&self) -> Option<&Chain> {
        self.0.cx().book().chain()
    }

    /// Whether nothing is left that a partner has to be told.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.0.cx().outbox().is_empty()
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &kit::Metrics) -> Self {
        Self(self.0.counted_by(metrics))
    }

    /// The server's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.0.gate()
    }

    /// What the server's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.0.clone())
    }
}

/// What it is told and asked, and by whom that is heard.
fn flows(cx: &Cx<Acm>) -> Entity<Acm> {
    let entity = Entity::new(cx.clone())
        .registered(people::log_on)
        .publishes(people::published::PACKAGE, people::published::LIFETIMES, people::published::receive)
        .on_again(people::pending) // 10.17.3.1
        .on_again(people::status)
        .on_report_again(engine::indicated) // 10.17.7.2 step 4
        .on_report_again(engine::receipted) // several of one request, each of another message
        .on_again(engine::withdraw)
        .on_report_again(engine::withdrawal_outcome);
    cx.procedures().register(entity)
}

/// How partners are known, and by whose word.
fn table(config: &Config, partners: Vec<Partner>) -> PartnerTable {
    let protections = config.partners.iter().map(|each| (each.name.as_str(), each.protection.as_ref()));
    kit::config::known(partners, &config.border, config.gateway.as_ref(), protections)
}

/// The partners of a configuration, each bound to the anchor that its issuer's file holds.
///
/// # Errors
/// What `anchor` says of a file.
pub fn partners<E>(
    config: &Config,
    anchor: impl Fn(&Path) -> Result<AnchorId, E>,
) -> Result<Vec<Partner>, E> {
    let gateway = config.gateway.as_ref();
    kit::config::bound(
        &config.partners,
        |partner| partner.direct.as_ref()?.issuer.as_deref(),
        anchor,
        |partner, anchor| partner.partner(gateway, anchor),
    )
}

fn profile(config: &Config) -> Profile {
    let core = config.core.as_ref();
    Profile {
        accept: vec![
            mime::ACM_INFO,
            mime::MCPTT_INFO,
            mime::MCPTT_USER_PROFILE,
            mime::POC_SETTINGS,
            mime::SIP_MESSAGE,
            mime::PIDF,
        ],
        core: core.map(HopConfig::hop),
        trust: Trust {
            core: core.map(|core| Arc::from(core.identity.as_str())),
            servers: config.aliases.iter().map(|server| Arc::clone(&server.identity)).collect(),
            ..Trust::default()
        },
        ..Profile::new(config.name.as_str(), FUNCTION, config.psi.clone())
    }
}
