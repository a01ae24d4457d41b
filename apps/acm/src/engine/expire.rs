//! Requests whose time runs out at the target's server, which owns the outcome.

use std::{pin::pin, time::Duration};

use futures::{
    StreamExt as _,
    channel::mpsc::UnboundedReceiver,
    future::{self, Either},
};
use kit::{Cause, Cx, Fault};
use xml_schemas::acm::Progress;

use super::{entry, not_open, receive, refusal, until};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{CaseKey, Stage},
    outbox, people,
};

/// Requests that are looked at together.
const PAGE: usize = 256;

/// How long a store that fails is left alone, and how long nothing is looked for at most: another process over the same store may
/// have taken a request in.
const PAUSE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_secs(60);

/// As long as the server is there. `sooner` tells of what has come to expire since.
pub(crate) async fn watch(cx: Cx<Acm>, mut sooner: UnboundedReceiver<u64>) {
    loop {
        let quiet = match expire(&cx).await {
            Ok(next) => next,
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                PAUSE
            }
        };
        let until = millis(cx.world().clock.wall()).saturating_add(millis_of(quiet));
        let mut asleep = pin!(cx.world().clock.sleep(quiet));
        loop {
            match future::select(asleep.as_mut(), sooner.next()).await {
                Either::Right((Some(at), _)) if at >= until => {}
                Either::Right((None, _)) => return,
                _ => break,
            }
        }
    }
}

fn millis_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// All that has run out ends. How long nothing more does.
async fn expire(cx: &Cx<Acm>) -> Result<Duration, Fault> {
    loop {
        let page = cx.book().page(keys::DUE, None, PAGE).await?;
        let now = millis(cx.world().clock.wall());
        for (tail, _) in &page {
            let Some((at, key)) = keys::read_due(tail) else {
                cx.book().unreadable(tail, "what is due");
                forget(cx, tail).await?;
                continue;
            };
            if at > now {
                return Ok(Duration::from_millis(at - now).min(LOOK));
            }
            if !end(cx, &key).await? {
                not_open(cx, &key).await?;
                forget(cx, tail).await?;
            }
        }
        if page.len() < PAGE {
            return Ok(LOOK);
        }
    }
}

async fn forget(cx: &Cx<Acm>, tail: &str) -> Result<(), Fault> {
    cx.book().write(Changes::new().forgotten(format!("{}{tail}", keys::DUE))).await?.done();
    Ok(())
}

/// A request has run out, unless it has been decided since. Whether it is there, and can be read.
pub(super) async fn end(cx: &Cx<Acm>, key: &CaseKey) -> Result<bool, Fault> {
    loop {
        let Some((case, version)) = cx.book().case(key).await? else { return Ok(false) };
        let now = millis(cx.world().clock.wall());
        let changes = people::no_wait(Changes::new().not_due(&case), &case);
        let changes = if case.stage == Stage::Waiting && case.is_over(now) {
            let letter = receive::indication(&case, Progress::Expired, refusal(Cause::RequestExpired));
            let case = case.end(Stage::Expired, Some(Cause::RequestExpired), now);
            let changes = changes.letter(cx.book().sequence().next(now), letter).happens("expired");
            let changes = changes.logged(entry(cx, &case, "expired", cx.profile().psi.as_str()));
            let changes = people::listed(changes, &case, until(cx, &case));
            changes.case(&case, Some(version), until(cx, &case))
        } else {
            Changes::new().not_due(&case)
        };
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(cx, &letters);
            outbox::go(cx);
            return Ok(true);
        }
    }
}
