//! Service authorization for migration: the primary MC service server, whose user he is.
//! TS 23.280 clause 10.6.3.3 steps 6 to 8. Steps 2 and 3 at the partner are `ask.rs`, 10 and 11 `answered.rs`.
//!
//! What is decided is in the store, with the answer to be told, before the request is accepted.

use std::{collections::BTreeSet, time::Duration};

use audit::Entry;
use kit::{
    Accepted, Cause, Cx, Done, Inbound, Partner, Refusal, Verdict,
    audit::{refused_for, ruled},
};
use xml_schemas::migration::{
    MigrationServiceAuthorizationRequest as Request, MigrationServiceAuthorizationResponse as Response,
    Outcome,
};

use super::{
    CLAUSE, Mark,
    book::{Changes, Made, Migrations, Written, write},
    letter::{Addressee, Letter, What},
    policy::MayMigrate,
    post, profile, refusal,
};
use crate::{Mcs, authorization::millis, procedures::settle};

/// When a partner that has not taken its answers may come again.
const LATER: Duration = Duration::from_secs(30);

/// The request of a partner system, which is known by its certificate or by our gateway's word.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::ForeignIdentity`] where the MC service ID that the partner gave is not in its domains;
/// [`Cause::Overloaded`] where as many letters to it wait as may; [`Cause::ServerUnreachable`] where the configuration management server
/// does not say whether the user has the profile; a fault where the store cannot keep what is decided: it comes again.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<Request>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    if cx.migrations().is_none() {
        return Err(Cause::NotPermitted.into());
    }
    if !partner.owns_domain(req.flow.partner.domain()) {
        return Err(Refusal::at(Cause::ForeignIdentity, "the partner MC service ID").into());
    }
    is_room(&cx, &partner)?;
    let made = decide(&cx, &partner, &req.flow).await?;
    Ok(Accepted::then(async move { settle::made(&cx, made) }))
}

/// Whoever does not take what he is to be told is promised no more of it.
///
/// # Errors
/// [`Cause::Overloaded`]
pub(super) fn is_room(cx: &Cx<Mcs>, partner: &Partner) -> Result<(), Refusal> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    if migrations.letters_to(&partner.name) < migrations.config().letters_per_partner {
        return Ok(());
    }
    migrations.happened("limited");
    Err(Refusal::at(Cause::Overloaded, "letters-per-partner").retry_after(LATER))
}

/// Decided anew where somebody else has marked the user meanwhile: another partner may have been first.
async fn decide(cx: &Cx<Mcs>, partner: &Partner, request: &Request) -> Done<Made> {
    cx.know(&request.primary).await?;
    loop {
        cx.step(CLAUSE, 6); // this user, to that system, with this profile
        let verdict = cx.decide(MayMigrate {
            system: partner.name.to_string(),
            service: request.service,
            primary: request.primary.clone(),
            profile: request.profile,
        });
        let kept = match verdict {
            Verdict::Allow(_) => match profile::has(cx, request).await {
                Ok(()) => mark(cx, partner, request).await?,
                Err(stop) if stop.cause() == Cause::NoProfile => {
                    answer(cx, partner, request, Cause::NoProfile).await?
                }
                Err(stop) => return Err(stop),
            },
            Verdict::Refuse(cause) => answer(cx, partner, request, cause).await?,
            Verdict::Defer(_) => answer(cx, partner, request, Cause::MayNotMigrate).await?,
        };
        if let Written::Done(made) = kept {
            return Ok(made);
        }
    }
}

/// Steps 7 and 8: the mark and the answer are kept together, before the answer leaves. At home he is authorized until the partner has
/// accepted the yes (`told.rs`): its word alone logs nobody off. A repeat finds its own mark, and is answered
/// again. A conflict where the mark has changed since it was seen, and nothing was kept.
async fn mark(cx: &Cx<Mcs>, partner: &Partner, request: &Request) -> Done<Written> {
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    cx.step(CLAUSE, 7); // marked as migrated, with the migrated system
    let who = (request.service, request.primary.clone());
    let seen = migrations.seen_mark(&who);
    let mark = renewed(cx, migrations, partner, request, seen.as_ref().map(|(mark, _)| mark));
    let version = seen.as_ref().map(|(_, version)| *version);
    let mut changes = Changes::new().put_mark(mark.clone(), version);
    // Whoever asks again is answered now, and by the last yes alone: there is one for each mark, however often he asks.
    let former = seen.map(|(former, _)| former).filter(|former| is_elsewhere(former, &mark));
    let yes_there = former.iter().flat_map(|former| migrations.answers_to(&former.system, &who, is_yes));
    let known = migrations.answers_to(&mark.system, &who, |_| true).into_iter().chain(yes_there);
    for key in known.collect::<BTreeSet<_>>() {
        changes = changes.no_letter(&key);
    }
    // It may have accepted the former yes though nobody here has heard so. Where it is known to have, it hears once this one is
    // accepted: until then he works there.
    if let Some(former) = former.filter(|former| !former.is_confirmed) {
        let letter =
            Letter::mark_ended(&former, cx.fresh_request_id()?, refusal(Cause::Superseded), post::long(cx));
        changes = changes.letter(&cx.world().ids.uuid(), letter);
    }
    let success = Letter {
        to: Addressee::System(mark.system.clone()),
        what: What::Answer(request.answer(Outcome::Success)),
        until: mark.until.unwrap_or_else(|| post::longest(cx)),
    };
    changes = changes.letter(&cx.world().ids.uuid(), success);
    let kept = write(cx, changes).await?;
    if matches!(kept, Written::Conflict) {
        return Ok(kept);
    }
    migrations.happened("marked");
    tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %mark.primary, to = %mark.system, "has migrated");
    Ok(kept)
}

