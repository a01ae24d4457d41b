//! The MC service server (TS 23.280 7.4.2.3.2): knows which of its users are logged on and service-authorized, has the
//! configuration of the groups that their profiles name, and asks the location management server for a user where others are.
//!
//! Procedures: service authorization by third-party registration and by PUBLISH (TS 24.379 7.3), step 1 of migration at the partner
//! (10.6.3.3) with [`migration`] behind it; 10.9.3.10.2 steps 1 and 7 as requester;
//! 10.2.7.3 steps 1 and 6 and 10.2.7.2 step 4, group configuration of other MC systems.

pub mod authorization;
mod book;
pub mod config;
mod credentials;
mod documents;
mod group;
mod loading;
pub mod metrics;
pub mod migration;
pub mod policy;
pub mod procedures;
mod state;
mod status;
mod web;
mod worker;

use std::{collections::BTreeSet, sync::Arc};

use kit::{
    Cx, Done, Entity, Fault, Gate, Partner, Profile, Trust, audit::Log, config::HopConfig, events::Watcher,
};
use store::Store;
use wire::{Service, World, web::WebService};
use xml_schemas::{ids::McServiceId, location::LocationReport, mime};

pub use authorization::{Authorization, Authorizations};
pub use book::Configuration;
pub use config::Config;
pub use metrics::Metrics;
pub use migration::Migrations;
pub use state::Mcs;
pub use status::{GroupStatus, UserStatus};

use procedures::{answer_for_absent, end_revoked, log_on, publish_settings, request_location};

/// The function's name, under which partners' service identities are configured.
pub const FUNCTION: &str = "service";

/// The methods that it answers, for Allow (RFC 3261 20.5).
pub const METHODS: &str = "MESSAGE, REGISTER, PUBLISH, NOTIFY, OPTIONS";

/// An MC service server. A clone is the same server.
#[derive(Clone)]
pub struct McServiceServer(Entity<Mcs>);

