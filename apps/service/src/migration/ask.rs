//! Service authorization for migration: the partner MC service server, where the user wants to work, asks the primary one.
//! TS 23.280 clause 10.6.3.3 steps 2 and 3. Step 1 is `ask_to_migrate.rs` with [`keep`], steps 10 and 11 are `answered.rs`, 6 to 8
//! `decide.rs`; what comes to nothing is `close.rs`.

use std::{pin::pin, sync::Arc, time::Duration};

use audit::Entry;
use futures::future::{self, Either};
use kit::{Cause, Cx, Done, Fault, Impu, Partner, Permit, Permitted, Stop, To, Verdict, audit::ruled};
use store::Version;
use xml_schemas::{
    ids::RequestId,
    migration::{Correlation, MigrationServiceAuthorizationRequest as Request},
};

use super::{
    CLAUSE, Stage, Visit,
    book::{Changes, Made, Migrations, Written, write},
    close::{close, refuse},
    decide::is_room,
    end, expected,
    letter::Letter,
    policy::ExpectVisitor,
    post,
    record::Renewal,
    refusal,
};
use crate::{
    Mcs,
    authorization::{Binding, millis},
};

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

/// A request that has been kept.
pub(crate) struct Begun {
    visit: Visit,
    version: Version,
}

/// Step 1, before it is answered: the visit and what is bound to its client, in one commit. A restart asks the primary system,
/// whatever moment it comes at.
///
/// # Errors
/// [`Cause::NotPermitted`] where no migration is configured, [`Cause::UnknownPartner`] where the primary MC service ID is of no
/// interconnected system; [`Cause::Overloaded`] where as many letters to that wait as may; as `bind`; and a fault where it cannot be kept.
pub(crate) async fn keep(
    cx: &Cx<Mcs>,
    asked: &Asked,
    bind: impl Fn(&mut Binding) -> Done<()>,
) -> Done<(Begun, Made)> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let system = cx.partners().serving(asked.request.primary.as_str()).cloned();
    let system = system.ok_or(Cause::UnknownPartner)?;
    // Each request that comes to nothing leaves it something to be told.
    is_room(cx, &system)?;
    let who = (asked.request.service, asked.request.partner.clone());
    loop {
        let (draft, ()) = cx.authorizations().draft(&asked.impu, cx.world().clock.wall(), &bind).await?;
        let seen = migrations.seen_visit(&who);
        let is_it = |known: &&Visit| known.primary == asked.request.primary && *known.system == *system.name;
        let known = seen.as_ref().map(|(visit, _)| visit).filter(is_it);
        let visit = visit(cx, migrations, (&system, asked), known)?;
        let (mut changes, left) = end::leaving(cx, Changes::new(), &draft).await?;
        // Whom another user's visit under this ID is over.
        if let Some((other, _)) = seen.as_ref().filter(|_| known.is_none()) {
            for letter in Letter::visit_ended(other, &refusal(Cause::LeftPartner), post::long(cx)) {
                changes = changes.letter(&cx.world().ids.uuid(), letter);
            }
        }
        let version = seen.as_ref().map(|(_, version)| *version);
        let changes = changes.put_visit(visit.clone(), version).bind(draft);
        if let Written::Done(made) = write(cx, changes).await? {
            end::have_left(cx, &left);
            return Ok((Begun { visit, version: made.version }, made));
        }
    }
}

/// What is kept of a request. Whoever is admitted stays so, with what he was admitted with, until the primary system has said yes to
/// what he asks for now.
fn visit(
    cx: &Cx<Mcs>,
    migrations: &Migrations,
    (system, asked): (&Partner, &Asked),
    known: Option<&Visit>,
) -> Result<Visit, Fault> {
    let Asked { request, client, impu } = asked;
    let (now, request_id) = (millis(cx.world().clock.wall()), name(cx, migrations, request, known)?);
    let (asked_as, profile) = (request.correlation.request_id().cloned(), request.profile);
    let (client, impu) = (client.clone(), impu.clone());
    if let Some(known) = known.filter(|known| known.is_admitted()) {
        let renewal = Some(Renewal { profile, impu, client, request_id, asked_as });
        return Ok(Visit { stage: Stage::Renewing, asked: now, renewal, ..known.clone() });
    }
    Ok(Visit {
        service: request.service,
        partner: request.partner.clone(),
        primary: request.primary.clone(),
        system: system.name.to_string(),
        profile,
        impu,
        client,
        request_id,
        asked_as,
        since: known.map_or(now, |known| known.since),
        asked: now,
        stage: Stage::Asking,
        renewal: None,
    })
}

