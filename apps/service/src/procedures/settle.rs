//! What follows from a change of authorizations: whose profiles are followed, and what is to be told.

use kit::Cx;
use xml_schemas::ids::McServiceId;

use super::follow_profiles;
use crate::{
    Mcs,
    migration::{self, Made},
};

/// Once a change is kept.
pub(crate) fn made(cx: &Cx<Mcs>, made: Made) {
    users(cx, &made.users);
    migration::send(cx, made.letters);
}

/// Something may have changed for these.
pub(crate) fn users(cx: &Cx<Mcs>, users: &[McServiceId]) {
    let now = cx.world().clock.wall();
    for user in users {
        if cx.is_authorized(user, now) {
            if cx.is_configured(user) {
                follow_profiles::begin(cx, user);
            } else {
                follow_profiles::begin_soon(cx, user);
            }
        } else {
            follow_profiles::end(cx, user);
        }
    }
    cx.metrics().authorizations(&cx.profile().name, cx.authorizations().count());
}
