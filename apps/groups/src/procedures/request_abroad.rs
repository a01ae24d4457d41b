//! The partner MC system requests group configuration from the primary MC system: the partner's group management server.
//! TS 23.280 clause 10.2.7.3 steps 1, 2, 4 and 5. Step 3 at the primary is `provide_on_request.rs`; step 6 follows from what is
//! stored, by `told.rs`.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{self, Either},
};
use http::{Method, StatusCode, header};
use kit::{Cause, Cx, Done, Fault, Permit, Refusal, Stop, Verdict, documents};
use serde::{Deserialize, Serialize};
use store::{Batch, Version};
use xcap::{Commit, Conditions, Outcome};

use super::{
    abroad::{Abroad, Leave, etag, failed},
    accept_provision::{Offered, check_members, keep_up, renewed},
    withdraw,
};
use crate::{
    Gms,
    config::PartnerConfig,
    copy::{Copy, How, Source},
    entered,
    group::GroupId,
    keys,
    policy::AskForGroup,
    share::{millis, pause, written},
    state::{Asked, fault},
};

pub(crate) const CLAUSE: &str = "10.2.7.3";

/// After how long who was told to come again may do so.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A group that could not be had, and is requested again.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// How often it was requested in vain.
    pub attempts: u32,
    /// When it is requested next, in milliseconds since 1970.
    pub next: u64,
    /// From when on it is no longer, in milliseconds since 1970.
    pub until: u64,
    /// The replica that is requesting it, until `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Waiting {
    /// Reads a record of the store.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }

    /// Whether another replica than this one is requesting it at this moment.
    #[must_use]
    pub fn is_held(&self, replica: &str, now: u64) -> bool {
        self.next > now && self.by.as_deref().is_some_and(|by| by != replica)
    }
}

/// Step 1: an MC service server of ours wants a group of a partner. Returns at once where it is kept here, without asking the
/// primary, else once it is.
///
/// # Errors
/// As [`obtain`].
pub async fn want(cx: &Cx<Gms>, group: &GroupId) -> Result<(), Refusal> {
    cx.step(CLAUSE, 1);
    match cx.document(group).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => obtain(cx, group).await,
        Err(fault) => Err(stop_to_refusal(cx, &fault.into())),
    }
}

/// The group is requested of its primary. Whoever else wants it meanwhile waits for the same answer.
///
/// # Errors
/// The refusal of this server or of the primary's: [`Cause::UnknownPartner`], [`Cause::NotPermitted`], [`Cause::NoAddress`],
/// [`Cause::UnknownGroup`], [`Cause::NotShared`], [`Cause::NoMember`]. [`Cause::PartnerUnreachable`] with a time to come
/// again where there is no answer yet: it is asked for on, and who subscribed is notified.
pub async fn obtain(cx: &Cx<Gms>, group: &GroupId) -> Result<(), Refusal> {
    let asked = ask(cx, group);
    let patience = cx.world().clock.sleep(cx.config().request_deadline);
    let outcome = match future::select(pin!(asked), patience).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => Err(Cause::TimedOut.into()),
    };
    outcome.map_err(|refusal| if passes(refusal.cause) { come_again() } else { refusal })
}

fn come_again() -> Refusal {
    Refusal::from(Cause::PartnerUnreachable).retry_after(RETRY_AFTER)
}

/// Whether a repeat can help.
fn passes(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::TimedOut
            | Cause::PartnerUnreachable
            | Cause::ServerUnreachable
            | Cause::Overloaded
            | Cause::StoreUnavailable
            | Cause::NoSpace
            | Cause::Fault
            | Cause::Unspecified
    )
}

