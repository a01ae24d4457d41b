//! What is still to be done, done: by one task that takes no input but the store.
//!
//! It looks at what is due, starts it, and sleeps until a change, the end of something under way, or the next moment at which
//! something is due. A restart finds everything where it was; what waits for a pause does not wait again then.

use std::time::Duration;

use bytes::Bytes;
use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc,
    future::{self, Either},
    stream::BoxStream,
};
use kit::{Cx, Fault};
use store::Event;

use crate::{
    Gms,
    group::GroupId,
    keys,
    procedures::{
        provide,
        request_abroad::{self, Waiting},
    },
    share::millis,
    state::fault,
};

/// Records that are read at once.
const PAGE: usize = 256;

/// Deliveries to one partner at once.
const AT_ONCE: usize = 16;

/// How long a failure of the store puts everything off.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn start(cx: &Cx<Gms>) {
    let Some(woken) = cx.take_woken() else { return };
    cx.world().tasks.spawn(run(cx.clone(), woken).boxed());
}

async fn run(cx: Cx<Gms>, mut woken: mpsc::UnboundedReceiver<()>) {
    let mut changes = cx.store().watch(keys::TO_DO.as_bytes());
    let mut is_first = true;
    loop {
        let now = millis(cx.world().clock.wall());
        let looked = if is_first { look_first(&cx).await } else { look(&cx, now).await };
        let next = match looked {
            Ok(next) => {
                is_first = false;
                next.map(|next| Duration::from_millis(next.saturating_sub(now)))
            }
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                Some(PAUSE)
            }
        };
        if !wait(&cx, &mut changes, &mut woken, next).await {
            return;
        }
    }
}

/// Until there is something to look at. False once the store is gone.
async fn wait(
    cx: &Cx<Gms>,
    changes: &mut BoxStream<'static, Result<Event, store::Fault>>,
    woken: &mut mpsc::UnboundedReceiver<()>,
    next: Option<Duration>,
) -> bool {
    let sleep = match next {
        Some(next) => cx.world().clock.sleep(next),
        None => future::pending().boxed(),
    };
    let is_there = match future::select(changes.next(), future::select(woken.next(), sleep)).await {
        Either::Left((change, _)) => change.is_some(),
        Either::Right((Either::Left((woken, _)), _)) => woken.is_some(),
        Either::Right((Either::Right(((), _)), _)) => true,
    };
    // All that has happened meanwhile is looked at once.
    while changes.next().now_or_never().flatten().is_some() {}
    while woken.next().now_or_never().flatten().is_some() {}
    is_there
}

/// After a restart: what waits for a pause does not wait again.
async fn look_first(cx: &Cx<Gms>) -> Result<Option<u64>, Fault> {
    provide::count_conflicts(cx).await?;
    look(cx, u64::MAX).await
}

/// Starts what is due at `now`. When something is next.
async fn look(cx: &Cx<Gms>, now: u64) -> Result<Option<u64>, Fault> {
    spread(cx).await?;
    let mut next = None;
    for partner in &cx.rules().partners {
        deliver(cx, &partner.name, now, &mut next).await?;
    }
    ask(cx, now, &mut next).await?;
    Ok(next)
}

async fn spread(cx: &Cx<Gms>) -> Result<(), Fault> {
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::CHANGED.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        let marks = page
            .iter()
            .filter_map(|entry| Some((keys::group_below(keys::CHANGED, &entry.key)?, entry.record.version)));
        // What is committed at once reaches the disk at once.
        let spread = marks.map(|(group, mark)| async move { provide::spread(cx, &group, mark).await });
        future::try_join_all(spread).await?;
    }
}

async fn deliver(cx: &Cx<Gms>, partner: &str, now: u64, next: &mut Option<u64>) -> Result<(), Fault> {
    let prefix = format!("{}{partner}/", keys::DELIVER);
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for entry in &page {
            let due =
                std::str::from_utf8(&entry.record.value).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            if cx.is_busy(&entry.key) {
                continue;
            }
            if due > now {
                *next = Some(next.map_or(due, |next| next.min(due)));
            } else if cx.under_way(prefix.as_bytes()) >= AT_ONCE {
                // Whoever ends wakes us.
                return Ok(());
            } else if let Some((_, group)) = keys::delivered(&entry.key) {
                begin(cx, partner, group, entry.key.clone());
            }
        }
    }
}

fn begin(cx: &Cx<Gms>, partner: &str, group: GroupId, key: Bytes) {
    if !cx.begin(&key) {
        return;
    }
    let (cx, partner) = (for_flow(cx), partner.to_owned());
    let world = cx.world().clone();
    let work = async move {
        if let Err(fault) = provide::deliver(&cx, &partner, &group).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            cx.world().clock.sleep(PAUSE).await;
        }
        cx.end(&key);
    };
    world.tasks.spawn(work.boxed());
}

async fn ask(cx: &Cx<Gms>, now: u64, next: &mut Option<u64>) -> Result<(), Fault> {
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::ASK.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for entry in &page {
            let Some(group) = keys::group_below(keys::ASK, &entry.key) else { continue };
            let waiting = Waiting::read(&entry.record.value).unwrap_or_default();
            let is_held = waiting.is_held(&cx.config().replica, millis(cx.world().clock.wall()));
            if waiting.next > now || is_held {
                *next = Some(next.map_or(waiting.next, |next| next.min(waiting.next)));
            } else if request_abroad::take(cx, &group, (waiting, entry.record.version)).await? {
                // It goes on by itself; what came of it is in the store.
                drop(request_abroad::ask(&for_flow(cx), &group));
            }
        }
    }
}

/// Each procedure has its own line in ladders and logs.
fn for_flow(cx: &Cx<Gms>) -> Cx<Gms> {
    cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow))
}