/// The same question has the same name, so that its repeat is one; another one has a name that nobody knows yet, so that no answer to
/// what was asked before, and no notice that it is over, is taken for one about this.
fn name(
    cx: &Cx<Mcs>,
    migrations: &Migrations,
    request: &Request,
    known: Option<&Visit>,
) -> Result<RequestId, Fault> {
    let same = known.map(Visit::question).filter(|(_, profile)| *profile == request.profile);
    let same = same.map(|(request_id, _)| request_id).filter(|name| !migrations.is_being_ended(name));
    let is_new =
        |name: &&RequestId| migrations.asked_under(name).is_none() && !migrations.is_being_ended(name);
    match same.or_else(|| request.correlation.request_id().filter(is_new)) {
        Some(name) => Ok(name.clone()),
        None => cx.fresh_request_id(),
    }
}

/// What follows step 1, once it has been answered 200: steps 2 and 3.
pub(crate) async fn begin(cx: Cx<Mcs>, begun: Begun) {
    let Begun { visit, version } = begun;
    if let Some(migrations) = cx.migrations() {
        migrations.happened("asked");
    }
    if let Err(stop) = go_on(&cx, &visit, version).await {
        tracing::error!(target: "mcx::procedure", clause = CLAUSE, flow = cx.flow_id(), %stop, "the request came to nothing");
        close(&cx, &visit, stop.cause(), false).await;
    }
}

/// After a restart, or where the process that asked is gone: whoever was being asked about is asked about again, if he is still
/// expected.
pub(super) async fn resume(cx: Cx<Mcs>, visit: Visit) {
    let who = (visit.service, visit.partner.clone());
    let seen = cx.migrations().and_then(|migrations| migrations.seen_visit(&who));
    let Some((visit, version)) = seen.filter(|(seen, _)| *seen == visit) else { return };
    if let Err(stop) = go_on(&cx, &visit, version).await {
        close(&cx, &visit, stop.cause(), true).await;
    }
}

async fn go_on(cx: &Cx<Mcs>, visit: &Visit, version: Version) -> Done<()> {
    let migrations = cx.migrations().ok_or(Cause::NotPermitted)?;
    let system: Arc<Partner> = cx.partners().named(&visit.system).cloned().ok_or(Cause::UnknownPartner)?;
    if migrations.config().partner(&system.name).is_some_and(|partner| partner.at_most.is_some()) {
        // Only who knows all visitors can count them, those of other processes too.
        migrations.read().await;
        migrations.known_to(version).await;
    }
    cx.step(CLAUSE, 2); // an initial check, by the rule for this primary system
    let question = ExpectVisitor {
        told: expected::told(cx, &visit.primary).await?,
        system: visit.system.clone(),
        service: visit.service,
        partner: visit.partner.clone(),
        primary: visit.primary.clone(),
    };
    match cx.decide(question.clone()) {
        Verdict::Allow(permit) => exchange(cx, &system, permit, visit).await,
        Verdict::Refuse(cause) => refuse(cx, visit, cause, not_expected(cx, visit, &question)).await,
        Verdict::Defer(_) => refuse(cx, visit, Cause::NotExpected, not_expected(cx, visit, &question)).await,
    }
}

/// What stands in the audit log where the initial check says no: by which rule.
fn not_expected(cx: &Cx<Mcs>, visit: &Visit, question: &ExpectVisitor) -> Entry {
    let entry = cx.log().act("migration.visit.not-expected", visit.partner.as_str()).partner(&*visit.system);
    let entry = entry.on(visit.primary.as_str()).on(visit.partner.as_str()).of(visit.request_id.as_str());
    ruled(entry, &kit::Policy::rule(&**cx, question))
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
    let (request_id, profile) = visit.question();
    let request = permit.release(Request {
        correlation: Correlation::named(request_id.clone()),
        service: visit.service,
        partner: visit.partner.clone(),
        primary: visit.primary.clone(),
        profile,
    })?;
    let mut wait = migrations.wait_for((visit.service, visit.partner.clone()));

    cx.step(CLAUSE, 3); // to the primary system, which the primary MC service ID names
    let mut is_accepted = false;
    let exchange = async {
        match future::select(&mut wait.answer, pin!(tell(cx, system, &request, &mut is_accepted))).await {
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
        Went::Refused(stop) => close(cx, visit, stop.cause(), false).await,
        Went::Silent => {
            let cause = if is_accepted { Cause::TimedOut } else { Cause::PartnerUnreachable };
            close(cx, visit, cause, true).await;
        }
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
