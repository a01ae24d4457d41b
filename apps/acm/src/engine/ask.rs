//! A user of ours asks: steps 1 to 3 at the initiator's server.

use std::sync::Arc;

use kit::{Accepted, Cause, Cx, Done, Impu, Partner, Permit, Permitted, Stop, Verdict};
use store::Version;
use xml_schemas::{
    acm::{AcmRequest, Request},
    flow::Flow as _,
};

use super::{
    entry_with, holds_role, is_himself, room,
    unauthorized::{Word, judged, name_of, unauthorized},
};
use crate::{
    Acm,
    book::{Changes, Written, millis},
    case::{Case, CaseKey, Kept, Stage, Unreadable},
    outbox::{self, Letter},
    policy::AskPartner,
    procedure::Procedure,
    readable,
};

/// Answered 200 once the request is kept, with the letter to the partner.
pub(super) async fn ask<P: Procedure>(cx: Cx<Acm>, impu: &Impu, request: P::Request) -> Done<Accepted> {
    let steps = P::STEPS;
    cx.step(steps.clause, steps.asked);
    let heading = request.heading().clone();
    if let Err(stop) = is_himself(&cx, impu, &heading.initiator) {
        let (by, request, claimed) = (name_of(&cx, impu), &heading.request_id, Some(&heading.initiator.id));
        let word = Word { act: "asked", by: &by, partner: None, request, claimed };
        return judged(&cx, &word, Err(stop)).await;
    }
    // What was accepted once is, whatever time and policy say now.
    if let Some(known) = cx.book().found(&CaseKey::asked(heading.request_id.clone())).await? {
        return again(known, &Kept::of(&request));
    }
    readable::request(&request.clone().into())?;
    match authorized::<P>(&cx, &request).await {
        Ok(Authorized { partner, permit, rule }) => {
            keep::<P>(&cx, &partner.name, permit.release(request)?, rule).await
        }
        Err(no) => no.told(&cx, &request.into()).await,
    }
}

/// A request that goes its way.
struct Authorized {
    partner: Arc<Partner>,
    permit: Permit<AskPartner>,
    rule: String,
}

/// Why one does not, and by which rule where it was one.
struct No {
    stop: Stop,
    rule: Option<String>,
}

impl<S: Into<Stop>> From<S> for No {
    fn from(stop: S) -> Self {
        Self { stop: stop.into(), rule: None }
    }
}

impl No {
    /// He is told why, but where a rule says no and the operator would rather say nothing; and it stands in the log, unless it is
    /// for no more than that a server is away.
    async fn told(self, cx: &Cx<Acm>, request: &Request) -> Done<Accepted> {
        let cause = self.stop.cause();
        if matches!(self.stop, Stop::Fault(_)) || cause.status() >= 500 {
            return Err(self.stop);
        }
        unauthorized(cx, request, (self.rule.as_deref(), cause)).await;
        match self.rule {
            Some(_) if !cx.config().tell_unauthorized => Ok(Accepted::done()),
            _ => Err(self.stop),
        }
    }
}

/// Step 2: the user may ask this of that system, under the role that he names, now.
async fn authorized<P: Procedure>(cx: &Cx<Acm>, request: &P::Request) -> Result<Authorized, No> {
    let heading = request.heading();
    holds_role(cx, &heading.initiator)?;
    let partner = cx.partners().serving(heading.target.as_str()).cloned().ok_or(Cause::UnknownPartner)?;
    let now = i64::try_from(millis(cx.world().clock.wall())).unwrap_or(i64::MAX);
    if heading.expires.is_some_and(|expires| expires.unix_ms() <= now) {
        return Err(Cause::RequestExpired.into());
    }

    cx.step(P::STEPS.clause, P::STEPS.authorized);
    let question = AskPartner {
        kind: <P::Request as AcmRequest>::KIND,
        request_id: heading.request_id.clone(),
        initiator: heading.initiator.clone(),
        target: heading.target.clone(),
        partner: partner.name.to_string(),
    };
    let (verdict, rule) = cx.decide_by(question);
    let rule = rule.into_owned();
    let permit = match verdict {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(No { stop: cause.into(), rule: Some(rule) }),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    P::may_ask(cx, request).await?;
    room(cx, &partner.name, None, &heading.initiator.id, Kept::of(request).weight()).await?;
    Ok(Authorized { partner, permit, rule })
}

/// On disk before it is accepted, with its place among what this initiator asks this target. A repeat that was as quick finds its own
/// case.
async fn keep<P: Procedure>(
    cx: &Cx<Acm>,
    partner: &str,
    request: Permitted<P::Request>,
    rule: String,
) -> Done<Accepted> {
    let flow = request.flow().clone();
    let key = CaseKey::asked(flow.request_id().clone());
    let letter = Letter::request(partner, &key, &request);
    let kept = Kept::of(&flow);
    let flow = flow.into();
    loop {
        let now = millis(cx.world().clock.wall());
        let turn = cx.book().turn(partner, &letter.lane, now).await?;
        // After the turn, so that of two that come at once the one that goes first is listed first.
        let seq = cx.book().sequence().next(now);
        let case = Case::new(key.clone(), partner, &flow, seq, now, Stage::Asked);
        let changes = Changes::new().happens("asked").case(&case, None, None);
        let changes = changes.turn(&turn).letter(turn.seq, letter.clone());
        let entry = entry_with(cx, &case, "asked", case.initiator.id.as_str(), &case.request);
        let changes = changes.logged(entry.ruled("allow", rule.as_str()));
        let changes = changes.listed(case.initiator.id.as_str(), &case, None);
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(cx, &letters);
            let cx = cx.clone();
            return Ok(Accepted::then(async move { outbox::go(&cx) }));
        }
        if let Some(known) = cx.book().found(&key).await? {
            return again(known, &kept);
        }
    }
}

fn again(known: Result<(Case, Version), Unreadable>, kept: &Kept) -> Done<Accepted> {
    if known.is_ok_and(|(known, _)| known.request == *kept) {
        Ok(Accepted::done())
    } else {
        Err(Cause::RepeatedRequest.into())
    }
}
