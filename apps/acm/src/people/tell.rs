//! A user who is logged on is told at once what waits for him, one thing after the other in the order in which it came: what is for one of
//! his clients, and what is for any of them, each by itself.
//!
//! What his client does not accept waits on, for his next log-on or the next refresh of his registration.

use std::{collections::BTreeSet, time::Duration};

use futures::FutureExt as _;
use kit::{Cause, Covers, Cx, Impu, Permitted, Stop, To, Verdict, cx::Untold};
use xml_schemas::{
    acm::{PendingItem, Request, Response},
    flow::Flow,
    ids::McServiceId,
};

use super::{
    Reach, Seated, clients, is_on,
    log_on::changed,
    lost::{self, Missed, Missing},
    roles,
};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys, millis},
    case::{Case, Side, Stage},
    config::User,
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
                failed(cx, &fault).await;
                continue;
            }
        };
        for (impu, _) in &page {
            let Some(user) = Impu::new(impu).ok().and_then(|impu| cx.user_of(&impu)) else { continue };
            cx.world().tasks.spawn(resume_one(cx.clone(), user.id.clone()).boxed());
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return,
        }
    }
}

async fn resume_one(cx: Cx<Acm>, user: McServiceId) {
    loop {
        match awaited(&cx, &user).await {
            Ok(clients) => {
                for client in clients {
                    start(&cx, Seated { user: user.clone(), client });
                }
                return;
            }
            Err(fault) => failed(&cx, &fault).await,
        }
    }
}

/// For which of his clients something waits that nobody has been told; none is any.
async fn awaited(cx: &Cx<Acm>, user: &McServiceId) -> Result<BTreeSet<Option<String>>, kit::Fault> {
    let (prefix, mut after) = (keys::untold(user.as_str()), None::<String>);
    let mut clients = BTreeSet::new();
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            let waiting = Waiting::decode(&format!("n/{tail}"), value);
            clients.insert(match waiting {
                Some(waiting) => waiting.for_client(cx.book()).await?,
                None => None,
            });
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(clients),
        }
    }
}

async fn failed(cx: &Cx<Acm>, fault: &kit::Fault) {
    tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    cx.world().clock.sleep(AGAIN).await;
}

/// Something has come to wait for whoever has this case; for whoever holds its alias now, where that has changed hands since it was
/// looked who does.
pub(crate) fn announce(cx: &Cx<Acm>, case: &Case) {
    roles::keep_up(cx, case);
    if let Some(seated) = Seated::of(case) {
        start(cx, seated);
    }
}

/// It is told, unless it is being told already: then also what has come since. One of his clients that does not answer keeps nothing
/// from another: what is for each goes its own way.
fn start(cx: &Cx<Acm>, seated: Seated) {
    let mut telling = cx.telling().lock();
    if let Some(again) = telling.get_mut(&seated) {
        *again = true;
        return;
    }
    telling.insert(seated.clone(), false);
    drop(telling);
    cx.world().tasks.spawn(run(cx.clone(), seated).boxed());
}

async fn run(cx: Cx<Acm>, seated: Seated) {
    let mut pauses = PAUSES.into_iter();
    loop {
        // What has come until now is in this attempt.
        cx.telling().lock().insert(seated.clone(), false);
        if let Err(Missed { stop, silent }) = tell_all(&cx, &seated).await {
            tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, user = %seated.user, %stop, "his client was not told");
            if let Some(pause) = pauses.next() {
                cx.world().clock.sleep(pause).await;
                continue;
            }
            if let Some(missing) = silent {
                lost::silent(&cx, &seated, &missing).await;
            }
        }
        let mut telling = cx.telling().lock();
        match telling.get(&seated) {
            // What has come during this attempt has had none.
            Some(true) => pauses = PAUSES.into_iter(),
            _ => {
                telling.remove(&seated);
                return;
            }
        }
    }
}

async fn tell_all(cx: &Cx<Acm>, seated: &Seated) -> Result<(), Missed> {
    let user = &seated.user;
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
            match one(cx, seated, &waiting).await {
                // What his client will not have keeps nothing else from him.
                Err(Missed { stop: Stop::Refused(why), silent: None }) if is_of_one(why.cause) => {
                    refused = Some(why);
                }
                told => told?,
            }
        }
    }
    refused.map_or(Ok(()), |why| Err(Stop::Refused(why).into()))
}

/// Whether it is this message that is refused, and not that nobody is there, or that he works elsewhere.
fn is_of_one(cause: Cause) -> bool {
    !cause.may_pass() && cause != Cause::MigratedAway
}

/// One request or response, to the client: to that one alone on which the alias is active through which it is his. Of each terminal that
/// is found to be gone it is told once, and by the next of the same client.
async fn one(cx: &Cx<Acm>, seated: &Seated, waiting: &Waiting) -> Result<(), Missed> {
    while !round(cx, seated, waiting).await? {}
    Ok(())
}

