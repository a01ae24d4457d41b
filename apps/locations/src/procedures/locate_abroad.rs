//! Location on demand across MC systems: the location management server of the primary, whose user or server asks.
//! TS 23.280 clause 10.9.3.10.2 steps 1, 2, 3 and 7. Steps 3 to 6 at the partner are `tell_abroad.rs`.
//!
//! A list may hold users of several systems. Own users are located here, each partner is asked once for all of its users,
//! everybody at once; the requester gets one report.

use std::{collections::HashMap, sync::Arc};

use futures::future::{join, join_all};
use kit::{
    Accepted, Cause, Cx, Done, Impu, Inbound, OwnServer, Partner, PartnerTable, Peer, Permit, Permits, Stop,
    To, Verdict,
};
use xml_schemas::{
    flow::Flow as _,
    ids::{McServiceId, RequestId, SystemId},
    location::{LocationReport, LocationRequest, Refusal, TargetAnswer, TargetReport},
};

use super::{
    locate_here::{self, Wish},
    refused, refused_here,
};
use crate::{
    Lms,
    policy::{AskLocation, TellLocation},
};

const CLAUSE: &str = "10.9.3.10.2";

/// Step 1: a location management client asks, or an MC service server for a user that it names.
///
/// # Errors
/// [`Cause::RequesterUnknown`] where the sender is neither; [`Cause::RequesterNotAuthorized`] where it asks as somebody else.
pub async fn request(cx: Cx<Lms>, req: Inbound<LocationRequest>) -> Done<Accepted> {
    cx.step(CLAUSE, 1);
    let reply_to = ReplyTo::of(&cx, &req.peer, &req.flow.requester)?;
    Ok(Accepted::then(async move {
        if let Err(stop) = locate(&cx, &reply_to, req.flow).await {
            tracing::warn!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the report did not arrive");
        }
    }))
}

/// Steps 2, 3 and 7.
async fn locate(cx: &Cx<Lms>, reply_to: &ReplyTo, request: LocationRequest) -> Result<(), Stop> {
    cx.step(CLAUSE, 2); // for each pair of requester and target
    let (partners, mut plan) = (cx.partners(), Plan::default());
    for target in &request.targets {
        let (requester, target) = (request.requester.clone(), target.clone());
        let question = AskLocation { is_own: cx.is_own(&target), requester, target: target.clone() };
        match cx.decide(question) {
            Verdict::Allow(permit) => plan.assign(&partners, permit),
            Verdict::Refuse(cause) => plan.refuse(target, cause),
            Verdict::Defer(_) => plan.refuse(target, Cause::RequesterNotAuthorized),
        }
    }
    cx.parts_ended(LocationRequest::NAME, None, plan.answers.values().map(cause_of));

    let abroad =
        join_all(plan.abroad.iter().map(|(partner, permits)| ask_partner(cx, partner, permits, &request)));
    let (abroad, here) = join(abroad, locate_own(cx, &plan.here, &request)).await;

    let (here, told): (Vec<_>, Vec<_>) = here.into_iter().unzip();
    let mut answers = plan.answers;
    answers.extend(abroad.into_iter().flatten().chain(here).map(|report| (report.target, report.answer)));
    let mut asked: Permits<AskLocation> = plan.here;
    asked.extend(plan.abroad.into_iter().flat_map(|(_, permits)| permits));
    let told: Permits<TellLocation> = told.into_iter().flatten().collect();

    cx.step(CLAUSE, 7);
    let report = final_report(request, answers);
    cx.tell(reply_to.to(), &asked.release_with(&told, report)?).await
}

/// Who locates which target: the outcome of step 2.
#[derive(Default)]
struct Plan {
    here: Permits<AskLocation>,
    abroad: Vec<(Arc<Partner>, Permits<AskLocation>)>,
    answers: HashMap<McServiceId, TargetAnswer>,
}

impl Plan {
    /// To its own system, by the domain of its MC service ID.
    fn assign(&mut self, partners: &PartnerTable, permit: Permit<AskLocation>) {
        if permit.question().is_own {
            return self.here.push(permit);
        }
        let target = &permit.question().target;
        let Some(partner) = partners.serving(target.as_str()) else {
            let target = target.clone();
            return self.refuse(target, Cause::UnknownPartner);
        };
        match self.abroad.iter_mut().find(|(known, _)| known.name == partner.name) {
            Some((_, permits)) => permits.push(permit),
            None => self.abroad.push((Arc::clone(partner), [permit].into_iter().collect())),
        }
    }

    fn refuse(&mut self, target: McServiceId, cause: Cause) {
        self.answers.insert(target.clone(), refused(target, cause).answer);
    }
}

/// Step 3: one request to this partner for all of its users, and what of its report (step 6) may be believed.
async fn ask_partner(
    cx: &Cx<Lms>,
    partner: &Partner,
    permits: &Permits<AskLocation>,
    request: &LocationRequest,
) -> Vec<TargetReport> {
    let targets: Vec<McServiceId> = permits.questions().map(|question| question.target.clone()).collect();
    cx.step(CLAUSE, 3);
    let ask = async |request_id: RequestId| {
        let question = LocationRequest {
            request_id,
            requesting_system: SystemId::new(cx.profile().psi.domain()).ok(),
            target_system: SystemId::new(&partner.name).ok(),
            targets: targets.clone(),
            ..request.clone()
        };
        cx.ask(To::Partner(partner), &permits.release(question)?).await
    };
    let asked = match ask(request.request_id.clone()).await {
        // A request-id is unique to its requester; the partner knows only one requester, which is this server.
        Err(stop) if stop.cause() == Cause::RepeatedRequest => match cx.fresh_request_id() {
            Ok(fresh) => ask(fresh).await,
            Err(fault) => Err(fault.into()),
        },
        asked => asked,
    };
    let reports = match asked {
        Ok(report) => sift(cx, partner, &request.requester, targets, report),
        Err(stop) => targets.into_iter().map(|target| refused(target, stop.cause())).collect(),
    };
    cx.parts_ended(
        LocationRequest::NAME,
        Some(partner),
        reports.iter().map(|report| cause_of(&report.answer)),
    );
    reports
}

