//! Reconciliation, of which the text says nothing: each system asks the other, from time to time, what it has in its books of a user
//! whom they have in common, and goes by the answer where only its own books say that he has migrated. TS 23.280 10.6.3

use futures::future;
use kit::{Accepted, Cause, Cx, Done, Inbound, Permitted, To, Verdict};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::McServiceId,
    migration::{MigrationStatusRequest, MigrationStatusResponse},
};

use super::{Mark, Migrations, end, policy::TellStatus, post, refusal};
use crate::Mcs;

/// The other system asks.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::ForeignIdentity`] where the user is none whom the two systems have in common.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<MigrationStatusRequest>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let MigrationStatusRequest { request_id, service, partner: id, primary } = req.flow;
    for user in [&id, &primary] {
        migrations.read_user_again(user).await?;
    }
    let question =
        TellStatus { system: partner.name.to_string(), partner: id.clone(), primary: primary.clone() };
    let permit = match cx.decide(question) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::ForeignIdentity.into()),
    };
    let has = |mark: &Mark| mark.is_of(&partner.name, &id);
    let mark = migrations.mark(service, &primary);
    let is_marked = mark.is_some_and(|mark| has(&mark) || mark.former.as_deref().is_some_and(has));
    let is_here = migrations
        .visit(service, &id)
        .is_some_and(|visit| *visit.system == *partner.name && visit.primary == primary);
    let is_migrated = is_marked || is_here;
    let answer = MigrationStatusResponse { request_id, service, partner: id, primary, is_migrated };
    let answer = permit.release(answer)?;
    Ok(Accepted::then(async move {
        if let Err(stop) = cx.tell(To::Partner(&partner), &answer).await {
            tracing::warn!(target: "mcx::migration", server = %cx.profile().name, %stop, "a status did not arrive");
        }
    }))
}

/// What the other system says of a user.
enum Said {
    /// That it has him.
    Yes,
    /// That it does not.
    No,
    /// Nothing that helps: it does not know the question, or its answer is about somebody else.
    Nothing,
    /// It cannot be reached now.
    Away,
}

/// Asks each system about those whom it has in common with this one, one after the other; one that is away is left for the next time.
pub(super) async fn reconcile(cx: &Cx<Mcs>) {
    let Some(migrations) = cx.migrations() else { return };
    let systems: Vec<String> = migrations.config().partners.iter().map(|each| each.name.clone()).collect();
    future::join_all(systems.iter().map(|system| reconcile_with(cx, migrations, system))).await;
}

async fn reconcile_with(cx: &Cx<Mcs>, migrations: &Migrations, system: &str) {
    for mark in migrations.marks_where(|mark| mark.system == *system) {
        match ask(cx, system, (mark.service, &mark.partner, &mark.primary)).await {
            Said::Away => return,
            Said::Yes | Said::Nothing => {}
            Said::No => {
                if let Err(stop) = end::unmark(cx, &mark, None).await {
                    tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a mark could not be taken back");
                }
            }
        }
    }
    for visit in migrations.visits_where(|visit| visit.system == *system && !visit.is_asking()) {
        match ask(cx, system, (visit.service, &visit.partner, &visit.primary)).await {
            Said::Away => return,
            Said::Yes | Said::Nothing => {}
            Said::No => {
                if let Err(stop) = end::send_away(cx, &visit, refusal(Cause::NotMigrated)).await {
                    tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a visitor could not be sent away");
                }
            }
        }
    }
}

async fn ask(
    cx: &Cx<Mcs>,
    system: &str,
    (service, partner, primary): (McService, &McServiceId, &McServiceId),
) -> Said {
    let Some(known) = cx.partners().named(system).cloned() else { return Said::Away };
    let Ok(request_id) = cx.fresh_request_id() else { return Said::Away };
    let cx = cx.for_flow(&request_id);
    let question =
        MigrationStatusRequest { request_id, service, partner: partner.clone(), primary: primary.clone() };
    match cx.ask(To::Partner(&known), &Permitted::open(question)).await {
        Ok(answer) if answer.partner != *partner || answer.primary != *primary => {
            cx.drop_result(&known, "its IDs are not those of the question");
            Said::Nothing
        }
        Ok(answer) if answer.is_migrated => Said::Yes,
        Ok(_) => {
            tracing::warn!(target: "mcx::migration", server = %cx.profile().name, system, "the systems disagree about a user; the other one does not have him");
            if let Some(migrations) = cx.migrations() {
                migrations.happened("disagreed");
            }
            Said::No
        }
        Err(stop) if post::is_final(stop.cause()) => Said::Nothing,
        Err(_) => Said::Away,
    }
}
