//! Users for migration: a partner system asks that users of its may migrate here no longer. TS 23.280 10.17.5
//!
//! Whoever is here leaves, unless `removed-leave` of the MC service server and that of the identity management server, which revokes his
//! tokens, say otherwise; and cannot come again. His MC service ID stays his, should he be added again.

use http::Method;
use kit::{Cause, Cx, Done, Partner};
use xml_schemas::{
    acm::{
        Refusal, RemoveMigrationUsersRequest as Request, RemoveMigrationUsersResponse as Response,
        UserRemoval,
    },
    ids::McServiceId,
};

use super::add_migration_users::{EXPECTED, STEPS, VISITORS, Whom, abroad, admitted, are_ours, are_theirs};
use crate::{
    Acm,
    book::Effects,
    case::Case,
    engine::{is_still_to_be_done, place},
    neighbours::{Asking, Words, known},
    procedure::{Approved, CarriedOut, Procedure, Steps},
};

/// The procedure.
pub enum RemoveMigrationUsers {}

impl Procedure for RemoveMigrationUsers {
    type Request = Request;

    const STEPS: Steps = STEPS;

    async fn may_ask(cx: &Cx<Acm>, request: &Request) -> Done<()> {
        are_ours(cx, &request.users)
    }

    async fn may_be_asked(_: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<Option<String>> {
        are_theirs(partner, &request.users).map(|()| None)
    }

    fn fits(request: &Request, response: &Response) -> bool {
        response.users.iter().all(|user| request.users.contains(&user.primary))
    }

    async fn carry_out(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        let (mut users, mut causes) = (Vec::with_capacity(approved.request.users.len()), Vec::new());
        let mut effects = Effects::none();
        let words = Words::of(cx, place(cx, &approved.case.key).await?);
        for primary in &approved.request.users {
            is_still_to_be_done(cx, &approved.case.key).await?;
            let (refused, cause) = match kept(approved.said.as_ref(), primary) {
                Some(why) => {
                    let cause = why.code.and_then(Cause::from_code).unwrap_or(Cause::Declined);
                    (Some(why), Some(cause))
                }
                None => {
                    let cause = match dismiss(cx, (primary, words.as_ref())).await {
                        Err(stop) if approved.is_last => Some(stop.cause()),
                        dismissed => dismissed?,
                    };
                    (cause.map(|cause| approved.refusal(cause)), cause)
                }
            };
            if refused.is_none() {
                effects = effects.delete(admitted(&approved.partner.name, primary));
            }
            causes.push(cause);
            users.push(UserRemoval { primary: primary.clone(), refused });
        }
        let response = approved.request.answer(approved.handler.clone(), users);
        let cause = approved.cause_of(cx, &causes);
        Ok(CarriedOut { effects, cause, ..CarriedOut::with(response) })
    }

    async fn learn(_: &Cx<Acm>, case: &Case, request: &Request, response: &Response) -> Done<Effects> {
        let removed = response.users.iter().filter(|user| user.refused.is_none());
        let ours = removed.filter(|user| request.users.contains(&user.primary));
        Ok(ours.fold(Effects::none(), |effects, user| effects.delete(abroad(&case.partner, &user.primary))))
    }
}

/// Why the person keeps a user; none where he goes.
fn kept(said: Option<&Response>, primary: &McServiceId) -> Option<Refusal> {
    said?.users.iter().find(|user| user.primary == *primary)?.refused.clone()
}

/// One user, who is expected no longer and gets no tokens; or why he stays.
async fn dismiss(cx: &Cx<Acm>, (primary, words): Whom<'_>) -> Done<Option<Cause>> {
    let config = cx.config();
    let (identity, service) =
        (known(config.neighbours.identity.as_ref())?, known(config.neighbours.service.as_ref())?);
    let asked = [
        Asking::of_user(service, Method::DELETE, EXPECTED, primary),
        Asking::of_user(identity, Method::DELETE, VISITORS, primary),
    ];
    for asking in asked {
        let answer = asking.send_in_turn(cx, words).await?;
        if !answer.is_success() {
            return Ok(Some(answer.cause()));
        }
    }
    Ok(None)
}
