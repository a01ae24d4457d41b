//! Service authorization for migration: the partner MC service server, where the user wants to work, asks the primary one.
//! TS 23.280 clause 10.6.3.3 steps 2 and 3. Step 1 is `ask_to_migrate.rs`, steps 10 and 11 are `answered.rs`, 6 to 8 `decide.rs`.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future::{self, Either};
use kit::{Cause, Cx, Done, Impu, Partner, Permit, Permitted, Stop, To, Verdict};
use store::Version;
use xml_schemas::migration::{Correlation, MigrationServiceAuthorizationRequest as Request, Outcome};

use super::{
    CLAUSE, Stage, Visit,
    book::{Changes, Migrations, Who, Written},
    expected,
    letter::{Addressee, Letter, What},
    policy::ExpectVisitor,
    post, refusal,
};
use crate::{Mcs, authorization::millis, procedures::visits};

/// How long a pause is before the primary system is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a client has asked for, authenticated: the ID in the partner system is its access token's.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Table 10.6.3.2.1-1.
    pub(crate) request: Request,
    /// Which client.
    pub(crate) client: String,
    /// The identity at which it is reached.
    pub(crate) impu: Impu,
}

/// What follows step 1, once it has been answered 200.
///
/// # Errors
/// [`Cause::NotPermitted`] where no migration is configured, [`Cause::UnknownPartner`] where the primary MC service ID is of no
/// interconnected system.
pub(crate) async fn asked(cx: &Cx<Mcs>, asked: Asked) -> Done<impl Future<Output = ()> + Send + use<>> {
    if cx.migrations().is_none() {
        return Err(Cause::NotPermitted.into());
    }
    let system = cx.partners().serving(asked.request.primary.as_str()).cloned();
    let (system, cx) = (system.ok_or(Cause::UnknownPartner)?, cx.clone());
    Ok(async move {
        let (service, partner) = (asked.request.service, asked.request.partner.clone());
        if let Err(stop) = begin(&cx, &system, asked).await {
            tracing::error!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the request came to nothing");
            close(&cx, &(service, partner), stop.cause(), false).await;
        }
    })
}

/// Steps 2 and 3.
async fn begin(cx: &Cx<Mcs>, system: &Partner, asked: Asked) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let who = (asked.request.service, asked.request.partner.clone());

    if migrations.config().partner(&system.name).is_some_and(|partner| partner.at_most.is_some()) {
        // Only who knows all visitors can count them.
        migrations.read().await;
    }
    cx.step(CLAUSE, 2); // an initial check, by the rule for this primary system
    let verdict = cx.decide(ExpectVisitor {
        told: expected::told(cx, &asked.request.primary).await?,
        system: system.name.to_string(),
        service: asked.request.service,
        partner: asked.request.partner.clone(),
        primary: asked.request.primary.clone(),
    });
    let visit = keep(cx, migrations, system, &who, asked).await?;
    migrations.happened("asked");
    match verdict {
        Verdict::Allow(permit) => exchange(cx, system, permit, &visit).await,
        Verdict::Refuse(cause) => refuse(cx, &who, cause).await,
        Verdict::Defer(_) => refuse(cx, &who, Cause::NotExpected).await,
    }
}

