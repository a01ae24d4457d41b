//! Authorizations that end by themselves, and those that other processes of the same server change: one task for both.

use std::time::Duration;

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, Either},
};
use kit::{Cx, Fault, Impu};
use store::Event;

use crate::{
    Mcs,
    authorization::{Binding, Changes},
    migration,
    procedures::{bind, settle},
};

/// How long the store is left alone after it could not be written.
const PAUSE: Duration = Duration::from_secs(1);

/// After a restart the profiles of so many users are followed anew each second.
const EACH_SECOND: usize = 1_000;

/// How often what has ended is looked for while there is still something to be read.
const LOOK: Duration = Duration::from_secs(1);

/// Between two pages others have their turn.
const TURN: Duration = Duration::from_millis(1);

pub(crate) fn start(cx: &Cx<Mcs>, changes: Changes) {
    cx.world().tasks.spawn(read(cx.clone()).boxed());
    cx.world().tasks.spawn(resume(cx.clone()).boxed());
    cx.world().tasks.spawn(run(cx.clone(), changes).boxed());
}

/// Reads what the last process has kept, and no start waited for.
async fn read(cx: Cx<Mcs>) {
    loop {
        let read = async {
            let is_more = cx.authorizations().read_on().await?;
            Ok::<bool, Fault>(migration::read_on(&cx).await? || is_more)
        };
        match read.await {
            Ok(false) => break,
            Ok(true) => cx.world().clock.sleep(TURN).await,
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(PAUSE).await;
            }
        }
    }
    while let Err(stop) = migration::compare(&cx).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, cause = %stop.cause(), "visits and bindings are not compared");
        cx.world().clock.sleep(PAUSE).await;
    }
}

/// Who was authorized when the last process ended, is; what follows from it begins anew.
async fn resume(cx: Cx<Mcs>) {
    cx.authorizations().read().await;
    let users = cx.authorizations().users(cx.world().clock.wall());
    for some in users.chunks(EACH_SECOND) {
        settle::users(&cx, some);
        if some.len() == EACH_SECOND {
            cx.world().clock.sleep(PAUSE).await;
        }
    }
}

/// As long as the store is there.
async fn run(cx: Cx<Mcs>, mut changes: Changes) {
    loop {
        let now = cx.world().clock.wall();
        for impu in cx.authorizations().due(now) {
            expire(&cx, &impu).await;
        }
        let sleep = match cx.authorizations().quiet(cx.world().clock.wall()) {
            quiet if !cx.authorizations().is_read() => {
                cx.world().clock.sleep(quiet.unwrap_or(LOOK).min(LOOK))
            }
            Some(quiet) => cx.world().clock.sleep(quiet),
            None => future::pending().boxed(),
        };
        match future::select(changes.next(), sleep).await {
            Either::Left((Some(change), _)) => follow(&cx, change).await,
            Either::Left((None, _)) => return,
            Either::Right(((), _)) => {}
        }
        // All that has happened meanwhile is followed at once.
        while let Some(next) = changes.next().now_or_never() {
            match next {
                Some(change) => follow(&cx, change).await,
                None => return,
            }
        }
    }
}

/// What has ended with this identity goes. It has counted no more since it ended.
async fn expire(cx: &Cx<Mcs>, impu: &Impu) {
    let now = cx.world().clock.wall();
    match bind::change(cx, impu, |_: &mut Binding| Ok(())).await {
        Ok(changed) => settle::made(cx, changed),
        Err(stop) => {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, cause = %stop.cause(), "what has ended is still kept");
            cx.authorizations().look_again(impu, now + PAUSE);
        }
    }
}

async fn follow(cx: &Cx<Mcs>, change: Result<Event, store::Fault>) {
    let followed = match change {
        Ok(event) => cx.authorizations().follow(&event).await,
        Err(_) => cx.authorizations().read_again().await,
    };
    match followed {
        Ok(users) => settle::users(cx, &users),
        Err(fault) => tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault),
    }
}