impl McServiceServer {
    /// A server on which those are authorized whom the store holds. Acts and decisions about migrations go into the log.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn open(
        config: Config,
        partners: Vec<Partner>,
        world: World,
        store: Arc<dyn Store>,
        metrics: Metrics,
        log: Log,
    ) -> Result<Self, Fault> {
        let table = migration::table(&config, partners);
        let profile = profile(&config);
        let follows = config.groups.is_some() || config.profiles.is_some();
        let watcher = follows.then(|| Watcher::new(world.clone(), config.psi.clone()));
        let lifetimes = config.authorization.lifetimes;
        let migrations = migration::open(&config, &store, &metrics).await?;
        let (authorizations, changes) = Authorizations::open(store, migrations.clone()).await?;
        let state = Mcs::new(config, authorizations, watcher.clone(), metrics, migrations, log);
        let cx = Cx::new(profile, state, table, world);
        cx.tokens().follow(cx.world());
        let entity = Entity::new(cx)
            .registered(log_on::receive) // TS 24.379 7.3.2
            .publishes(publish_settings::PACKAGE, lifetimes, publish_settings::receive) // TS 24.379 7.3.3 to 7.3.5
            .awaits::<LocationReport>() // 10.9.3.10.2 step 7
            .stands_in(answer_for_absent::why); // 10.6.3
        let entity = migration::entity(entity); // 10.6.3.3
        let server = Self(match watcher {
            Some(watcher) => entity.watches(&watcher), // 10.2.7.3 step 6, 10.2.7.2 step 4
            None => entity,
        });
        migration::start(server.0.cx());
        worker::start(server.0.cx(), changes);
        end_revoked::start(server.0.cx());
        Ok(server)
    }

    /// The groups that profiles of its users name, and what became of each.
    #[must_use]
    pub fn groups(&self) -> Vec<GroupStatus> {
        status::groups(self.0.cx())
    }

    /// Its users, in the order of their MC service IDs.
    #[must_use]
    pub fn users(&self) -> Vec<UserStatus> {
        status::users(self.0.cx())
    }

    /// What answers the server's HTTP: `/mcx/service/` for administrators.
    #[must_use]
    pub fn web(&self) -> Arc<dyn WebService> {
        Arc::new(web::Site::new(self.0.cx().clone()))
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &kit::Metrics) -> Self {
        Self(self.0.counted_by(metrics))
    }

    /// Asks where these users are, in the name of a user of this server: TS 23.280 10.9.3.10.2.
    ///
    /// # Errors
    /// [`kit::Stop`] with the cause where the request as a whole fails; why one target is not reported stands in the report.
    pub async fn locate(
        &self,
        on_behalf_of: &McServiceId,
        targets: Vec<McServiceId>,
        refresh: bool,
    ) -> Done<LocationReport> {
        request_location::request(self.0.cx().clone(), on_behalf_of.clone(), targets, refresh).await
    }

    /// Who has migrated, and who visits; none where no migration is configured.
    #[must_use]
    pub fn migrations(&self) -> Option<&Migrations> {
        self.0.cx().migrations()
    }

    /// Takes back the yes of step 6 of TS 23.280 10.6.3.3: the user is marked as migrated no more, and the system where he was is told.
    ///
    /// # Errors
    /// [`kit::Stop`] with [`kit::Cause::NotMigrated`] where he has not migrated, or with a fault of the store.
    pub async fn revoke_migration(&self, user: &McServiceId) -> Done<()> {
        migration::revoke(self.0.cx(), user, None).await
    }

    /// Who is logged on now, in no order.
    #[must_use]
    pub fn logged_on(&self) -> Vec<McServiceId> {
        self.0.cx().logged_on(self.0.cx().world().clock.wall())
    }

    /// The groups that the profile names which the user has selected; those of all his profiles where he has selected none. As far
    /// as they have been fetched, in one spelling.
    #[must_use]
    pub fn groups_of(&self, user: &McServiceId) -> BTreeSet<String> {
        self.0.cx().groups_of(user, self.0.cx().world().clock.wall())
    }

    /// Who is registered, and who is service-authorized.
    #[must_use]
    pub fn authorizations(&self) -> &Authorizations {
        self.0.cx().authorizations()
    }

    /// From now on these are its users, as the configuration was read again. Who stays one stays logged on.
    pub fn replace_users(&self, users: Vec<config::User>) {
        self.0.cx().replace_users(users);
    }

    /// From now on users migrate with these systems and by these rules, as the configuration was read again. Which migrations there are
    /// stays as it is. Where none were configured when the server started, none are now.
    pub fn replace_migration(&self, config: &Config, partners: Vec<Partner>) {
        let cx = self.0.cx();
        if let (Some(migrations), Some(read)) = (cx.migrations(), &config.migration) {
            cx.replace_partners(migration::table(config, partners));
            migrations.replace(read.clone());
        }
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

fn profile(config: &Config) -> Profile {
    let core = config.migration.as_ref().and_then(|migration| migration.core.as_ref());
    Profile {
        core: core.map(HopConfig::hop),
        accept: vec![
            mime::MCPTT_INFO,
            mime::LOCATION_INFO,
            mime::INTERCONNECTION_INFO,
            mime::SIP_MESSAGE,
            mime::MCVIDEO_INFO,
            mime::POC_SETTINGS,
        ],
        trust: Trust { core: Some(Arc::clone(&config.core)), servers: servers(config), ..Trust::default() },
        deadline: config.deadline,
        protected: config.protected.clone(),
        ..Profile::new(Arc::clone(&config.name), FUNCTION, config.psi.clone())
    }
}

/// The own servers that may send requests.
fn servers(config: &Config) -> Vec<Arc<str>> {
    let groups = config.groups.iter().chain(&config.named_groups);
    let documents = groups.chain(&config.profiles).map(|server| &server.identity);
    let own = [&config.locations.identity].into_iter().chain(documents).map(Arc::clone);
    let acm = config.migration.iter().flat_map(|migration| &migration.acm_servers);
    own.chain(acm.map(|name| Arc::from(name.as_str()))).collect()
}

#[cfg(test)]
mod tests;
