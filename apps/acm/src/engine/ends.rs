//! The ends of audit logs, which partners keep for each other, so that a log that is cut off shows: each receipt holds one, and where
//! nothing has to be confirmed one is told every so often. TS 22.280 [R-6.1-004]; the project's own, provisional.
//!
//! It is a receipt too: of the end that the partner told last, whose link is its digest and whose chain and number stand in its
//! `request-id`. So each side hears what the other knows of it, and finds out by itself that its own log is shorter than it was. Other
//! logs of the same process have their ends in this one.

use std::{collections::HashMap, time::Duration};

use audit::{Chain, Digest, Entry, Receipt};
use kit::{Accepted, Cause, Cx, Done, Fault, Permitted, To, audit as carriage};
use serde::{Deserialize, Serialize};
use xml_schemas::{acm::AuditReceipt, flow::Flow as _, ids::RequestId};

use super::pinned::Pin;
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
};

/// Sooner after the last one an end is not entered.
const SHORTEST: Duration = Duration::from_secs(50);

/// A partner has so many chains at most: one for each instance of its server, and what is left of earlier ones.
const CHAINS: usize = 16;

/// The end of a chain as a partner told it last.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    number: u64,
    link: Digest,
    /// When it came, in milliseconds since 1970.
    at: u64,
}

/// Partners are told the end of the own log, for as long as the server is there.
pub(crate) async fn exchange(cx: Cx<Acm>) {
    let Some(chain) = cx.book().chain().cloned() else { return };
    loop {
        cx.world().clock.sleep(cx.config().audit_every).await;
        for partner in &cx.config().partners {
            if let Err(stop) = tell(&cx, &chain, &partner.name).await {
                tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, partner = partner.name, %stop, "the end of the audit log is not told");
            }
        }
    }
}

async fn tell(cx: &Cx<Acm>, chain: &Chain, name: &str) -> Done<()> {
    let known = latest(cx, name).await?;
    let request_id = confirming(cx, known.as_ref())?;
    let digest = known.map_or_else(|| Digest::of(b""), |(_, known)| known.link);
    let receipt = chain.receipt(AuditReceipt::NAME, request_id.as_str(), digest, cx.world().clock.wall());
    let receipt = receipt.await.map_err(|fault| Fault::new(fault.to_string()))?;
    let Some(receipt) = receipt else { return Ok(()) };
    let flow = AuditReceipt { request_id, receipt: carriage::carried(&receipt) };
    let partners = cx.partners();
    let partner = partners.named(name).ok_or(Cause::UnknownPartner)?;
    cx.tell(To::Partner(partner), &Permitted::open(flow)).await
}

/// The end that the partner told last, of whichever chain of his.
async fn latest(cx: &Cx<Acm>, partner: &str) -> Result<Option<(String, Known)>, Fault> {
    let page = cx.book().page(&keys::audit_ends(partner), None, CHAINS).await?;
    let known = page.into_iter().filter_map(|(chain, value)| Some((chain, read(&value)?)));
    Ok(known.max_by_key(|(_, known)| known.at))
}

fn read(value: &[u8]) -> Option<Known> {
    serde_json::from_slice(value).ok()
}

/// Which end is confirmed; of a chain whose name fits into no `request-id`, none.
fn confirming(cx: &Cx<Acm>, known: Option<&(String, Known)>) -> Result<RequestId, Fault> {
    let id = cx.world().ids.uuid();
    let said = known.map(|(chain, known)| format!("{chain}/{}/{id}", known.number));
    let said = said.and_then(|said| RequestId::new(&said).ok());
    said.map_or_else(|| RequestId::new(&id).map_err(|bad| Fault::new(bad.to_string())), Ok)
}

/// Chain and number of the end that is confirmed.
fn confirmed(request_id: &str) -> Option<(&str, u64)> {
    let mut parts = request_id.rsplitn(3, '/').skip(1);
    let number = parts.next()?.parse().ok()?;
    Some((parts.next()?, number))
}

