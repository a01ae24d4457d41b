//! Users of ours: what waits for them, and how they are told. TS 23.280 10.17.3.1, the pending request procedure

mod log_on;
mod pending;
pub(crate) mod published;
mod roles;
mod status;
mod tell;

use kit::Cx;
use xml_schemas::ids::{FunctionalAlias, McServiceId};

pub(crate) use log_on::receive as log_on;
pub(crate) use pending::request as pending;
pub(crate) use roles::{follow, given_back, may_handle, seat, taken_up};
pub(crate) use status::{request as status, state, subjects};
pub(crate) use tell::{announce, resume, tell_if_there};

use crate::{
    Acm,
    book::{Changes, Waiting, keys},
    case::{Case, Side},
};

/// Who has something now, and through which alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seat {
    pub handler: Option<McServiceId>,
    pub role: Option<FunctionalAlias>,
}

impl Seat {
    pub(crate) fn take(self, case: Case) -> Case {
        Case { handler: self.handler, role: self.role, ..case }
    }

    fn user(id: McServiceId) -> Self {
        Self { handler: Some(id), role: None }
    }
}

/// It waits for who has it, and, where that is so through an alias, for whoever holds that.
pub(crate) fn wait_for(changes: Changes, case: &Case, is_response: bool) -> Changes {
    let waiting = Waiting { seq: case.seq, case: case.key.clone(), is_response, is_told: false };
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

/// Whether a user is logged on: a registration or a publication of his lasts.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(crate) async fn is_on(cx: &Cx<Acm>, user: &McServiceId) -> Result<bool, kit::Fault> {
    let Some(user) = cx.user(user) else { return Ok(false) };
    let (registered, published) = (keys::logged_on(user.impu.as_str()), keys::published(user.impu.as_str()));
    let store = cx.book().store();
    Ok(store.get(registered.as_bytes()).await?.is_some() || store.get(published.as_bytes()).await?.is_some())
}
