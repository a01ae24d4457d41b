//! Location on demand across MC systems: the location management server of the partner, whose users are asked for.
//! TS 23.280 clause 10.9.3.10.2 steps 3 to 6. Steps 1, 2, 3 and 7 at the primary are `locate_abroad.rs`.

use futures::future::join_all;
use kit::{Accepted, Cause, Cx, Done, Inbound, Partner, Permit, Permits, Stop, To, Verdict};
use xml_schemas::{
    flow::Flow as _,
    ids::McServiceId,
    location::{LocationReport, LocationRequest, TargetAnswer, TargetReport},
};

use super::{
    locate_here::{self, Wish},
    refused_here,
};
use crate::{Lms, policy::TellLocation};

const CLAUSE: &str = "10.9.3.10.2";

/// Step 3: the request arrives from the primary. What it says of itself must be of that system.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::ForeignIdentity`] where requester or requesting system are not the partner's;
/// [`Cause::UnknownTarget`] where another system than ours is asked, or for a user of another: a report that names him is not ours to give.
pub async fn request(cx: Cx<Lms>, req: Inbound<LocationRequest>) -> Done<Accepted> {
    cx.step(CLAUSE, 3);
    let partner = cx.partner(&req.peer)?;
    let LocationRequest { requester, requesting_system, target_system, targets, .. } = &req.flow;
    let system_is_theirs =
        requesting_system.as_ref().is_none_or(|system| partner.owns_domain(system.domain()));
    if !system_is_theirs || !partner.owns_domain(requester.domain()) {
        return Err(Cause::ForeignIdentity.into());
    }
    if target_system.as_ref().is_some_and(|system| !cx.is_own_domain(system.domain())) {
        return Err(Cause::UnknownTarget.into());
    }
    if !targets.iter().all(|target| cx.is_own_domain(target.domain())) {
        return Err(Cause::UnknownTarget.into());
    }
    Ok(Accepted::then(async move {
        if let Err(stop) = report(&cx, &partner, req.flow).await {
            tracing::warn!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the report did not arrive");
        }
    }))
}

/// Steps 4 to 6: one report, with a position or a cause for each target.
async fn report(cx: &Cx<Lms>, partner: &Partner, request: LocationRequest) -> Result<(), Stop> {
    cx.step(CLAUSE, 4); // for each target: by rule of the user, by general policy, or by the user in person
    let verdicts: Vec<_> =
        request.targets.iter().map(|target| may_be_told(cx, &request.requester, target)).collect();

    if verdicts.iter().any(|(_, verdict)| !matches!(verdict, Verdict::Refuse(_))) {
        cx.step(CLAUSE, 5); // 10.9.3.2, for all of them at once
    }
    let wish = Wish::of(&request);
    let answers =
        join_all(verdicts.into_iter().map(|(target, verdict)| tell(cx, partner, target, verdict, &wish)))
            .await;

    let mut permits = Permits::default();
    let (mut targets, mut ended) = (Vec::with_capacity(answers.len()), Vec::with_capacity(answers.len()));
    for (target, told) in answers {
        targets.push(target);
        ended.push(told.as_ref().err().copied());
        permits.extend(told.ok());
    }
    cx.parts_ended(LocationRequest::NAME, Some(partner), ended);
    cx.step(CLAUSE, 6);
    let report = LocationReport {
        request_id: request.request_id,
        mc_service: request.mc_service,
        requesting_system: request.requesting_system,
        target_system: request.target_system,
        requester: request.requester,
        targets,
    };
    cx.tell(To::Partner(partner), &permits.release(report)?).await
}

/// Step 4 for one target. Whether it is a user of ours at all comes first: policy knows nothing of others.
fn may_be_told(
    cx: &Cx<Lms>,
    requester: &McServiceId,
    target: &McServiceId,
) -> (McServiceId, Verdict<TellLocation>) {
    let question = TellLocation { requester: requester.clone(), target: target.clone() };
    let verdict = match cx.user(target) {
        Some(_) => cx.decide(question),
        None => Verdict::Refuse(Cause::UnknownUser),
    };
    (target.clone(), verdict)
}

/// What the partner is told of a target, and by which permit, or the cause itself.
async fn tell(
    cx: &Cx<Lms>,
    partner: &Partner,
    target: McServiceId,
    verdict: Verdict<TellLocation>,
    wish: &Wish,
) -> (TargetReport, Result<Permit<TellLocation>, Cause>) {
    let undecided = matches!(verdict, Verdict::Defer(_));
    match locate_here::bring_up_to_date(cx, verdict, wish).await {
        Ok((position, permit)) => {
            let answer = TargetAnswer::Located(Box::new(position));
            (TargetReport { target, answer }, Ok(permit))
        }
        Err(cause) => (refused_here(cx, target, as_seen_by(partner, undecided, cause)), Err(cause)),
    }
}

/// Where the agreement merges "unknown" and "refused", the report does too. A user who has yet to agree may neither be told to be
/// logged off nor to be silent: without the yes there is only its absence to report.
fn as_seen_by(partner: &Partner, undecided: bool, cause: Cause) -> Cause {
    let merge = partner.merge_unknown_and_refused;
    let cause = if undecided && merge { Cause::UserDenied } else { cause };
    cause.seen_by(merge)
}
