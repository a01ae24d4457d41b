//! The group management server (TS 23.280 7.4.2.2.3): keeps the groups of its MC system, and shares their configuration with
//! interconnected systems.
//!
//! Procedures: 10.2.7.2, the primary MC system provides group configuration to a partner, and 10.2.7.3, a partner requests it.
//! What the text leaves open is in `SPEC.md`, with our choice and its switch.

pub mod config;
mod copy;
mod entered;
pub mod group;
mod guard;
pub mod keys;
mod members;
mod metrics;
pub mod policy;
pub mod procedures;
mod room;
pub mod share;
mod state;
mod told;
mod web;
mod worker;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use kit::{
    Cx, Entity, Fault, Partner, PartnerTable, Profile, Trust,
    audit::Log,
    config::HopConfig,
    documents::{Documents, Schemas, Settings},
    events::{Notifier, Watcher},
    tokens::{Part, Standing, Tokens},
    xcap_diff::{Replica, drive},
};
use store::Store;
use wire::{AnchorId, Hop, World, web::WebService};
use xcap::{Usage, Usages, usages};
use xml::schema::{SchemaSet, Validator};
use xml_schemas::{migration::Whereabouts, mime, xsd};

pub use config::Config;
pub use copy::{How, Source};
pub use group::GroupId;
pub use metrics::Metrics;
pub use state::{Gms, offered};

use group::LIST_SERVICE;
use guard::{Book, Guard};
use procedures::follow::Followed;
use state::Parts;
use told::Neighbours;

/// The function's name, under which partners' service identities are known.
pub const FUNCTION: &str = "groups";

/// The group management server as an entity. Over HTTP it is [`web`]; [`start`] begins the work that nobody asks for. Every act and
/// decision goes into the log.
///
/// # Errors
/// [`Fault`] where the schemas of group documents do not compile, or an issuer's keys are of no use.
pub fn entity(
    config: Config,
    partners: Vec<Partner>,
    store: Arc<dyn Store>,
    metrics: Metrics,
    world: World,
    log: Log,
) -> Result<Entity<Gms>, Fault> {
    let schemas = schemas().as_ref().map_err(unusable)?;
    let tokens = Standing::new(Tokens::configured_for(Part::Groups, &config.issuers).map_err(unusable)?);
    let validator = Arc::new(schemas.rooted(LIST_SERVICE, "group"));
    let book = Book::new(config.rules());
    let settings = settings(&config, schemas, &validator);
    let own = config.psi.as_str().to_owned();
    let guard = Guard { book: book.clone(), per_user: config.documents_per_user, log: log.clone(), own };
    let documents = Arc::new(Documents::new(Arc::clone(&store), settings, Arc::new(guard)));
    let mut package = told::package(&book, &documents, &store)
        .proving(told::prove(&book, &tokens, &world))
        .because(told::by_procedure(&store));
    if !config.notify_provided {
        package = package.sparing(told::provided_in_silence(&store));
    }
    let neighbours = Neighbours::new(PartnerTable::new(partners.clone()));
    let notifier = Notifier::new(package, told::setup(&config, &neighbours, &store, &world));
    let watcher = Watcher::new(world.clone(), config.psi.clone());
    let (profile, table) = (profile(&config), table(&config, &partners));
    let parts = Parts {
        hops: hops(&config, &partners),
        config,
        book,
        neighbours,
        store,
        documents,
        validator,
        tokens,
        metrics,
        followed: Followed::new(watcher.clone()),
        notifier: notifier.clone(),
        log,
    };
    let cx = Cx::new(profile, Gms::new(parts), table, world);
    let entity = Entity::new(cx).notifies(&notifier).watches(&watcher);
    Ok(entity.on(procedures::migrated::changed).awaits::<Whereabouts>())
}

fn unusable(why: impl std::fmt::Display) -> Fault {
    Fault::new(format!("group documents: {why}"))
}

fn settings(config: &Config, schemas: &SchemaSet, validator: &Arc<impl Validator + 'static>) -> Settings {
    let (usages, mut schemas) = served(schemas);
    schemas.insert(LIST_SERVICE.to_owned(), Arc::clone(validator) as _);
    let usual = Settings::new(config.root.clone(), keys::PREFIX);
    Settings { usages, schemas, cached: config.cache, ..usual }
}

