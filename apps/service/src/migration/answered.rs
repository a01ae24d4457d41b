//! Service authorization for migration: the answer of the primary system reaches the partner MC service server.
//! TS 23.280 clause 10.6.3.3 steps 10 and 11. Steps 2 and 3 are `ask.rs`, 6 to 8 `decide.rs`.

use kit::{Accepted, Cause, Cx, Done, Inbound, Partner};
use store::Version;
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationServiceAuthorizationResponse as Response, Outcome},
};

use super::{
    Stage, Visit,
    book::{Changes, Migrations, Who, Written},
    end,
    letter::Letter,
    post, refusal,
};
use crate::{Mcs, procedures::visits};

/// The answer. It is kept before it is accepted, so that the primary system may rely on it.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::UnmatchedReport`] where nobody awaits it, or its IDs are not those of the request
/// (table 10.6.3.2.2-1, NOTE): it is dropped, and recorded.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<Response>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let answer = req.flow;
    cx.know(&answer.partner).await?;
    loop {
        let (visit, version) = match awaited(migrations, &partner, &answer) {
            Ok(found) => found,
            Err(why) => return Err(dropped(&cx, migrations, &partner, why).into()),
        };
        if !visit.is_asking() {
            // It has come before. What followed from it then may not have been kept: both systems would believe him authorized.
            if visit.is_admitted() && answer.outcome == Outcome::Success {
                visits::admit(&cx, &visit.impu, &visit.client, &visit.partner).await?;
            }
            return Ok(Accepted::done());
        }
        let who = (visit.service, visit.partner.clone());
        if let Written::Done(letters) = migrations.write(outcome(&cx, &visit, version, &answer)).await? {
            let is_there = settle(&cx, migrations, &visit, &answer.outcome).await?;
            return Ok(Accepted::then(async move {
                post::send(&cx, letters);
                // His client went while its request was under way.
                if !is_there && let Err(stop) = end::leave(&cx, &visit).await {
                    tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a visitor's leaving is not kept");
                }
                if let Some(migrations) = cx.migrations() {
                    migrations.has_answer(&who);
                }
            }));
        }
    }
}

/// The visit that it is about: by `request-id`, or, of a peer that names none, by both IDs.
fn awaited(
    migrations: &Migrations,
    partner: &Partner,
    answer: &Response,
) -> Result<(Visit, Version), &'static str> {
    let by_ids: Who = (answer.service, answer.partner.clone());
    let who = match answer.correlation.request_id() {
        Some(request_id) => migrations.asked_under(request_id),
        None => Some(by_ids),
    };
    let found = who.and_then(|who| migrations.seen_visit(&who));
    let (visit, version) = found.ok_or("nobody awaits it")?;
    if *visit.system != *partner.name {
        return Err("another system was asked");
    }
    let ids = |partner: &McServiceId, primary: &McServiceId| (partner.clone(), primary.clone());
    let are_same = visit.service == answer.service
        && ids(&visit.partner, &visit.primary) == ids(&answer.partner, &answer.primary);
    if are_same { Ok((visit, version)) } else { Err("its IDs are not those of the request") }
}

fn dropped(cx: &Cx<Mcs>, migrations: &Migrations, partner: &Partner, why: &'static str) -> Cause {
    cx.drop_result(partner, why);
    migrations.happened("answer-dropped");
    Cause::UnmatchedReport
}

fn outcome(cx: &Cx<Mcs>, visit: &Visit, version: Version, answer: &Response) -> Changes {
    let changes = match &answer.outcome {
        Outcome::Success => {
            Changes::new().put_visit(Visit { stage: Stage::Admitted, ..visit.clone() }, Some(version))
        }
        Outcome::Failure(_) => Changes::new().drop_visit(visit, version),
    };
    let told = match &answer.outcome {
        // A peer without companion body does not say why.
        Outcome::Failure(said) if said.code.is_none() => {
            let text = said.text.clone().or_else(|| refusal(Cause::Unspecified).text);
            Outcome::Failure(xml_schemas::migration::Refusal { text, ..refusal(Cause::Unspecified) })
        }
        outcome => outcome.clone(),
    };
    changes.letter(&cx.world().ids.uuid(), Letter::to_client(visit, told, post::short(cx)))
}

/// The visitor is authorized from now on, or is not. Whether he is as it was answered.
async fn settle(cx: &Cx<Mcs>, migrations: &Migrations, visit: &Visit, outcome: &Outcome) -> Done<bool> {
    match outcome {
        Outcome::Success => {
            migrations.happened("admitted");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, from = %visit.system, "is admitted");
            visits::admit(cx, &visit.impu, &visit.client, &visit.partner).await
        }
        Outcome::Failure(why) => {
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, code = ?why.code, "is refused by the primary system");
            if visit.is_admitted() {
                visits::end(cx, &visit.partner).await?;
            } else {
                visits::dismiss(cx, &visit.impu, &visit.client, &visit.partner).await?;
            }
            Ok(true)
        }
    }
}
