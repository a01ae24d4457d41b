//! What a yes means: done once it has been kept that it was said, and tried again until it is done or turns out to be impossible.

use futures::FutureExt as _;
use kit::{Cause, Cx, Done, Fault, Permit, Verdict};
use store::Version;
use wire::BoxFuture;
use xml_schemas::acm::{AcmRequest, AcmResponse};

use super::{end_of, ended, entry, not_open, ruled, seen_by, server, turns, until, works::Work};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{Case, CaseKey, Kept, Seq, Stage},
    outbox::{self, Letter},
    people,
    policy::HandleRequest,
    procedure::{Approved, CarriedOut, Procedure},
    readable,
};

/// Decisions that are read at once after a restart.
const PAGE: usize = 1_024;

/// Begins what follows from a decision, where it has not been begun.
pub(crate) fn begin(cx: &Cx<Acm>, case: &Case) {
    if case.stage == Stage::Decided {
        let now = millis(cx.world().clock.wall());
        let subjects = turns::subjects(case);
        cx.works().put(&case.partner, Work::new(case.key.clone(), case.kind, subjects), now);
        pump(cx, &case.partner);
    }
}

/// As many as may run, run; what has to wait is looked at when its time comes.
fn pump(cx: &Cx<Acm>, partner: &str) {
    let (most, now) = (cx.config().limits.works, millis(cx.world().clock.wall()));
    while let Some(work) = cx.works().start(partner, most, now) {
        cx.world().tasks.spawn(run(cx.clone(), partner.to_owned(), work).boxed());
    }
    if let Some(rest) = cx.works().rest(partner, most, now) {
        cx.world().tasks.spawn(look(cx.clone(), partner.to_owned(), rest).boxed());
    }
}

async fn run(cx: Cx<Acm>, partner: String, work: Work) {
    let done = match cx.procedures().work(work.kind, cx.for_flow(work.key.request_id()), work.key.clone()) {
        Some(attempt) => attempt.await,
        None => Ok(()),
    };
    match done {
        Ok(()) => cx.works().done(&partner, &work),
        Err(stop) => {
            let flow = work.key.request_id().as_str();
            tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, flow, %stop, "a decision is not carried out yet");
            cx.works().again(&partner, work, millis(cx.world().clock.wall()));
        }
    }
    pump(&cx, &partner);
}

async fn look(cx: Cx<Acm>, partner: String, rest: std::time::Duration) {
    cx.world().clock.sleep(rest).await;
    cx.works().look(&partner, millis(cx.world().clock.wall()));
    pump(&cx, &partner);
}

/// Whatever an earlier run has left, in the order in which it was decided. How much there is.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn resume(cx: &Cx<Acm>) -> Result<usize, Fault> {
    let (mut after, mut count): (Option<String>, _) = (None, 0);
    let mut left = Vec::new();
    loop {
        let page = cx.book().page(keys::WORK, after.as_deref(), PAGE).await?;
        for (tail, place) in &page {
            left.extend(left_of(cx, tail, place).await?);
        }
        count += page.len();
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    left.sort();
    for Left { key, .. } in left {
        if let Some((case, _)) = cx.book().case(&key).await? {
            begin(cx, &case);
        }
    }
    Ok(count)
}

/// A decision that is not carried out yet; the first to be comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Left {
    place: Option<Seq>,
    decided: Option<u64>,
    seq: Seq,
    key: CaseKey,
}

/// None where it is known already, or nothing more is left of it than that it was to be done.
async fn left_of(cx: &Cx<Acm>, tail: &str, place: &[u8]) -> Result<Option<Left>, Fault> {
    let Some(key) = CaseKey::read(tail) else {
        cx.book().unreadable(tail, "what is to be done");
        return Ok(None);
    };
    if key.from().is_some_and(|partner| cx.works().knows(partner, &key)) {
        return Ok(None);
    }
    let Some((case, _)) = cx.book().case(&key).await? else {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, "a decision is kept without its request");
        not_open(cx, &key).await?;
        cx.book().write(Changes::new().no_work(&key)).await?.done();
        return Ok(None);
    };
    let place = std::str::from_utf8(place).ok().and_then(Seq::read);
    let decided = case.decision.as_ref().map(|decision| decision.at);
    Ok(Some(Left { place, decided, seq: case.seq, key }))
}

