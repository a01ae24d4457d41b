//! A user who is logged on is told at once what waits for him, one thing after the other in the order in which it came.
//!
//! What his client does not accept waits on, for his next log-on or the next refresh of his registration.

use std::time::Duration;

use futures::FutureExt as _;
use kit::{Cause, Covers, Cx, Done, Impu, Permitted, Stop, To, Verdict};
use xml_schemas::{
    acm::{PendingItem, Request, Response},
    flow::Flow,
    ids::McServiceId,
};

use super::{is_on, roles};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys},
    case::{Case, Kept, Side, Stage},
    engine::{ended::unreadable, entry, steps_of},
    policy::Recall,
    procedures::user_profile,
};

/// What is read at once of what waits for one user.
const PAGE: usize = 64;

/// How long a store that fails is left alone.
const AGAIN: Duration = Duration::from_secs(1);

/// How long is waited before a client that did not accept is tried again; after the last it is left alone.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(8), Duration::from_secs(32)];

/// Whoever was logged on when the last process ended is told what it had not told him. Beside whatever goes on.
pub(crate) async fn resume(cx: Cx<Acm>) {
    for prefix in [keys::LOGGED_ON, keys::PUBLISHED] {
        resume_all(&cx, prefix).await;
    }
}

async fn resume_all(cx: &Cx<Acm>, prefix: &str) {
    let mut after: Option<String> = None;
    loop {
        let page = match cx.book().page(prefix, after.as_deref(), PAGE).await {
            Ok(page) => page,
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(AGAIN).await;
                continue;
            }
        };
        for (impu, _) in &page {
            let user = Impu::new(impu).ok().and_then(|impu| cx.user_of(&impu));
            user.iter().for_each(|user| start(cx, &user.id));
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return,
        }
    }
}

/// Something has come to wait for whoever has this case; for whoever holds its alias now, where that has changed hands since it was
/// looked who does.
pub(crate) fn announce(cx: &Cx<Acm>, case: &Case) {
    roles::keep_up(cx, case);
    if let Some(user) = &case.handler {
        start(cx, user);
    }
}

/// He is told, unless he is being told already: then also what has come since.
fn start(cx: &Cx<Acm>, user: &McServiceId) {
    let mut telling = cx.telling().lock();
    if let Some(again) = telling.get_mut(user) {
        *again = true;
        return;
    }
    telling.insert(user.clone(), false);
    drop(telling);
    cx.world().tasks.spawn(run(cx.clone(), user.clone()).boxed());
}

async fn run(cx: Cx<Acm>, user: McServiceId) {
    let mut pauses = PAUSES.into_iter();
    loop {
        // What has come until now is in this attempt.
        cx.telling().lock().insert(user.clone(), false);
        if let Err(stop) = tell_all(&cx, &user).await {
            tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %stop, "his client was not told");
            if let Some(pause) = pauses.next() {
                cx.world().clock.sleep(pause).await;
                continue;
            }
        }
        let mut telling = cx.telling().lock();
        match telling.get(&user) {
            // What has come during this attempt has had none.
            Some(true) => pauses = PAUSES.into_iter(),
            _ => {
                telling.remove(&user);
                return;
            }
        }
    }
}

async fn tell_all(cx: &Cx<Acm>, user: &McServiceId) -> Done<()> {
    let prefix = keys::untold(user.as_str());
    let (mut after, mut refused): (Option<String>, _) = (None, None);
    loop {
        if !is_on(cx, user).await? {
            return Ok(());
        }
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        // What he has been told is there no more, and what his client will not have is behind.
        after = Some(last.clone());
        for (tail, value) in page {
            let Some(waiting) = Waiting::decode(&format!("n/{tail}"), &value) else {
                cx.book().unreadable(&tail, "what waits for a user");
                cx.book().write(Changes::new().forgotten(format!("{prefix}{tail}"))).await?.done();
                continue;
            };
            match one(cx, user, &waiting).await {
                // What his client will not have keeps nothing else from him.
                Err(Stop::Refused(why)) if is_of_one(why.cause) => refused = Some(why),
                told => told?,
            }
        }
    }
    refused.map_or(Ok(()), |why| Err(Stop::Refused(why)))
}

/// Whether it is this message that is refused, and not that nobody is there, or that he works elsewhere.
fn is_of_one(cause: Cause) -> bool {
    !cause.may_pass() && cause != Cause::MigratedAway
}

