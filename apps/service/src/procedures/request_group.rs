//! Groups of the users who are served here: requested from the own group management server, and told of by it.
//! TS 23.280 clauses 10.2.7.3 steps 1 and 6, and 10.2.7.2 step 4: the MC service server. What lies between is
//! `request_abroad.rs` and `accept_provision.rs` of `groups`.
//!
//! Step 1 is a subscription and a GET. The subscription comes first, so that nothing is stored unseen in between. A group that is
//! not there yet comes by NOTIFY.

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, channel::oneshot, future};
use kit::{Cause, Cx, Done, events::Outcome, partner::domain_of};
use xml_schemas::ids::McServiceId;

use crate::{
    Mcs,
    book::{Configuration, State, Wished},
    config::DocumentServer,
    documents::{self, Failed, Fetched},
    group::{self, Group},
};

/// How long the first NOTIFY is awaited before the group is asked for all the same.
const FIRST_NOTIFY: Duration = Duration::from_secs(2);

/// How long is waited before a subscription that is over is begun anew.
const PAUSE: Duration = Duration::from_secs(60);

/// Of these groups, requests what a profile of a service-authorized user names and nobody has requested, or was requested of another
/// server than the one that profiles name now; and lets go what none names any more.
pub(crate) fn reconcile(cx: &Cx<Mcs>, touched: BTreeSet<Group>) {
    if cx.config().groups.is_none() {
        return;
    }
    let mut new = Vec::new();
    {
        let mut book = cx.book().all();
        for group in touched {
            let is_wanted = book.is_wanted(&group);
            let server = book.server_of(&group, cx.config());
            let psi = server.map(|server| xcap::canonical(server.psi.as_str()));
            let known = book.groups.get(&group);
            if known.map_or(!is_wanted, |state| is_wanted && state.server == psi) {
                continue;
            }
            // What another server has told counts no more.
            let held = book.groups.remove(&group).and_then(|state| state.held);
            held.into_iter().for_each(|held| held.unsubscribe(cx.world()));
            if is_wanted {
                let refused = server.is_none().then_some(Cause::UnlistedServer);
                let state = State { server: psi, refused, ..State::default() };
                new.push((Wished { group: group.clone(), wish: Arc::clone(&state.wish) }, server.cloned()));
                book.groups.insert(group, state);
            }
        }
    }
    for (wished, server) in new {
        match server {
            Some(server) => cx.world().tasks.spawn(request(cx.clone(), server, wished).boxed()),
            None => {
                let group = shown(&wished.group);
                tracing::warn!(target: "mcx::refused", entity = %cx.profile().name, group, cause = %Cause::UnlistedServer, "a group is not asked for");
            }
        }
    }
}

/// 10.2.7.3 step 1.
async fn request(cx: Cx<Mcs>, server: DocumentServer, wished: Wished) {
    if cx.book().all().wished(&wished).map(|state| state.is_asked = true).is_none() {
        return;
    }
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    cx.step("10.2.7.3", 1); // the group configuration is requested from the own group management server
    subscribed(&cx, &server, &wished).await;
    get(&cx, &server, &wished, None).await;
}

/// Subscribes to the group, and waits for the first NOTIFY.
async fn subscribed(cx: &Cx<Mcs>, server: &DocumentServer, wished: &Wished) {
    let selector = group::document(&wished.group).selector();
    let Some(watcher) = cx.watcher() else { return };
    let ask = documents::ask(server, &selector);
    let (first, told) = oneshot::channel();
    let first = Arc::new(Mutex::new(Some(first)));
    let (again, heard_for) = (cx.clone(), wished.clone());
    let held = watcher.subscribe(ask, move |outcome| {
        let heard = hear(again.clone(), heard_for.clone(), outcome);
        let first = Arc::clone(&first);
        async move {
            let done = heard.await;
            // Nobody waits any more once the time is over.
            let waiting = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            waiting.map(|first| first.send(()));
            done
        }
        .boxed()
    });
    let mut held = Some(held);
    if let Some(state) = cx.book().all().wished(wished) {
        state.held = held.take();
    }
    if let Some(nobodys) = held {
        nobodys.unsubscribe(cx.world());
        return;
    }
    future::select(pin!(told), cx.world().clock.sleep(FIRST_NOTIFY)).await;
}

/// Gets the group's document, again and again where that can help, until it is there or the group is gone. One GET at a time, so
/// that no older answer takes the place of a newer one: where one is under way, another follows upon it if it did not bring the
/// version that a NOTIFY has named.
async fn get(cx: &Cx<Mcs>, server: &DocumentServer, wished: &Wished, told: Option<String>) {
    let Some(turn) = take_turn(cx, wished, told) else { return };
    let group = &wished.group;
    loop {
        let fetched = documents::fetch(cx, server, &group::document(group)).await;
        if let Err(failed) = &fetched {
            let group = shown(group);
            tracing::info!(target: "mcx::procedure", entity = %cx.profile().name, group, cause = %failed.cause, "a group cannot be had");
        }
        match settle(cx, group, &turn, fetched) {
            Next::Over => return,
            Next::AtOnce => {}
            Next::After(pause) => {
                cx.world().clock.sleep(pause).await;
                if !resume(cx, group, &turn) {
                    return;
                }
            }
        }
    }
}

/// Who gets a group: whoever takes the turn later takes it from who only waits to repeat.
type Turn = Arc<()>;