/// One decision, tried once.
pub(crate) fn work<P: Procedure>(cx: Cx<Acm>, key: CaseKey) -> BoxFuture<'static, Done<()>> {
    async move { carry_out::<P>(&cx, &key).await }.boxed()
}

async fn carry_out<P: Procedure>(cx: &Cx<Acm>, key: &CaseKey) -> Done<()> {
    loop {
        let Some((case, version)) = turns::undone(cx, key).await? else { return Ok(()) };
        // However long it has waited for its turn, it is tried once.
        turns::come(cx, &case).await?;
        let is_last = is_last(cx, &case);
        let mut seen = version;
        let (case, changes) = match attempt::<P>(cx, (&case, version), is_last).await {
            Ok((permit, done)) => {
                seen = done.seen.unwrap_or(version);
                carried_out::<P>(cx, case, permit, done)?
            }
            Err(stop) if is_last || stop.cause().status() < 500 => refused(cx, case, stop.cause())?,
            Err(stop) => return Err(stop),
        };
        let entry = entry(cx, &case, case.stage.name(), cx.profile().psi.as_str());
        let changes = changes.logged(ruled(entry, &case)).effects(P::ended(cx, &case).await?);
        let changes = turns::leave(cx, &case, changes).await?;
        let changes = people::listed(changes, &case, until(cx, &case));
        let changes = changes.case(&case, Some(seen), until(cx, &case));
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(cx, &letters);
            outbox::go(cx);
            return Ok(());
        }
    }
}

/// Does it, once; what came of it can be kept.
async fn attempt<P: Procedure>(
    cx: &Cx<Acm>,
    case: (&Case, Version),
    is_last: bool,
) -> Done<(Permit<HandleRequest>, CarriedOut<P::Request>)> {
    let approved = approve::<P>(cx, case, is_last)?;
    let done = P::carry_out(cx, &approved).await?;
    readable::response(&done.response.clone().into())?;
    Ok((approved.permit, done))
}

/// The case as it ends by what was done, and what is told of that.
fn carried_out<P: Procedure>(
    cx: &Cx<Acm>,
    case: Case,
    permit: Permit<HandleRequest>,
    CarriedOut { response, effects, cause: known, .. }: CarriedOut<P::Request>,
) -> Done<(Case, Changes)> {
    let now = millis(cx.world().clock.wall());
    let (stage, cause) = end_of(response.outcome());
    let kept = Some(Kept::of(&response));
    let letter = Letter::about(&case.partner, &case.key, &permit.release(response)?);
    let changes = Changes::new().letter(cx.book().sequence().next(now), letter).effects(effects);
    Ok((Case { response: kept, ..case.end(stage, known.or(cause), now) }, changes.happens(stage.name())))
}

/// The case as it ends where it cannot be done.
fn refused(cx: &Cx<Acm>, case: Case, cause: Cause) -> Done<(Case, Changes)> {
    let now = millis(cx.world().clock.wall());
    let told = seen_by(cx, &case.partner, cause);
    let (case, letter) = ended::refusal_letter(cx, case.end(Stage::Refused, Some(cause), now), told)?;
    Ok((case, Changes::new().letter(cx.book().sequence().next(now), letter).happens("refused")))
}

/// Whether it has been tried for as long as it may be: what comes now is what came of it.
fn is_last(cx: &Cx<Acm>, case: &Case) -> bool {
    let within = u64::try_from(cx.config().carry_out_within.as_millis()).unwrap_or(u64::MAX);
    let since = case.decision.as_ref().map_or(case.since, |decision| decision.at);
    since.saturating_add(within) <= millis(cx.world().clock.wall())
}

/// A rule's yes and a person's come through here, with the same proof.
fn approve<P: Procedure>(
    cx: &Cx<Acm>,
    (case, seen): (&Case, Version),
    is_last: bool,
) -> Done<Approved<P::Request>> {
    let permit = match cx.decide(HandleRequest::of(case)) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Fault::new("a decision waits for nobody").into()),
    };
    let partner = cx.partners().named(&case.partner).cloned().ok_or(Cause::UnknownPartner)?;
    let request = case.request.read::<P::Request>()?;
    let said = case.response.as_ref().map(Kept::read::<<P::Request as AcmRequest>::Response>).transpose();
    let by = case.decision.as_ref().and_then(|decision| decision.by.clone());
    Ok(Approved {
        partner,
        request,
        said: said?,
        handler: by.map_or_else(|| server(cx), Ok)?,
        permit,
        case: case.clone(),
        seen,
        is_last,
    })
}
