//! A person decides what a partner's user asks: TS 23.280 10.17.3.1, at the target's client.

use kit::{Cause, Covers, Cx, Permitted, Policy, Question, Ruling, Verdict};
use xml_schemas::{
    acm::{
        AcmResponse, Actor, Addressee, Admission, Outcome, Refusal, Request, Response, UserAdmission,
        UserRemoval,
    },
    ids::{FunctionalAlias, McServiceId},
};

use super::{
    steps,
    surely::{self, Unheard},
};
use crate::acm::State;

/// What the user says to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Under which functional alias; where nothing is said, under that to which the request is addressed, if to one.
    pub alias: Option<FunctionalAlias>,
    /// Why not; none is a yes.
    pub refused: Option<Refusal>,
    /// Of a list of users, those who are excepted from a yes, and why.
    pub except: Vec<(McServiceId, Refusal)>,
}

impl Answer {
    /// Yes, to all of it.
    #[must_use]
    pub fn yes() -> Self {
        Self { alias: None, refused: None, except: Vec::new() }
    }

    /// No, for this reason.
    #[must_use]
    pub fn no(why: Option<String>) -> Self {
        let cause = Cause::Declined;
        let text = why.unwrap_or_else(|| cause.text().to_owned());
        let refused = Some(Refusal { code: Some(cause.code()), text: Some(text) });
        Self { alias: None, refused, except: Vec::new() }
    }

    fn why_not(&self, user: &McServiceId) -> Option<Refusal> {
        let excepted = self.except.iter().find(|(excepted, _)| excepted == user);
        excepted.map(|(_, why)| why.clone()).or_else(|| self.refused.clone())
    }
}

/// May this client say so in its user's name? The user's own decision is enough; whether it is his to make the server says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnswerAbroad {
    /// Who answers.
    pub handler: McServiceId,
}

impl Question for AnswerAbroad {
    const NAME: &'static str = "answer-abroad";
}

impl<F: AcmResponse> Covers<F> for AnswerAbroad {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        questions.iter().any(|question| question.handler == flow.heading().handler.id)
    }
}

impl Policy<AnswerAbroad> for State {
    fn rule(&self, question: &AnswerAbroad) -> Ruling {
        if question.handler == self.user {
            Ruling::allow("the user's own decision")
        } else {
            Ruling::refuse(Cause::RequesterNotAuthorized, "no one but the user")
        }
    }
}

/// Answers.
///
/// # Errors
/// [`Unheard`] where the server does not take it (another was first, or the request is over), or nobody says whether it has it.
pub async fn send(cx: Cx<State>, request: &Request, answer: Answer) -> Result<Response, Unheard> {
    let cx = cx.for_flow(&request.heading().request_id);
    let steps = steps::of(request.kind());
    if let Some(decide) = steps.decide {
        cx.step(steps.clause, decide); // the user checks the request and decides
    }
    cx.step(steps.clause, steps.answer); // the response is sent to the own ACM server
    let asked = match &request.heading().target {
        Addressee::Alias(alias) => Some(alias.clone()),
        Addressee::User(_) => None,
    };
    let own = Actor::user(cx.user.clone());
    let handler = Actor { alias: answer.alias.clone().or(asked), ..own.clone() };
    let is_assumed = answer.alias.is_none() && handler.alias.is_some();
    match said(&cx, response(handler, request, &answer)).await {
        // A rule may have given it to somebody who does not hold the role: he decides as himself.
        Err(unheard) if is_assumed && unheard.cause() == Cause::AliasNotActive => {
            said(&cx, response(own, request, &answer)).await
        }
        said => said,
    }
}

async fn said(cx: &Cx<State>, response: Response) -> Result<Response, Unheard> {
    match &response {
        Response::GroupInformationProvision(response) => tell(cx, response.clone()).await,
        Response::GroupMembershipUpdate(response) => tell(cx, response.clone()).await,
        Response::AddMigrationUsers(response) => tell(cx, response.clone()).await,
        Response::RemoveMigrationUsers(response) => tell(cx, response.clone()).await,
        Response::UserProfileUpdate(response) => tell(cx, response.clone()).await,
    }?;
    Ok(response)
}

fn response(handler: Actor, request: &Request, answer: &Answer) -> Response {
    if let Some(why) = &answer.refused {
        return request.refused(handler, why.clone());
    }
    match request {
        Request::GroupInformationProvision(request) => request.answer(handler, Outcome::Success).into(),
        Request::GroupMembershipUpdate(request) => request.answer(handler, Outcome::Success).into(),
        Request::UserProfileUpdate(request) => request.answer(handler, Outcome::Success).into(),
        Request::AddMigrationUsers(request) => {
            let admission = |user: &McServiceId| UserAdmission {
                primary: user.clone(),
                admission: answer.why_not(user).map_or(Admission::Approved, Admission::Refused),
            };
            request.answer(handler, request.users.iter().map(admission).collect()).into()
        }
        Request::RemoveMigrationUsers(request) => {
            let removal =
                |user: &McServiceId| UserRemoval { primary: user.clone(), refused: answer.why_not(user) };
            request.answer(handler, request.users.iter().map(removal).collect()).into()
        }
    }
}

async fn tell<F: AcmResponse>(cx: &Cx<State>, response: F) -> Result<(), Unheard> {
    let question = AnswerAbroad { handler: response.heading().handler.id.clone() };
    let response: Permitted<F> = match cx.decide(question) {
        Verdict::Allow(permit) => permit.release(response)?,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    surely::tell(cx, &response).await
}
