//! Users of ours: what waits for them, and how they are told. TS 23.280 10.17.3.1, the pending request procedure

mod clients;
mod log_on;
mod lost;
mod pending;
pub(crate) mod published;
mod roles;
mod status;
mod tell;

use kit::Cx;
use xml_schemas::ids::{FunctionalAlias, McServiceId};

pub(crate) use clients::{Clients, Heard, Reach};
pub(crate) use log_on::receive as log_on;
pub(crate) use pending::request as pending;
pub(crate) use roles::{Seated, follow, given_back, may_handle, seat, taken_up};
pub(crate) use status::{request as status, state, subjects};
pub(crate) use tell::{announce, resume, tell_if_there};

use crate::{
    Acm,
    book::{Changes, Waiting, keys, millis},
    case::{Case, Side},
};

/// Who has something now, and through which alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seat {
    pub handler: Option<McServiceId>,
    pub role: Option<FunctionalAlias>,
    /// On which of his clients that is active, where that is known.
    pub client: Option<String>,
}

impl Seat {
    pub(crate) fn take(self, case: Case) -> Case {
        Case { handler: self.handler, role: self.role, client: self.client, ..case }
    }

    fn user(id: McServiceId) -> Self {
        Self { handler: Some(id), role: None, client: None }
    }
}

/// It waits for who has it, and, where that is so through an alias, for whoever holds that.
pub(crate) fn wait_for(changes: Changes, case: &Case, is_response: bool) -> Changes {
    let client = Some(case.client.clone());
    let waiting = Waiting { seq: case.seq, case: case.key.clone(), is_response, is_told: false, client };
    let changes = match &case.handler {
        Some(handler) => changes.wait(handler.as_str(), &waiting),
        None => changes,
    };
    match &case.role {
        Some(role) => changes.role(role.as_str(), &waiting),
        None => changes,
    }
}

/// It waits for nobody any more.
pub(crate) fn no_wait(changes: Changes, case: &Case) -> Changes {
    let changes = match &case.handler {
        Some(handler) => changes.no_wait(handler.as_str(), case.seq),
        None => changes,
    };
    match &case.role {
        Some(role) => changes.no_role(role.as_str(), case.seq),
        None => changes,
    }
}

/// Its initiator at his server, and who handles it at the other, can ask what became of it.
pub(crate) fn listed(changes: Changes, case: &Case, until: Option<u64>) -> Changes {
    let changes = match case.key.side() {
        Side::Asked => changes.listed(case.initiator.id.as_str(), case, until),
        Side::Received => changes,
    };
    match &case.handler {
        Some(handler) => changes.listed(handler.as_str(), case, until),
        None => changes,
    }
}

/// Who had it can ask what became of it for as long as of what is closed now.
pub(crate) fn handed_on(changes: Changes, case: &Case, until: u64) -> Changes {
    match (&case.handler, case.key.side()) {
        (Some(handler), Side::Received) => changes.listed(handler.as_str(), case, Some(until)),
        _ => changes,
    }
}

/// The clients by which a user is logged on, as far as they are known; none where he is not: neither a registration nor a publication
/// of his lasts.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(crate) async fn clients(cx: &Cx<Acm>, user: &McServiceId) -> Result<Option<Clients>, kit::Fault> {
    let Some(user) = cx.user(user) else { return Ok(None) };
    let (registered, published) = (keys::logged_on(user.impu.as_str()), keys::published(user.impu.as_str()));
    let store = cx.book().store();
    if let Some(record) = store.get(registered.as_bytes()).await? {
        return Ok(Some(Clients::read(&record.value)));
    }
    Ok(store.get(published.as_bytes()).await?.map(|_| Clients::default()))
}

/// Whether a user is logged on.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(crate) async fn is_on(cx: &Cx<Acm>, user: &McServiceId) -> Result<bool, kit::Fault> {
    Ok(clients(cx, user).await?.is_some())
}

/// Whether one client of his is, where it is known which; how it is reached.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(crate) async fn reach(
    cx: &Cx<Acm>,
    user: &McServiceId,
    client: Option<&str>,
) -> Result<Reach, kit::Fault> {
    let now = millis(cx.world().clock.wall());
    Ok(clients(cx, user).await?.map_or(Reach::Not, |clients| clients.reach(client, now)))
}
