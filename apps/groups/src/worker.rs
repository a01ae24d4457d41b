//! What is still to be done, done: by one task that takes no input but the store.
//!
//! It hears of what is new there, starts what is due, and sleeps until a change, the end of something under way, or the next moment
//! at which something is due. A restart finds everything where it was; what waits for a pause does not wait again then.

mod conflicts;
mod marks;
mod news;

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt as _, channel::mpsc};
use kit::{Cx, Fault};
use wire::Steady;

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
use marks::Marks;
use news::{Ears, News};

/// Records that are read at once.
const PAGE: usize = 256;

/// Deliveries to one partner at once.
const AT_ONCE: usize = 16;

/// How long a failure of the store puts everything off.
const PAUSE: Duration = Duration::from_secs(1);

/// While something waits, it is looked at so often, whatever the time of day says.
const LOOK: Duration = Duration::from_secs(60);

/// Less does not count as the time of day put back.
const SLIP: Duration = Duration::from_secs(2);

pub(crate) fn start(cx: &Cx<Gms>) {
    let Some(woken) = cx.take_woken() else { return };
    cx.world().tasks.spawn(conflicts::follow(cx.clone()).boxed());
    cx.world().tasks.spawn(run(cx.clone(), woken).boxed());
}

async fn run(cx: Cx<Gms>, woken: mpsc::UnboundedReceiver<()>) {
    let mut ears = Ears::new(cx.store().watch(keys::TO_DO.as_bytes()), woken);
    let mut worker = Worker { cx: cx.clone(), marks: Marks::default(), next: None };
    let (mut news, mut is_first) = (News::everything(), true);
    let clock = &*cx.world().clock;
    let mut steady = Steady::of(clock);
    loop {
        // Moments that were worked out while the time of day was ahead are as far away as it was put back.
        if std::mem::replace(&mut steady, Steady::of(clock)).put_back(clock) > SLIP {
            (news, is_first) = (News::everything(), true);
        }
        let now = millis(clock.wall());
        // After a restart too: what waits for a pause does not wait again.
        let due = if is_first { u64::MAX } else { now };
        let looked = worker.look(&news, now, due).await;
        let wait = match looked {
            Ok(next) => {
                (news, is_first) = (News::default(), false);
                next.map(|next| Duration::from_millis(next.saturating_sub(now)).min(LOOK))
            }
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                news = News::everything();
                Some(PAUSE)
            }
        };
        if !ears.wait(cx.world(), wait, &mut news).await {
            return;
        }
    }
}

struct Worker {
    cx: Cx<Gms>,
    marks: Marks,
    /// When a delivery or a request is next, in milliseconds since 1970, as of when it was last looked.
    next: Option<u64>,
}

impl Worker {
    /// Starts what is due at the moment `due`. When something is next.
    async fn look(&mut self, news: &News, now: u64, due: u64) -> Result<Option<u64>, Fault> {
        let is_promised = self.marks.look(&self.cx, news, now).await?;
        if is_promised || news.is_due() {
            let mut next = None;
            for partner in &self.cx.rules().partners {
                deliver(&self.cx, &partner.name, due, &mut next).await?;
            }
            ask(&self.cx, due, &mut next).await?;
            self.next = next;
        }
        Ok(self.next.into_iter().chain(self.marks.next()).min())
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
                drop(request_abroad::ask(cx, &group));
            }
        }
    }
}

/// Each procedure has its own line in ladders and logs.
fn for_flow(cx: &Cx<Gms>) -> Cx<Gms> {
    cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow))
}
