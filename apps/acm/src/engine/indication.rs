//! The process indication, at the initiator's server: it is kept in the status of the request, whether the initiator is there or
//! not, and handed on to his client where he is. TS 23.280 10.17.7.2 step 4, 10.17.4.2 (the study's step 4b)

use kit::{Accepted, Cause, Cx, Done, Inbound, Permitted};
use xml_schemas::acm::{ProcessIndication, Progress};

use super::{
    ended, entry,
    receipts::{self, Came},
};
use crate::{
    Acm,
    book::{Changes, Written},
    case::{CaseKey, Stage},
    engine::steps_of,
    people,
};

/// A partner's server tells where a request stands with it.
pub(crate) async fn receive(cx: Cx<Acm>, req: Inbound<ProcessIndication>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let key = CaseKey::asked(req.flow.request_id.clone());
    let mut is_first = true;
    loop {
        let seen = cx.book().case(&key).await?.filter(|(case, _)| *case.partner == *partner.name);
        let (mut case, version) = seen.ok_or(Cause::UnmatchedReport)?;
        let steps = steps_of(&cx, case.kind);
        let came = Came::of(&partner.name, &key, &req.flow);
        // What is decided again, because somebody else wrote first, is one step.
        if std::mem::take(&mut is_first) {
            cx.step_part(steps.clause, steps.kept, 'b');
        }
        if req.flow.progress == Progress::Expired {
            let end = (Stage::Expired, Cause::RequestExpired);
            let is_news = ended::by_partner(&cx, &key, end, Some(&came)).await?;
            return Ok(if is_news { confirmed(cx, came) } else { Accepted::done() });
        }
        // What has been said since counts more: an indication may come late, and twice.
        if !matches!(case.stage, Stage::Asked | Stage::Forwarded) {
            return Ok(Accepted::done());
        }
        case.stage = if req.flow.progress == Progress::InProcess { Stage::Decided } else { Stage::Stored };
        let state = req.flow.progress.state().name();
        let changes = Changes::new().logged(entry(&cx, &case, state, &partner.name));
        let changes = receipts::due(&cx, changes.case(&case, Some(version), None).happens(state), &came);
        if let Written::Done(_) = cx.book().write(changes).await? {
            let (indication, user) = (Permitted::open(req.flow), case.initiator.id);
            return Ok(Accepted::then(async move {
                people::tell_if_there(&cx, &user, &indication).await;
                receipts::give(&cx, &came).await;
            }));
        }
    }
}

/// What has changed something here is confirmed, and once: nobody is given a receipt each time that he says the same.
fn confirmed(cx: Cx<Acm>, came: Came) -> Accepted {
    Accepted::then(async move { receipts::give(&cx, &came).await })
}
