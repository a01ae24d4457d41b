//! "What have I asked, what waits for me, and what became of it?" Provisional: TS 23.280 10.17 knows no such question.

use kit::{Accepted, Cause, Cx, Done, Inbound, To, Verdict};
use xml::Limits;
use xml_schemas::{
    Timestamp,
    acm::{
        Admission, Heading, Kind, Mark, Outcome, Refusal, Request, Response, State, StatusItem,
        StatusRequest, StatusResponse, UserAdmission,
    },
    ids::{GroupId, McServiceId},
};

use crate::{
    Acm,
    book::{Changes, keys, millis},
    case::{Case, CaseKey, Kept, Side, Stage},
    engine::refusal,
    policy::ShowOwn,
    procedures::user_profile,
    readable::WRAPPING,
};

/// What one response holds at most; where there is more, it says from where the client goes on.
const ITEMS: usize = 200;

/// Octets of its items, about: a client reads no body of more than 256 KiB. One item is told however long it is.
const OCTETS: usize = 128 * 1024;

/// Answered 200; the list comes in a message of its own.
pub(crate) async fn request(cx: Cx<Acm>, req: Inbound<StatusRequest>) -> Done<Accepted> {
    let user = req.peer.user().and_then(|impu| cx.user_of(impu)).ok_or(Cause::RequesterUnknown)?;
    if user.id != req.flow.user {
        return Err(Cause::RequesterUnknown.into());
    }
    Ok(Accepted::then(async move {
        if let Err(stop) = respond(&cx, &req.flow).await {
            tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, user = %user.id, %stop, "a status could not be told");
        }
    }))
}

/// The newest first, as many as one message may hold.
async fn respond(cx: &Cx<Acm>, request: &StatusRequest) -> Done<()> {
    let user = cx.user(&request.user).ok_or(Cause::UnknownUser)?;
    let now = millis(cx.world().clock.wall());
    let mut after = request.from.as_ref().map(|mark| mark.as_str().to_owned());
    let page = cx.book().page(&keys::listed(user.id.as_str()), after.as_deref(), ITEMS + 1).await?;
    let (mut items, mut octets, mut is_all) = (Vec::new(), 0, page.len() <= ITEMS);
    for (place, value) in page.into_iter().take(ITEMS) {
        let key = std::str::from_utf8(&value).ok().and_then(CaseKey::read);
        let case = match &key {
            Some(key) => readable(cx, &user.id, key).await?,
            None => None,
        };
        // What has been forgotten meanwhile is listed no more.
        if let Some(case) = case {
            let item = shown(cx, &case, now).await?;
            octets += item.length();
            if octets > OCTETS && !items.is_empty() {
                is_all = false;
                break;
            }
            items.push(item);
        }
        after = Some(place);
    }
    let response = StatusResponse {
        request_id: request.request_id.clone(),
        user: user.id.clone(),
        is_all,
        next: after.filter(|_| !is_all).as_deref().and_then(Mark::new),
        items,
    };
    match cx.decide(ShowOwn { user: user.id.clone() }) {
        Verdict::Allow(permit) => cx.tell(To::User(&user.impu), &permit.release(response)?).await,
        Verdict::Refuse(cause) => Err(cause.into()),
        Verdict::Defer(_) => Err(Cause::NotPermitted.into()),
    }
}