/// One request to the primary for all who wait. It goes on when nobody waits any more.
pub(crate) fn ask(cx: &Cx<Gms>, group: &GroupId) -> Asked {
    let mut asked = cx.asked();
    if let Some(asked) = asked.get(group) {
        return asked.clone();
    }
    let (sender, receiver) = oneshot::channel();
    let outcome = receiver.map(|told| told.unwrap_or_else(|_| Err(Cause::Fault.into()))).boxed().shared();
    asked.insert(group.clone(), outcome.clone());
    // Who asked for it first is chance: the request abroad has a line of its own in ladders and logs.
    let cx = cx.fresh_request_id().map_or_else(|_| cx.clone(), |flow| cx.for_flow(&flow));
    let (group, world) = (group.clone(), cx.world().clone());
    let work = async move {
        let outcome = ask_once(&cx, &group).await;
        cx.asked().remove(&group);
        // Nobody may be waiting any more.
        let _ = sender.send(outcome);
    };
    world.tasks.spawn(work.boxed());
    outcome
}

/// Takes the next attempt at a group upon this replica, for as long as an exchange may take. False where another has been first.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn take(
    cx: &Cx<Gms>,
    group: &GroupId,
    (waiting, version): (Waiting, Version),
) -> Result<bool, Fault> {
    let until = cx.world().clock.wall() + cx.config().partner_deadline * 2;
    let taken = Waiting { by: Some(cx.config().replica.clone()), next: millis(until), ..waiting };
    let key = keys::ask(group);
    let batch = Batch::new().expect_version(key.clone(), version).put(key, written(&taken)?);
    Ok(cx.commit(batch).await?.is_some())
}

async fn ask_once(cx: &Cx<Gms>, group: &GroupId) -> Result<(), Refusal> {
    let refusal = match renew(cx, group, None).await {
        Ok(_) => return Ok(()),
        Err(stop) => stop_to_refusal(cx, &stop),
    };
    let settled =
        if passes(refusal.cause) { wait(cx, group).await } else { give_up(cx, group, refusal.cause).await };
    if let Err(fault) = settled {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
    Err(refusal)
}

fn stop_to_refusal(cx: &Cx<Gms>, stop: &Stop) -> Refusal {
    if let Stop::Fault(fault) = stop {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
    stop.refusal()
}

/// It is requested again after a pause that grows, until it is there, is refused, or `request-for` has passed. Who has written the
/// record meanwhile, another replica that takes the next attempt, say, cares for it.
async fn wait(cx: &Cx<Gms>, group: &GroupId) -> Result<(), Fault> {
    let key = keys::ask(group);
    let now = cx.world().clock.wall();
    let found = cx.store().get(key.as_bytes()).await.map_err(fault)?;
    let as_read = match &found {
        Some(record) => Batch::new().expect_version(key.clone(), record.version),
        None => Batch::new().expect_absent(key.clone()),
    };
    let mut waiting = found.and_then(|record| Waiting::read(&record.value)).unwrap_or_default();
    if waiting.until == 0 {
        waiting.until = millis(now + cx.config().request_for);
    }
    waiting.by = None;
    waiting.attempts = waiting.attempts.saturating_add(1);
    waiting.next = millis(now + pause(waiting.attempts));
    let batch = if waiting.next >= waiting.until {
        as_read.delete(key)
    } else {
        as_read.put(key, written(&waiting)?)
    };
    cx.commit(batch).await.map(drop)
}

async fn give_up(cx: &Cx<Gms>, group: &GroupId, cause: Cause) -> Result<(), Fault> {
    let rules = cx.rules();
    let partner = rules.serving(&group.domain()).map(|partner| partner.name.as_str()).unwrap_or_default();
    let entry = entered::own(cx, "copy.refused", (group, partner)).with("cause", cause.name());
    // Whoever asks for it again is refused again: nothing waits that would be given up.
    cx.log().note(group.as_str(), entry).await;
    cx.store().commit(Batch::new().delete(keys::ask(group))).await.map(drop).map_err(fault)
}

/// Steps 2 to 6, or as much of them as is left where the copy that is kept is still the primary's. False: nothing has changed.
///
/// # Errors
/// As [`obtain`].
pub(crate) async fn renew(cx: &Cx<Gms>, group: &GroupId, known: Option<&str>) -> Done<bool> {
    let rules = cx.rules();
    let partner = rules.serving(&group.domain()).ok_or(Cause::UnknownPartner)?;
    let permit = permit(cx, partner, group)?;
    let abroad = Abroad::to(cx, partner)?;
    let condition = known.map(|etag| (header::IF_NONE_MATCH, format!("\"{etag}\"")));
    cx.step(CLAUSE, 2);
    let response = abroad.send(Method::GET, &Leave::Ask(&permit), condition, Bytes::new()).await;
    let response = response.map_err(|failed| Stop::from(failed.cause))?;
    match response.status() {
        StatusCode::OK => {
            keep(cx, partner, &permit, &response).await?;
            keep_up(cx, &rules, group).await?;
            Ok(true)
        }
        StatusCode::NOT_MODIFIED if known.is_some() => Ok(false),
        _ => {
            let failed = failed(&response);
            let cause = if failed.passes { Cause::PartnerUnreachable } else { failed.cause };
            Err(cause.into())
        }
    }
}

fn permit(cx: &Cx<Gms>, partner: &PartnerConfig, group: &GroupId) -> Result<Permit<AskForGroup>, Cause> {
    match cx.decide(AskForGroup { partner: partner.name.as_str().into(), group: group.clone() }) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause),
        Verdict::Defer(_) => Err(Cause::PolicyRefuses),
    }
}

