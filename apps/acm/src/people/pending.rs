//! A client asks what waits for its user: TS 23.280 10.17.2 (pending ACM data), 10.17.3.1

use std::collections::BTreeSet;

use bytes::Bytes;
use kit::{Accepted, Cause, Cx, Done, Inbound, To, Verdict, aliases::is_same_client};
use xml_schemas::{
    acm::{ClientId, Kind, Mark, PendingDataRequest, PendingDataResponse, PendingItem, Request},
    ids::McServiceId,
};

use super::{
    Clients, Reach, clients,
    log_on::changed,
    taken_up,
    tell::{current, read, skip, told},
};
use crate::{
    Acm,
    book::{Waiting, keys, millis},
    case::{Case, Seq, Side},
    engine::steps_of,
    policy::ShowOwn,
    procedures::user_profile,
    readable,
};

/// What one response holds at most; where there is more, it says so, and from where the client goes on.
const ITEMS: usize = 100;

/// Octets of its items, about: a client reads no body of more than 256 KiB. One item is told however long it is.
const OCTETS: usize = 128 * 1024;

/// Answered 200; what waits comes in a message of its own.
pub(crate) async fn request(cx: Cx<Acm>, req: Inbound<PendingDataRequest>) -> Done<Accepted> {
    let user = req.peer.user().and_then(|impu| cx.user_of(impu)).ok_or(Cause::RequesterUnknown)?;
    if user.id != req.flow.user {
        return Err(Cause::RequesterUnknown.into());
    }
    Ok(Accepted::then(async move {
        if let Err(stop) = respond(&cx, &req.flow).await {
            tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, user = %user.id, %stop, "what waits for a user could not be told");
        }
    }))
}

/// What waits, in the order in which it came; what his client has accepted waits no longer for being told.
async fn respond(cx: &Cx<Acm>, request: &PendingDataRequest) -> Done<()> {
    let user = cx.user(&request.user).ok_or(Cause::UnknownUser)?;
    let asker = asker(cx, request).await?;
    let mut after = request.from.as_ref().and_then(|mark| Seq::read(mark.as_str())).unwrap_or_default();
    // What has moved on meanwhile, or cannot be read, leaves no part empty: a client would not go on.
    let (items, mut shown, next) = loop {
        let (waiting, is_all) = waiting(cx, &user.id, after).await?;
        let (items, shown, next) = part(cx, &user.id, &waiting).await?;
        let next = next.or_else(|| waiting.last().map(|last| last.seq).filter(|_| !is_all));
        match next {
            Some(next) if items.is_empty() => after = next,
            next => break (items, shown, next),
        }
    };
    let mut response = PendingDataResponse {
        request_id: request.request_id.clone(),
        user: user.id.clone(),
        is_all: next.is_none(),
        next: next.and_then(|last| Mark::new(&last.to_string())),
        items,
    };
    // Each can be read by itself; all of them may have more elements or namespaces than one document.
    while response.items.len() > 1 && !readable::is_readable(&response) {
        shown.truncate(shown.len().div_ceil(2));
        response.items.truncate(shown.len());
        response.is_all = false;
        response.next = shown.last().and_then(|(last, _)| Mark::new(&last.seq.to_string()));
    }
    let permit = match cx.decide(ShowOwn { user: user.id.clone() }) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::NotPermitted.into()),
    };
    // Wherever he is: a terminal that has not asked says so, and whoever has may be at one of which nothing has been heard yet.
    cx.tell(To::User(&user.impu), &permit.release(response)?).await?;
    let client = request.client.as_ref().map(ClientId::as_str);
    let (was_something, now) = (!shown.is_empty(), asker.now);
    let is_kept = changed(cx, &user, |clients| clients.is_back(client, now, was_something)).await?;
    if is_kept && asker.known.is_silent() {
        taken_up(cx, &user.id).await;
    }
    for (each, sent) in shown.iter().filter(|(each, sent)| !each.is_told && asker.has(sent)) {
        told(cx, &user.id, each, sent).await?;
    }
    Ok(())
}

/// Whose answer it is: of several clients of a user's each is told by itself what is for it alone.
struct Asker {
    client: Option<String>,
    known: Clients,
    now: u64,
}

