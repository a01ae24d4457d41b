//! What partners have still to be told: each letter is sent until it is accepted, or refused for good. TS 23.280 10.17.3
//!
//! On the wire at least once, in effect exactly once, since every receiver knows a `request-id` again. What belongs together goes one
//! after the other in a *lane*: the requests of one initiator to one target in the order in which they were made, and what is said
//! about one request in its order. Lanes do not wait for each other. A partner that cannot be reached is tried by one lane alone,
//! with longer and longer pauses, until it answers.

mod letter;
mod send;
mod way;

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::FutureExt as _;
use kit::{Cause, Cx, Fault};
use parking_lot::Mutex;

pub(crate) use letter::{Letter, pair};

use crate::{
    Acm,
    book::{keys, millis},
    case::{CaseKey, Seq},
};
use send::Sent;
use way::Way;

/// Letters that are read at once after a restart.
const PAGE: usize = 4_096;

/// How often the age of what waits is looked at, and how often between two looks for what others have left.
const LOOK: Duration = Duration::from_secs(15);
const LOOKS: usize = 4;

/// So many of those are read at one look.
const PAGES: usize = 8;

/// After so many milliseconds a letter counts as left.
const LEFT: u64 = 120_000;

/// The letters under way, by the partner that they are for.
#[derive(Default)]
pub(crate) struct Outbox {
    ways: Mutex<HashMap<Arc<str>, Way>>,
    /// The last letter that was looked at for what others have left; none where a look begins with the first.
    looked_at: Mutex<Option<String>>,
}

/// These have been kept, in this order. [`go`] sends them: whoever has still to answer a request queues at once, so that nothing
/// that comes later is told earlier, and goes when he has answered.
pub(crate) fn queue(cx: &Cx<Acm>, letters: &[(Seq, Letter)]) {
    for (seq, letter) in letters {
        cx.outbox().put(&letter.partner, &letter.lane, *seq, letter.is_urgent);
    }
}

/// What is queued is delivered, beside whatever goes on.
pub(crate) fn go(cx: &Cx<Acm>) {
    let partners: Vec<_> = cx.outbox().ways.lock().keys().cloned().collect();
    partners.iter().for_each(|partner| pump(cx, partner));
}

/// Whatever an earlier run has left. How many there are.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn take_up(cx: &Cx<Acm>) -> Result<usize, Fault> {
    let (mut after, mut count): (Option<String>, _) = (None, 0);
    loop {
        let page = cx.book().page(keys::LETTERS, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            match (Seq::read(tail), Letter::place(value)) {
                (Some(seq), Some(place)) => {
                    cx.book().sequence().after(seq);
                    cx.outbox().put(&place.partner, &place.lane, seq, place.is_urgent);
                }
                _ => {
                    tracing::error!(target: "mcx::fault", entity = %cx.profile().name, "a letter of the store cannot be read");
                }
            }
        }
        count += page.len();
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    go(cx);
    cx.world().tasks.spawn(watch(cx.clone()).boxed());
    Ok(count)
}

impl Outbox {
    fn way<R>(&self, partner: &Arc<str>, change: impl FnOnce(&mut Way) -> R) -> R {
        change(self.ways.lock().entry(Arc::clone(partner)).or_default())
    }

    fn put(&self, partner: &str, lane: &str, seq: Seq, is_urgent: bool) {
        let mut ways = self.ways.lock();
        match ways.get_mut(partner) {
            Some(way) => way.put(lane, seq, is_urgent),
            None => ways.entry(Arc::from(partner)).or_default().put(lane, seq, is_urgent),
        }
    }

    /// Whether nothing is left to be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.ways.lock().values().all(Way::is_empty)
    }

    /// Whether something is still to be told of a case.
    pub(crate) fn tells_of(&self, partner: &str, case: &CaseKey) -> bool {
        self.ways.lock().get(partner).is_some_and(|way| way.has(&letter::about(case)))
    }

    /// How many letters wait for a partner.
    pub(crate) fn len_of(&self, partner: &str) -> usize {
        self.ways.lock().get(partner).map_or(0, Way::len)
    }

    /// A partner's server has just said that it cannot judge a letter: for how many milliseconds it could not.
    fn unjudged_for(&self, (seq, letter): (Seq, &Letter), now: u64, most: u64) -> u64 {
        let (lane, before) = ((letter.lane.as_str(), seq), letter.unjudged);
        let mut ways = self.ways.lock();
        ways.get_mut(letter.partner.as_str())
            .map_or(before, |way| way.unjudged_for(lane, now, (before, most)))
    }

    /// How many letters wait for each partner, and since when the oldest of them does.
    fn waiting(&self) -> Vec<(Arc<str>, usize, Option<Seq>)> {
        let ways = self.ways.lock();
        ways.iter().map(|(partner, way)| (Arc::clone(partner), way.len(), way.oldest())).collect()
    }
}

