//! On-demand request of location information across MC systems: the requesting client.
//! TS 23.280 clause 10.9.3.10.2 steps 1 and 7. The servers between are `locate_abroad.rs` and `tell_abroad.rs` of `locations`.

use std::borrow::Cow;

use kit::{Cause, Covers, Cx, Done, Permit, Policy, Question, Ruling, Verdict, cx::To};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, LocationRequest},
};

use crate::location::State;

/// May this client ask its own server for these users in its user's name? What the user wants is enough; whether the user is
/// authorised is the server's to say (step 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskServer {
    /// Who asks.
    pub requester: McServiceId,
    /// For whom.
    pub targets: Vec<McServiceId>,
}

impl Question for AskServer {
    const NAME: &'static str = "ask-own-server";
}

impl Covers<LocationRequest> for AskServer {
    fn cover(questions: &[&Self], flow: &LocationRequest) -> bool {
        questions
            .iter()
            .any(|question| question.requester == flow.requester && question.targets == flow.targets)
    }
}

impl Policy<AskServer> for State {
    fn rule(&self, question: &AskServer) -> Ruling {
        if question.requester == self.mc_id {
            Ruling::allow("the user's own wish")
        } else {
            Ruling::refuse(Cause::RequesterNotAuthorized, Cow::Borrowed("no one but the user"))
        }
    }
}

/// Asks, and awaits the one final report.
///
/// # Errors
/// [`kit::Stop`] with the cause where the server refuses the request, or does not report within the deadline.
pub async fn request(cx: Cx<State>, targets: Vec<McServiceId>, refresh: bool) -> Done<LocationReport> {
    let request_id = cx.fresh_request_id()?;
    let cx = cx.for_flow(&request_id);

    cx.step("10.9.3.10.2", 1); // on-demand location information is requested
    let permit = permit(&cx, &targets)?;
    let request = LocationRequest { refresh, ..LocationRequest::new(request_id, cx.mc_id.clone(), targets) };
    let report = cx.ask(To::User(&cx.server), &permit.release(request)?).await?;

    cx.step("10.9.3.10.2", 7); // the report reaches the requester
    Ok(report)
}

fn permit(cx: &Cx<State>, targets: &[McServiceId]) -> Done<Permit<AskServer>> {
    match cx.decide(AskServer { requester: cx.mc_id.clone(), targets: targets.to_vec() }) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause.into()),
        Verdict::Defer(_) => Err(Cause::RequesterNotAuthorized.into()),
    }
}
