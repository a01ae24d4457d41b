//! The profiles of service-authorized users: fetched from the own configuration management server, and followed as they change.
//! TS 24.484 clauses 6.3.2 and 6.3.13. What they name leads to [`super::request_group`].

use std::{
    collections::{BTreeSet, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt as _;
use kit::{
    Cx, Done,
    events::{Held, Outcome},
};
use xcap::Target;
use xml_schemas::ids::McServiceId;

use super::request_group;
use crate::{
    Mcs,
    book::Profiles,
    documents,
    group::{self, Group},
};

/// For how long visitors are gathered.
const GATHERED: Duration = Duration::from_millis(500);

/// How long is waited before a subscription that is over is begun anew.
const PAUSE: Duration = Duration::from_secs(30);

/// A visitor has become service-authorized: his profiles are followed soon, with those of all who have come within a moment, so that a
/// crowd of them costs what they cost together.
pub(crate) fn begin_soon(cx: &Cx<Mcs>, visitor: &McServiceId) {
    let is_first = {
        let mut book = cx.book().all();
        if book.users.contains_key(visitor.as_str()) {
            return;
        }
        let is_first = book.arrived.is_empty();
        book.arrived.insert(visitor.clone());
        is_first
    };
    if is_first {
        cx.world().tasks.spawn(begin_all(cx.clone()).boxed());
    }
}

async fn begin_all(cx: Cx<Mcs>) {
    cx.world().clock.sleep(GATHERED).await;
    let (arrived, now) = (std::mem::take(&mut cx.book().all().arrived), cx.world().clock.wall());
    for visitor in arrived.into_iter().filter(|visitor| cx.is_authorized(visitor, now)) {
        begin(&cx, &visitor);
    }
}

/// The user has become service-authorized: his profiles are followed from now on, where they were not.
pub(crate) fn begin(cx: &Cx<Mcs>, user: &McServiceId) {
    let mut book = cx.book().all();
    if let Entry::Vacant(vacant) = book.users.entry(user.as_str().to_owned())
        && let Some((life, held)) = subscribe(cx, user)
    {
        let (dialog, named, etags, awaited) = Default::default();
        vacant.insert(Profiles { life, held, dialog, named, etags, awaited });
    }
}

/// None where no configuration management server is configured.
fn subscribe(cx: &Cx<Mcs>, user: &McServiceId) -> Option<(Arc<()>, Held)> {
    let server = cx.config().profiles.as_ref()?;
    let life = Arc::default();
    let (again, heard) = (cx.clone(), (user.clone(), Arc::clone(&life)));
    let ask = documents::ask(server, &group::profiles(user));
    let held =
        cx.watcher()?.subscribe(ask, move |outcome| hear(again.clone(), heard.clone(), outcome).boxed());
    Some((life, held))
}

/// The user is no longer service-authorized.
pub(crate) fn end(cx: &Cx<Mcs>, user: &McServiceId) {
    let ended = cx.book().all().leave(user.as_str());
    if let Some((profiles, named)) = ended {
        profiles.held.unsubscribe(cx.world());
        request_group::reconcile(cx, named);
    }
}

async fn hear(cx: Cx<Mcs>, (user, life): (McServiceId, Arc<()>), outcome: Outcome) -> Done<()> {
    match outcome {
        Outcome::Notified(message) => {
            let (touched, awaited) = heard(&cx, (&user, &life), &message)?;
            // The NOTIFY is answered before anything is fetched.
            cx.world().tasks.spawn(follow(cx.clone(), user, awaited, touched).boxed());
        }
        Outcome::Over(_) => cx.world().tasks.spawn(begin_anew(cx.clone(), user, life).boxed()),
    }
    Ok(())
}

/// A profile that is to be fetched, and for what.
type Awaited = (Target, Arc<()>);

/// What a NOTIFY says counts from now on, and not when others have been fetched: the groups that a profile named which is gone, and the
/// profiles that are to be fetched. That of a former subscription says nothing.
fn heard(
    cx: &Cx<Mcs>,
    (user, life): (&McServiceId, &Arc<()>),
    message: &sip::Message,
) -> Done<(BTreeSet<Group>, Vec<Awaited>)> {
    let changes = documents::changes(message)?;
    let (mut touched, mut awaited) = Default::default();
    let mut book = cx.book().all();
    if book.followed(user.as_str(), life).is_none() {
        return Ok((touched, awaited));
    }
    let there = changes.iter().filter(|change| change.new.is_some());
    let there = there.filter_map(|change| Some(group::profile(user, &change.sel)?.selector()));
    if let Some(dialog) = dialog(message) {
        touched = book.told((user.as_str(), life), dialog, &there.collect());
    }
    for change in changes {
        let Some(target) = group::profile(user, &change.sel) else { continue };
        let selector = target.selector();
        match &change.new {
            None => touched.append(&mut book.forget(user.as_str(), &selector)),
            // A refresh is told everything again.
            Some(new) => {
                let fetched = book.awaits(user.as_str(), &selector, new.as_str());
                awaited.extend(fetched.map(|fetched| (target, fetched)));
            }
        }
    }
    Ok((touched, awaited))
}

/// What is the same in all NOTIFYs of one dialog, and in none of another; none where this one says nothing.
fn dialog(message: &sip::Message) -> Option<Vec<u8>> {
    let from = message.typed::<sip::From<'_>>().ok().flatten();
    let tag = from.and_then(|from| from.0.tag()).unwrap_or_default();
    (!message.body().is_empty()).then(|| [message.call_id(), b"\0", tag].concat())
}

/// `gone` are groups that a profile named which is gone: they wait for no other profile, of which each may take its time.
async fn follow(cx: Cx<Mcs>, user: McServiceId, awaited: Vec<Awaited>, gone: BTreeSet<Group>) {
    request_group::reconcile(&cx, gone);
    let mut touched = BTreeSet::new();
    let Some(server) = cx.config().profiles.clone() else { return };
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    for (target, fetched) in awaited {
        let what = match documents::fetch(&cx, &server, &target).await {
            Ok(document) => Some((group::of_profile(&document.text), document.etag)),
            Err(failed) => {
                tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, cause = %failed.cause, "a profile cannot be had");
                None
            }
        };
        touched.append(&mut cx.book().all().name((user.as_str(), target.selector()), &fetched, what));
    }
    request_group::reconcile(&cx, touched);
}

/// As long as the user is there to be served. Who has gone meanwhile and is back has a subscription of his own by now: the end of
/// the former one is told late, up to timer N after he left (RFC 6665 4.1.2.3).
async fn begin_anew(cx: Cx<Mcs>, user: McServiceId, life: Arc<()>) {
    cx.world().clock.sleep(PAUSE).await;
    let is_authorized = cx.is_authorized(&user, cx.world().clock.wall());
    let mut book = cx.book().all();
    let Some(profiles) = book.followed(user.as_str(), &life) else { return };
    // What is known counts until it is told anew which there are.
    if let Some(anew) = is_authorized.then(|| subscribe(&cx, &user)).flatten() {
        (profiles.life, profiles.held) = anew;
    } else {
        drop(book);
        end(&cx, &user);
    }
}
