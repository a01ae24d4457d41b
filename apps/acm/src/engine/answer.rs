//! A person here has decided: the target's client answers. TS 23.280 10.17.3.1

use kit::{Accepted, Cause, Cx, Done, Fault, Impu, Permit, Verdict};
use store::Version;
use xml_schemas::{
    acm::{AcmRequest, AcmResponse, Actor, Addressee, Outcome},
    ids::McServiceId,
};

use super::{
    ended, entry, entry_with, expire, holds_role, is_for_initiator, is_himself, knows_aliases, ruled,
    seen_by, turns, until, work,
};
use crate::{
    Acm,
    book::{Changes, Written, millis},
    case::{Case, CaseKey, Decision, Kept, Stage},
    outbox::{self, Letter},
    people::{self, may_handle},
    policy::HandleRequest,
    procedure::Procedure,
    readable,
};

/// Answered 200 once the decision is kept: a no with its response, a yes with the work that it means.
pub(super) async fn answer<P: Procedure>(
    cx: Cx<Acm>,
    impu: &Impu,
    response: <P::Request as AcmRequest>::Response,
) -> Done<Accepted> {
    cx.step(P::STEPS.clause, P::STEPS.answered);
    let handler = response.heading().handler.clone();
    is_himself(&cx, impu, &handler)?;
    let key = asked(&cx, &response)?;
    loop {
        let seen =
            cx.book().case(&key).await?.filter(|(case, _)| case.kind == <P::Request as AcmRequest>::KIND);
        let (case, version) = seen.ok_or(Cause::NoSuchRequest)?;
        may_answer(&cx, &case, &handler)?;
        if case.stage != Stage::Waiting {
            return again(&case, &handler, &response);
        }
        fits::<P>(&cx, &case, &response).await?;
        if case.is_over(millis(cx.world().clock.wall())) {
            expire::end(&cx, &key).await?;
            continue;
        }
        let (verdict, rule) = cx.decide_by(HandleRequest::of(&case));
        let permit = match verdict {
            Verdict::Allow(permit) => permit,
            Verdict::Defer(deferred) => cx.consent(deferred),
            Verdict::Refuse(cause) => match rule_out(&cx, case, version, (cause, rule.into_owned())).await? {
                Written::Done(_) => return Err(cause.into()),
                Written::Conflict => continue,
            },
        };
        let (case, changes) = decided(&cx, case, &response, (permit, rule.into_owned()))?;
        let changes = turns::join(&cx, &case, changes).await?;
        let changes = changes.case(&case, Some(version), until(&cx, &case));
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(&cx, &letters);
            return Ok(Accepted::then(async move {
                outbox::go(&cx);
                work::begin(&cx, &case);
            }));
        }
    }
}

/// Which request it answers: one of the system that it is for.
fn asked<R: AcmResponse>(cx: &Cx<Acm>, response: &R) -> Done<CaseKey> {
    let partners = cx.partners();
    let partner = partners.serving(response.heading().target.as_str()).ok_or(Cause::NoSuchRequest)?;
    Ok(CaseKey::received(&partner.name, response.request_id().clone()))
}

/// What was accepted of him once is, whatever he holds now; else it must be his to answer.
fn may_answer(cx: &Cx<Acm>, case: &Case, handler: &Actor) -> Done<()> {
    if case.decision.as_ref().and_then(|decision| decision.by.as_ref()) == Some(handler) {
        return Ok(());
    }
    holds_role(cx, handler)?;
    if case.role.is_some() {
        knows_aliases(cx)?;
    }
    if is_his(cx, case, &handler.id) { Ok(()) } else { Err(Cause::NoSuchRequest.into()) }
}

/// It answers what was asked, and can be kept. A request that cannot be read ends there.
async fn fits<P: Procedure>(
    cx: &Cx<Acm>,
    case: &Case,
    response: &<P::Request as AcmRequest>::Response,
) -> Done<()> {
    let Ok(request) = case.request.read::<P::Request>() else {
        ended::unreadable(cx, &case.key).await?;
        return Err(Cause::NoSuchRequest.into());
    };
    readable::response(&response.clone().into())?;
    if is_for_initiator(case, &response.heading().target) && P::fits(&request, response) {
        Ok(())
    } else {
        Err(Cause::ForeignIdentity.into())
    }
}

