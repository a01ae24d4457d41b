//! The MC service server (TS 23.280 7.4.2.3.2): knows which of its users are logged on and service-authorized, has the
//! configuration of the groups that their profiles name, and asks the location management server for a user where others are.
//!
//! Procedures: service authorization by third-party registration (TS 24.379 7.3.2); 10.9.3.10.2 steps 1 and 7 as requester;
//! 10.2.7.3 steps 1 and 6 and 10.2.7.2 step 4, group configuration of other MC systems.

mod book;
pub mod config;
mod documents;
mod group;
pub mod policy;
pub mod procedures;
mod state;
mod status;
mod web;

use std::sync::Arc;

use kit::{Cx, Done, Entity, Gate, Metrics, PartnerTable, Profile, Trust, events::Watcher};
use wire::{Service, World, web::WebService};
use xml_schemas::{ids::McServiceId, location::LocationReport, mime};

pub use book::Configuration;
pub use config::Config;
pub use state::Mcs;
pub use status::{GroupStatus, UserStatus};

use procedures::{log_on, request_location};

/// The function's name, under which partners' service identities are configured.
pub const FUNCTION: &str = "service";

/// An MC service server. A clone is the same server.
#[derive(Clone)]
pub struct McServiceServer(Entity<Mcs>);

impl McServiceServer {
    /// A server on which nobody is logged on yet.
    #[must_use]
    pub fn new(config: Config, world: World) -> Self {
        let profile = Profile {
            accept: vec![
                mime::MCPTT_INFO,
                mime::LOCATION_INFO,
                mime::INTERCONNECTION_INFO,
                mime::SIP_MESSAGE,
            ],
            trust: Trust {
                core: Some(Arc::clone(&config.core)),
                servers: servers(&config),
                ..Trust::default()
            },
            deadline: config.deadline,
            ..Profile::new(Arc::clone(&config.name), FUNCTION, config.psi.clone())
        };
        let follows = config.groups.is_some() || config.profiles.is_some();
        let watcher = follows.then(|| Watcher::new(world.clone(), config.psi.clone()));
        let cx = Cx::new(profile, Mcs::new(config, watcher.clone()), PartnerTable::default(), world);
        let entity = Entity::new(cx)
            .registered(log_on::receive) // TS 24.379 7.3.2
            .awaits::<LocationReport>(); // 10.9.3.10.2 step 7
        Self(match watcher {
            Some(watcher) => entity.watches(&watcher), // 10.2.7.3 step 6, 10.2.7.2 step 4
            None => entity,
        })
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
    pub fn counted_by(self, metrics: &Metrics) -> Self {
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

    /// Who is logged on now, in no order.
    #[must_use]
    pub fn logged_on(&self) -> Vec<McServiceId> {
        self.0.cx().logged_on(self.0.cx().world().clock.now())
    }

    /// From now on these are its users, as the configuration was read again. Who stays one stays logged on.
    pub fn replace_users(&self, users: Vec<config::User>) {
        self.0.cx().replace_users(users);
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

/// The own servers that may send requests.
fn servers(config: &Config) -> Vec<Arc<str>> {
    let documents = config.groups.iter().chain(&config.profiles).map(|server| &server.identity);
    [&config.locations.identity].into_iter().chain(documents).map(Arc::clone).collect()
}

#[cfg(test)]
mod tests;
