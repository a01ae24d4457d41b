//! The MC service client: service authorization at the MC service server (TS 24.379 7.2), at home or, for a user who migrates, in
//! the partner MC system (TS 23.280 10.6.3.3 steps 1 and 11).
//!
//! What a client wants is published: event package `poc-settings`, kept fresh as RFC 3903 says until it is taken back. The 200
//! says that the server has taken it up; what a migration comes to is a MESSAGE of its own.

pub mod procedures;
mod publishing;
mod state;

use std::{sync::Arc, time::Duration};

use kit::{Cx, Done, Entity, Gate, Impu, Metrics, PartnerTable, carriage};
use wire::Service;
use xml_schemas::{
    body::{PocSettings, interconnection_info::McService},
    flow::{self, Flow as _},
    ids::{McServiceId, Psi},
    migration::{MigrationEnded, MigrationServiceAuthorizationResponse, ProfileIndex, Publication},
    mime,
};

use crate::{Device, fault};
pub use procedures::migrate::{Journey, NotMigrated};
use procedures::{end_migration, migrate};
pub use publishing::Held;
pub use state::{Credentials, State, Status};

/// What a service client is told beside its terminal's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public service identity of the MC service server that serves the user.
    pub server: Psi,
    /// The domain that the SIP core's certificate proves, where the terminal reaches it over TLS.
    pub core_identity: Option<Arc<str>>,
    /// How long the outcome of a migration is awaited; longer than the servers wait for each other.
    pub deadline: Duration,
}

/// An MC service client. A clone is the same client.
#[derive(Clone)]
pub struct ServiceClient {
    entity: Entity<State>,
    device: Device,
}

impl ServiceClient {
    /// The client of a terminal's user.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where an identity cannot stand in a message.
    pub fn new(device: &Device, settings: Settings) -> Done<Self> {
        let terminal = device.settings();
        let mut profile = device.profile("service-client", settings.core_identity)?;
        profile.deadline = settings.deadline;
        profile.accept = vec![mime::MCPTT_INFO, mime::MCVIDEO_INFO, mime::INTERCONNECTION_INFO];
        let server = Impu::new(settings.server.as_str()).map_err(fault)?;
        let agreed = terminal.protection.iter().map(|agreed| (server.clone(), Arc::clone(agreed)));
        profile.protected = agreed.collect();
        let account = &terminal.account;
        let credentials =
            Credentials { user: account.mc_id.clone(), access_token: account.access_token.clone() };
        let state = State::new(credentials, server);
        let entity = Entity::new(Cx::new(profile, state, PartnerTable::default(), device.world()))
            .on_report(migrate::answered) // 10.6.3.3 step 11
            .on_report(end_migration::receive);
        Ok(Self { entity, device: device.clone() })
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &Metrics) -> Self {
        Self { entity: self.entity.counted_by(metrics), ..self }
    }

    /// Asks to be served under one of the user's profiles (TS 24.379 7.2.2), and stays authorized until the hold is given back.
    ///
    /// # Errors
    /// [`kit::Stop::Refused`] with the server's cause.
    pub async fn authorize(&self, profile: Option<ProfileIndex>) -> Done<Held> {
        let held = self.publish(self.entity.cx(), self.publication(McService::Mcptt, profile)).await?;
        self.entity.cx().set(Status::Authorized);
        Ok(held)
    }

    /// Asks to be served here, away from home: TS 23.280 10.6.3.3. The hold is the service authorization in this system; given back,
    /// it ends the migration.
    ///
    /// # Errors
    /// [`NotMigrated`] says who refused, and why.
    pub async fn migrate(&self, journey: &Journey) -> Result<Held, NotMigrated> {
        migrate::request(self, journey).await
    }

    /// How the user stands, as far as the client has been told.
    #[must_use]
    pub fn status(&self) -> Status {
        self.entity.cx().status()
    }

    /// The MC service ID under which the user is known where the client is registered.
    #[must_use]
    pub fn user(&self) -> McServiceId {
        self.entity.cx().credentials().user
    }

    /// From now on the user is this one, by this token of the system where the client is registered: as an identity management
    /// server gave it, in place of what the terminal was set up with.
    pub fn show(&self, credentials: Credentials) {
        self.entity.cx().show(credentials);
    }

    /// The client's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.entity.gate()
    }

    /// Whether a MESSAGE is for a service client, and not for another client of the terminal.
    #[must_use]
    pub fn takes(message: &sip::Message) -> bool {
        let parts = carriage::parts(message).unwrap_or_default();
        let ours = [MigrationServiceAuthorizationResponse::NAME, MigrationEnded::NAME];
        flow::name_of(&parts).is_ok_and(|name| ours.contains(&name))
    }

    /// What the terminal's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.entity.clone())
    }

    /// What is published of this client: its token and ID, and the profile that is selected.
    fn publication(&self, service: McService, profile: Option<ProfileIndex>) -> Publication {
        let account = &self.device.settings().account;
        Publication {
            service,
            access_token: self.entity.cx().credentials().access_token,
            client_id: account.client_id.clone(),
            profile,
            migrates: None,
            settings: account.client_id.clone().map(|id| PocSettings::of_client(id, profile)),
        }
    }

    async fn publish(&self, cx: &Cx<State>, publication: Publication) -> Done<Held> {
        publishing::begin(cx, &self.device, publication, None).await
    }
}

#[cfg(test)]
mod tests;
