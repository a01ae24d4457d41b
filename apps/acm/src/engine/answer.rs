//! A person here has decided: the target's client answers. TS 23.280 10.17.3.1

use kit::{Accepted, Cause, Cx, Done, Fault, Impu, Policy as _, Verdict};
use store::Version;
use xml_schemas::{
    acm::{AcmRequest, AcmResponse, Actor, Addressee, Outcome},
    flow::Flow as _,
    ids::McServiceId,
};

use super::{ended, entry, entry_with, expire, holds_role, is_for_initiator, is_himself, ruled, until, work};
use crate::{
    Acm,
    book::{Changes, Written, millis},
    case::{Case, CaseKey, Decision, Kept, Stage},
    outbox::{self, Letter},
    people,
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
    let steps = P::STEPS;
    cx.step(steps.clause, steps.answered);
    let handler = response.heading().handler.clone();
    is_himself(&cx, impu, &handler)?;
    let partner = cx.partners().serving(response.heading().target.as_str()).cloned();
    let partner = partner.ok_or(Cause::NoSuchRequest)?;
    let key = CaseKey::received(&partner.name, response.request_id().clone());
    loop {
        let seen =
            cx.book().case(&key).await?.filter(|(case, _)| case.kind == <P::Request as AcmRequest>::KIND);
        let (case, version) = seen.ok_or(Cause::NoSuchRequest)?;
        let kept = Kept::of(&response);
        // What was accepted of him once is, whatever he holds now.
        let by = case.decision.as_ref().and_then(|decision| decision.by.as_ref());
        if by != Some(&handler) {
            holds_role(&cx, &handler)?;
            if !is_his(&cx, &case, &handler.id) {
                return Err(Cause::NoSuchRequest.into());
            }
        }
        if case.stage != Stage::Waiting {
            let is_yes = !matches!(response.outcome(), Outcome::Failure(_));
            return again(&case, &handler, &kept, is_yes);
        }
        let Ok(request) = case.request.read::<P::Request>() else {
            ended::unreadable(&cx, &key).await?;
            return Err(Cause::NoSuchRequest.into());
        };
        readable::response(&response.clone().into())?;
        if !is_for_initiator(&case, &response.heading().target) || !P::fits(&request, &response) {
            return Err(Cause::ForeignIdentity.into());
        }
        let now = millis(cx.world().clock.wall());
        if case.is_over(now) {
            expire::end(&cx, &key).await?;
            continue;
        }
        let question = HandleRequest::of(&case);
        let rule = cx.rule(&question).rule.into_owned();
        let permit = match cx.decide(question) {
            Verdict::Allow(permit) => permit,
            Verdict::Defer(deferred) => cx.consent(deferred),
            Verdict::Refuse(cause) => match rule_out(&cx, case, version, (cause, rule)).await? {
                Written::Done(_) => return Err(cause.into()),
                Written::Conflict => continue,
            },
        };
        let changes = people::no_wait(Changes::new(), &case).not_due(&case).happens("decided");
        let is_yes = !matches!(response.outcome(), Outcome::Failure(_));
        let decision = Some(Decision { is_yes, by: Some(handler.clone()), rule, at: now });
        let case = Case { decision, handler: Some(handler.id.clone()), response: Some(kept), ..case };
        let (case, changes) = if is_yes {
            let case = Case { stage: Stage::Decided, ..case };
            let changes = changes.work(&key);
            (case, changes)
        } else {
            let letter = Letter::about(&partner.name, &key, &permit.release(response.clone())?);
            let case = case.end(Stage::Refused, Some(Cause::Declined), now);
            let changes = changes.letter(cx.book().sequence().next(now), letter).happens("refused");
            (case, changes)
        };
        let entry = entry_with(&cx, &case, "decided", handler.id.as_str(), &Kept::of(&response));
        let changes = changes.logged(ruled(entry, &case));
        let changes = people::listed(changes, &case, until(&cx, &case));
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

/// The rules say no since: no person can say yes any more, and the request ends there.
async fn rule_out(
    cx: &Cx<Acm>,
    case: Case,
    seen: Version,
    (cause, rule): (Cause, String),
) -> Result<Written, Fault> {
    let now = millis(cx.world().clock.wall());
    let merge = cx.partners().named(&case.partner).is_some_and(|partner| partner.merge_unknown_and_refused);
    let changes = people::no_wait(Changes::new(), &case).not_due(&case).happens("refused");
    let decision = Some(Decision { is_yes: false, by: None, rule, at: now });
    let case = Case { decision, ..case }.end(Stage::Refused, Some(cause), now);
    let (case, letter) = ended::refusal_letter(cx, case, cause.seen_by(merge))?;
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
        Addressee::Alias(alias) => cx.aliases().is_held_by(alias, user),
    };
    let holds_it = || case.role.as_ref().is_none_or(|role| cx.aliases().is_held_by(role, user));
    is_named || (case.handler.as_ref() == Some(user) && holds_it())
}

/// The same answer once more is accepted, so that one whose acceptance was lost can be repeated.
fn again(case: &Case, handler: &Actor, kept: &Kept, is_yes: bool) -> Done<Accepted> {
    let by = case.decision.as_ref().and_then(|decision| decision.by.as_ref());
    let is_his = by.is_some_and(|by| by.id == handler.id);
    let is_same = match case.stage {
        Stage::Decided | Stage::Refused => case.response.as_ref() == Some(kept),
        // What he said is in what the initiator was told; a no after a yes is none of it.
        Stage::Answered => case.decision.as_ref().is_some_and(|decision| decision.is_yes == is_yes),
        _ => false,
    };
    match case.stage {
        _ if is_his && is_same => Ok(Accepted::done()),
        Stage::Expired => Err(Cause::RequestExpired.into()),
        Stage::Withdrawn => Err(Cause::RequestWithdrawn.into()),
        _ => Err(Cause::AlreadyAnswered.into()),
    }
}