/// One request or response, to the client.
async fn one(cx: &Cx<Acm>, user: &McServiceId, waiting: &Waiting) -> Done<()> {
    let cx = cx.for_flow(waiting.case.request_id());
    let Some(case) = current(&cx, user, waiting).await? else { return Ok(()) };
    let steps = steps_of(&cx, case.kind);
    let Some(item) = read(&cx, &case) else { return Ok(skip(&cx, user, waiting, &case).await?) };
    match item {
        PendingItem::Response(response) => {
            cx.step(steps.clause, steps.told);
            match response {
                Response::GroupInformationProvision(flow) => tell(&cx, user, flow).await?,
                Response::GroupMembershipUpdate(flow) => tell(&cx, user, flow).await?,
                Response::AddMigrationUsers(flow) => tell(&cx, user, flow).await?,
                Response::RemoveMigrationUsers(flow) => tell(&cx, user, flow).await?,
                Response::UserProfileUpdate(flow) => tell(&cx, user, flow).await?,
            }
        }
        PendingItem::Request(request) => {
            cx.step(steps.clause, steps.delivered);
            match request {
                Request::GroupInformationProvision(flow) => tell(&cx, user, flow).await?,
                Request::GroupMembershipUpdate(flow) => tell(&cx, user, flow).await?,
                Request::AddMigrationUsers(flow) => tell(&cx, user, flow).await?,
                Request::RemoveMigrationUsers(flow) => tell(&cx, user, flow).await?,
                Request::UserProfileUpdate(flow) => {
                    tell(&cx, user, user_profile::shown(&cx, &case, flow).await).await?
                }
            }
        }
    }
    Ok(told(&cx, user, waiting, case.response.as_ref()).await?)
}

/// What waits of a case; none where that cannot be read.
pub(super) fn read(cx: &Cx<Acm>, case: &Case) -> Option<PendingItem> {
    let item = match (case.key.side(), &case.response) {
        (Side::Received, _) => case.request.as_request().map(PendingItem::Request),
        (Side::Asked, Some(kept)) => kept.as_response().map(PendingItem::Response),
        (Side::Asked, None) => return None,
    };
    item.inspect_err(|bad| cx.book().unreadable(&case.key.text(), bad)).ok()
}

/// What cannot be read waits no more, so that it keeps nothing else from him: a request ends, the end of his own is in the status.
pub(super) async fn skip(
    cx: &Cx<Acm>,
    user: &McServiceId,
    waiting: &Waiting,
    case: &Case,
) -> Result<(), kit::Fault> {
    match case.key.side() {
        Side::Received => unreadable(cx, &case.key).await,
        Side::Asked => told(cx, user, waiting, case.response.as_ref()).await,
    }
}

/// The case that something of waits for a user; none, and nothing waits any more, where it has moved on.
pub(super) async fn current(
    cx: &Cx<Acm>,
    user: &McServiceId,
    waiting: &Waiting,
) -> Result<Option<Case>, kit::Fault> {
    let case = cx.book().case(&waiting.case).await?.map(|(case, _)| case);
    if let Some(case) = case.filter(|case| waits(case, user, waiting.is_response)) {
        return Ok(Some(case));
    }
    match cx.book().write(Changes::new().no_wait(user.as_str(), waiting.seq)).await? {
        Written::Done(_) | Written::Conflict => Ok(None),
    }
}

fn waits(case: &Case, user: &McServiceId, is_response: bool) -> bool {
    let is_his = case.handler.as_ref() == Some(user);
    match case.key.side() {
        Side::Received => is_his && !is_response && case.stage == Stage::Waiting,
        Side::Asked => is_his && is_response && case.stage.is_end() && !case.is_told,
    }
}

/// His client has accepted it: a response waits no more, a request waits on for his answer.
/// Of what has come since it was sent he knows nothing: that waits on.
pub(super) async fn told(
    cx: &Cx<Acm>,
    user: &McServiceId,
    waiting: &Waiting,
    sent: Option<&Kept>,
) -> Result<(), kit::Fault> {
    loop {
        let seen = cx.book().case(&waiting.case).await?;
        let is_it = |case: &Case| waits(case, user, waiting.is_response) && case.response.as_ref() == sent;
        let Some((case, version)) = seen.filter(|(case, _)| is_it(case)) else {
            return Ok(());
        };
        let changes = if waiting.is_response {
            let changes = super::no_wait(Changes::new(), &case).happens("told");
            let until = crate::engine::until(cx, &case);
            let changes = changes.logged(entry(cx, &case, "told", user.as_str()));
            changes.case(&Case { is_told: true, ..case }, Some(version), until)
        } else {
            let told = Waiting { is_told: true, ..waiting.clone() };
            let changes = Changes::new().if_still(&case.key, version);
            changes.no_wait(user.as_str(), waiting.seq).wait(user.as_str(), &told)
        };
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(());
        }
    }
}

async fn tell<F: Flow>(cx: &Cx<Acm>, user: &McServiceId, flow: F) -> Done<()>
where
    Recall: Covers<F>,
{
    let known = cx.user(user).ok_or(Cause::UnknownUser)?;
    match cx.decide(Recall::of(&flow)) {
        Verdict::Allow(permit) => cx.tell(To::User(&known.impu), &permit.release(flow)?).await,
        Verdict::Refuse(cause) => Err(Stop::from(cause)),
        Verdict::Defer(_) => Err(Stop::from(Cause::NotPermitted)),
    }
}

/// What is of use only to a user who is there.
pub(crate) async fn tell_if_there<F: Flow>(cx: &Cx<Acm>, user: &McServiceId, flow: &Permitted<F>) {
    let told = async {
        let known = cx.user(user).ok_or(Cause::UnknownUser)?;
        if is_on(cx, user).await? { cx.tell(To::User(&known.impu), flow).await } else { Ok(()) }
    };
    if let Err(stop) = told.await {
        tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %stop, "his client was not told");
    }
}