/// Why a target is not reported; one that only another product knows has no name here.
fn cause_of(answer: &TargetAnswer) -> Option<Cause> {
    match answer {
        TargetAnswer::Located(_) => None,
        TargetAnswer::Refused(refusal) => {
            Some(refusal.code.and_then(Cause::from_code).unwrap_or(Cause::Unspecified))
        }
    }
}

/// Keeps what was asked of this partner; drops and records the rest; a target that the report leaves out has no cause. A report in
/// the name of another target system, or for another requester, holds nothing that was asked.
fn sift(
    cx: &Cx<Lms>,
    partner: &Partner,
    requester: &McServiceId,
    asked: Vec<McServiceId>,
    report: LocationReport,
) -> Vec<TargetReport> {
    let foreign = report.target_system.as_ref().is_some_and(|system| !partner.owns_domain(system.domain()));
    let for_another = foreign || report.requester != *requester;
    let mut answers = HashMap::new();
    for TargetReport { target, answer } in report.targets {
        if for_another || !asked.contains(&target) {
            cx.drop_result(partner, "a result that was not asked of this partner");
        } else {
            answers.insert(target, with_code(answer));
        }
    }
    let answer = |target: McServiceId| match answers.remove(&target) {
        Some(answer) => TargetReport { target, answer },
        None => refused(target, Cause::Unspecified),
    };
    asked.into_iter().map(answer).collect()
}

/// A partner may refuse in words only; ours always have a code.
fn with_code(answer: TargetAnswer) -> TargetAnswer {
    match answer {
        TargetAnswer::Refused(Refusal { code: None, text }) => {
            TargetAnswer::Refused(Refusal { code: Some(Cause::Unspecified.code()), text })
        }
        answer => answer,
    }
}

/// 10.9.3.2 for the users of our own system that are on the list; each position with the permit to tell it.
async fn locate_own(
    cx: &Cx<Lms>,
    permits: &Permits<AskLocation>,
    request: &LocationRequest,
) -> Vec<(TargetReport, Option<Permit<TellLocation>>)> {
    let wish = Wish::of(request);
    let locate = async |asked: &AskLocation| {
        let AskLocation { requester, target, .. } = asked.clone();
        let verdict = match cx.user(&target) {
            Some(_) => cx.decide(TellLocation { requester, target: target.clone() }),
            None => Verdict::Refuse(Cause::UnknownUser),
        };
        match locate_here::bring_up_to_date(cx, verdict, &wish).await {
            Ok((position, permit)) => {
                (TargetReport { target, answer: TargetAnswer::Located(Box::new(position)) }, Some(permit))
            }
            Err(cause) => (refused_here(cx, target, cause), None),
        }
    };
    let located = join_all(permits.questions().map(locate)).await;
    cx.parts_ended(LocationRequest::NAME, None, located.iter().map(|(report, _)| cause_of(&report.answer)));
    located
}

/// Every target in the order in which it was asked for.
fn final_report(request: LocationRequest, mut answers: HashMap<McServiceId, TargetAnswer>) -> LocationReport {
    let answer = |target: McServiceId| match answers.remove(&target) {
        Some(answer) => TargetReport { target, answer },
        None => refused(target, Cause::Unspecified),
    };
    LocationReport {
        targets: request.targets.into_iter().map(answer).collect(),
        request_id: request.request_id,
        mc_service: request.mc_service,
        requesting_system: request.requesting_system,
        target_system: request.target_system,
        requester: request.requester,
    }
}

/// Where the report of step 7 goes.
enum ReplyTo {
    Client(Impu),
    Server(OwnServer),
}

impl ReplyTo {
    /// A client asks for itself: the MC service ID is bound to the registered identity that the SIP core asserts. A server, known
    /// by its certificate, asks for a user of the own system.
    fn of(cx: &Cx<Lms>, peer: &Peer, requester: &McServiceId) -> Result<Self, Cause> {
        if let Some(impu) = peer.user() {
            let user = cx.user_of(impu).ok_or(Cause::RequesterUnknown)?;
            let itself = user.id == *requester;
            return if itself { Ok(Self::Client(impu.clone())) } else { Err(Cause::RequesterNotAuthorized) };
        }
        let server = peer.server().ok_or(Cause::RequesterUnknown)?;
        let server = cx.config().servers.iter().find(|known| known.identity == *server);
        match server {
            Some(server) if cx.is_own(requester) => Ok(Self::Server(server.clone())),
            _ => Err(Cause::RequesterNotAuthorized),
        }
    }

    fn to(&self) -> To<'_> {
        match self {
            Self::Client(impu) => To::User(impu),
            Self::Server(server) => To::Server(server),
        }
    }
}
