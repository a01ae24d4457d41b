//! Who is logged on, as the own SIP core says by third-party registration; whoever comes is told that something waits.
//! TS 24.229 5.4.1.7, TS 23.280 10.17.3.1

use std::{collections::BTreeSet, time::Duration};

use futures::FutureExt as _;
use kit::{Accepted, Cause, Cx, Done, Permitted, Registration, Stop, To};
use xml_schemas::{acm::PendingDataNotification, ids::McServiceId};

use super::{given_back, is_on, taken_up, tell::PAUSES};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys, millis},
    case::{CaseKey, Side},
    config::User,
    engine::steps_of,
};

/// A registration that lasts longer is renewed before it has ended.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Of so much that waits, the steps are told; whoever has more knows by then.
const SHOWN: usize = 16;

/// A registration, a refresh of one, a de-registration or an expiry. Kept before it is answered.
pub(crate) async fn receive(cx: Cx<Acm>, registration: Registration) -> Done<Accepted> {
    let user = cx.user_of(&registration.impu).ok_or(Cause::UnknownUser)?;
    let impu = registration.impu.as_str();
    if !registration.is_log_on() {
        keep(&cx, Changes::new().logged_off(impu)).await?;
        return Ok(Accepted::then(async move { went(&cx, &user.id).await }));
    }
    let was_on = is_on(&cx, &user.id).await?;
    let lasts = registration.expires.min(LONGEST);
    keep(&cx, Changes::new().logged_on(impu, millis(cx.world().clock.wall() + lasts))).await?;
    Ok(Accepted::then(async move { came(&cx, &user, was_on).await }))
}

/// He is there: he is given what others are away for, and notified of what waits.
pub(super) async fn came(cx: &Cx<Acm>, user: &User, was_on: bool) {
    if !was_on {
        taken_up(cx, &user.id).await;
    }
    if let Err(stop) = notify(cx, user, was_on).await {
        not_notified(cx, &user.id, &stop);
        cx.world().tasks.spawn(notify_again(cx.clone(), user.clone(), was_on).boxed());
    }
}

/// Until his client accepts the notification, or he is gone; after the last pause it is left alone.
async fn notify_again(cx: Cx<Acm>, user: User, was_on: bool) {
    for pause in PAUSES {
        cx.world().clock.sleep(pause).await;
        if !is_on(&cx, &user.id).await.unwrap_or(true) {
            return;
        }
        match notify(&cx, &user, was_on).await {
            Ok(()) => return,
            Err(stop) => not_notified(&cx, &user.id, &stop),
        }
    }
}

fn not_notified(cx: &Cx<Acm>, user: &McServiceId, stop: &Stop) {
    tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %stop, "his client was not notified");
}

/// He is there no longer.
pub(super) async fn went(cx: &Cx<Acm>, user: &McServiceId) {
    if let Err(fault) = left(cx, user).await {
        tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %fault, "what he leaves is not told");
    }
    given_back(cx, user).await;
}

/// Whether a registration of his lasts.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(super) async fn is_registered(cx: &Cx<Acm>, impu: &kit::Impu) -> Result<bool, kit::Fault> {
    Ok(cx.book().store().get(keys::logged_on(impu.as_str()).as_bytes()).await?.is_some())
}

/// He leaves while requests of his are under way: a step, where the clause counts it. It is told to whoever listens, and does
/// nothing.
async fn left(cx: &Cx<Acm>, user: &McServiceId) -> Result<(), kit::Fault> {
    if !cx.world().recorder.is_listening() {
        return Ok(());
    }
    let page = cx.book().page(&keys::listed(user.as_str()), None, SHOWN).await?;
    for key in page.iter().filter_map(|(_, value)| CaseKey::read(std::str::from_utf8(value).ok()?)) {
        let Some((case, _)) = cx.book().case(&key).await? else { continue };
        let steps = steps_of(cx, case.kind);
        let is_open = key.side() == Side::Asked && !case.stage.is_end();
        if let Some(step) = steps.initiator_leaves.filter(|_| is_open) {
            cx.for_flow(key.request_id()).step(steps.clause, step);
        }
    }
    Ok(())
}

async fn keep(cx: &Cx<Acm>, changes: Changes) -> Result<(), kit::Fault> {
    match cx.book().write(changes).await? {
        Written::Done(_) | Written::Conflict => Ok(()),
    }
}

/// Whoever logs on hears that something waits; whoever was there already, only of what his client has not been told.
async fn notify(cx: &Cx<Acm>, user: &User, was_on: bool) -> Done<()> {
    let id = user.id.as_str();
    let (prefix, told) = if was_on { (keys::untold(id), "n/") } else { (keys::waiting(id), "") };
    let page = cx.book().page(&prefix, None, SHOWN).await?;
    let waiting: Vec<Waiting> =
        page.iter().filter_map(|(tail, value)| Waiting::decode(&format!("{told}{tail}"), value)).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    steps(cx, &waiting, was_on).await?;
    let notification = PendingDataNotification { request_id: cx.fresh_request_id()?, user: user.id.clone() };
    cx.tell(To::User(&user.impu), &Permitted::open(notification)).await
}

/// He logs on, and is notified: each procedure has numbers of its own for that, or none.
async fn steps(cx: &Cx<Acm>, waiting: &[Waiting], was_on: bool) -> Result<(), kit::Fault> {
    let mut seen = BTreeSet::new();
    for each in waiting {
        let Some((case, _)) = cx.book().case(&each.case).await? else { continue };
        let steps = steps_of(cx, case.kind);
        let returns = match case.key.side() {
            Side::Received => steps.target_returns,
            Side::Asked => steps.initiator_returns,
        };
        let Some([log_on, notified]) = returns else { continue };
        if seen.insert((steps.clause, log_on)) {
            let cx = cx.for_flow(case.key.request_id());
            if !was_on {
                cx.step(steps.clause, log_on);
            }
            cx.step_part(steps.clause, notified, 'a');
        }
    }
    Ok(())
}
