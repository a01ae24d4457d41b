//! The ACM client (TS 23.280 7.4.2.5): a user asks partners of his system for what he may, decides what their users ask of him,
//! and sees where each request stands, however rarely the two of them are logged on together.
//!
//! A request is asked once it is on disk at the own ACM server; all that follows reaches the client when its user is there. What
//! comes unasked is handed to whoever listens: [`AcmClient::told`].

pub mod procedures;
mod state;

use std::{sync::Arc, time::Duration};

use kit::{Cx, Done, Entity, Gate, Impu, Metrics, PartnerTable, carriage};
use wire::Service;
use xml_schemas::{
    acm::{
        AddMigrationUsersRequest, AddMigrationUsersResponse, ClientId, GroupInformationProvisionRequest,
        GroupInformationProvisionResponse, GroupMembershipUpdateRequest, GroupMembershipUpdateResponse, Mark,
        PendingDataResponse, RemoveMigrationUsersRequest, RemoveMigrationUsersResponse, Request, Response,
        StatusResponse, UserProfileUpdateRequest, UserProfileUpdateResponse,
    },
    ids::{McServiceId, Psi, RequestId},
    mime,
};

use crate::{Device, fault};
use procedures::{answer, ask, listen, pending, status, withdraw};
pub use procedures::{
    answer::Answer,
    ask::{Ask, Wish},
    surely::Unheard,
};
pub use state::{State, Told};

/// What an ACM client is told beside its terminal's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public service identity of its own ACM server.
    pub server: Psi,
    /// The domain that the SIP core's certificate proves, where the terminal reaches it over TLS.
    pub core_identity: Option<Arc<str>>,
    /// How long the own server's answer to a question is awaited. No person is waited for.
    pub deadline: Duration,
}

/// An ACM client. A clone is the same client.
#[derive(Clone)]
pub struct AcmClient(Entity<State>);

impl AcmClient {
    /// The client of a terminal's user.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where an identity cannot stand in a message.
    pub fn new(device: &Device, settings: Settings) -> Done<Self> {
        let terminal = device.settings();
        let mut profile = device.profile("acm-client", settings.core_identity)?;
        profile.deadline = settings.deadline;
        profile.accept = vec![mime::MCPTT_INFO, mime::ACM_INFO];
        let server = Impu::new(settings.server.as_str()).map_err(fault)?;
        let client = terminal.account.client_id.as_deref().and_then(ClientId::new);
        let state = State::new(terminal.account.mc_id.clone(), server, client);
        let cx = Cx::new(profile, state, PartnerTable::default(), device.world());
        Ok(Self(routes(Entity::new(cx))))
    }

    /// Counts into these, which its process shares.
    #[must_use]
    pub fn counted_by(self, metrics: &Metrics) -> Self {
        Self(self.0.counted_by(metrics))
    }

    /// Asks a user of a partner system, or whoever holds a role there. The identifier names the request from now on.
    ///
    /// # Errors
    /// [`Unheard`]: the server refuses, and nothing is kept of the request; or, whatever was tried, nobody has said whether it is.
    pub async fn ask(&self, ask: Ask) -> Result<RequestId, Unheard> {
        ask::request(self.0.cx().clone(), ask).await
    }

    /// What waits for the user: requests that he is to decide, and responses to his own.
    ///
    /// # Errors
    /// [`kit::Stop`] with the cause where the server refuses or does not answer.
    pub async fn pending(&self) -> Done<PendingDataResponse> {
        pending::query(self.0.cx().clone()).await
    }

    /// Decides a request that waits for the user.
    ///
    /// # Errors
    /// [`Unheard`]: the server refuses, and the request waits on; or, whatever was tried, nobody has said whether it has the answer.
    pub async fn answer(&self, request: &Request, answer: Answer) -> Result<Response, Unheard> {
        answer::send(self.0.cx().clone(), request, answer).await
    }

    /// Asks to take a request of the user's back. What came of it the partner's server says, and the client is [told].
    ///
    /// # Errors
    /// [`Unheard`]: the server refuses; or, whatever was tried, nobody has said whether it takes it up.
    ///
    /// [told]: Told::Withdrawal
    pub async fn withdraw(&self, request: RequestId) -> Result<(), Unheard> {
        withdraw::request(self.0.cx().clone(), request).await
    }

    /// What the user has asked, what waits for him, and what became of it: the newest; older ones where an answer before said that it
    /// goes on.
    ///
    /// # Errors
    /// [`kit::Stop`] with the cause where the server refuses or does not answer.
    pub async fn status(&self, from: Option<Mark>) -> Done<StatusResponse> {
        status::query(self.0.cx().clone(), from).await
    }

    /// What comes unasked, from now on, in the order of its coming. Whoever asks last is told; what nobody listens to is
    /// not accepted, and the server keeps it: a receiver that is dropped with something in it has lost that.
    #[must_use]
    pub fn told(&self) -> futures::channel::mpsc::Receiver<Told> {
        self.0.cx().listen()
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &McServiceId {
        &self.0.cx().user
    }

    /// The client's door, for whoever ends it.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.0.gate()
    }

    /// Whether a MESSAGE is for an ACM client, and not for another client of the terminal.
    #[must_use]
    pub fn takes(message: &sip::Message) -> bool {
        carriage::parts(message).is_ok_and(|parts| parts.iter().any(|part| part.is(mime::ACM_INFO)))
    }

    /// What the terminal's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.0.clone())
    }
}

/// What reaches a client: all of it from its own server.
fn routes(entity: Entity<State>) -> Entity<State> {
    entity
        .on_report_again(listen::notified) // 10.17.3.1
        .on_report_again(listen::indicated)
        .on_report_again(listen::withdrawn)
        .on_report_again(listen::requested::<GroupInformationProvisionRequest>)
        .on_report_again(listen::requested::<GroupMembershipUpdateRequest>)
        .on_report_again(listen::requested::<AddMigrationUsersRequest>)
        .on_report_again(listen::requested::<RemoveMigrationUsersRequest>)
        .on_report_again(listen::requested::<UserProfileUpdateRequest>)
        .on_report_again(listen::answered::<GroupInformationProvisionResponse>)
        .on_report_again(listen::answered::<GroupMembershipUpdateResponse>)
        .on_report_again(listen::answered::<AddMigrationUsersResponse>)
        .on_report_again(listen::answered::<RemoveMigrationUsersResponse>)
        .on_report_again(listen::answered::<UserProfileUpdateResponse>)
        .awaits::<PendingDataResponse>()
        .awaits::<StatusResponse>()
}

#[cfg(test)]
mod tests;