/// What follows upon a GET.
enum Next {
    /// Nothing: it is had, or others care for it, or a repeat cannot help.
    Over,
    /// Another one, since a NOTIFY named another version meanwhile.
    AtOnce,
    /// Another one after a pause.
    After(Duration),
}

/// None where the group is wanted no more, where the version that was told is had, or where a GET is under way: if that brings another
/// version than the one that was told since, one more follows upon it.
fn take_turn(cx: &Cx<Mcs>, wished: &Wished, told: Option<String>) -> Option<Turn> {
    let mut book = cx.book().all();
    let state = book.wished(wished)?;
    if state.is_getting {
        return None;
    }
    if told.is_some_and(|told| state.has(&told)) {
        return None;
    }
    (state.is_getting, state.was_got, state.turn) = (true, true, Turn::default());
    Some(Arc::clone(&state.turn))
}

/// A GET has ended. What it brought counts where it is still its turn.
fn settle(cx: &Cx<Mcs>, group: &Group, turn: &Turn, fetched: Result<Fetched, Failed>) -> Next {
    let mut book = cx.book().all();
    let state = book.groups.get_mut(group).filter(|state| Arc::ptr_eq(&state.turn, turn));
    let Some(state) = state else { return Next::Over };
    let newer = state.newer.take();
    let again = match fetched {
        Ok(fetched) => {
            let members = group::members(&fetched.text);
            state.document = Some(Configuration { etag: fetched.etag, members });
            state.refused = None;
            None
        }
        Err(failed) => {
            state.refused = Some(failed.cause);
            state.is_asked &= failed.again.is_some();
            failed.again
        }
    };
    state.is_getting = newer.is_some_and(|newer| !state.has(&newer));
    if state.is_getting { Next::AtOnce } else { again.map_or(Next::Over, Next::After) }
}

/// After a pause: whether it is still this one's turn.
fn resume(cx: &Cx<Mcs>, group: &Group, turn: &Turn) -> bool {
    let mut book = cx.book().all();
    let state = book.groups.get_mut(group).filter(|state| Arc::ptr_eq(&state.turn, turn));
    state.map(|state| state.is_getting = true).is_some()
}

/// What a log shows of a group: a mark and the domain.
fn shown(group: &Group) -> String {
    McServiceId::new(group).map_or_else(|_| domain_of(group).unwrap_or_default(), |id| id.to_string())
}

async fn hear(cx: Cx<Mcs>, wished: Wished, outcome: Outcome) -> Done<()> {
    match outcome {
        Outcome::Notified(message) => {
            let selector = group::document(&wished.group).selector();
            let changes = documents::changes(&message)?;
            let ours = changes.into_iter().rfind(|change| change.sel.trim_start_matches('/') == selector);
            notified(&cx, &wished, ours);
        }
        Outcome::Over(_) => cx.world().tasks.spawn(begin_anew(cx.clone(), wished).boxed()),
    }
    Ok(())
}

/// 10.2.7.3 step 6 where the group was asked for, 10.2.7.2 step 4 where it was not. The first NOTIFY says what is there already,
/// which is got once it has come.
fn notified(cx: &Cx<Mcs>, wished: &Wished, told: Option<xcap::diff::DocumentChange>) {
    let (is_awaited, was_asked, server, version) = {
        let mut book = cx.book().all();
        // What a subscription tells that was let go is of no account any more.
        let Some(state) = book.wished(wished) else { return };
        let is_first = !std::mem::replace(&mut state.is_told, true);
        match told.as_ref().map(|change| change.new.as_ref()) {
            None => return,
            Some(None) => {
                state.document = None;
                if !is_first {
                    // Whatever is under way tells of what was there before.
                    (state.turn, state.is_getting, state.newer) = (Turn::default(), false, None);
                }
                return;
            }
            // A refresh is told everything again. What was asked for and has been answered meanwhile is told for the first time.
            Some(Some(new)) if state.is_idle() && state.has(new.as_str()) => return,
            Some(Some(new)) => {
                if state.is_getting {
                    state.newer = Some(new.as_str().to_owned());
                }
                // One that comes late may say what the GET, which has waited for it no longer, has not brought.
                let is_awaited = is_first && (!state.was_got || state.has(new.as_str()));
                (
                    is_awaited,
                    std::mem::take(&mut state.is_asked),
                    state.server.clone(),
                    new.as_str().to_owned(),
                )
            }
        }
    };
    if is_awaited {
        return;
    }
    if was_asked {
        cx.step("10.2.7.3", 6); // the group management server notifies of the configuration that was requested
    } else {
        cx.step("10.2.7.2", 4); // the group management server notifies of a configuration that was provided
    }
    let (cx, wished) = (cx.clone(), wished.clone());
    let tasks = Arc::clone(&cx.world().tasks);
    let work = async move {
        if let Some(server) = server.and_then(|psi| cx.config().group_server(&psi).cloned()) {
            get(&cx, &server, &wished, Some(version)).await;
        }
    };
    // The NOTIFY is answered before anything is fetched.
    tasks.spawn(work.boxed());
}

/// As long as a profile names it. Where none did meanwhile, and one does again, the group has a subscription of its own by now.
async fn begin_anew(cx: Cx<Mcs>, wished: Wished) {
    cx.world().clock.sleep(PAUSE).await;
    {
        let mut book = cx.book().all();
        if book.wished(&wished).is_some() {
            book.groups.remove(&wished.group);
        }
    }
    reconcile(&cx, BTreeSet::from([wished.group]));
}
