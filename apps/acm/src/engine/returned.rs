//! The partner answers: its server returns the response, and the initiator's keeps it until his client has it.

use std::sync::Arc;

use kit::{Accepted, Cause, Cx, Done, Partner};
use xml_schemas::{
    acm::{AcmRequest, AcmResponse},
    flow::Flow as _,
};

use super::{
    end_of, ended, entry_with, is_for_initiator,
    receipts::{self, Came},
    until,
};
use crate::{
    Acm,
    book::{Changes, Effects, Written, millis},
    case::{Case, CaseKey, Kept, Side, Stage},
    people::{self, seat},
    procedure::Procedure,
    readable,
};

/// Answered 200 once it is kept. A repeat finds that it has ended; what the partner says counts more than what was presumed.
pub(super) async fn returned<P: Procedure>(
    cx: Cx<Acm>,
    partner: Arc<Partner>,
    response: <P::Request as AcmRequest>::Response,
) -> Done<Accepted> {
    let steps = P::STEPS;
    cx.step(steps.clause, steps.returned);
    let key = CaseKey::asked(response.request_id().clone());
    loop {
        let is_it =
            |case: &Case| *case.partner == *partner.name && case.kind == <P::Request as AcmRequest>::KIND;
        let seen = cx.book().case(&key).await?.filter(|(case, _)| is_it(case));
        let (case, version) = seen.ok_or(Cause::UnmatchedReport)?;
        if case.stage.is_end() && !case.is_presumed {
            return Ok(Accepted::done());
        }
        verify(&partner, &case, &response)?;
        let effects = learned::<P>(&cx, &case, &response).await?;
        let (stage, cause) = end_of(response.outcome());
        // What was presumed has perhaps been told already; now he is told again.
        let changes = people::no_wait(Changes::new(), &case).happens(stage.name()).effects(effects);
        let case = case.end(stage, cause, millis(cx.world().clock.wall()));
        let case = Case { response: Some(Kept::of(&response)), is_presumed: false, is_told: false, ..case };
        let case = seat(&cx, Side::Asked, response.heading().target.clone(), None).await?.take(case);
        let by = response.heading().handler.id.as_str();
        let came = Came::of(&partner.name, &key, &response);
        let changes = receipts::due(&cx, changes, &came);
        let changes = changes.logged(entry_with(&cx, &case, "returned", by, &Kept::of(&response)));
        let changes = changes.case(&case, Some(version), until(&cx, &case));
        let changes = people::listed(people::wait_for(changes, &case, true), &case, until(&cx, &case));
        if let Written::Done(_) = cx.book().write(changes).await? {
            cx.step(steps.clause, steps.stored);
            return Ok(Accepted::then(async move {
                people::announce(&cx, &case);
                receipts::give(&cx, &came).await;
            }));
        }
    }
}

/// What our own system has to know of a response that is about what was asked, and can be kept. A request that cannot be read any more
/// ends there.
async fn learned<P: Procedure>(
    cx: &Cx<Acm>,
    case: &Case,
    response: &<P::Request as AcmRequest>::Response,
) -> Done<Effects> {
    let Ok(request) = case.request.read::<P::Request>() else {
        ended::by_partner(cx, &case.key, (Stage::Refused, Cause::Fault), None).await?;
        return Err(Cause::UnmatchedReport.into());
    };
    readable::response(&response.clone().into())?;
    if !P::fits(&request, response) {
        return Err(Cause::ForeignIdentity.into());
    }
    P::learn(cx, case, &request, response).await
}

/// Who handled it is of that system, and so is the role in which he did; and whom it is for is the initiator, or whoever holds the role
/// in which he asked.
fn verify<R: AcmResponse>(partner: &Partner, case: &Case, response: &R) -> Result<(), Cause> {
    let heading = response.heading();
    let role = heading.handler.alias.as_ref();
    if role.is_some_and(|role| !partner.owns_domain(role.domain())) {
        return Err(Cause::ForeignIdentity);
    }
    let is_for_initiator = is_for_initiator(case, &heading.target);
    if partner.owns_domain(heading.handler.id.domain()) && is_for_initiator {
        Ok(())
    } else {
        Err(Cause::ForeignIdentity)
    }
}
