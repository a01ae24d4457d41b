//! What follows from a change of authorizations: whose profiles are followed, and which visits are over.

use kit::Cx;
use xml_schemas::ids::McServiceId;

use super::follow_profiles;
use crate::{Mcs, authorization::Changed, migration};

/// Once a change is kept.
pub(crate) async fn after<T>(cx: &Cx<Mcs>, changed: &Changed<T>) {
    users(cx, &changed.users);
    let now = cx.world().clock.wall();
    for client in &changed.ended {
        if let Some(visit) = &client.visit
            && !cx.authorizations().is_authorized(&client.user, now)
        {
            migration::left(cx, &client.user, &visit.primary).await;
        }
    }
}

/// Something may have changed for these.
pub(crate) fn users(cx: &Cx<Mcs>, users: &[McServiceId]) {
    let now = cx.world().clock.wall();
    for user in users {
        if cx.is_authorized(user, now) {
            follow_profiles::begin(cx, user.clone());
        } else {
            follow_profiles::end(cx, user);
        }
    }
    cx.metrics().authorizations(&cx.profile().name, cx.authorizations().count());
}