/// The case as he has decided it, and what is written with it: a yes is work, a no is told.
fn decided<R: AcmResponse>(
    cx: &Cx<Acm>,
    case: Case,
    response: &R,
    (permit, rule): (Permit<HandleRequest>, String),
) -> Done<(Case, Changes)> {
    let (now, handler) = (millis(cx.world().clock.wall()), response.heading().handler.clone());
    let changes = people::no_wait(Changes::new(), &case).not_due(&case).happens("decided");
    let (is_yes, kept) = (is_yes(response), Kept::of(response));
    let by = handler.id.clone();
    let decision = Some(Decision { is_yes, by: Some(handler), rule, at: now });
    let case = Case { decision, handler: Some(by.clone()), response: Some(kept.clone()), ..case };
    let (case, changes) = if is_yes {
        (Case { stage: Stage::Decided, ..case }, changes)
    } else {
        let letter = Letter::about(&case.partner, &case.key, &permit.release(response.clone())?);
        let case = case.end(Stage::Refused, Some(Cause::Declined), now);
        (case, changes.letter(cx.book().sequence().next(now), letter).happens("refused"))
    };
    let entry = entry_with(cx, &case, "decided", by.as_str(), &kept);
    let changes = people::listed(changes.logged(ruled(entry, &case)), &case, until(cx, &case));
    Ok((case, changes))
}

fn is_yes<R: AcmResponse>(response: &R) -> bool {
    !matches!(response.outcome(), Outcome::Failure(_))
}

/// The rules say no since: no person can say yes any more, and the request ends there.
async fn rule_out(
    cx: &Cx<Acm>,
    case: Case,
    seen: Version,
    (cause, rule): (Cause, String),
) -> Result<Written, Fault> {
    let now = millis(cx.world().clock.wall());
    let told = seen_by(cx, &case.partner, cause);
    let changes = people::no_wait(Changes::new(), &case).not_due(&case).happens("refused");
    let decision = Some(Decision { is_yes: false, by: None, rule, at: now });
    let case = Case { decision, ..case }.end(Stage::Refused, Some(cause), now);
    let (case, letter) = ended::refusal_letter(cx, case, told)?;
    let changes = changes.letter(cx.book().sequence().next(now), letter);
    let changes = changes.logged(ruled(entry(cx, &case, "refused", cx.profile().psi.as_str()), &case));
    let changes = people::listed(changes, &case, until(cx, &case));
    let written = cx.book().write(changes.case(&case, Some(seen), until(cx, &case))).await?;
    if let Written::Done(letters) = &written {
        outbox::queue(cx, letters);
        outbox::go(cx);
    }
    Ok(written)
}

/// Whom it was given to; whom the request names, or who holds the role that it names.
fn is_his(cx: &Cx<Acm>, case: &Case, user: &McServiceId) -> bool {
    let is_named = match &case.target {
        Addressee::User(id) => id == user,
        Addressee::Alias(alias) => cx.aliases().is_held_by(alias, user) && may_handle(cx, user),
    };
    let holds_it = || case.role.as_ref().is_none_or(|role| cx.aliases().is_held_by(role, user));
    is_named || (case.handler.as_ref() == Some(user) && holds_it())
}

/// The same answer once more is accepted, so that one whose acceptance was lost can be repeated.
fn again<R: AcmResponse>(case: &Case, handler: &Actor, response: &R) -> Done<Accepted> {
    let by = case.decision.as_ref().and_then(|decision| decision.by.as_ref());
    let is_his = by.is_some_and(|by| by.id == handler.id);
    let was_yes = case.decision.as_ref().is_some_and(|decision| decision.is_yes);
    let is_same = match case.stage {
        // What has come of his yes is kept in its place; a no after it is none of it.
        Stage::Answered | Stage::Refused if was_yes => is_yes(response),
        Stage::Decided | Stage::Refused => case.response.as_ref() == Some(&Kept::of(response)),
        _ => false,
    };
    match case.stage {
        _ if is_his && is_same => Ok(Accepted::done()),
        Stage::Expired => Err(Cause::RequestExpired.into()),
        Stage::Withdrawn => Err(Cause::RequestWithdrawn.into()),
        _ => Err(Cause::AlreadyAnswered.into()),
    }
}