/// Whether nothing is left to do: where the SIP core has no contact of a terminal, the client may be at another.
async fn round(cx: &Cx<Acm>, seated: &Seated, waiting: &Waiting) -> Result<bool, Missed> {
    let (cx, user) = (cx.for_flow(waiting.case.request_id()), &seated.user);
    // Another is told what is for that; to know it no case is read.
    let is_its = |client: &Option<String>| *client == seated.client;
    if !waiting.client.as_ref().is_none_or(is_its) {
        return Ok(true);
    }
    let Some(case) = current(&cx, user, waiting).await?.filter(|case| is_its(&case.client)) else {
        return Ok(true);
    };
    let Some(clients) = clients(&cx, user).await? else { return Ok(true) };
    let way = clients.reach(case.client.as_deref(), millis(cx.world().clock.wall()));
    let Some(item) = read(&cx, &case) else {
        skip(&cx, user, waiting, &case).await?;
        return Ok(true);
    };
    let known = cx.user(user).ok_or(Cause::UnknownUser)?;
    let to = match &way {
        Reach::One(contact) => To::Terminal(&known.impu, &contact.instance),
        Reach::Any => To::User(&known.impu),
        // It waits until that is there, or the alias is active elsewhere.
        Reach::Not => return Ok(true),
    };
    match (say(&cx, to, &case, item).await, way) {
        (Ok(()), way) => {
            told(&cx, user, waiting, &case).await?;
            if way == Reach::Any && clients.is_silent() {
                back(&cx, &known).await?;
            }
            Ok(true)
        }
        // The core says so; a client that does is there, and nobody listens.
        (Err(Untold::TurnedAway(Cause::LoggedOff)), Reach::One(contact)) => {
            let is_gone = lost::gone(&cx, &known, seated, &contact).await?;
            if is_gone { Ok(false) } else { Err(Cause::LoggedOff.into()) }
        }
        (Err(Untold::Unanswered(cause)), Reach::One(contact)) => {
            Err(Missed { stop: cause.into(), silent: Some(Missing::One(contact)) })
        }
        (Err(untold), Reach::Any) => Err(Missed::by_any(untold, clients.heard())),
        (Err(untold), _) => Err(Stop::from(untold).into()),
    }
}

/// One of his contacts has taken something though none did before: he is given what others are away for.
async fn back(cx: &Cx<Acm>, user: &User) -> Result<(), kit::Fault> {
    if changed(cx, user, |clients| clients.is_back(None, 0, true)).await? {
        roles::taken_up(cx, &user.id).await;
    }
    Ok(())
}

async fn say(cx: &Cx<Acm>, to: To<'_>, case: &Case, item: PendingItem) -> Result<(), Untold> {
    let steps = steps_of(cx, case.kind);
    match item {
        PendingItem::Response(response) => {
            cx.step(steps.clause, steps.told);
            match response {
                Response::GroupInformationProvision(flow) => tell(cx, to, flow).await,
                Response::GroupMembershipUpdate(flow) => tell(cx, to, flow).await,
                Response::AddMigrationUsers(flow) => tell(cx, to, flow).await,
                Response::RemoveMigrationUsers(flow) => tell(cx, to, flow).await,
                Response::UserProfileUpdate(flow) => tell(cx, to, flow).await,
            }
        }
        PendingItem::Request(request) => {
            cx.step(steps.clause, steps.delivered);
            match request {
                Request::GroupInformationProvision(flow) => tell(cx, to, flow).await,
                Request::GroupMembershipUpdate(flow) => tell(cx, to, flow).await,
                Request::AddMigrationUsers(flow) => tell(cx, to, flow).await,
                Request::RemoveMigrationUsers(flow) => tell(cx, to, flow).await,
                Request::UserProfileUpdate(flow) => {
                    tell(cx, to, user_profile::shown(cx, case, flow).await).await
                }
            }
        }
    }
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
        Side::Asked => told(cx, user, waiting, case).await,
    }
}

/// The case that something of waits for a user; none, and nothing waits any more, where it has moved on.
pub(super) async fn current(
    cx: &Cx<Acm>,
    user: &McServiceId,
    waiting: &Waiting,
) -> Result<Option<Case>, kit::Fault> {
    let found = cx.book().case(&waiting.case).await?;
    let mut changes = Changes::new().no_wait(user.as_str(), waiting.seq);
    if let Some((case, version)) = found {
        if waits(&case, user, waiting.is_response) {
            return Ok(Some(case));
        }
        // It may have come back to him since: then it waits for him again, in the same place.
        changes = changes.if_still(&waiting.case, version);
    }
    match cx.book().write(changes).await? {
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
/// Of what has come since it was sent he knows nothing: that waits on, and so does what is another client's since.
pub(super) async fn told(
    cx: &Cx<Acm>,
    user: &McServiceId,
    waiting: &Waiting,
    sent: &Case,
) -> Result<(), kit::Fault> {
    loop {
        let seen = cx.book().case(&waiting.case).await?;
        let is_still_its = |case: &Case| waiting.is_response || case.client == sent.client;
        let is_it = |case: &Case| {
            waits(case, user, waiting.is_response) && case.response == sent.response && is_still_its(case)
        };
        let Some((case, version)) = seen.filter(|(case, _)| is_it(case)) else {
            return Ok(());
        };
        let changes = if waiting.is_response {
            let changes = super::no_wait(Changes::new(), &case).happens("told");
            let until = crate::engine::until(cx, &case);
            let changes = changes.logged(entry(cx, &case, "told", user.as_str()));
            changes.case(&Case { is_told: true, ..case }, Some(version), until)
        } else {
            let told = Waiting { is_told: true, client: Some(case.client.clone()), ..waiting.clone() };
            let changes = Changes::new().if_still(&case.key, version);
            changes.no_wait(user.as_str(), waiting.seq).wait(user.as_str(), &told)
        };
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(());
        }
    }
}

async fn tell<F: Flow>(cx: &Cx<Acm>, to: To<'_>, flow: F) -> Result<(), Untold>
where
    Recall: Covers<F>,
{
    match cx.decide(Recall::of(&flow)) {
        Verdict::Allow(permit) => cx.try_tell(to, &permit.release(flow)?).await,
        Verdict::Refuse(cause) => Err(Stop::from(cause).into()),
        Verdict::Defer(_) => Err(Stop::from(Cause::NotPermitted).into()),
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
