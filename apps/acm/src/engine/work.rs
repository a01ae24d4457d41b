//! What a yes means: done once it has been kept that it was said, and tried again until it is done or turns out to be impossible.

use std::time::Duration;

use futures::FutureExt as _;
use kit::{Cx, Done, Fault, Stop, Verdict};
use wire::BoxFuture;
use xml_schemas::acm::{AcmRequest, AcmResponse, Outcome};

use super::{ended, entry, ruled, server, until};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{Case, CaseKey, Kept, Stage},
    outbox::{self, Letter},
    people,
    policy::HandleRequest,
    procedure::{Approved, CarriedOut, Procedure},
};

/// Decisions that are read at once after a restart.
const PAGE: usize = 1_024;

/// The first pause after a failure, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// Begins what follows from a decision, where it has not been begun.
pub(crate) fn begin(cx: &Cx<Acm>, case: &Case) {
    if case.stage != Stage::Decided || !cx.working().lock().insert(case.key.clone()) {
        return;
    }
    let cx = cx.for_flow(case.key.request_id());
    if let Some(work) = cx.procedures().work(case.kind, cx.clone(), case.key.clone()) {
        cx.world().tasks.spawn(work);
    }
}

/// Whatever an earlier run has left. How much there is.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn resume(cx: &Cx<Acm>) -> Result<usize, Fault> {
    let (mut after, mut count): (Option<String>, _) = (None, 0);
    loop {
        let page = cx.book().page(keys::WORK, after.as_deref(), PAGE).await?;
        for (tail, _) in &page {
            let key = CaseKey::read(tail).ok_or_else(|| Fault::new("what is to be done cannot be read"))?;
            match cx.book().case(&key).await? {
                Some((case, _)) => begin(cx, &case),
                None => {
                    tracing::error!(target: "mcx::fault", entity = %cx.profile().name, "a decision is kept without its request")
                }
            }
        }
        count += page.len();
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(count),
        }
    }
}

/// One decision, until it is done.
pub(crate) fn work<P: Procedure>(cx: Cx<Acm>, key: CaseKey) -> BoxFuture<'static, ()> {
    async move {
        let [mut pause, longest] = PAUSES;
        while let Err(stop) = carry_out::<P>(&cx, &key).await {
            tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %stop, "a decision is not carried out yet");
            cx.world().clock.sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
        cx.working().lock().remove(&key);
    }
    .boxed()
}

async fn carry_out<P: Procedure>(cx: &Cx<Acm>, key: &CaseKey) -> Done<()> {
    loop {
        let seen = cx.book().case(key).await?.filter(|(case, _)| case.stage == Stage::Decided);
        let Some((case, version)) = seen else { return Ok(()) };
        let done = match approve::<P>(cx, &case) {
            Ok(approved) => {
                let done = P::carry_out(cx, &approved).await;
                done.map(|done| (approved.permit, done))
            }
            Err(stop) => Err(stop),
        };
        let now = millis(cx.world().clock.wall());
        let (case, changes) = match done {
            Ok((permit, CarriedOut { response, effects })) => {
                let stage = match response.outcome() {
                    Outcome::Success | Outcome::Partial => Stage::Answered,
                    Outcome::Failure(_) => Stage::Refused,
                };
                let kept = Some(Kept::of(&response));
                let letter = Letter::about(&case.partner, key, &permit.release(response)?);
                let changes = Changes::new().letter(cx.book().sequence().next(now), letter).effects(effects);
                (Case { response: kept, ..case.end(stage, None, now) }, changes.happens(stage.name()))
            }
            Err(Stop::Refused(refused)) if refused.cause.status() < 500 => {
                let case = case.end(Stage::Refused, Some(refused.cause), now);
                let (case, letter) = ended::refusal_letter(cx, case, refused.cause)?;
                (case, Changes::new().letter(cx.book().sequence().next(now), letter).happens("refused"))
            }
            Err(stop) => return Err(stop),
        };
        let entry = entry(cx, &case, case.stage.name(), cx.profile().psi.as_str());
        let changes = changes.logged(ruled(entry, &case));
        let changes = people::listed(changes.no_work(key), &case, until(cx, &case));
        let changes = changes.case(&case, Some(version), until(cx, &case));
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(cx, &letters);
            outbox::go(cx);
            return Ok(());
        }
    }
}

/// A rule's yes and a person's come through here, with the same proof.
fn approve<P: Procedure>(cx: &Cx<Acm>, case: &Case) -> Done<Approved<P::Request>> {
    let permit = match cx.decide(HandleRequest::of(case)) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Fault::new("a decision waits for nobody").into()),
    };
    let partner = cx.partners().named(&case.partner).cloned().ok_or(kit::Cause::UnknownPartner)?;
    let request = case.request.read::<P::Request>().map_err(|bad| ended::unreadable(&bad))?;
    let said = case.response.as_ref().map(Kept::read::<<P::Request as AcmRequest>::Response>).transpose();
    let by = case.decision.as_ref().and_then(|decision| decision.by.clone());
    Ok(Approved {
        partner,
        request,
        said: said.map_err(|bad| ended::unreadable(&bad))?,
        handler: by.map_or_else(|| server(cx), Ok)?,
        permit,
        case: case.clone(),
    })
}