/// Steps 4 and 5: what the primary told is looked at as if it had been put here.
async fn keep(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    permit: &Permit<AskForGroup>,
    response: &http::Response<Bytes>,
) -> Done<()> {
    let group = &permit.question().group;
    loop {
        let found = Offered::read(cx, group).await?;
        let text = valid(cx, &found, group, response)?;
        cx.step(CLAUSE, 4);
        check_members(cx, &text)?;
        let effective = renewed(cx, partner, group, &text).await?;
        let source = Source::new(&partner.name, How::Requested, &text, cx.flow_id());
        let source = Source { etag: etag(response), ..source };
        let entry = entered::own(cx, "copy.kept", (group, &partner.name)).bytes(text.as_bytes());
        let entry = entered::decided(cx, entry, permit.question());
        let is_same = found.current.as_ref().is_some_and(|current| current.text() == text);
        let offer = (!is_same).then_some(text.as_str());
        let copy = Copy { group, offer, effective, source: Some(&source) };
        let admitted = cx.log().admit(&partner.name, partner.most_groups);
        let batch = admitted.enter(copy.keep(cx, found.guarded(Batch::new(), group))?, entry);
        if cx.commit(batch).await?.is_some() {
            admitted.happened();
            // Who subscribed hears of it from the store: step 6 is the notifier's.
            cx.step(CLAUSE, 5);
            return Ok(());
        }
    }
}

/// The document that the primary told, where it is one that it might have put here.
fn valid(cx: &Cx<Gms>, found: &Offered, group: &GroupId, response: &http::Response<Bytes>) -> Done<String> {
    let put = xcap::Request {
        method: xcap::Method::Put,
        target: &group.target(),
        content_type: documents::content_type(response.headers()),
        conditions: Conditions::none(),
        body: response.body(),
    };
    match found.judge(cx, &put)? {
        Outcome::Commit(Commit::Put { text, .. }) => Ok(text),
        _ => Err(Refusal::at(Cause::MalformedBody, "the primary system told no valid group").into()),
    }
}

/// The primary no longer has a group that is kept here, or no longer shares it: it goes, and who subscribed is notified.
pub(crate) async fn drop_copy(cx: &Cx<Gms>, group: &GroupId) -> Result<(), Fault> {
    loop {
        let found = Offered::read(cx, group).await?;
        if found.current.is_none() {
            return Ok(());
        }
        let batch = withdraw::remove(cx, found.guarded(Batch::new(), group), group);
        let rules = cx.rules();
        let partner = rules.serving(&group.domain()).map(|partner| partner.name.as_str()).unwrap_or_default();
        let entry = entered::own(cx, "copy.dropped", (group, partner));
        if cx.commit(cx.log().enter(batch, &entry)).await?.is_some() {
            return Ok(());
        }
    }
}
