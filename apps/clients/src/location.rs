//! The location management client (TS 23.280 7.4.2.3.11): says where its user is, and asks where others are.

pub mod procedures;
mod state;

use std::sync::Arc;

use kit::{Cx, Done, Entity, Gate, Impu, Metrics, PartnerTable};
use wire::Service;
use xml_schemas::{
    ids::{McServiceId, Psi},
    location::LocationReport,
    mime,
};

use crate::{Device, fault, position::Source};
use procedures::{locate_abroad, report_position};
pub use state::{Asked, Permission, State};

/// What a location management client is told beside its terminal's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public service identity of its own location management server.
    pub server: Psi,
    /// The domain that the SIP core's certificate proves, where the terminal reaches it over TLS.
    pub core_identity: Option<Arc<str>>,
    /// Where the terminal's position comes from.
    pub source: Source,
    /// Whether the user lets the position be told.
    pub permission: Permission,
    /// How long a user who is asked may take: no longer than the server waits for him.
    pub permission_deadline: std::time::Duration,
    /// How long a report is awaited; longer than the servers wait for each other, so that their answer about those who did not
    /// answer still arrives.
    pub deadline: std::time::Duration,
}

/// A location management client. A clone is the same client.
#[derive(Clone)]
pub struct LocationClient(Entity<State>);

impl LocationClient {
    /// The client of a terminal's user.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where an identity cannot stand in a message.
    pub fn new(device: &Device, settings: Settings) -> Done<Self> {
        let terminal = device.settings();
        let mut profile = device.profile("location-client", settings.core_identity)?;
        profile.deadline = settings.deadline;
        profile.accept = vec![mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO];
        let world = device.world();
        let state = State {
            mc_id: terminal.account.mc_id.clone(),
            server: Impu::new(settings.server.as_str()).map_err(fault)?,
            source: settings.source,
            permission: settings.permission,
            permission_deadline: settings.permission_deadline,
            started_at: world.clock.now(),
        };
        let entity = Entity::new(Cx::new(profile, state, PartnerTable::default(), world))
            .on(report_position::receive) // 10.9.3.2 steps 3 to 5
            .awaits::<LocationReport>(); // 10.9.3.10.2 step 7
        Ok(Self(entity))
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &Metrics) -> Self {
        Self(self.0.counted_by(metrics))
    }

    /// Asks where these users are, of this system or of others: TS 23.280 10.9.3.10.2.
    ///
    /// # Errors
    /// [`kit::Stop`] with the cause where the request as a whole fails; why one target is not reported stands in the report.
    pub async fn locate(&self, targets: Vec<McServiceId>, refresh: bool) -> Done<LocationReport> {
        locate_abroad::request(self.0.cx().clone(), targets, refresh).await
    }

    /// The client's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.0.gate()
    }

    /// What the terminal's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
