//! An initiator takes a request back. The target's server owns the outcome: until it has said that the request is withdrawn, it is not,
//! and what has been answered before stays answered. Provisional: TS 23.280 10.17 knows no withdrawal.

use std::sync::Arc;

use kit::{Accepted, Cause, Cx, Done, Inbound, Partner, Permitted};
use xml_schemas::acm::{Addressee, Heading, Refusal, State, WithdrawalRequest, WithdrawalResponse};

use super::{
    ended, entry,
    receipts::{self, Came},
    refusal, seen_by, sender,
    unauthorized::{Word, judged, name_of},
    until,
};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{Case, CaseKey, Stage},
    outbox::{self, Letter, pair},
    people,
};

/// A client of ours, or a partner's server for a user of its own.
pub(crate) async fn request(cx: Cx<Acm>, req: Inbound<WithdrawalRequest>) -> Done<Accepted> {
    match req.peer.user() {
        Some(impu) => {
            let (by, claimed) = (name_of(&cx, impu), req.flow.initiator.id.clone());
            let request = req.flow.request_id.clone();
            let done = match sender(&cx, impu, &req.flow.initiator) {
                Ok(()) => ask(cx.clone(), req.flow).await,
                Err(stop) => Err(stop),
            };
            let word = Word {
                act: "withdrawal-asked",
                by: &by,
                partner: None,
                request: &request,
                claimed: Some(&claimed),
            };
            judged(&cx, &word, done).await
        }
        None => {
            let partner = cx.partner(&req.peer)?;
            let request = req.flow.request_id.clone();
            let done = receive(cx.clone(), Arc::clone(&partner), req.flow).await;
            let name = &*partner.name;
            let word =
                Word { act: "withdrawn", by: name, partner: Some(name), request: &request, claimed: None };
            judged(&cx, &word, done).await
        }
    }
}

/// The initiator's server hands it on, after the request itself.
async fn ask(cx: Cx<Acm>, flow: WithdrawalRequest) -> Done<Accepted> {
    let key = CaseKey::asked(flow.request_id.clone());
    loop {
        let seen = cx.book().case(&key).await?.filter(|(case, _)| case.initiator.id == flow.initiator.id);
        let (case, version) = seen.ok_or(Cause::NoSuchRequest)?;
        // An end that is only presumed is none: the partner's server may have the request after all.
        let has_ended = case.stage.is_end() && !case.is_presumed;
        if has_ended || case.is_withdrawing {
            let (answer, user) = (response(&case), case.initiator.id.clone());
            return Ok(Accepted::then(async move { people::tell_if_there(&cx, &user, &answer).await }));
        }
        let target = Some(case.target.clone());
        let onward = Permitted::open(WithdrawalRequest { target, ..flow.clone() });
        let heading = Heading::new(flow.request_id.clone(), case.initiator.clone(), case.target.clone());
        let letter = Letter::after_request(&case.partner, &key, pair(&heading), &onward);
        let case = Case { is_withdrawing: true, was_asked_back: true, ..case };
        let turn = cx.book().turn(&case.partner, &letter.lane, millis(cx.world().clock.wall())).await?;
        let by = case.initiator.id.as_str();
        let changes = Changes::new().logged(entry(&cx, &case, "withdrawal-asked", by));
        let changes = changes.case(&case, Some(version), until(&cx, &case));
        let changes = changes.turn(&turn).letter(turn.seq, letter);
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(&cx, &letters);
            return Ok(Accepted::then(async move {
                outbox::go(&cx);
                people::tell_if_there(&cx, &case.initiator.id, &response(&case)).await;
            }));
        }
    }
}

