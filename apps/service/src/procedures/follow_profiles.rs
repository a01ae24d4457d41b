//! The profiles of service-authorized users: fetched from the own configuration management server, and followed as they change.
//! TS 24.484 clauses 6.3.2 and 6.3.13. What they name leads to [`super::request_group`].

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use futures::FutureExt as _;
use kit::{Cx, Done, events::Outcome};
use xcap::diff::DocumentChange;
use xml_schemas::ids::McServiceId;

use super::request_group;
use crate::{Mcs, book::Profiles, documents, group};

/// How long is waited before a subscription that is over is begun anew.
const PAUSE: Duration = Duration::from_secs(30);

/// The user has become service-authorized: his profiles are followed from now on, where they were not.
pub(crate) fn begin(cx: &Cx<Mcs>, user: McServiceId) {
    let Some(server) = cx.config().profiles.clone() else { return };
    let ask = documents::ask(&server, &group::profiles(&user));
    let (again, key) = (cx.clone(), user.as_str().to_owned());
    if let Some(watcher) = cx.watcher() {
        let mut book = cx.book().all();
        if let Entry::Vacant(vacant) = book.users.entry(key) {
            let heard = user.clone();
            let held =
                watcher.subscribe(ask, move |outcome| hear(again.clone(), heard.clone(), outcome).boxed());
            vacant.insert(Profiles { user, held, named: BTreeMap::new() });
            return;
        }
    }
    // What is known of them already counts again.
    request_group::reconcile(cx);
}

/// The user is no longer service-authorized.
pub(crate) fn end(cx: &Cx<Mcs>, user: &McServiceId) {
    let ended = cx.book().all().users.remove(user.as_str());
    if let Some(profiles) = ended {
        profiles.held.unsubscribe(cx.world());
        request_group::reconcile(cx);
    }
}

async fn hear(cx: Cx<Mcs>, user: McServiceId, outcome: Outcome) -> Done<()> {
    match outcome {
        Outcome::Notified(message) => {
            let changes = documents::changes(&message)?;
            // The NOTIFY is answered before anything is fetched.
            cx.world().tasks.spawn(follow(cx.clone(), user, changes).boxed());
        }
        Outcome::Over(_) => cx.world().tasks.spawn(begin_anew(cx.clone(), user).boxed()),
    }
    Ok(())
}

async fn follow(cx: Cx<Mcs>, user: McServiceId, changes: Vec<DocumentChange>) {
    let Some(server) = cx.config().profiles.clone() else { return };
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    for change in changes {
        let Some(target) = group::profile(&user, &change.sel) else { continue };
        let named: BTreeSet<_> = match change.new {
            None => BTreeSet::new(),
            Some(_) => match documents::fetch(&cx, &server, &target).await {
                Ok(fetched) => group::of_profile(&fetched.text),
                Err(failed) => {
                    tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, cause = %failed.cause, "a profile cannot be had");
                    continue;
                }
            },
        };
        if let Some(profiles) = cx.book().all().users.get_mut(user.as_str()) {
            profiles.named.insert(target.selector(), named);
        }
    }
    request_group::reconcile(&cx);
}

/// As long as the user is there to be served.
async fn begin_anew(cx: Cx<Mcs>, user: McServiceId) {
    if cx.book().all().users.remove(user.as_str()).is_none() {
        return;
    }
    cx.world().clock.sleep(PAUSE).await;
    if cx.is_authorized(&user, cx.world().clock.wall()) {
        begin(&cx, user);
    }
}
