//! What an MC service client knows.

use futures::channel::oneshot;
use kit::Impu;
use parking_lot::Mutex;
use xml_schemas::{
    body::{interconnection_info::McService, mcptt_info::AccessToken},
    ids::{McServiceId, RequestId},
    migration::{self, MigrationEnded, MigrationServiceAuthorizationResponse},
};

/// How the user stands with the server, as far as the client has been told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Status {
    /// Nothing has been asked, or the authorization was given back.
    #[default]
    None,
    /// Served by the home system.
    Authorized,
    /// A migration has been asked for and taken up.
    Migrating,
    /// Migrated, and served here.
    Migrated,
    /// The migration was refused.
    Refused(migration::Refusal),
    /// The migration is over; why.
    Ended(migration::Refusal),
}

/// Who the user is where the client is registered, and what proves it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// The MC service ID: in a partner MC system the one that its identity management server allocated.
    pub user: McServiceId,
    /// The access token of that system.
    pub access_token: Option<AccessToken>,
}

/// An MC service client's own state.
#[derive(Debug)]
pub struct State {
    credentials: Mutex<Credentials>,
    /// Its server's public service identity, as the SIP core asserts it.
    pub server: Impu,
    status: Mutex<Status>,
    awaited: Mutex<Option<Awaited>>,
    travels: Mutex<Vec<Travel>>,
}

/// A migration that has been asked for, and what is published of it goes on being published.
#[derive(Debug)]
struct Travel {
    request_id: RequestId,
    service: McService,
    partner: McServiceId,
    primary: McServiceId,
    /// Dropped, what is published of it is published no more.
    over: oneshot::Sender<()>,
}

/// A migration whose outcome has not come.
#[derive(Debug)]
struct Awaited {
    request_id: RequestId,
    partner: McServiceId,
    primary: McServiceId,
    tell: oneshot::Sender<migration::Outcome>,
}

impl State {
    pub(super) fn new(credentials: Credentials, server: Impu) -> Self {
        let credentials = Mutex::new(credentials);
        let (status, awaited, travels) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { credentials, server, status, awaited, travels }
    }

    /// As whom the client acts now.
    pub(super) fn credentials(&self) -> Credentials {
        self.credentials.lock().clone()
    }

    pub(super) fn show(&self, credentials: Credentials) {
        *self.credentials.lock() = credentials;
    }

    pub(super) fn status(&self) -> Status {
        self.status.lock().clone()
    }

    pub(super) fn set(&self, status: Status) {
        *self.status.lock() = status;
    }

    /// A migration is being asked for. What is returned resolves once it is over.
    pub(super) fn travels(
        &self,
        (request_id, service): (RequestId, McService),
        [partner, primary]: [McServiceId; 2],
    ) -> oneshot::Receiver<()> {
        let (over, is_over) = oneshot::channel();
        let mut travels = self.travels.lock();
        travels.retain(|travel| !travel.over.is_canceled());
        travels.push(Travel { request_id, service, partner, primary, over });
        is_over
    }

    /// The migration that the notice names is over; whether there is such a one. A notice about what was asked earlier ends nothing
    /// that was asked since.
    pub(super) fn ends(&self, ended: &MigrationEnded) -> bool {
        let mut travels = self.travels.lock();
        let before = travels.len();
        travels.retain(|travel| {
            travel.request_id != ended.request_id
                || travel.service != ended.service
                || travel.partner != ended.partner
                || travel.primary != ended.primary
        });
        travels.len() < before
    }

    /// Opens the question before it is sent: its outcome may overtake the 200. None where another is open.
    pub(super) fn open(
        &self,
        request_id: RequestId,
        [partner, primary]: [McServiceId; 2],
    ) -> Option<oneshot::Receiver<migration::Outcome>> {
        let mut awaited = self.awaited.lock();
        // Whoever awaited it may have given up.
        if awaited.as_ref().is_some_and(|awaited| !awaited.tell.is_canceled()) {
            return None;
        }
        let (tell, told) = oneshot::channel();
        *awaited = Some(Awaited { request_id, partner, primary, tell });
        Some(told)
    }

    /// Hands the outcome to whoever awaits it; false where nobody awaits this one (table 10.6.3.2.2-1, NOTE: the same IDs).
    pub(super) fn answer(&self, response: MigrationServiceAuthorizationResponse) -> bool {
        let mut awaited = self.awaited.lock();
        let is_awaited = awaited.as_ref().is_some_and(|awaited| {
            let named = response.correlation.request_id();
            awaited.partner == response.partner
                && awaited.primary == response.primary
                && named.is_none_or(|named| *named == awaited.request_id)
        });
        let found = if is_awaited { awaited.take() } else { None };
        found.is_some_and(|awaited| awaited.tell.send(response.outcome).is_ok())
    }
}