/// The visit is kept before anybody is asked: a restart asks again, under the same `request-id`.
async fn keep(
    cx: &Cx<Mcs>,
    migrations: &Migrations,
    system: &Partner,
    who: &Who,
    asked: Asked,
) -> Done<Visit> {
    let Asked { request, client, impu } = asked;
    let fresh = match request.correlation.request_id() {
        Some(named) => named.clone(),
        None => cx.fresh_request_id()?,
    };
    loop {
        let seen = migrations.seen_visit(who);
        let known = seen.as_ref().map(|(visit, _)| visit);
        let known = known.filter(|known| known.primary == request.primary && *known.system == *system.name);
        let visit = Visit {
            service: request.service,
            partner: request.partner.clone(),
            primary: request.primary.clone(),
            system: system.name.to_string(),
            profile: request.profile,
            impu: impu.clone(),
            client: client.clone(),
            request_id: known.map_or_else(|| fresh.clone(), |known| known.request_id.clone()),
            asked_as: request.correlation.request_id().cloned(),
            since: known.map_or_else(|| millis(cx.world().clock.wall()), |known| known.since),
            stage: if known.is_some_and(Visit::is_admitted) { Stage::Renewing } else { Stage::Asking },
        };
        let version = seen.as_ref().map(|(_, version)| *version);
        let mut changes = Changes::new().put_visit(visit.clone(), version);
        // Whom another user's visit under this ID is over.
        if let Some((other, _)) = seen.as_ref().filter(|_| known.is_none()) {
            let letter = Letter::visit_ended(other, refusal(Cause::LeftPartner), post::long(cx));
            changes = changes.letter(&cx.world().ids.uuid(), letter);
        }
        for key in given_up(migrations, &visit) {
            changes = changes.no_letter(&key);
        }
        if let Written::Done(letters) = migrations.write(changes).await? {
            post::send(cx, letters);
            return Ok(visit);
        }
    }
}

/// Notices that an earlier request of the same name was given up: they would end this one.
fn given_up(migrations: &Migrations, visit: &Visit) -> Vec<String> {
    let is_one = |letter: &Letter| {
        let to_system = letter.to == Addressee::System(visit.system.clone());
        to_system && matches!(&letter.what, What::Ended(ended) if ended.request_id == visit.request_id)
    };
    migrations.letters().into_iter().filter(|(_, letter)| is_one(letter)).map(|(key, _)| key).collect()
}

/// How the exchange with the primary system went.
enum Went {
    /// Its answer has been taken.
    Answered,
    /// The user has asked again meanwhile; that request goes on.
    Overtaken,
    /// It was refused on the way.
    Refused(Stop),
    /// No answer came.
    Silent,
}

/// Step 3, until the answer of step 10 has been taken, or the time is over.
async fn exchange(cx: &Cx<Mcs>, system: &Partner, permit: Permit<ExpectVisitor>, visit: &Visit) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Err(Cause::NotPermitted.into()) };
    let who = (visit.service, visit.partner.clone());
    let request = permit.release(Request {
        correlation: Correlation::named(visit.request_id.clone()),
        service: visit.service,
        partner: visit.partner.clone(),
        primary: visit.primary.clone(),
        profile: visit.profile,
    })?;
    let answer = migrations.wait_for(who.clone());

    cx.step(CLAUSE, 3); // to the primary system, which the primary MC service ID names
    let mut is_accepted = false;
    let exchange = async {
        match future::select(answer, pin!(tell(cx, system, &request, &mut is_accepted))).await {
            Either::Left((answer, _)) => answer.map_or(Went::Overtaken, |()| Went::Answered),
            Either::Right((Err(stop), _)) => Went::Refused(stop),
            Either::Right((Ok(()), answer)) => answer.await.map_or(Went::Overtaken, |()| Went::Answered),
        }
    };
    let went = match future::select(pin!(exchange), cx.world().clock.sleep(migrations.config().answer_within))
        .await
    {
        Either::Left((went, _)) => went,
        Either::Right(((), _)) => Went::Silent,
    };
    match went {
        Went::Answered | Went::Overtaken => {}
        Went::Refused(stop) => close(cx, &who, stop.cause(), false).await,
        Went::Silent if is_accepted => close(cx, &who, Cause::TimedOut, true).await,
        Went::Silent => close(cx, &who, Cause::PartnerUnreachable, true).await,
    }
    Ok(())
}

/// Sends the request until it is accepted, or refused for good.
async fn tell(
    cx: &Cx<Mcs>,
    system: &Partner,
    request: &Permitted<Request>,
    is_accepted: &mut bool,
) -> Result<(), Stop> {
    let mut pause = PAUSE;
    loop {
        match cx.tell(To::Partner(system), request).await {
            Ok(()) => {
                *is_accepted = true;
                return Ok(());
            }
            Err(stop) if post::is_final(stop.cause()) => return Err(stop),
            Err(_) => cx.world().clock.sleep(pause).await,
        }
        pause *= 2;
    }
}

