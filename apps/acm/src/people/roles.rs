//! Requests and responses that name a functional alias: TS 23.280 10.17.7.2 step 4.
//!
//! Active for one user, he has it; for several, one of them by the configured choice; for none, it waits for the next who activates it.
//! Who has it is chosen again when he holds the alias no longer, or logs off before he has answered.

use std::sync::atomic::Ordering;

use futures::StreamExt as _;
use kit::{Cx, Fault};
use xml_schemas::{
    acm::Addressee,
    ids::{FunctionalAlias, McServiceId},
};

use super::{Seat, announce, listed, no_wait, wait_for};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys},
    case::{Case, CaseKey, Side, Stage},
    config::AliasChoice,
    engine::until,
};

/// What is read at once of what waits for an alias or a user.
const PAGE: usize = 256;

/// Who has it now.
pub(crate) fn seat(cx: &Cx<Acm>, addressee: Addressee, but: Option<&McServiceId>) -> Seat {
    match addressee {
        Addressee::User(id) => Seat::user(id),
        Addressee::Alias(alias) => Seat { handler: choose(cx, &alias, but), role: Some(alias) },
    }
}

fn choose(cx: &Cx<Acm>, alias: &FunctionalAlias, but: Option<&McServiceId>) -> Option<McServiceId> {
    let holders = cx.aliases().holders(alias);
    let able: Vec<_> = holders.iter().map(|holder| &holder.user).filter(|user| Some(*user) != but).collect();
    let chosen = match cx.config().alias_choice {
        AliasChoice::First => able.first(),
        AliasChoice::Latest => able.last(),
        AliasChoice::RoundRobin if able.is_empty() => None,
        AliasChoice::RoundRobin => able.get(cx.turn().fetch_add(1, Ordering::Relaxed) % able.len()),
    };
    chosen.map(|user| (*user).clone())
}

/// Follows who holds which alias, as long as the server is there.
pub(crate) async fn follow(cx: Cx<Acm>) {
    let mut moves = cx.aliases().moves();
    while let Some(moved) = moves.next().await {
        if let Err(fault) = moved_on(&cx, &moved.alias).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
    }
}

/// The holders of an alias are others: what nobody has, or somebody who holds it no longer, is given to one of them.
async fn moved_on(cx: &Cx<Acm>, alias: &FunctionalAlias) -> Result<(), Fault> {
    let (prefix, mut after): (String, Option<String>) = (keys::roles(alias.as_str()), None);
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            let Some(waiting) = Waiting::decode(&format!("n/{tail}"), value) else { continue };
            give(cx, &waiting.case, |case| {
                let holds = |user: &McServiceId| cx.aliases().is_held_by(alias, user);
                let is_well = case.handler.as_ref().is_some_and(holds);
                (!is_well).then(|| seat(cx, Addressee::Alias(alias.clone()), None))
            })
            .await?;
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// A user has logged off: what he had for an alias that others hold too goes to one of them. What nobody else can have stays with
/// him, for as long as he holds the alias.
pub(crate) async fn given_back(cx: &Cx<Acm>, user: &McServiceId) {
    if let Err(fault) = give_all_back(cx, user).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
}

async fn give_all_back(cx: &Cx<Acm>, user: &McServiceId) -> Result<(), Fault> {
    let (prefix, mut after): (String, Option<String>) = (keys::waiting(user.as_str()), None);
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            let Some(waiting) = Waiting::decode(tail, value) else { continue };
            give(cx, &waiting.case, |case| {
                let alias = case.role.clone().filter(|_| case.handler.as_ref() == Some(user))?;
                let other = seat(cx, Addressee::Alias(alias), Some(user));
                other.handler.is_some().then_some(other)
            })
            .await?;
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Gives a case that waits to whom `chosen` says, if it says so.
async fn give(cx: &Cx<Acm>, key: &CaseKey, chosen: impl Fn(&Case) -> Option<Seat>) -> Result<(), Fault> {
    loop {
        let Some((case, version)) = cx.book().case(key).await?.filter(|(case, _)| is_waiting(case)) else {
            return Ok(());
        };
        let Some(seat) = chosen(&case).filter(|seat| seat.handler != case.handler) else { return Ok(()) };
        let changes = no_wait(Changes::new(), &case);
        let case = seat.take(case);
        let changes = wait_for(changes, &case, case.key.side() == Side::Asked);
        let changes = listed(changes, &case, until(cx, &case));
        if let Written::Done(_) =
            cx.book().write(changes.case(&case, Some(version), until(cx, &case))).await?
        {
            announce(cx, &case);
            return Ok(());
        }
    }
}

fn is_waiting(case: &Case) -> bool {
    match case.key.side() {
        Side::Received => case.stage == Stage::Waiting,
        Side::Asked => case.stage.is_end() && !case.is_told,
    }
}