/// A partner tells the end of his log, and which end of ours he has.
///
/// # Errors
/// [`Cause::Overloaded`] where he has more chains than anybody needs; [`Fault`] where the store fails.
pub(super) async fn receive(cx: &Cx<Acm>, partner: &str, receipt: Receipt, pin: Pin) -> Done<Accepted> {
    let (now, key) = (cx.world().clock.wall(), keys::audit_end(partner, &receipt.chain));
    let kept = cx.book().store().get(key.as_bytes()).await.map_err(Fault::from)?;
    if kept.is_none() && cx.book().page(&keys::audit_ends(partner), None, CHAINS).await?.len() >= CHAINS {
        return Err(Cause::Overloaded.into());
    }
    let (version, before) = (kept.as_ref().map(|kept| kept.version), kept.and_then(|kept| read(&kept.value)));
    let mut told = Known { number: receipt.number, link: receipt.head, at: millis(now) };
    if before.as_ref().is_some_and(|before| told.at < before.at.saturating_add(MILLIS)) {
        return Ok(Accepted::done());
    }
    let is_set_back = before.as_ref().is_some_and(|before| is_contradicted(before, &told));
    let is_ours_short = is_ours_short(cx, &receipt).await?;
    let entry = Entry::new(now, act(is_set_back, is_ours_short), partner);
    let entry = entry.of(&*receipt.request).partner(partner).with("flow", &*receipt.of);
    let entry = Entry { digest: Some(receipt.digest), ..entry }.receipt(receipt);
    if let Some(before) = before.filter(|_| is_set_back) {
        // What he had is what he is held to, and what he hears of, until his log is longer again.
        told = Known { at: told.at, ..before };
    }
    let value = serde_json::to_vec(&told).map_err(|why| Fault::new(why.to_string()))?;
    let changes = pin.keep(Changes::new().replaced(key, value, version).logged(entry));
    match cx.book().write(changes).await? {
        Written::Done(_) => warn(cx, partner, is_set_back, is_ours_short),
        // He tells again, and another process has entered it.
        Written::Conflict => {}
    }
    Ok(Accepted::done())
}

const MILLIS: u64 = SHORTEST.as_secs() * 1_000;

/// Whether the partner's log was longer, or other, when he told of it last.
fn is_contradicted(before: &Known, told: &Known) -> bool {
    told.number < before.number || (told.number == before.number && told.link != before.link)
}

/// Whether the end of ours that he has is none that the own log has by now.
async fn is_ours_short(cx: &Cx<Acm>, receipt: &Receipt) -> Result<bool, Fault> {
    let Some(chain) = cx.book().chain() else { return Ok(false) };
    let Some((_, number)) = confirmed(&receipt.request).filter(|(of, _)| *of == chain.id()) else {
        return Ok(false);
    };
    let link = chain.link_of(number).await.map_err(|fault| Fault::new(fault.to_string()))?;
    Ok(link != Some(receipt.digest))
}

fn act(is_set_back: bool, is_ours_short: bool) -> &'static str {
    match (is_set_back, is_ours_short) {
        (_, true) => "audit.end.disputed",
        (true, false) => "audit.end.contradicted",
        (false, false) => "audit.end",
    }
}

fn warn(cx: &Cx<Acm>, partner: &str, is_set_back: bool, is_ours_short: bool) {
    let entity = &cx.profile().name;
    if is_set_back {
        tracing::error!(target: "mcx::audit", %entity, partner, "the partner's audit log is not the one whose end it told before");
    }
    if is_ours_short {
        tracing::error!(target: "mcx::audit", %entity, partner, "the partner has an end of the own audit log that the log has not: verify it against what he kept");
    }
}

/// The ends of other logs of this process go into this one whenever they have moved: what is cut off of those shows here.
pub(crate) async fn witness(cx: Cx<Acm>, chains: Vec<Chain>) {
    if cx.book().chain().is_none() || chains.is_empty() {
        return;
    }
    let mut seen: HashMap<String, u64> = HashMap::new();
    loop {
        cx.world().clock.sleep(cx.config().audit_every).await;
        for chain in &chains {
            if let Err(fault) = enter(&cx, chain, &mut seen).await {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault, "the end of a log is not entered");
            }
        }
    }
}

async fn enter(cx: &Cx<Acm>, chain: &Chain, seen: &mut HashMap<String, u64>) -> Result<(), Fault> {
    let head = chain.head().await.map_err(|fault| Fault::new(fault.to_string()))?;
    let Some(head) = head.filter(|head| seen.get(chain.id()) != Some(&head.head.seq)) else { return Ok(()) };
    let seq = head.head.seq;
    let entry = Entry::new(cx.world().clock.wall(), "audit.end.own", cx.profile().psi.as_str()).head(head);
    match cx.book().write(Changes::new().logged(entry)).await? {
        Written::Done(_) | Written::Conflict => drop(seen.insert(chain.id().to_owned(), seq)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::confirmed;

    #[test]
    fn a_chain_may_be_named_like_anything() {
        assert_eq!(confirmed("acm1.core/x/7/7f2c"), Some(("acm1.core/x", 7)));
        assert_eq!(confirmed("c0ffee/0/7f2c"), Some(("c0ffee", 0)));
        for none in ["7f2c", "c0ffee/7f2c", "c0ffee/x/7f2c", ""] {
            assert_eq!(confirmed(none), None, "{none}");
        }
    }
}
