//! The configuration management server (TS 23.280 7.4.2.2.1): keeps the documents by which clients and servers of its MC
//! system are configured (TS 24.484): user profiles, service and UE configuration, and the UE initial configuration, which
//! is read before anybody has logged in.
//!
//! Procedure: 10.2.7.1, the group entries of profiles name the group management server to ask for partners' groups.
//! What the text leaves open is in `SPEC.md`, with our choice and its switch.

pub mod config;
mod guard;
pub mod keys;
pub mod procedures;
pub mod profile;
mod state;
mod web;

use std::{sync::Arc, time::Duration};

use kit::{
    Cx, Entity, Fault, PartnerTable, Peer, Profile, Trust,
    audit::Log,
    config::HopConfig,
    documents::{Documents, Settings, with_schemas},
    events::{Lifetimes, Notifier, Setup},
    tokens::{Part, Standing, Tokens},
    xcap_diff::{Replica, XcapDiffPackage, drive, of_registered},
};
use store::Store;
use wire::{World, web::WebService};
use xcap::{Usages, usages};

pub use config::Config;
pub use state::Cms;

use guard::{Book, Guard};

/// The function's name, under which partners' service identities are known.
pub const FUNCTION: &str = "configuration";

/// What a subscription lasts where nothing is asked for.
const USUAL_SUBSCRIPTION: Duration = Duration::from_secs(3600);

/// No shorter one is granted.
const SHORTEST_SUBSCRIPTION: Duration = Duration::from_secs(60);

/// The configuration management server as an entity. Over HTTP it is [`web`]; [`start`] begins the work that nobody asks for. Every
/// change of a document, and every one that is refused, goes into the log.
///
/// # Errors
/// [`Fault`] where the schemas of the documents do not compile, or an issuer's keys are of no use.
pub fn entity(config: Config, store: Arc<dyn Store>, world: World, log: Log) -> Result<Entity<Cms>, Fault> {
    let fault = |why: &dyn std::fmt::Display| Fault::new(format!("configuration documents: {why}"));
    let tokens = Standing::new(
        Tokens::configured_for(Part::Configuration, &config.issuers).map_err(|why| fault(&why))?,
    );
    let settings = Settings {
        usages: served(),
        cached: config.cache,
        extensions: Vec::new(),
        ..Settings::new(config.root.clone(), keys::PREFIX)
    };
    let settings = with_schemas(settings, config.usages.as_deref()).map_err(|why| fault(&why))?;
    let book = Book::new(config.rules());
    let own = config.psi.as_str().to_owned();
    let guard = Guard { book: book.clone(), log: log.clone(), own };
    let documents = Documents::new(Arc::clone(&store), settings, Arc::new(guard));
    let documents = Arc::new(documents);
    let package = XcapDiffPackage::new(Arc::clone(&documents), Arc::clone(&store), guard::may_read(&book));
    let known = book.clone();
    let prove = of_registered(tokens.clone(), Arc::clone(&world.clock), move |impu| {
        known.now().users.get(impu).cloned()
    });
    let package = package.proving(prove);
    let notifier = Notifier::new(package, setup(&config, &store, &world));
    let profile = profile(&config);
    let cms = Cms::new((config, log), book, store, documents, tokens, notifier.clone());
    Ok(Entity::new(Cx::new(profile, cms, PartnerTable::default(), world)).notifies(&notifier))
}

/// What answers the entity's HTTP.
#[must_use]
pub fn web(entity: &Entity<Cms>) -> Arc<dyn WebService> {
    Arc::new(web::Site::new(entity.cx().clone()))
}

/// Begins to tell changes, and to keep the promises that the store holds, those of an earlier run among them. Once for each
/// entity.
pub fn start(entity: &Entity<Cms>) {
    let cx = entity.cx();
    let replica = Replica { prefix: keys::PREFIX.to_owned(), name: cx.config().replica.clone() };
    let (notifier, store) = (cx.notifier().clone(), Arc::clone(cx.store()));
    cx.world().tasks.spawn(Box::pin(drive(notifier, store, cx.world().clone(), replica)));
    cx.tokens().follow(cx.world());
    procedures::name_group_server::start(cx);
}

/// From now on what an operator says is what a configuration that was read again says, issuers of tokens among it. Profiles are
/// looked at again where the group management server of partners' groups is another.
///
/// # Errors
/// [`Fault`] where an issuer's keys are of no use: nothing has changed.
pub fn replace(entity: &Entity<Cms>, config: &Config) -> Result<(), Fault> {
    let tokens = Tokens::configured_for(Part::Configuration, &config.issuers).map_err(Fault::new)?;
    let cx = entity.cx();
    cx.replace(config.rules(), tokens, cx.world());
    cx.notifier().review();
    Ok(())
}

/// The application usages that are built in.
fn served() -> Usages {
    let base = Usages::new().with(usages::capabilities()).with(usages::directories());
    usages::mission_critical().into_iter().fold(base, Usages::with)
}

fn profile(config: &Config) -> Profile {
    let core = config.core.as_ref();
    Profile {
        core: core.map(HopConfig::hop),
        trust: Trust {
            core: core.map(|core| Arc::from(core.identity.as_str())),
            servers: config.servers.iter().map(|server| Arc::clone(&server.identity)).collect(),
            ..Trust::default()
        },
        ..Profile::new(config.name.as_str(), FUNCTION, config.psi.clone())
    }
}

fn setup(config: &Config, store: &Arc<dyn Store>, world: &World) -> Setup {
    let (servers, core) = (config.servers.clone(), config.core.as_ref().map(HopConfig::hop));
    let hops = move |peer: &Peer| match peer.server() {
        Some(identity) => {
            servers.iter().find(|server| server.identity == *identity).map(|server| server.hop.clone())
        }
        None => peer.user().and(core.clone()),
    };
    Setup {
        world: world.clone(),
        store: Arc::clone(store),
        own: config.psi.clone(),
        hops: Arc::new(hops),
        partners: Arc::new(Arc::default),
        lifetimes: Lifetimes {
            default: USUAL_SUBSCRIPTION,
            longest: config.longest_subscription,
            shortest: SHORTEST_SUBSCRIPTION,
        },
        limit: config.subscriptions,
        octets: config.subscription_octets,
        replica: config.replica.clone(),
    }
}