/// As many lanes as may run, run.
fn pump(cx: &Cx<Acm>, partner: &Arc<str>) {
    let at_once = cx.config().at_once;
    while let Some(lane) = cx.outbox().way(partner, |way| way.start(at_once)) {
        cx.world().tasks.spawn(run(cx.clone(), Arc::clone(partner), lane).boxed());
    }
    count(cx);
}

/// The next letter of a lane; then it is another lane's turn, and this one's again where something is left in it.
async fn run(cx: Cx<Acm>, partner: Arc<str>, lane: Arc<str>) {
    if let Some(seq) = cx.outbox().way(&partner, |way| way.front(&lane)) {
        match send::deliver(&cx, seq).await {
            Sent::Done => cx.outbox().way(&partner, |way| way.done(&lane, seq)),
            Sent::Later { cause, is_partner } => return wait(cx, partner, lane, cause, is_partner).await,
        }
    }
    cx.outbox().way(&partner, |way| way.finish(&lane));
    pump(&cx, &partner);
}

/// The lane is tried again after a pause, and the partner with it where it is the partner that cannot take anything now.
async fn wait(cx: Cx<Acm>, partner: Arc<str>, lane: Arc<str>, cause: Cause, is_partner: bool) {
    let failures = cx.outbox().way(&partner, |way| way.stop(&lane, is_partner));
    let pause = pause(cx.config().retry, failures, &cx.world().ids.token());
    cx.metrics().happened(cx.book().entity(), "retried");
    tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %partner, %cause, ?pause, "tried again later");
    cx.world().clock.sleep(pause).await;
    cx.outbox().way(&partner, |way| way.ready(&lane, is_partner));
    pump(&cx, &partner);
}

/// Twice as long as the last, up to the longest, a quarter more or less by chance.
fn pause([first, longest]: [Duration; 2], failures: u32, chance: &str) -> Duration {
    let usual = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16))).min(longest);
    let chance = chance.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    usual.mul_f64(0.75 + f64::from(chance % 1_000) / 2_000.0)
}

/// How long the oldest letter has waited is seen while it waits; and what another process over the same store has left is taken up.
async fn watch(cx: Cx<Acm>) {
    loop {
        for _ in 0..LOOKS {
            cx.world().clock.sleep(LOOK).await;
            count(&cx);
        }
        if let Err(fault) = adopt(&cx).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
    }
}

/// Letters that nobody has delivered for so long are delivered here too. Should their process be there after all, the partner has them
/// twice, which changes nothing. However many wait for one partner, a look goes on where the last one ended, so that it comes to all.
async fn adopt(cx: &Cx<Acm>) -> Result<(), Fault> {
    let now = millis(cx.world().clock.wall());
    for _ in 0..PAGES {
        let after = cx.outbox().looked_at.lock().clone();
        let page = cx.book().page(keys::LETTERS, after.as_deref(), PAGE).await?;
        let is_left = |seq: &Seq| seq.millis() + LEFT < now;
        for (tail, value) in &page {
            let Some((seq, place)) = Seq::read(tail).zip(Letter::place(value)) else { continue };
            if is_left(&seq) {
                cx.outbox().put(&place.partner, &place.lane, seq, place.is_urgent);
            }
        }
        let last = page.into_iter().last().map(|(last, _)| last);
        let goes_on = last.filter(|last| Seq::read(last).as_ref().is_none_or(is_left));
        let is_all = goes_on.is_none();
        *cx.outbox().looked_at.lock() = goes_on;
        if is_all {
            break;
        }
    }
    go(cx);
    crate::engine::give_receipts_due(cx).await?;
    crate::engine::resume(cx).await.map(drop)
}

fn count(cx: &Cx<Acm>) {
    let now = millis(cx.world().clock.wall());
    for (partner, letters, oldest) in cx.outbox().waiting() {
        let age = oldest.map_or(0, |oldest| now.saturating_sub(oldest.millis()) / 1_000);
        cx.metrics().letters(cx.book().entity(), &partner, letters, age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_differ_by_chance() {
        let retry = [Duration::from_secs(1), Duration::from_secs(60)];
        let first = pause(retry, 1, "a");
        assert!(first >= Duration::from_millis(750) && first <= Duration::from_millis(1_250));
        assert!(pause(retry, 40, "a") <= Duration::from_secs(75));
        assert!(pause(retry, 40, "a") >= Duration::from_secs(45));
        assert_ne!(pause(retry, 3, "a"), pause(retry, 3, "b"));
    }
}