/// Step 2 said no, of whomever it may have admitted before.
async fn refuse(cx: &Cx<Mcs>, who: &Who, cause: Cause) -> Done<()> {
    let seen = cx.migrations().and_then(|migrations| migrations.seen_visit(who));
    let was_admitted = seen.is_some_and(|(visit, _)| visit.is_admitted());
    over(cx, who, cause, was_admitted, |_| true).await
}

/// The request has come to nothing; the client is told why. `give_up`: the primary system may have marked the user, and is told too.
async fn close(cx: &Cx<Mcs>, who: &Who, cause: Cause, give_up: bool) {
    if give_up && let Some(migrations) = cx.migrations() {
        migrations.happened("given-up");
    }
    if let Err(stop) = over(cx, who, cause, give_up, Visit::is_asking).await {
        tracing::error!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the client was not told");
    }
}

async fn over(
    cx: &Cx<Mcs>,
    who: &Who,
    cause: Cause,
    tell_primary: bool,
    is_meant: impl Fn(&Visit) -> bool,
) -> Done<()> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    loop {
        let Some((visit, version)) = migrations.seen_visit(who).filter(|(visit, _)| is_meant(visit)) else {
            return Ok(());
        };
        let changes = without(cx, &visit, version, cause, tell_primary);
        if let Written::Done(letters) = migrations.write(changes).await? {
            tracing::info!(target: "mcx::migration", server = %cx.profile().name, user = %visit.partner, %cause, "is not admitted");
            if !is_kept(&visit, cause) {
                visits::dismiss(cx, &visit.impu, &visit.client, &visit.partner).await?;
            }
            post::send(cx, letters);
            return Ok(());
        }
    }
}

/// Whoever was admitted stays so where nothing but this time's question has failed.
fn is_kept(visit: &Visit, cause: Cause) -> bool {
    visit.stage == Stage::Renewing && !matches!(cause, Cause::NotExpected | Cause::NoRoom)
}

fn without(cx: &Cx<Mcs>, visit: &Visit, version: Version, cause: Cause, tell_primary: bool) -> Changes {
    let changes = if is_kept(visit, cause) {
        let admitted = Visit { stage: Stage::Admitted, ..visit.clone() };
        Changes::new().put_visit(admitted, Some(version))
    } else {
        Changes::new().drop_visit(visit, version)
    };
    let ids = &cx.world().ids;
    let to_client = Letter::to_client(visit, Outcome::Failure(refusal(cause)), post::short(cx));
    let changes = changes.letter(&ids.uuid(), to_client);
    if !tell_primary || is_kept(visit, cause) {
        return changes;
    }
    let reason = if visit.is_admitted() { Cause::LeftPartner } else { Cause::GivenUp };
    changes.letter(&ids.uuid(), Letter::visit_ended(visit, refusal(reason), post::long(cx)))
}

/// After a restart: whoever was being asked about is asked about again, if he is still expected.
pub(super) async fn resume(cx: Cx<Mcs>, visit: Visit) {
    let who = (visit.service, visit.partner.clone());
    let Some(system): Option<Arc<Partner>> = cx.partners().named(&visit.system).cloned() else {
        return close(&cx, &who, Cause::UnknownPartner, false).await;
    };
    let told = match expected::told(&cx, &visit.primary).await {
        Ok(told) => told,
        Err(fault) => return close(&cx, &who, fault.cause(), true).await,
    };
    let verdict = cx.decide(ExpectVisitor {
        told,
        system: visit.system.clone(),
        service: visit.service,
        partner: visit.partner.clone(),
        primary: visit.primary.clone(),
    });
    let done = match verdict {
        Verdict::Allow(permit) => exchange(&cx, &system, permit, &visit).await,
        Verdict::Refuse(cause) => refuse(&cx, &who, cause).await,
        Verdict::Defer(_) => refuse(&cx, &who, Cause::NotExpected).await,
    };
    if let Err(stop) = done {
        close(&cx, &who, stop.cause(), true).await;
    }
}
