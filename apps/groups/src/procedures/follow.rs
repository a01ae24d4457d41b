//! Groups of a partner that are kept here follow their changes at the primary by subscription, where that is agreed
//! (`follow = "subscribe"`). TS 24.481 clause 6.3.13, RFC 5875.
//!
//! One subscription for each group, at the primary's group management server. A NOTIFY says that something has changed; what,
//! is requested by 10.2.7.3, so that policy is asked and applied as ever.

mod turns;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _, future, stream};
use kit::{
    Cause, Cx, Done, Expected, Fault, Stop,
    events::{Ask, Outcome},
    xcap_diff,
};

pub use turns::Followed;
use turns::{Life, Next};

use super::request_abroad::{drop_copy, renew};
use crate::{
    FUNCTION, Gms,
    config::Follow,
    copy::Source,
    group::{AUID, GroupId},
    keys,
    share::pause,
    state::fault,
};

/// The event package.
const EVENT: &str = "xcap-diff;diff-processing=no-patching";

/// The media type of its notifications.
const XCAP_DIFF: &str = "application/xcap-diff+xml";

/// After how long a subscription that was refused or could not be begun is tried again, and the store after a fault.
const PAUSE: Duration = Duration::from_secs(60);

/// Sources that are read at once.
const PAGE: usize = 256;

pub(crate) fn start(cx: &Cx<Gms>) {
    cx.world().tasks.spawn(run(cx.clone()).boxed());
}

/// Subscribes to what is kept and is to be followed, and unsubscribes from what is no longer, for as long as the store is there.
async fn run(cx: Cx<Gms>) {
    let Some(woken) = cx.followed().take_woken() else { return };
    let changes = cx.store().watch(keys::SOURCE.as_bytes()).map(|_| true);
    let mut news = stream::select(changes.chain(stream::once(future::ready(false))), woken.map(|()| true));
    loop {
        match look(&cx).await {
            Ok(true) => {
                if news.next().await != Some(true) {
                    return;
                }
            }
            Ok(false) => {
                let next = future::select(news.next(), cx.world().clock.sleep(PAUSE)).await;
                if matches!(next, future::Either::Left((told, _)) if told != Some(true)) {
                    return;
                }
            }
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(PAUSE).await;
            }
        }
        while let Some(told) = news.next().now_or_never() {
            if told != Some(true) {
                return;
            }
        }
    }
}

/// False where a group that is to be followed cannot be subscribed to as things are.
async fn look(cx: &Cx<Gms>) -> Result<bool, Fault> {
    let wanted = wanted(cx).await?;
    cx.followed().keep(cx.world(), |group| wanted.contains_key(group));
    let mut unreachable = BTreeSet::new();
    for (group, source) in wanted {
        if !cx.followed().has(&group) && !subscribe(cx, &group, &source.partner) {
            unreachable.insert(source.partner);
        }
    }
    for partner in &unreachable {
        tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, partner, "no way to subscribe there");
    }
    Ok(unreachable.is_empty())
}

/// What is kept and is to be followed.
async fn wanted(cx: &Cx<Gms>) -> Result<HashMap<GroupId, Source>, Fault> {
    let mut wanted = HashMap::new();
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::SOURCE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(wanted) };
        after = Some(last.key.clone());
        for entry in &page {
            let group = keys::group_below(keys::SOURCE, &entry.key);
            wanted.extend(
                group.zip(Source::read(&entry.record.value)).filter(|(_, source)| is_followed(cx, source)),
            );
        }
    }
}

fn is_followed(cx: &Cx<Gms>, source: &Source) -> bool {
    cx.rules().partner(&source.partner).is_some_and(|partner| partner.follow == Follow::Subscribe)
}

/// False where there is no way to.
fn subscribe(cx: &Cx<Gms>, group: &GroupId, partner: &str) -> bool {
    let Some(ask) = asking(cx, group, partner) else { return false };
    let life = cx.followed().begin(group);
    let (cx_, group_, life_) = (cx.clone(), group.clone(), life.clone());
    let held = cx.followed().watcher().subscribe(ask, move |outcome| {
        let (cx, group, life) = (cx_.clone(), group_.clone(), life_.clone());
        let tasks = Arc::clone(&cx.world().tasks);
        match outcome {
            // The NOTIFY is answered before the group is requested.
            Outcome::Notified(_) => tasks.spawn(catch_up(cx, group, life).boxed()),
            Outcome::Over(_) => tasks.spawn(begin_anew(cx, group, life).boxed()),
        }
        future::ready(Ok(())).boxed()
    });
    cx.followed().hold(cx.world(), group, &life, held);
    true
}

fn asking(cx: &Cx<Gms>, group: &GroupId, partner: &str) -> Option<Ask> {
    let partners = cx.partners();
    let found = partners.named(partner)?;
    let (media_type, body) =
        xcap_diff::wish(&[&format!("{AUID}/global/byGroupID/{group}")], None, &*cx.world().ids);
    Some(Ask {
        uri: found.services.get(FUNCTION)?.to_string(),
        hop: found.hop.clone()?,
        peer: Expected::partner(&partners, found),
        event: EVENT.to_owned(),
        accept: XCAP_DIFF,
        lifetime: kit::events::LIFETIME,
        body: Some((media_type, body)),
    })
}

/// Something has changed at the primary, or the subscription has begun: what is kept is compared with what the primary has, until
/// that succeeds or there is no such subscription any more.
async fn catch_up(cx: Cx<Gms>, group: GroupId, life: Life) {
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    let Some(turn) = cx.followed().take_turn(&group, &life) else { return };
    loop {
        let outcome = compare(&cx, &group).await;
        if let Err(stop) = &outcome {
            tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, %stop, "a change could not be followed");
        }
        match cx.followed().settle(&group, &turn, outcome.is_ok()) {
            Next::Over => return,
            Next::AtOnce => {}
            Next::Later(failed) => {
                cx.world().clock.sleep(pause(failed)).await;
                if !cx.followed().resume(&group, &turn) {
                    return;
                }
            }
        }
    }
}

/// Gets the group where it has changed; nothing where it is no longer kept.
async fn compare(cx: &Cx<Gms>, group: &GroupId) -> Done<()> {
    let record = cx.store().get(keys::source(group).as_bytes()).await.map_err(fault)?;
    let Some(source) = record.and_then(|record| Source::read(&record.value)) else { return Ok(()) };
    match renew(cx, group, source.etag.as_deref()).await {
        Err(stop) if is_withdrawal(&stop) => drop_copy(cx, group).await.map_err(Stop::from),
        outcome => outcome.map(drop),
    }
}

/// The primary says that there is no such group for us.
fn is_withdrawal(stop: &Stop) -> bool {
    matches!(stop.cause(), Cause::UnknownGroup | Cause::NotShared | Cause::NoMember | Cause::NotDisclosed)
}

async fn begin_anew(cx: Cx<Gms>, group: GroupId, life: Life) {
    cx.world().clock.sleep(PAUSE).await;
    cx.followed().over(&group, &life);
}