fn is_yes(outcome: &Outcome) -> bool {
    *outcome == Outcome::Success
}

/// Whether the former mark is of another visit, so that somebody has to be told.
fn is_elsewhere(former: &Mark, mark: &Mark) -> bool {
    former.system != mark.system || former.partner != mark.partner
}

fn renewed(
    cx: &Cx<Mcs>,
    migrations: &Migrations,
    partner: &Partner,
    request: &Request,
    former: Option<&Mark>,
) -> Mark {
    let now = millis(cx.world().clock.wall());
    let lifetime = migrations.config().lifetime.and_then(|some| u64::try_from(some.as_millis()).ok());
    let mark = Mark {
        service: request.service,
        primary: request.primary.clone(),
        system: partner.name.to_string(),
        partner: request.partner.clone(),
        profile: request.profile,
        since: now,
        renewed: now,
        until: lifetime.map(|lifetime| now.saturating_add(lifetime)),
        request_id: request.correlation.request_id().cloned(),
        is_confirmed: false,
        former: None,
    };
    let Some(former) = former else { return mark };
    let held = former.former.as_deref();
    let same = [Some(former), held].into_iter().flatten().find(|known| !is_elsewhere(known, &mark));
    match same {
        // It has accepted that he works there: one yes more changes nothing in that.
        Some(same) => {
            Mark { since: same.since, is_confirmed: same.is_confirmed, former: same.former.clone(), ..mark }
        }
        // A bare request ends nothing on which two systems agree.
        None => Mark { former: former.agreed().cloned().map(Box::new), ..mark },
    }
}

/// Step 8, where it comes to nothing. The partner sees what the agreement lets it see, and of each user the last no alone.
async fn answer(cx: &Cx<Mcs>, partner: &Partner, request: &Request, cause: Cause) -> Done<Written> {
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let told = cause.seen_by(partner.merge_unknown_and_refused);
    let failure: Response = request.answer(Outcome::Failure(refusal(told)));
    let letter = Letter {
        to: Addressee::System(partner.name.to_string()),
        what: What::Answer(failure),
        until: post::short(cx),
    };
    let who = (request.service, request.primary.clone());
    let former = migrations.answers_to(&partner.name, &who, |outcome| !is_yes(outcome));
    let changes = former.iter().fold(Changes::new(), |changes, former| changes.no_letter(former));
    // Whoever asks without end for what he may not have is entered so often, and counted then.
    let spared = cx.log().sparing(&partner.name, refused(cx, partner, request, cause));
    let changes = spared.entry().cloned().into_iter().fold(changes, Changes::logged);
    let written = write(cx, changes.letter(&cx.world().ids.uuid(), letter)).await?;
    if matches!(written, Written::Done(_)) {
        spared.happened();
    }
    Ok(written)
}

/// What stands in the audit log of a no: the rule that said so, or what failed before one was asked.
fn refused(cx: &Cx<Mcs>, partner: &Partner, request: &Request, cause: Cause) -> Entry {
    let question = MayMigrate {
        system: partner.name.to_string(),
        service: request.service,
        primary: request.primary.clone(),
        profile: request.profile,
    };
    let ruling = kit::Policy::rule(&**cx, &question);
    let entry = cx.log().act("migration.refused", &*partner.name).partner(&*partner.name);
    let entry = entry.on(request.primary.as_str()).on(request.partner.as_str());
    let entry = match request.correlation.request_id() {
        Some(request_id) => entry.of(request_id.as_str()),
        None => entry,
    };
    match ruling.answer {
        kit::policy::Answer::Refuse(said) if said == cause => ruled(entry, &ruling),
        _ => refused_for(entry, cause),
    }
}
