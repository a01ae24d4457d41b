//! The MC service server (TS 23.280 7.4.2.3.2): knows which of its users are logged on, and asks the location management
//! server for a user where others are.
//!
//! Procedures: service authorization by third-party registration (TS 24.379 7.3.2), and 10.9.3.10.2 steps 1 and 7 as requester.

pub mod config;
pub mod policy;
pub mod procedures;
mod state;

use std::sync::Arc;

use kit::{Cx, Done, Entity, Gate, Metrics, PartnerTable, Profile, Trust};
use wire::{Service, World};
use xml_schemas::{ids::McServiceId, location::LocationReport, mime};

pub use config::Config;
pub use state::Mcs;

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
                servers: vec![Arc::clone(&config.locations.identity)],
                ..Trust::default()
            },
            deadline: config.deadline,
            ..Profile::new(Arc::clone(&config.name), FUNCTION, config.psi.clone())
        };
        let cx = Cx::new(profile, Mcs::new(config), PartnerTable::default(), world);
        let entity = Entity::new(cx)
            .registered(log_on::receive) // TS 24.379 7.3.2
            .awaits::<LocationReport>(); // 10.9.3.10.2 step 7
        Self(entity)
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

#[cfg(test)]
mod tests;