/// None where it is there no more. Where it cannot be read, it counts no longer among what he has open.
async fn readable(cx: &Cx<Acm>, user: &McServiceId, key: &CaseKey) -> Result<Option<Case>, kit::Fault> {
    match cx.book().found(key).await? {
        Some(Ok((case, _))) => Ok(Some(case)),
        Some(Err(_)) if key.side() == Side::Asked => {
            let open = keys::open_at(None, user.as_str(), key.request_id());
            cx.book().write(Changes::new().forgotten(open)).await?.done();
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// Where a request stands. At the initiator's server nothing is certain before the partner's has said so, and nothing is any more once
/// its time has run out or it is being withdrawn.
pub(crate) fn state(case: &Case, now: Option<u64>) -> State {
    let is_over = now.is_some_and(|now| case.is_over(now));
    match case.stage {
        _ if case.is_withdrawing => State::Unconfirmed,
        Stage::Asked | Stage::Forwarded => State::Unconfirmed,
        Stage::Stored | Stage::Decided if is_over => State::Unconfirmed,
        Stage::Stored | Stage::Waiting => State::Stored,
        Stage::Decided => State::InProcess,
        Stage::Answered => {
            let response = case.response.as_ref().and_then(|kept| kept.as_response().ok());
            let is_partial = response.is_some_and(|response| *response.outcome() == Outcome::Partial);
            if is_partial { State::Partial } else { State::Success }
        }
        Stage::Refused => State::Fail,
        Stage::Expired => State::Expired,
        Stage::Withdrawn => State::Withdrawn,
    }
}

/// Where a request stands, with all that is known of it; where that cannot be read, or is longer than a client reads, without it.
async fn shown(cx: &Cx<Acm>, case: &Case, now: u64) -> Result<StatusItem, kit::Fault> {
    let response = case.response.as_ref().filter(|_| case.stage.is_end());
    if case.request.is_digest() || response.is_some_and(Kept::is_digest) {
        return Ok(item_without(case, FORGOTTEN, now));
    }
    let response = response.map(Kept::as_response);
    let whole = case.request.as_request().and_then(|request| Ok((request, response.transpose()?)));
    let information = changed(cx, case).await?;
    match whole {
        Ok((request, response)) => {
            let item = StatusItem { information, ..item(case, Some(&request), response, now) };
            let is_short = item.length() + WRAPPING <= Limits::DEFAULT.size;
            Ok(if is_short { item } else { item_without(case, TOO_LONG, now) })
        }
        Err(bad) => {
            cx.book().unreadable(&case.key.text(), bad);
            Ok(item_without(case, UNREADABLE, now))
        }
    }
}

const TOO_LONG: &str = "There is more to it than one message can hold.";
const FORGOTTEN: &str =
    "It was long, and has ended without an answer by anybody here: what became of it is all that is kept.";
const UNREADABLE: &str = "What was kept of it cannot be read.";

fn item_without(case: &Case, why: &str, now: u64) -> StatusItem {
    StatusItem { information: Some(why.to_owned()), ..item(case, None, None, now) }
}

fn item(case: &Case, request: Option<&Request>, response: Option<Response>, now: u64) -> StatusItem {
    let (groups, users) = request.map(subjects).unwrap_or_default();
    let named = || Heading::new(case.key.request_id().clone(), case.initiator.clone(), case.target.clone());
    let now = (case.key.side() == Side::Asked).then_some(now);
    let why = match response.as_ref().map(|response| response.outcome()) {
        // Who decided with a yes is told why it came to nothing, also where its initiator is not.
        Some(Outcome::Failure(why)) if !is_told_less(case, why) => why.clone(),
        _ => case.cause.map_or_else(Refusal::default, refusal),
    };
    let given = response.as_ref().map(given).unwrap_or_default();
    let since = i64::try_from(case.ended.unwrap_or(case.since)).unwrap_or(i64::MAX);
    StatusItem {
        kind: case.kind,
        heading: request.map_or_else(named, |request| request.heading().clone()),
        groups,
        users,
        given,
        state: state(case, now),
        since: Timestamp::from_unix_ms(since),
        handler: response.map(|response| response.heading().handler.clone()),
        why,
        information: None,
    }
}

fn is_told_less(case: &Case, why: &Refusal) -> bool {
    is_come_to_nothing(case) && why.code == Some(Cause::NotDisclosed.code())
}

/// Whether what was decided here with a yes was refused all the same.
fn is_come_to_nothing(case: &Case) -> bool {
    let is_ours = case.key.side() == Side::Received && case.stage == Stage::Refused;
    is_ours && case.decision.as_ref().is_some_and(|decision| decision.is_yes)
}

/// What has changed here by a request, where that is kept.
async fn changed(cx: &Cx<Acm>, case: &Case) -> Result<Option<String>, kit::Fault> {
    let is_done = case.key.side() == Side::Received && case.stage == Stage::Answered;
    match case.kind {
        Kind::UserProfileUpdate if is_done || is_come_to_nothing(case) => {
            user_profile::changed(cx, case).await
        }
        _ => Ok(None),
    }
}

/// Who is who in the partner system, as it has answered.
fn given(response: &Response) -> Vec<(McServiceId, McServiceId)> {
    let Response::AddMigrationUsers(response) = response else { return Vec::new() };
    let given = |user: &UserAdmission| match &user.admission {
        Admission::Admitted { partner, .. } => Some((user.primary.clone(), partner.clone())),
        Admission::Approved | Admission::Refused(_) => None,
    };
    response.users.iter().filter_map(given).collect()
}

/// The groups and users that a request is about.
pub(crate) fn subjects(request: &Request) -> (Vec<GroupId>, Vec<McServiceId>) {
    match request {
        Request::GroupInformationProvision(asked) => {
            (asked.groups.iter().map(|group| group.id.clone()).collect(), Vec::new())
        }
        Request::GroupMembershipUpdate(asked) => (vec![asked.group.clone()], asked.users.clone()),
        Request::AddMigrationUsers(asked) => (Vec::new(), asked.users.clone()),
        Request::RemoveMigrationUsers(asked) => (Vec::new(), asked.users.clone()),
        Request::UserProfileUpdate(asked) => (Vec::new(), vec![asked.user.clone()]),
    }
}
