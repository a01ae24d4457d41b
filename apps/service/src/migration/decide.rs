//! Service authorization for migration: the primary MC service server, whose user he is.
//! TS 23.280 clause 10.6.3.3 steps 6 to 8. Steps 2 and 3 at the partner are `ask.rs`, 10 and 11 `answered.rs`.

use std::collections::BTreeSet;

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
    book::{Changes, Migrations, Written, write},
    letter::{Addressee, Letter, What},
    policy::MayMigrate,
    post, refusal,
};
use crate::{
    Mcs,
    authorization::{Binding, millis},
    procedures::settle,
};

/// The request of a partner system, which is known by its certificate or by our gateway's word.
///
/// # Errors
/// [`Cause::UnknownPartner`]; [`Cause::ForeignIdentity`] where the MC service ID that the partner gave is not in its domains.
pub(super) async fn receive(cx: Cx<Mcs>, req: Inbound<Request>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    if cx.migrations().is_none() {
        return Err(Cause::NotPermitted.into());
    }
    if !partner.owns_domain(req.flow.partner.domain()) {
        return Err(Refusal::at(Cause::ForeignIdentity, "the partner MC service ID").into());
    }
    Ok(Accepted::then(async move {
        if let Err(stop) = decide(&cx, &partner, &req.flow).await {
            tracing::error!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the request is not decided");
            answer(&cx, &partner, &req.flow, stop.cause()).await;
        }
    }))
}

/// Decided anew where somebody else has marked the user meanwhile: another partner may have been first.
async fn decide(cx: &Cx<Mcs>, partner: &Partner, request: &Request) -> Done<()> {
    cx.know(&request.primary).await?;
    loop {
        cx.step(CLAUSE, 6); // this user, to that system, with this profile
        let verdict = cx.decide(MayMigrate {
            system: partner.name.to_string(),
            service: request.service,
            primary: request.primary.clone(),
            profile: request.profile,
        });
        match verdict {
            Verdict::Allow(_) if !mark(cx, partner, request).await? => {}
            Verdict::Allow(_) => return Ok(()),
            Verdict::Refuse(cause) => {
                answer(cx, partner, request, cause).await;
                return Ok(());
            }
            Verdict::Defer(_) => return Err(Cause::MayNotMigrate.into()),
        }
    }
}

/// Steps 7 and 8: the mark and the answer are kept together, before the answer leaves. A repeat finds its own mark, and is answered
/// again. False where the mark has changed since it was seen, and nothing was kept.
async fn mark(cx: &Cx<Mcs>, partner: &Partner, request: &Request) -> Done<bool> {
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    cx.step(CLAUSE, 7); // marked as migrated, with the migrated system
    let seen = migrations.seen_mark(&(request.service, request.primary.clone()));
    let mark = renewed(cx, migrations, partner, request, seen.as_ref().map(|(mark, _)| mark));
    let version = seen.as_ref().map(|(_, version)| *version);
    let mut changes = Changes::new().put_mark(mark.clone(), version);
    // Whoever asks again is answered now, and by the last yes alone: there is one for each mark, however often he asks.
    let named = seen.iter().filter_map(|(former, _)| former.request_id.as_ref());
    let known =
        named.chain([request.correlation.key()]).filter_map(|name| migrations.yes_to(name, &request.primary));
    for key in known.collect::<BTreeSet<_>>() {
        changes = changes.no_letter(&key);
    }
    if let Some((former, _)) = seen.filter(|(former, _)| is_elsewhere(former, &mark)) {
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
    // 10.6.2: he is authorized there, and here no more.
    for impu in cx.authorizations().identities(&mark.primary) {
        let gone = |binding: &mut Binding| binding.clients.retain(|client| client.user != mark.primary);
        changes = changes.bind(cx.authorizations().sketch(&impu, gone).await?);
    }
    let Written::Done(made) = write(cx, changes).await? else { return Ok(false) };
    migrations.happened("marked");
    tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %mark.primary, to = %mark.system, "has migrated");
    settle::made(cx, made);
    Ok(true)
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
    };
    match former.filter(|former| !is_elsewhere(former, &mark)) {
        Some(same) => Mark { since: same.since, ..mark },
        None => mark,
    }
}

/// Step 8, where it comes to nothing. The partner sees what the agreement lets it see.
async fn answer(cx: &Cx<Mcs>, partner: &Partner, request: &Request, cause: Cause) {
    let told = cause.seen_by(partner.merge_unknown_and_refused);
    let failure: Response = request.answer(Outcome::Failure(refusal(told)));
    let letter = Letter {
        to: Addressee::System(partner.name.to_string()),
        what: What::Answer(failure),
        until: post::short(cx),
    };
    let changes = Changes::new().logged(refused(cx, partner, request, cause));
    match write(cx, changes.letter(&cx.world().ids.uuid(), letter)).await {
        Ok(Written::Done(made)) => settle::made(cx, made),
        Ok(Written::Conflict) => {}
        // The partner hears nothing, and gives up or asks again.
        Err(fault) => tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault),
    }
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
