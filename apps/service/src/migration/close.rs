//! A request that has come to nothing: refused here (TS 23.280 10.6.3.3 step 2) or on the way, or not answered. The client is told why
//! at once (step 11).

use audit::Entry;
use kit::{Cause, Cx, Done, Fault};
use store::Version;
use xml_schemas::migration::Outcome;

use super::{
    CLAUSE, Stage, Visit,
    book::{Changes, Who, Written, write},
    end,
    letter::Letter,
    post,
    record::Renewal,
    refusal,
};
use crate::{Mcs, authorization::Binding, procedures::settle};

/// Step 2 said no, of whomever it may have admitted before; `entry` says by which rule.
///
/// # Errors
/// [`Fault`] where the store cannot keep it.
pub(super) async fn refuse(cx: &Cx<Mcs>, visit: &Visit, cause: Cause, entry: Entry) -> Done<()> {
    over(cx, visit, cause, visit.is_admitted(), Some(entry)).await
}

/// The request has come to nothing; the client is told why. `give_up`: the primary system may have marked the user, and is told too.
pub(super) async fn close(cx: &Cx<Mcs>, visit: &Visit, cause: Cause, give_up: bool) {
    if give_up && let Some(migrations) = cx.migrations() {
        migrations.happened("given-up");
    }
    if let Err(stop) = over(cx, visit, cause, give_up, None).await {
        // Taken up again as one that nobody asks about any more.
        tracing::error!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the client was not told");
    }
}

/// Only of what was asked then: whatever has been asked since goes on.
async fn over(
    cx: &Cx<Mcs>,
    asked: &Visit,
    cause: Cause,
    tell_primary: bool,
    entry: Option<Entry>,
) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (asked.service, asked.partner.clone());
    let is_meant =
        |seen: &Visit| seen.is_asking() && seen.asked == asked.asked && seen.question() == asked.question();
    loop {
        let Some((visit, version)) = migrations.seen_visit(&who).filter(|(seen, _)| is_meant(seen)) else {
            return Ok(());
        };
        let to_client = Letter::to_client(&visit, Outcome::Failure(refusal(cause)), post::short(cx));
        let changes = Changes::new().letter(&cx.world().ids.uuid(), to_client);
        let changes = entry.iter().cloned().fold(changes, Changes::logged);
        let changes = if is_kept(&visit, cause) {
            // What was asked is remembered where it was another question: its answer may yet come.
            let late = visit.renewal.clone().filter(|renewal| renewal.request_id != visit.request_id);
            kept(cx, changes, (&visit, version), late).await?
        } else {
            dropped(cx, changes, (&visit, version), cause, tell_primary).await?
        };
        if let Written::Done(made) = write(cx, changes).await? {
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, %cause, "is not admitted");
            settle::made(cx, made);
            return Ok(());
        }
    }
}

/// Whoever was admitted stays so where nothing but this time's question has failed.
fn is_kept(visit: &Visit, cause: Cause) -> bool {
    visit.stage == Stage::Renewing && !matches!(cause, Cause::NotExpected | Cause::NoRoom)
}

/// He stays with what he was admitted with; the client that asked is bound no more, unless it was admitted itself.
pub(super) async fn kept(
    cx: &Cx<Mcs>,
    changes: Changes,
    (visit, version): (&Visit, Version),
    renewal: Option<Renewal>,
) -> Result<Changes, Fault> {
    let (impu, asker) = visit.asker();
    let release = |binding: &mut Binding| {
        binding.clients.retain(|client| {
            let is_asker = client.is_of(visit.service, &visit.partner) && client.id.as_deref() == Some(asker);
            !is_asker || client.visit.as_ref().is_some_and(|visit| visit.is_admitted)
        });
    };
    let draft = cx.authorizations().sketch(impu, release).await?;
    let admitted = Visit { stage: Stage::Admitted, renewal, ..visit.clone() };
    Ok(changes.put_visit(admitted, Some(version)).bind(draft))
}

async fn dropped(
    cx: &Cx<Mcs>,
    changes: Changes,
    (visit, version): (&Visit, Version),
    cause: Cause,
    tell_primary: bool,
) -> Result<Changes, Fault> {
    let mut changes = without(cx, changes.drop_visit(visit, version), visit).await?;
    if let Some(letter) = to_others(visit, cause, post::short(cx)) {
        changes = changes.letter(&cx.world().ids.uuid(), letter);
    }
    if tell_primary {
        let reason = if visit.is_admitted() { Cause::LeftPartner } else { Cause::GivenUp };
        for letter in Letter::visit_ended(visit, &refusal(reason), post::long(cx)) {
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
    }
    Ok(changes)
}

/// Whoever is here, or asks to be, has to leave: his clients are told why, and so is the primary system.
///
/// # Errors
/// [`Fault`] where the store cannot keep it.
pub(super) async fn remove(cx: &Cx<Mcs>, visit: &Visit, cause: Cause) -> Result<(), Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    let who = (visit.service, visit.partner.clone());
    loop {
        let seen = migrations.seen_visit(&who).filter(|(seen, _)| seen.primary == visit.primary);
        let Some((visit, version)) = seen else { return Ok(()) };
        let mut changes = dropped(cx, Changes::new(), (&visit, version), cause, true).await?;
        let to_asker = if visit.is_asking() {
            Letter::to_client(&visit, Outcome::Failure(refusal(cause)), post::short(cx))
        } else {
            Letter::over(&visit, refusal(cause), post::short(cx))
        };
        changes = changes.letter(&cx.world().ids.uuid(), to_asker);
        if let Written::Done(made) = write(cx, changes).await? {
            end::have_left(cx, &[visit]);
            settle::made(cx, made);
            return Ok(());
        }
    }
}

/// The client that was admitted before hears that it is over, where it is not the one that asked.
pub(super) fn to_others(visit: &Visit, cause: Cause, until: u64) -> Option<Letter> {
    let is_another = visit.is_admitted() && visit.asker() != (&visit.impu, visit.client.as_str());
    is_another.then(|| Letter::over(visit, refusal(cause), until))
}

/// Nobody is bound to this visit any more, with whichever identity.
pub(super) async fn without(cx: &Cx<Mcs>, mut changes: Changes, visit: &Visit) -> Result<Changes, Fault> {
    let who: Who = (visit.service, visit.partner.clone());
    let mut impus = cx.authorizations().identities_with(who.0, &who.1);
    for impu in [&visit.impu, visit.asker().0] {
        if !impus.contains(impu) {
            impus.push(impu.clone());
        }
    }
    for impu in impus {
        let draft = cx.authorizations().sketch(&impu, |binding| binding.dismiss(who.0, &who.1)).await?;
        if draft.is_change() {
            changes = changes.bind(draft);
        }
    }
    Ok(changes)
}