/// The target's server decides: what waits is withdrawn, what has been decided stays. However often it is asked, one answer waits.
async fn receive(cx: Cx<Acm>, partner: Arc<Partner>, flow: WithdrawalRequest) -> Done<Accepted> {
    let key = CaseKey::received(&partner.name, flow.request_id.clone());
    loop {
        let seen = cx.book().case(&key).await?.filter(|(case, _)| case.initiator.id == flow.initiator.id);
        let (case, version) = seen.ok_or(Cause::NoSuchRequest)?;
        if is_being_told(&cx, &case).await? {
            return Ok(Accepted::done());
        }
        let now = millis(cx.world().clock.wall());
        let seq = cx.book().sequence().next(now);
        let (case, changes) = if case.stage == Stage::Waiting {
            let changes = people::no_wait(Changes::new().not_due(&case), &case).happens("withdrawn");
            let case = case.end(Stage::Withdrawn, Some(Cause::RequestWithdrawn), now);
            let changes = changes.logged(entry(&cx, &case, "withdrawn", &partner.name));
            let changes = people::listed(changes, &case, until(&cx, &case));
            (case, changes)
        } else {
            (case, Changes::new())
        };
        // Where the agreement merges unknown with refused, it does so here too.
        let seen = case.cause.map(|cause| seen_by(&cx, &partner.name, cause));
        let letter = Letter::about(&partner.name, &key, &response(&Case { cause: seen, ..case.clone() }));
        // What comes again changes nothing, and is confirmed no second time.
        let came = case.outcome.is_none().then(|| Came::of(&partner.name, &key, &flow));
        let case = Case { outcome: Some(seq), ..case };
        let changes = changes.case(&case, Some(version), until(&cx, &case)).letter(seq, letter);
        let changes = came.iter().fold(changes, |changes, came| receipts::due(&cx, changes, came));
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(&cx, &letters);
            return Ok(Accepted::then(async move {
                outbox::go(&cx);
                if let Some(came) = came {
                    receipts::give(&cx, &came).await;
                }
            }));
        }
    }
}

/// Whether what came of a withdrawal is under way already.
async fn is_being_told(cx: &Cx<Acm>, case: &Case) -> Result<bool, kit::Fault> {
    let Some(seq) = case.outcome else { return Ok(false) };
    Ok(cx.book().store().get(keys::letter(seq).as_bytes()).await?.is_some())
}

/// The partner's server says what came of it. The initiator is told of what he asked, and of what has changed: nobody makes a client
/// ring by saying the same again.
pub(crate) async fn outcome(cx: Cx<Acm>, req: Inbound<WithdrawalResponse>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let key = CaseKey::asked(req.flow.request_id.clone());
    // Nobody but its initiator takes a request back: what is said of a withdrawal that was never asked is about nothing of ours.
    let is_it = |case: &Case| *case.partner == *partner.name && case.was_asked_back;
    let seen = cx.book().case(&key).await?.filter(|(case, _)| is_it(case));
    let (before, _) = seen.ok_or(Cause::UnmatchedReport)?;
    let came = Came::of(&partner.name, &key, &req.flow);
    let end = match req.flow.state {
        State::Withdrawn => Some((Stage::Withdrawn, Cause::RequestWithdrawn)),
        State::Expired => Some((Stage::Expired, Cause::RequestExpired)),
        // It was too late: the response is on its way, or there.
        _ => None,
    };
    let has_changed = match end {
        Some(end) => ended::by_partner(&cx, &key, end, Some(&came)).await?,
        None => stays(&cx, &key, Some(&came)).await?,
    };
    let seen = cx.book().case(&key).await?;
    let is_news = |case: &Case| before.is_withdrawing || case.stage != before.stage;
    let news = seen.filter(|(case, _)| is_news(case));
    Ok(Accepted::then(async move {
        if let Some((case, _)) = news {
            people::tell_if_there(&cx, &case.initiator.id, &response(&case)).await;
        }
        if has_changed {
            receipts::give(&cx, &came).await;
        }
    }))
}

/// The withdrawal has come to nothing; whether that is news.
pub(crate) async fn stays(cx: &Cx<Acm>, key: &CaseKey, came: Option<&Came>) -> Result<bool, kit::Fault> {
    loop {
        let seen = cx.book().case(key).await?.filter(|(case, _)| case.is_withdrawing);
        let Some((case, version)) = seen else { return Ok(false) };
        let case = Case { is_withdrawing: false, ..case };
        let changes = Changes::new().case(&case, Some(version), until(cx, &case));
        let changes = came.into_iter().fold(changes, |changes, came| receipts::due(cx, changes, came));
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(true);
        }
    }
}

/// Where a request stands, for whoever wanted to take it back.
fn response(case: &Case) -> Permitted<WithdrawalResponse> {
    Permitted::open(WithdrawalResponse {
        request_id: case.key.request_id().clone(),
        target: Addressee::User(case.initiator.id.clone()),
        state: people::state(case, None),
        why: case.cause.map_or_else(Refusal::default, refusal),
    })
}
