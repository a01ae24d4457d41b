//! A partner's user asks: steps 3 and 4 at the target's server.

use std::sync::Arc;

use kit::{Accepted, Cause, Cx, Done, Fault, Partner, Permitted, Stop, Verdict};
use store::Version;
use xml_schemas::{
    acm::{AcmRequest, Addressee, Heading, ProcessIndication, Progress, Refusal},
    flow::Flow as _,
    ids::McServiceId,
};

use super::{
    ended, entry_with, receipts, refusal, room, room_for_refused, ruled, seen_by, turns,
    unauthorized::not_taken, until, work,
};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{Case, CaseKey, Decision, Kept, Side, Stage, Unreadable},
    outbox::{self, Letter},
    people::{self, seat},
    policy::HandleRequest,
    procedure::Procedure,
    readable,
};

/// Answered 200 once it is kept, with what is told of it. A repeat finds its own case.
pub(super) async fn receive<P: Procedure>(
    cx: Cx<Acm>,
    partner: Arc<Partner>,
    request: P::Request,
) -> Done<Accepted> {
    cx.step(P::STEPS.clause, P::STEPS.forwarded);
    let key = CaseKey::received(&partner.name, request.request_id().clone());
    loop {
        if let Some(known) = cx.book().found(&key).await? {
            return again(known, &request);
        }
        // What is forgotten here and not heard of there is no new request: what became of it is on its way.
        if cx.outbox().tells_of(&partner.name, &key) {
            return Ok(Accepted::done());
        }
        readable::request(&request.clone().into())?;
        let came = Kept::of(&request);
        let confirmed = receipts::Came::kept(&partner.name, &key, &came);
        let heading = request.heading();
        let room = room(&cx, &partner.name, Some(&partner.name), &heading.initiator.id, came.weight());
        if let Err(stop) = room.await {
            not_taken(&cx, &partner, &request.into(), stop.cause()).await;
            return Err(stop);
        }
        let (case, changes) = handled::<P>(&cx, &partner, &request).await?;
        let taken = if case.stage.is_end() { brief(&cx, case, changes).await } else { Ok((case, changes)) };
        let (case, changes) = match taken {
            Ok(taken) => taken,
            Err(stop) => {
                if let Stop::Refused(why) = &stop {
                    not_taken(&cx, &partner, &request.into(), why.cause).await;
                }
                return Err(stop);
            }
        };
        let entry = entry_with(&cx, &case, "received", &partner.name, &came).with("stage", case.stage.name());
        let changes = receipts::due(&cx, changes.logged(ruled(entry, &case)), &confirmed);
        let changes = turns::join(&cx, &case, changes).await?;
        let changes = changes.case(&case, None, until(&cx, &case)).happens("received");
        if let Written::Done(letters) = cx.book().write(changes).await? {
            cx.step_part(P::STEPS.clause, P::STEPS.kept, 'a');
            outbox::queue(&cx, &letters);
            cx.expires(case.expires.filter(|_| case.stage == Stage::Waiting));
            return Ok(follows(cx, case, confirmed));
        }
    }
}

/// What follows once it is kept, and has been accepted.
fn follows(cx: Cx<Acm>, case: Case, confirmed: receipts::Came) -> Accepted {
    Accepted::then(async move {
        outbox::go(&cx);
        work::begin(&cx, &case);
        people::announce(&cx, &case);
        receipts::give(&cx, &confirmed).await;
    })
}

/// Step 4a, and what follows from it: by a rule, by a person, or by a failure.
async fn handled<P: Procedure>(
    cx: &Cx<Acm>,
    partner: &Partner,
    request: &P::Request,
) -> Done<(Case, Changes)> {
    let now = millis(cx.world().clock.wall());
    let is_over = request.heading().expires.is_some_and(|at| u64::try_from(at.unix_ms()).unwrap_or(0) <= now);
    let verified = match verify(cx, partner, request.heading()) {
        // It has come too late, whatever other servers would say of it.
        Ok(()) if is_over => Ok(None),
        Ok(()) => P::may_be_asked(cx, partner, request).await,
        Err(cause) => Err(cause.into()),
    };
    let now = millis(cx.world().clock.wall());
    let key = CaseKey::received(&partner.name, request.request_id().clone());
    // Whichever process takes it, it is shown after what its initiator has asked this target before.
    let turn = cx.book().turn_in(&partner.name, &outbox::pair(request.heading()), now).await?;
    let case = Case::new(key, &partner.name, &request.clone().into(), turn.seq, now, Stage::Waiting);
    let case = Case { expires: Some(latest(cx, &case, now)), ..case };
    match verified {
        Ok(meant) => {
            let (case, changes) = assess(cx, Case { meant, ..case }, now).await?;
            let changes = if case.stage.is_end() { changes } else { changes.turn(&turn) };
            Ok((case, changes))
        }
        Err(Stop::Fault(fault)) => Err(fault.into()),
        // An own server that cannot be asked now decides nothing: the partner comes again with this one, and sends what else he has.
        Err(stop) if stop.cause().status() >= 500 => Err(Cause::OwnServerAway.into()),
        Err(stop) => Ok(fail(cx, case, stop.cause(), now)?),
    }
}

