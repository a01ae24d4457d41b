//! Receipts: each side proves to the other what it received, and holds it to the end that its audit log had then.
//! TS 22.280 [R-6.1-004]; the flow is the project's own, provisional.
//!
//! Given where the own log is signed (`[audit]` has a key). A receipt is no part of the procedure: one that is lost is missed in the
//! log, and nowhere else.

use audit::{Digest, Entry};
use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, Permitted, audit as carriage};
use xml_schemas::acm::AuditReceipt;

use crate::{
    Acm,
    book::{Changes, Written, millis},
    case::{Case, CaseKey, Kept},
    outbox::{self, Letter},
};

/// What came of a partner stands in the log: he is told so.
pub(super) async fn give(cx: &Cx<Acm>, case: &Case, came: &Kept) {
    if let Err(fault) = try_to_give(cx, case, came).await {
        tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %fault, "no receipt could be given");
    }
}

async fn try_to_give(cx: &Cx<Acm>, case: &Case, came: &Kept) -> Result<(), Fault> {
    let Some(chain) = cx.book().chain() else { return Ok(()) };
    let (now, request_id) = (cx.world().clock.wall(), case.key.request_id().clone());
    let receipt = chain.receipt(came.name(), request_id.as_str(), digest(came), now).await;
    let Some(receipt) = receipt.map_err(|fault| Fault::new(fault.to_string()))? else { return Ok(()) };
    let flow = AuditReceipt { request_id, receipt: carriage::carried(&receipt) };
    let letter = Letter::about(&case.partner, &case.key, &Permitted::open(flow));
    let changes = Changes::new().letter(cx.book().sequence().next(millis(now)), letter);
    if let Written::Done(letters) = cx.book().write(changes).await? {
        outbox::queue(cx, &letters);
        outbox::go(cx);
    }
    Ok(())
}

/// A partner confirms: his word goes into the own log.
///
/// # Errors
/// [`Cause::UnmatchedReport`] for what was not sent to him, or otherwise than he says; [`Cause::ProtectionInvalid`] where it is not
/// signed by the key that it names.
pub(crate) async fn receive(cx: Cx<Acm>, req: Inbound<AuditReceipt>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let AuditReceipt { request_id, receipt } = &req.flow;
    let receipt = carriage::received(request_id, receipt).ok_or(Cause::MalformedBody)?;
    receipt.check().map_err(|_| Cause::ProtectionInvalid)?;
    let keys = [CaseKey::asked(request_id.clone()), CaseKey::received(&partner.name, request_id.clone())];
    for key in keys {
        let Some((case, _)) = cx.book().case(&key).await? else { continue };
        let sent = [Some(&case.request), case.response.as_ref()];
        let is_it = |kept: &&Kept| kept.name() == receipt.of && digest(kept) == receipt.digest;
        if *case.partner != *partner.name || !sent.into_iter().flatten().any(|kept| is_it(&kept)) {
            continue;
        }
        let entry = Entry::new(cx.world().clock.wall(), "acm.receipt", &*partner.name);
        let entry = entry.of(request_id.as_str()).partner(&*partner.name).with("flow", &*receipt.of);
        let entry = Entry { digest: Some(receipt.digest), ..entry }.receipt(receipt);
        return match cx.book().write(Changes::new().logged(entry)).await? {
            Written::Done(_) | Written::Conflict => Ok(Accepted::done()),
        };
    }
    Err(Cause::UnmatchedReport.into())
}

/// As [`super::entry_with`] enters it.
fn digest(kept: &Kept) -> Digest {
    Digest::of(&kept.parts().iter().flat_map(|part| part.bytes.to_vec()).collect::<Vec<u8>>())
}
