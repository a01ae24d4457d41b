//! Receipts: each side proves to the other what it received, and holds it to the end that its audit log had then.
//! TS 22.280 [R-6.1-004]; the flow is the project's own, provisional.
//!
//! Given where the own log is signed (`[audit]` has a key), and promised with what it is given for: a process that ends in between leaves
//! it to the next. It counts where it is signed by a key that is known to be the partner's, and once for each flow that was
//! sent to him: nothing that he repeats makes the log longer.

use audit::{Chain, Digest, Entry, Receipt};
use kit::{Accepted, Cause, Cx, Done, Fault, Inbound, Permitted, audit as carriage};
use xml_schemas::{acm::AuditReceipt, flow::Flow};

use super::{ends, kept_until, pinned::Pin};
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{CaseKey, Kept},
    outbox::{self, Letter},
};

/// Receipts that are read at once.
const PAGE: usize = 1_024;

/// What came of a partner.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    partner: String,
    case: CaseKey,
    flow: String,
    digest: Digest,
}

impl Came {
    /// This flow, about this request.
    pub(crate) fn of<F: Flow>(partner: &str, case: &CaseKey, flow: &F) -> Self {
        Self::kept(partner, case, &Kept::of(flow))
    }

    pub(super) fn kept(partner: &str, case: &CaseKey, kept: &Kept) -> Self {
        let (flow, digest) = (kept.name().to_owned(), kept.sum());
        Self { partner: partner.to_owned(), case: case.clone(), flow, digest }
    }

    fn key(&self) -> String {
        keys::receipt_due(&self.case, &self.flow, self.digest)
    }
}

/// It is kept with the promise of a receipt, where receipts are given.
pub(super) fn due(cx: &Cx<Acm>, changes: Changes, came: &Came) -> Changes {
    if cx.book().chain().is_some_and(Chain::is_signed) {
        changes.receipt_due(came.key(), &came.partner)
    } else {
        changes
    }
}

/// It stands in the log, or in what is kept: he is told so.
pub(super) async fn give(cx: &Cx<Acm>, came: &Came) {
    if let Err(fault) = try_to_give(cx, came).await {
        tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %fault, "no receipt could be given");
    }
}

async fn try_to_give(cx: &Cx<Acm>, came: &Came) -> Result<(), Fault> {
    let Some(chain) = cx.book().chain() else { return Ok(()) };
    let (now, request_id) = (cx.world().clock.wall(), came.case.request_id().clone());
    let receipt = chain.receipt(&came.flow, request_id.as_str(), came.digest, now).await;
    let Some(receipt) = receipt.map_err(|fault| Fault::new(fault.to_string()))? else { return Ok(()) };
    let flow = AuditReceipt { request_id, receipt: carriage::carried(&receipt) };
    let letter = Letter::about(&came.partner, &came.case, &Permitted::open(flow));
    let changes = Changes::new().forgotten(came.key());
    let changes = changes.letter(cx.book().sequence().next(millis(now)), letter);
    if let Written::Done(letters) = cx.book().write(changes).await? {
        outbox::queue(cx, &letters);
        outbox::go(cx);
    }
    Ok(())
}

/// What was promised by a process that ended before it could give it, or could not.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn give_due(cx: &Cx<Acm>) -> Result<(), Fault> {
    let mut after: Option<String> = None;
    loop {
        let page = cx.book().page(keys::RECEIPTS_DUE, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (tail, partner) in &page {
            match read_due(tail, partner) {
                Some(came) => give(&cx.for_flow(came.case.request_id()), &came).await,
                // Of what cannot be read nothing can be confirmed.
                None => {
                    let gone = format!("{}{tail}", keys::RECEIPTS_DUE);
                    cx.book().write(Changes::new().forgotten(gone)).await?.done();
                }
            }
        }
    }
}

fn read_due(tail: &str, partner: &[u8]) -> Option<Came> {
    let (flow, digest, case) = keys::read_receipt_due(tail)?;
    let partner = std::str::from_utf8(partner).ok()?.to_owned();
    Some(Came { partner, case, flow: flow.to_owned(), digest })
}

/// A partner confirms: his word goes into the own log.
///
/// # Errors
/// [`Cause::UnmatchedReport`] for what was not sent to him, or otherwise than he says; [`Cause::ProtectionInvalid`] where it is not
/// signed by the key that it names, or that key is not known to be his.
pub(crate) async fn receive(cx: Cx<Acm>, req: Inbound<AuditReceipt>) -> Done<Accepted> {
    let partner = cx.partner(&req.peer)?;
    let receipt = carriage::received(&req.flow.request_id, &req.flow.receipt).ok_or(Cause::MalformedBody)?;
    receipt.check().map_err(|_| Cause::ProtectionInvalid)?;
    let pin = Pin::of(&cx, &partner.name, &receipt.key).await?;
    if receipt.of == AuditReceipt::NAME {
        return ends::receive(&cx, &partner.name, receipt, pin).await;
    }
    if !was_sent(&cx, &partner.name, &req.flow, &receipt).await? {
        return Err(Cause::UnmatchedReport.into());
    }
    let key = keys::receipt(&partner.name, req.flow.request_id.as_str(), &receipt.of, receipt.digest);
    let entry = Entry::new(cx.world().clock.wall(), "acm.receipt", &*partner.name);
    let entry = entry.of(&*receipt.request).partner(&*partner.name).with("flow", &*receipt.of);
    let entry = Entry { digest: Some(receipt.digest), ..entry }.receipt(receipt);
    let changes = pin.keep(Changes::new().once(key.clone(), Some(known_until(&cx))).logged(entry));
    let is_new = matches!(cx.book().write(changes).await?, Written::Done(_));
    // Where he has confirmed it before, that stands in the log already; where another process has just kept his key, he comes again.
    if is_new || cx.book().store().get(key.as_bytes()).await.map_err(Fault::from)?.is_some() {
        Ok(Accepted::done())
    } else {
        Err(Cause::Overloaded.into())
    }
}

/// For as long as anything about a request of now may be kept.
fn known_until(cx: &Cx<Acm>) -> u64 {
    let longest = u64::try_from(cx.config().longest_wait.as_millis()).unwrap_or(u64::MAX);
    kept_until(cx).saturating_add(longest)
}

/// Whether it was sent to him as he says: a request, a response, or what else is said about a request.
async fn was_sent(
    cx: &Cx<Acm>,
    partner: &str,
    flow: &AuditReceipt,
    receipt: &Receipt,
) -> Result<bool, Fault> {
    let id = &flow.request_id;
    let said = keys::sent(partner, id.as_str(), &receipt.of, receipt.digest);
    if cx.book().store().get(said.as_bytes()).await?.is_some() {
        return Ok(true);
    }
    for key in [CaseKey::asked(id.clone()), CaseKey::received(partner, id.clone())] {
        let Some((case, _)) = cx.book().case(&key).await? else { continue };
        let sent = [Some(&case.request), case.response.as_ref()];
        let is_it = |kept: &&Kept| kept.name() == receipt.of && kept.sum() == receipt.digest;
        if case.partner == *partner && sent.into_iter().flatten().any(|kept| is_it(&kept)) {
            return Ok(true);
        }
    }
    Ok(false)
}