/// What ends as it comes is kept as what knows and answers its repeat, so that nobody fills the store with it.
async fn brief(cx: &Cx<Acm>, case: Case, changes: Changes) -> Done<(Case, Changes)> {
    room_for_refused(cx, &case.partner).await?;
    let case = Case { request: case.request.digest(), is_brief: true, ..case };
    let changes = changes.once(keys::refused_one(&case), until(cx, &case));
    Ok((case, changes))
}

/// Nothing waits for ever: for how long at most this server says.
fn latest(cx: &Cx<Acm>, case: &Case, now: u64) -> u64 {
    let longest = u64::try_from(cx.config().longest_wait.as_millis()).unwrap_or(u64::MAX);
    let latest = now.saturating_add(longest);
    case.expires.map_or(latest, |expires| expires.min(latest))
}

/// What is kept and cannot be read is not done a second time.
fn again<R: AcmRequest>(known: Result<(Case, Version), Unreadable>, request: &R) -> Done<Accepted> {
    if known.is_ok_and(|(known, _)| known.request.is(&Kept::of(request))) {
        Ok(Accepted::done())
    } else {
        Err(Cause::RepeatedRequest.into())
    }
}

/// Step 4a: the initiator is of that system, the target is a user of ours who may be asked, or a role of ours.
fn verify(cx: &Cx<Acm>, partner: &Partner, heading: &Heading) -> Result<(), Cause> {
    let alias = heading.initiator.alias.as_ref();
    let is_theirs = alias.is_none_or(|alias| partner.owns_domain(alias.domain()));
    if !is_theirs || !partner.owns_domain(heading.initiator.id.domain()) {
        return Err(Cause::ForeignIdentity);
    }
    let may_be_asked = match &heading.target {
        Addressee::User(id) => cx.user(id).is_some_and(|user| user.handles),
        Addressee::Alias(alias) => cx.is_own_domain(alias.domain()),
    };
    if may_be_asked { Ok(()) } else { Err(Cause::TargetNotAuthorized) }
}

/// Step 4a has failed: a response that says so takes the place of the stored indication.
fn fail(cx: &Cx<Acm>, case: Case, cause: Cause, now: u64) -> Result<(Case, Changes), Fault> {
    let told = seen_by(cx, &case.partner, cause);
    let case = case.end(Stage::Refused, Some(cause), now);
    let (case, letter) = ended::refusal_letter(cx, case, told)?;
    let changes = Changes::new().letter(cx.book().sequence().next(now), letter).happens("refused");
    Ok((case, changes))
}

/// By rule (10.17.3.2) or by a person (10.17.3.1), and the process indication that says so.
async fn assess(cx: &Cx<Acm>, case: Case, now: u64) -> Result<(Case, Changes), Fault> {
    if case.is_over(now) {
        let letter = indication(&case, Progress::Expired, refusal(Cause::RequestExpired));
        let case = case.end(Stage::Expired, Some(Cause::RequestExpired), now);
        return Ok((case, Changes::new().letter(cx.book().sequence().next(now), letter).happens("expired")));
    }
    let question = HandleRequest::of(&case);
    let (verdict, rule) = cx.decide_by(question);
    let rule = rule.into_owned();
    match verdict {
        Verdict::Allow(_) => {
            let letter = indication(&case, Progress::InProcess, Refusal::default());
            let decision = Some(Decision { is_yes: true, by: None, rule, at: now });
            let case = Case { stage: Stage::Decided, decision, ..case };
            let changes = Changes::new().letter(cx.book().sequence().next(now), letter);
            Ok((case, changes.happens("decided")))
        }
        Verdict::Refuse(cause) => {
            let decision = Some(Decision { is_yes: false, by: None, rule, at: now });
            fail(cx, Case { decision, ..case }, cause, now)
        }
        Verdict::Defer(deferred) => {
            let letter = indication(&case, Progress::Stored, Refusal::default());
            // Whom a rule names in place of the target is given it; the target may still answer.
            let person = McServiceId::new(&deferred.person.0).ok();
            let case = match person.filter(|person| cx.user(person).is_some()) {
                Some(person) => Case { handler: Some(person), role: None, ..case },
                None => seat(cx, Side::Received, case.target.clone(), None).await?.take(case),
            };
            let changes = Changes::new().letter(cx.book().sequence().next(now), letter).due(&case);
            let changes = people::wait_for(changes, &case, false);
            let changes = people::listed(changes, &case, None);
            Ok((case, changes))
        }
    }
}

/// Step 4b, and the end of a request whose time has run out.
pub(super) fn indication(case: &Case, progress: Progress, why: Refusal) -> Letter {
    let indication = ProcessIndication {
        request_id: case.key.request_id().clone(),
        target: Addressee::User(case.initiator.id.clone()),
        progress,
        why,
    };
    Letter::about(&case.partner, &case.key, &Permitted::open(indication))
}
