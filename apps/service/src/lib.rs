//! The MC service server (TS 23.280 7.4.2.3.2), as far as it goes: it knows who is logged on, and asks its location
//! management server where a user is, on behalf of a user whom it names.

mod config;
mod policy;
pub mod procedures;
mod state;

use std::sync::Arc;

use kit::{Cx, Done, Entity, PartnerTable, Profile};
use wire::World;
use xml_schemas::{ids::McServiceId, location::LocationReport, mime};

pub use config::{Config, UserConfig};
pub use policy::AskFor;
pub use state::State;

use procedures::{log_on, request_location};

/// The MC service server of one MC system.
#[derive(Clone)]
pub struct McServiceServer {
    entity: Entity<State>,
}

impl McServiceServer {
    /// The server, ready to be given to a node.
    #[must_use]
    pub fn new(config: Config, world: World) -> Self {
        let profile = profile(&config);
        let cx = Cx::new(profile, State::new(config), PartnerTable::default(), world);
        let entity = Entity::new(cx)
            .registered(log_on::receive) // TS 24.229 5.4.1.7
            .awaits::<LocationReport>(); // 10.9.3.10.2 step 7
        Self { entity }
    }

    /// What answers the node's requests.
    #[must_use]
    pub fn service(&self) -> Arc<dyn wire::Service> {
        Arc::new(self.entity.clone())
    }

    /// Asks where users are, on behalf of a user of this system.
    ///
    /// # Errors
    /// As [`request_location::ask`].
    pub async fn locate(
        &self,
        for_whom: McServiceId,
        targets: Vec<McServiceId>,
        refresh: bool,
    ) -> Done<LocationReport> {
        request_location::ask(self.entity.cx().clone(), for_whom, targets, refresh).await
    }

    /// Whether this user is logged on now.
    #[must_use]
    pub fn is_logged_on(&self, user: &McServiceId) -> bool {
        let cx = self.entity.cx();
        cx.is_logged_on(user, cx.world().clock.now())
    }
}

fn profile(config: &Config) -> Profile {
    let mut profile = Profile::new(config.name.as_str(), "service", config.psi.clone());
    profile.accept = vec![mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO];
    profile.trust.core = config.core_identity.as_deref().map(Arc::from);
    profile.trust.servers = vec![Arc::clone(&config.location_server.identity)];
    profile.deadline = config.deadline;
    profile
}