/// The client that says that it asks, or his only one.
async fn asker(cx: &Cx<Acm>, request: &PendingDataRequest) -> Result<Asker, kit::Fault> {
    let now = millis(cx.world().clock.wall());
    let known = clients(cx, &request.user).await?.unwrap_or_default();
    let client = request.client.as_ref().map(ClientId::as_str).or_else(|| known.only(now)).map(str::to_owned);
    Ok(Asker { client, known, now })
}

impl Asker {
    /// Whether that it has taken the answer means that the client has this which is to have it.
    fn has(&self, sent: &Case) -> bool {
        let Some(client) = &sent.client else { return true };
        let is_its = self.client.as_ref().is_some_and(|asker| is_same_client(asker, client));
        is_its || self.known.reach(Some(client), self.now) == Reach::Any
    }
}

/// As much as one response holds; what that is of, with the responses among it; and from where it goes on where there is more.
async fn part(cx: &Cx<Acm>, user: &McServiceId, waiting: &[Waiting]) -> Result<Part, kit::Fault> {
    let (mut octets, mut items) = (0, Vec::new());
    let mut shown: Vec<(Waiting, Case)> = Vec::new();
    let mut seen: BTreeSet<(Kind, Side)> = BTreeSet::new();
    for each in waiting {
        let Some(case) = current(cx, user, each).await? else { continue };
        let Some(item) = shown_to_him(cx, &case).await else {
            skip(cx, user, each, &case).await?;
            continue;
        };
        octets += length(&item);
        if octets > OCTETS && !items.is_empty() {
            let next = shown.last().map(|(last, _)| last.seq);
            return Ok((items, shown, next));
        }
        if seen.insert((case.kind, case.key.side())) {
            steps(cx, &case);
        }
        items.push(item);
        shown.push((each.clone(), case));
    }
    Ok((items, shown, None))
}

type Part = (Vec<PendingItem>, Vec<(Waiting, Case)>, Option<Seq>);

/// As he is shown it: of a profile, with what would change. None where it cannot be read.
async fn shown_to_him(cx: &Cx<Acm>, case: &Case) -> Option<PendingItem> {
    let item = read(cx, case)?;
    if readable::item(&item).is_err() {
        cx.book().unreadable(&case.key.text(), "what is longer than a client reads");
        return None;
    }
    Some(match item {
        PendingItem::Request(Request::UserProfileUpdate(request)) => PendingItem::Request(
            user_profile::shown(&cx.for_flow(case.key.request_id()), case, request).await.into(),
        ),
        item => item,
    })
}

fn length(item: &PendingItem) -> usize {
    let parts = match item {
        PendingItem::Request(request) => request.split(),
        PendingItem::Response(response) => response.split(),
    };
    parts.iter().map(|part| part.bytes.len()).sum()
}

/// What waits after a place, in the order in which it came, whether his client has been told it or not; and whether that is all. What
/// is told meanwhile keeps its place, so that whoever goes on misses nothing and has nothing twice.
pub(crate) async fn waiting(
    cx: &Cx<Acm>,
    user: &McServiceId,
    after: Seq,
) -> Result<(Vec<Waiting>, bool), kit::Fault> {
    let mut all = Vec::new();
    for is_told in [false, true] {
        // One more than is shown tells that there is more.
        let (prefix, mark) = (keys::waiting(user.as_str()), keys::mark(is_told));
        let page = cx.book().page(&format!("{prefix}{mark}"), Some(&after.to_string()), ITEMS + 1).await?;
        let read = |(tail, value): &(String, Bytes)| Waiting::decode(&format!("{mark}{tail}"), value);
        all.extend(page.iter().filter_map(read));
    }
    all.sort_by_key(|each: &Waiting| each.seq);
    // In between it may have been told: then it is found twice.
    all.dedup_by_key(|each| each.seq);
    let is_all = all.len() <= ITEMS;
    all.truncate(ITEMS);
    Ok((all, is_all))
}

/// He has asked, and is told.
fn steps(cx: &Cx<Acm>, case: &Case) {
    let (steps, cx) = (steps_of(cx, case.kind), cx.for_flow(case.key.request_id()));
    let (returns, told) = match case.key.side() {
        Side::Received => (steps.target_returns, steps.delivered),
        Side::Asked => (steps.initiator_returns, steps.told),
    };
    if let Some([_, notified]) = returns {
        cx.step_part(steps.clause, notified, 'b');
    }
    cx.step(steps.clause, told);
}
