//! Groups of a partner that are kept here follow their changes at the primary by subscription, where that is agreed
//! (`follow = "subscribe"`). TS 24.481 clause 6.3.13, RFC 5875.
//!
//! One subscription for each group, at the primary's group management server. A NOTIFY says that something has changed; what,
//! is requested by 10.2.7.3, so that policy is asked and applied as ever.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use kit::{
    Cause, Cx, Expected, Fault, Stop,
    events::{Ask, Held, Outcome, Watcher},
};

use super::request_abroad::{drop_copy, renew};
use crate::{
    FUNCTION, Gms,
    config::Follow,
    copy::Source,
    group::{AUID, GroupId},
    keys,
    state::fault,
};

/// The event package.
const EVENT: &str = "xcap-diff;diff-processing=no-patching";

/// The media type of its notifications.
const XCAP_DIFF: &str = "application/xcap-diff+xml";

/// For how long a subscription is asked for.
const LIFETIME: Duration = Duration::from_secs(3600);

/// After how long a subscription that was refused is tried again.
const PAUSE: Duration = Duration::from_secs(60);

/// Sources that are read at once.
const PAGE: usize = 256;

/// The subscriptions of this server to partners' groups.
#[derive(Clone)]
pub struct Followed {
    watcher: Watcher,
    held: Arc<Mutex<HashMap<GroupId, Held>>>,
}

impl Followed {
    /// None yet. NOTIFYs are to be given to the same watcher.
    #[must_use]
    pub fn new(watcher: Watcher) -> Self {
        Self { watcher, held: Arc::default() }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<GroupId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn start(cx: &Cx<Gms>) {
    cx.world().tasks.spawn(run(cx.clone()).boxed());
}

/// Subscribes to what is kept and is to be followed, and unsubscribes from what is no longer, for as long as the store is there.
async fn run(cx: Cx<Gms>) {
    let mut changes = cx.store().watch(keys::SOURCE.as_bytes());
    loop {
        if let Err(fault) = look(&cx).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            cx.world().clock.sleep(PAUSE).await;
        }
        if changes.next().await.is_none() {
            return;
        }
        while changes.next().now_or_never().flatten().is_some() {}
    }
}

async fn look(cx: &Cx<Gms>) -> Result<(), Fault> {
    let followed = cx.followed();
    let mut wanted = HashMap::new();
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::SOURCE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for entry in &page {
            let group = keys::group_below(keys::SOURCE, &entry.key);
            wanted.extend(
                group.zip(Source::read(&entry.record.value)).filter(|(_, source)| is_followed(cx, source)),
            );
        }
    }
    followed.held().retain(|group, held| {
        let stays = wanted.contains_key(group);
        if !stays {
            held.unsubscribe(cx.world());
        }
        stays
    });
    for (group, source) in wanted {
        if !followed.held().contains_key(&group) {
            subscribe(cx, &group, &source.partner);
        }
    }
    Ok(())
}

fn is_followed(cx: &Cx<Gms>, source: &Source) -> bool {
    cx.rules().partner(&source.partner).is_some_and(|partner| partner.follow == Follow::Subscribe)
}

fn subscribe(cx: &Cx<Gms>, group: &GroupId, partner: &str) {
    let Some(ask) = asking(cx, group, partner) else {
        tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, partner, "no way to subscribe there");
        return;
    };
    let (cx_, group_) = (cx.clone(), group.clone());
    let held = cx.followed().watcher.subscribe(ask, move |outcome| {
        let (cx, group) = (cx_.clone(), group_.clone());
        async move {
            match outcome {
                // The NOTIFY is answered before the group is requested.
                Outcome::Notified(_) => cx.world().tasks.spawn(catch_up(cx.clone(), group).boxed()),
                Outcome::Over(_) => cx.world().tasks.spawn(begin_anew(cx.clone(), group).boxed()),
            }
            Ok(())
        }
        .boxed()
    });
    cx.followed().held().insert(group.clone(), held);
}

fn asking(cx: &Cx<Gms>, group: &GroupId, partner: &str) -> Option<Ask> {
    let partners = cx.partners();
    let found = partners.named(partner)?;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\
         <list><entry uri={}/></list></resource-lists>",
        quoted(&format!("{AUID}/global/byGroupID/{group}")),
    );
    Some(Ask {
        uri: found.services.get(FUNCTION)?.to_string(),
        hop: found.hop.clone()?,
        peer: Expected::partner(&partners, found),
        event: EVENT.to_owned(),
        accept: XCAP_DIFF,
        lifetime: LIFETIME,
        body: Some(("application/resource-lists+xml".to_owned(), body.into())),
    })
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"))
}

/// Something has changed at the primary, or the subscription has begun: what is kept is compared with what the primary has.
async fn catch_up(cx: Cx<Gms>, group: GroupId) {
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    let record = cx.store().get(keys::source(&group).as_bytes()).await;
    let source = record.ok().flatten().and_then(|record| Source::read(&record.value));
    let Some(source) = source else { return };
    let outcome = match renew(&cx, &group, source.etag.as_deref()).await {
        Err(stop) if is_withdrawal(&stop) => drop_copy(&cx, &group).await.map_err(Stop::from),
        Err(stop) => Err(stop),
        Ok(_) => Ok(()),
    };
    if let Err(stop) = outcome {
        tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, %stop, "a change could not be followed");
    }
}

/// The primary says that there is no such group for us.
fn is_withdrawal(stop: &Stop) -> bool {
    matches!(stop.cause(), Cause::UnknownGroup | Cause::NotShared | Cause::NoMember | Cause::NotDisclosed)
}

async fn begin_anew(cx: Cx<Gms>, group: GroupId) {
    cx.world().clock.sleep(PAUSE).await;
    cx.followed().held().remove(&group);
    if let Err(fault) = look(&cx).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
}
