//! What nobody asks for: holdings that end by themselves, and changes told to whoever subscribes, whichever replica makes them.

use std::time::Duration;

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, BoxFuture, Either},
};
use kit::{Cx, Stop, events::Notifier};
use store::Event;

use crate::{
    Facs,
    procedures::release,
    told::{self, Package},
};

/// How long the store is left alone after it failed.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn start(cx: &Cx<Facs>, notifier: &Notifier<Package>, replica: String) {
    cx.world().tasks.spawn(run(cx.clone(), notifier.clone(), replica).boxed());
}

/// As long as the store is there.
async fn run(cx: Cx<Facs>, notifier: Notifier<Package>, replica: String) {
    if let Err(fault) = notifier.resume(|owner| owner == replica).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault, "subscriptions could not be taken up");
    }
    loop {
        let mut changes = cx.kept().watch();
        if let Err(fault) = cx.kept().read_again().await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
        settled(&cx, release::forbidden(&cx).await);
        notifier.all_changed();
        loop {
            if !settled(&cx, release::ended(&cx).await) {
                break;
            }
            match future::select(changes.next(), next_end(&cx)).await {
                Either::Left((Some(Ok(event)), _)) if follow(&cx, &notifier, &event).await => {}
                // The watch fell behind, or the store failed: what was missed is found by reading everything.
                Either::Left((Some(_), _)) => break,
                Either::Left((None, _)) => return,
                Either::Right(((), _)) => {}
            }
        }
        cx.world().clock.sleep(PAUSE).await;
    }
}

/// Tells of one change. Whether it could be read.
async fn follow(cx: &Cx<Facs>, notifier: &Notifier<Package>, event: &Event) -> bool {
    match cx.kept().follow(event).await {
        Ok(Some((alias, holders))) => {
            notifier.changed(&told::alias(&alias));
            let rules = cx.rules();
            let may = rules.alias(&alias).map(|alias| &alias.users).into_iter().flatten();
            may.chain(&holders).for_each(|user| notifier.changed(&told::user(user)));
            true
        }
        Ok(None) => true,
        Err(fault) => {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            false
        }
    }
}

/// Until something ends by itself.
fn next_end(cx: &Cx<Facs>) -> BoxFuture<'static, ()> {
    let clock = &cx.world().clock;
    match cx.kept().next_end() {
        Some(end) => clock.sleep(end.duration_since(clock.wall()).unwrap_or_default()),
        None => future::pending().boxed(),
    }
}

fn settled(cx: &Cx<Facs>, outcome: Result<(), Stop>) -> bool {
    if let Err(stop) = &outcome {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, cause = %stop.cause(), "what has ended is still kept");
    }
    outcome.is_ok()
}