/// The application usages, and the schemas of those that RFC 4826 defines: groups, and the lists of contacts that users keep for
/// themselves.
fn served(schemas: &SchemaSet) -> (Usages, Schemas) {
    let lists = [usages::resource_lists(), usages::rls_services()];
    let rooted = |usage: &Usage| {
        let (namespace, outermost) = (usage.schema.as_deref()?, usage.outermost.as_deref()?);
        let schema: Arc<dyn Validator> = Arc::new(schemas.rooted(namespace, outermost));
        Some((namespace.to_owned(), schema))
    };
    let schemas = lists.iter().filter_map(rooted).collect();
    let base = Usages::new().with(usages::capabilities()).with(usages::directories());
    (lists.into_iter().fold(base.with(usages::group_documents()), Usages::with), schemas)
}

/// The schemas of group documents: constants of the program, compiled once for all servers of a process.
fn schemas() -> &'static Result<SchemaSet, String> {
    static SCHEMAS: OnceLock<Result<SchemaSet, String>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let catalog = xsd::catalog().map_err(|why| why.to_string())?;
        xsd::documents(&catalog).map_err(|why| why.to_string())
    })
}

/// What answers the entity's HTTP: XCAP for clients, own servers and partners, and `/mcx/groups/` for administrators.
#[must_use]
pub fn web(entity: &Entity<Gms>) -> Arc<dyn WebService> {
    Arc::new(web::Site::new(entity.cx().clone()))
}

/// Begins to keep the promises that the store holds, those of an earlier run among them. Once for each entity.
pub fn start(entity: &Entity<Gms>) {
    let cx = entity.cx();
    let replica = Replica { prefix: keys::PREFIX.to_owned(), name: cx.config().replica.clone() };
    let (notifier, store) = (cx.notifier().clone(), Arc::clone(cx.store()));
    cx.world().tasks.spawn(Box::pin(drive(notifier, store, cx.world().clone(), replica)));
    cx.tokens().follow(cx.world());
    worker::start(cx);
    members::start(cx);
    procedures::follow::start(cx);
}

/// From now on the entity's partners, policy and issuers of tokens are those of a configuration that was read again. Groups that
/// are shared are looked at again, so that partners get what the new policy makes of them.
///
/// # Errors
/// [`Fault`] where an issuer's keys are of no use: nothing has changed; where the store fails: the configuration holds, and the
/// groups are looked at with the next change.
pub async fn replace(entity: &Entity<Gms>, config: &Config, partners: Vec<Partner>) -> Result<(), Fault> {
    let cx = entity.cx();
    let tokens = Tokens::configured_for(Part::Groups, &config.issuers).map_err(Fault::new)?;
    cx.replace(config.rules(), hops(config, &partners), &partners, (tokens, cx.world()));
    cx.replace_partners(table(config, &partners));
    cx.notifier().review();
    procedures::provide::look_again(cx).await?;
    procedures::accept_provision::adapt_again(cx).await
}

/// How partners are known, and by whose word.
fn table(config: &Config, partners: &[Partner]) -> PartnerTable {
    let gateway = config.gateway.as_ref().or(config.http_gateway.as_ref());
    kit::config::known(partners.to_vec(), &config.border, gateway, [])
}

fn hops(config: &Config, partners: &[Partner]) -> HashMap<String, Hop> {
    let hop = |partner: &config::PartnerConfig| {
        let anchor =
            partners.iter().find(|known| *known.name == *partner.name).and_then(|known| known.anchor);
        Some((partner.name.clone(), partner.http_hop(config.http_gateway.as_ref(), anchor)?))
    };
    config.partners.iter().filter_map(hop).collect()
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
        core: core.map(HopConfig::hop),
        trust: Trust {
            core: core.map(|core| Arc::from(core.identity.as_str())),
            servers: config.servers.iter().map(|server| Arc::clone(&server.identity)).collect(),
            ..Trust::default()
        },
        accept: vec![mime::MCPTT_INFO, mime::MCVIDEO_INFO, mime::INTERCONNECTION_INFO],
        deadline: config.partner_deadline,
        ..Profile::new(config.name.as_str(), FUNCTION, config.psi.clone())
    }
}
