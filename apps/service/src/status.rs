//! What the server knows, for tests and for administrators.

use std::{sync::Arc, time::SystemTime};

use kit::{Cause, Cx};
use xml_schemas::ids::McServiceId;

use crate::{Authorization, Mcs, book::Configuration};

/// One user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserStatus {
    /// Who.
    pub id: McServiceId,
    /// Whether the user is registered.
    pub is_logged_on: bool,
    /// Whether the user is MC service authorized.
    pub is_authorized: bool,
    /// The groups that the user's profiles name, as far as they have been fetched.
    pub groups: Vec<String>,
    /// The clients that are authorized, the last one first.
    pub clients: Vec<Authorization>,
    /// The MC system in which the user works, where he has migrated.
    pub away: Option<Arc<str>>,
}

/// One group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupStatus {
    /// Its MC service group ID.
    pub id: String,
    /// Whether the own group management server tells of changes.
    pub is_subscribed: bool,
    /// Its configuration, where it has come.
    pub configuration: Option<Configuration>,
    /// Why it has not, where the last request was refused.
    pub refused: Option<Cause>,
}

pub(crate) fn users(cx: &Cx<Mcs>) -> Vec<UserStatus> {
    let now = cx.world().clock.wall();
    let mut all: Vec<UserStatus> = cx.users(now).into_iter().map(|id| status(cx, id, now)).collect();
    all.sort_unstable_by(|one, other| one.id.as_str().cmp(other.id.as_str()));
    all
}

/// One user; none who is no user here at this moment.
pub(crate) fn user(cx: &Cx<Mcs>, id: &McServiceId) -> Option<UserStatus> {
    let now = cx.world().clock.wall();
    cx.is_user(id, now).then(|| status(cx, id.clone(), now))
}

fn status(cx: &Cx<Mcs>, id: McServiceId, now: SystemTime) -> UserStatus {
    let mut groups: Vec<String> = {
        let book = cx.book().all();
        let named = book.users.get(id.as_str()).map(|profiles| profiles.groups(None));
        named.into_iter().flatten().collect()
    };
    groups.sort_unstable();
    groups.dedup();
    UserStatus {
        is_logged_on: cx.is_logged_on(&id, now),
        is_authorized: cx.is_authorized(&id, now),
        groups,
        clients: cx.authorizations().of(&id, now),
        away: cx.authorizations().away(&id),
        id,
    }
}

pub(crate) fn groups(cx: &Cx<Mcs>) -> Vec<GroupStatus> {
    let book = cx.book().all();
    let status = |(id, state): (&String, &crate::book::State)| GroupStatus {
        id: id.clone(),
        is_subscribed: state.held.as_ref().is_some_and(kit::events::Held::is_active),
        configuration: state.document.clone(),
        refused: state.refused,
    };
    book.groups.iter().map(status).collect()
}
