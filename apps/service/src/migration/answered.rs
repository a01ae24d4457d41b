//! Service authorization for migration: the answer of the primary system reaches the partner MC service server.
//! TS 23.280 clause 10.6.3.3 steps 10 and 11. Steps 2 and 3 are `ask.rs`, 6 to 8 `decide.rs`.

use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, Partner};
use store::Version;
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationServiceAuthorizationResponse as Response, Outcome, Refusal},
};

use super::{
    Visit,
    book::{Changes, Migrations, Who, Written, write},
    close::{kept, to_others, without},
    letter::Letter,
    post, refusal,
};
use crate::{Mcs, authorization::Binding, procedures::settle};

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
    if awaited(migrations, &partner, &answer).is_err() {
        // Another process may have asked, a moment ago.
        migrations.read_user_again(&answer.partner).await?;
    }
    loop {
        let (visit, version) = match awaited(migrations, &partner, &answer) {
            Ok(found) => found,
            Err(why) => return Err(dropped(&cx, migrations, &partner, why).into()),
        };
        let Some(changes) = outcome(&cx, &visit, version, &answer).await? else {
            return Ok(Accepted::done()); // it has come before, or something else has been asked since
        };
        if let Written::Done(made) = write(&cx, changes).await? {
            happened(&cx, migrations, &visit, &answer.outcome);
            let who = (visit.service, visit.partner);
            return Ok(Accepted::then(async move {
                settle::made(&cx, made);
                if let Some(migrations) = cx.migrations() {
                    migrations.has_answer(&who);
                }
            }));
        }
    }
}

/// The visit that it is about: by `request-id`, or, of a peer that names none, by both IDs. So is what is asked no more of a visitor
/// who is admitted.
fn awaited(
    migrations: &Migrations,
    partner: &Partner,
    answer: &Response,
) -> Result<(Visit, Version), &'static str> {
    let by_ids: Who = (answer.service, answer.partner.clone());
    let who = match answer.correlation.request_id() {
        Some(request_id) => migrations.asked_under(request_id).or_else(|| {
            let is_admitted = migrations.admits(answer.service, &answer.partner, &answer.primary);
            is_admitted.then_some(by_ids)
        }),
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

/// What the answer changes, all of it in one commit; none where nothing is asked that it answers.
async fn outcome(
    cx: &Cx<Mcs>,
    visit: &Visit,
    version: Version,
    answer: &Response,
) -> Result<Option<Changes>, Fault> {
    let asked = visit.question().0;
    let answers = answer.correlation.request_id().is_none_or(|named| named == asked);
    match &answer.outcome {
        _ if !answers => Ok(None),
        Outcome::Success if visit.is_asking() => admit(cx, visit, version).await.map(Some),
        // A late yes to what was given up: he stays with what he has, under the name that the primary system knows now.
        Outcome::Success if visit.renewal.is_some() => {
            let named = Visit { request_id: asked.clone(), renewal: None, ..visit.clone() };
            Ok(Some(Changes::new().put_visit(named, Some(version))))
        }
        // Another profile than the one with which he was admitted: that one stays his.
        Outcome::Failure(why) if is_of_profile(visit, why) => {
            let told = Letter::to_client(visit, answer.outcome.clone(), post::short(cx));
            let changes = Changes::new().letter(&cx.world().ids.uuid(), told);
            kept(cx, changes, (visit, version), None).await.map(Some)
        }
        Outcome::Failure(why) if visit.is_asking() => end(cx, visit, version, why).await.map(Some),
        _ => Ok(None),
    }
}

/// From now on the visitor is authorized, with the client that has asked (step 11). Where that went meanwhile, and no other is bound,
/// he has left.
async fn admit(cx: &Cx<Mcs>, visit: &Visit, version: Version) -> Result<Changes, Fault> {
    let ids = &cx.world().ids;
    let (impu, asker) = visit.asker();
    let profile = visit.question().1;
    let mut is_there = false;
    let admit = |binding: &mut Binding| {
        let is_it = |client: &&mut crate::authorization::Client| {
            client.is_of(visit.service, &visit.partner) && client.id.as_deref() == Some(asker)
        };
        for client in binding.clients.iter_mut().filter(is_it) {
            client.profile = Some(profile);
            if let Some(visit) = &mut client.visit {
                (visit.is_admitted, is_there) = (true, true);
            }
        }
    };
    let draft = cx.authorizations().sketch(impu, admit).await?;
    if is_there {
        let changes = Changes::new().put_visit(visit.admitted(), Some(version)).bind(draft);
        return Ok(changes.letter(&ids.uuid(), Letter::to_client(visit, Outcome::Success, post::short(cx))));
    }
    let others = cx.authorizations().identities_with(visit.service, &visit.partner);
    if !others.is_empty() && visit.is_admitted() {
        let named = Visit { impu: visit.impu.clone(), client: visit.client.clone(), ..visit.admitted() };
        return Ok(Changes::new().put_visit(named, Some(version)).bind(draft));
    }
    let changes = without(cx, Changes::new().drop_visit(visit, version), visit).await?;
    let letters = Letter::visit_ended(visit, &refusal(Cause::LeftPartner), post::long(cx));
    Ok(letters.into_iter().fold(changes, |changes, letter| changes.letter(&ids.uuid(), letter)))
}

/// Whether the primary system says no to the profile alone that was asked for, and he was admitted with another one.
fn is_of_profile(visit: &Visit, why: &Refusal) -> bool {
    let is_another = visit.is_admitted() && visit.is_asking() && visit.question().1 != visit.profile;
    is_another && [Cause::WrongProfile, Cause::NoProfile].iter().any(|cause| why.code == Some(cause.code()))
}

/// He is authorized with this MC service no more, or never was. Where he was, the primary system may still have him as migrated.
async fn end(cx: &Cx<Mcs>, visit: &Visit, version: Version, said: &Refusal) -> Result<Changes, Fault> {
    // A peer without companion body does not say why.
    let told = match said.code {
        Some(_) => said.clone(),
        None => Refusal {
            text: said.text.clone().or(refusal(Cause::Unspecified).text),
            ..refusal(Cause::Unspecified)
        },
    };
    let ids = &cx.world().ids;
    let changes = without(cx, Changes::new().drop_visit(visit, version), visit).await?;
    let to_asker = Letter::to_client(visit, Outcome::Failure(told), post::short(cx));
    let to_primary = Letter::visit_ended(visit, &refusal(Cause::LeftPartner), post::long(cx));
    let to_primary = to_primary.into_iter().filter(|_| visit.is_admitted());
    let letters =
        [to_asker].into_iter().chain(to_others(visit, Cause::Revoked, post::short(cx))).chain(to_primary);
    Ok(letters.fold(changes, |changes, letter| changes.letter(&ids.uuid(), letter)))
}

fn happened(cx: &Cx<Mcs>, migrations: &Migrations, visit: &Visit, outcome: &Outcome) {
    match outcome {
        Outcome::Success => {
            migrations.happened("admitted");
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, from = %visit.system, "is admitted");
        }
        Outcome::Failure(why) => {
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, code = ?why.code, "is refused by the primary system");
        }
    }
}
