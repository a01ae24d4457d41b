//! The life that every request of TS 23.280 10.17 has, whatever it asks. [`crate::procedure`] says where a procedure comes in.

mod answer;
mod ask;
pub(crate) mod ended;
mod ends;
mod entry;
mod expire;
mod indication;
mod pinned;
mod receipts;
mod receive;
mod returned;
mod withdraw;
mod work;
mod works;

use std::time::Duration;

use kit::{Accepted, Cause, Cx, Done, Entity, Fault, Inbound};
use xml_schemas::{
    acm::{AcmRequest, Actor, Addressee, Kind, Outcome, Refusal},
    ids::McServiceId,
};

use crate::{
    Acm,
    book::{keys, millis},
    case::{Case, Stage},
    procedure::{Procedure, Steps},
};

pub(crate) use ends::{exchange as exchange_ends, witness};
pub(crate) use entry::{entry, entry_with, ruled};
pub(crate) use expire::watch;
pub(crate) use indication::receive as indicated;
pub(crate) use receipts::receive as receipted;
pub(crate) use withdraw::{outcome as withdrawal_outcome, request as withdraw, stays as withdrawal_stays};
pub(crate) use work::{resume, work};
pub(crate) use works::Works;

/// A procedure's request and response, by their types.
pub(crate) fn register<P: Procedure>(entity: Entity<Acm>) -> Entity<Acm> {
    entity.on_again(request::<P>).on_report_again(response::<P>)
}

/// The same request comes from a client of ours, and from a partner's server.
async fn request<P: Procedure>(cx: Cx<Acm>, req: Inbound<P::Request>) -> Done<Accepted> {
    match req.peer.user() {
        Some(impu) => ask::ask::<P>(cx, impu, req.flow).await,
        None => {
            let partner = cx.partner(&req.peer)?;
            receive::receive::<P>(cx, partner, req.flow).await
        }
    }
}

/// The same response comes from a client of ours, and from a partner's server.
async fn response<P: Procedure>(
    cx: Cx<Acm>,
    req: Inbound<<P::Request as AcmRequest>::Response>,
) -> Done<Accepted> {
    match req.peer.user() {
        Some(impu) => answer::answer::<P>(cx, impu, req.flow).await,
        None => {
            let partner = cx.partner(&req.peer)?;
            returned::returned::<P>(cx, partner, req.flow).await
        }
    }
}

/// Where in its clause a procedure is; of one that this server does not have, nowhere.
pub(crate) fn steps_of(cx: &Cx<Acm>, kind: Kind) -> Steps {
    let nowhere = Steps {
        clause: kind.clause(),
        asked: 0,
        authorized: 0,
        forwarded: 0,
        kept: 0,
        target_returns: None,
        delivered: 0,
        answered: 0,
        returned: 0,
        stored: 0,
        initiator_leaves: None,
        initiator_returns: None,
        told: 0,
    };
    cx.procedures().steps(kind).unwrap_or(nowhere)
}

/// What the other side is told of a cause.
pub(crate) fn refusal(cause: Cause) -> Refusal {
    Refusal { code: Some(cause.code()), text: Some(cause.text().to_owned()) }
}

/// How a request ends by what it is answered.
pub(crate) fn end_of(outcome: Outcome) -> (Stage, Option<Cause>) {
    match outcome {
        Outcome::Success | Outcome::Partial => (Stage::Answered, None),
        Outcome::Failure(Refusal { code, .. }) => {
            (Stage::Refused, Some(code.and_then(Cause::from_code).unwrap_or(Cause::Unspecified)))
        }
    }
}

/// Whether a response is for who asked: him, or whoever holds the role in which he did.
pub(crate) fn is_for_initiator(case: &Case, target: &Addressee) -> bool {
    match target {
        Addressee::User(id) => *id == case.initiator.id,
        Addressee::Alias(alias) => case.initiator.alias.as_ref() == Some(alias),
    }
}

/// Where no person stands behind it, this server does: by its public service identity, which is of the same form.
///
/// # Errors
/// [`Fault`] where it is not.
pub(crate) fn server(cx: &Cx<Acm>) -> Result<Actor, Fault> {
    let id = McServiceId::new(cx.profile().psi.as_str());
    id.map(Actor::user).map_err(|bad| Fault::new(bad.to_string()))
}

/// How long what became of a case is kept, in milliseconds of Unix time.
pub(crate) fn until(cx: &Cx<Acm>, case: &Case) -> Option<u64> {
    let kept = if case.request.is_digest() { millis_of(cx.config().keep_refused) } else { keep(cx) };
    case.ended.map(|ended| ended.saturating_add(kept))
}

/// How long what is closed now is kept.
pub(crate) fn kept_until(cx: &Cx<Acm>) -> u64 {
    millis(cx.world().clock.wall()).saturating_add(keep(cx))
}

fn keep(cx: &Cx<Acm>) -> u64 {
    millis_of(cx.config().keep_closed)
}

fn millis_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whether there is room for one more request, which counts for so many: `from` the partner that asks, or of our own user for it.
///
/// # Errors
/// [`Cause::TooManyOpen`] where as many are open as may be, or as many messages for the partner wait; a fault where the store cannot be
/// read.
pub(crate) async fn room(
    cx: &Cx<Acm>,
    partner: &str,
    from: Option<&str>,
    by: &McServiceId,
    weight: usize,
) -> Done<()> {
    let limits = cx.config().limits;
    let (now, book) = (millis(cx.world().clock.wall()), cx.book());
    let (his, all) = (keys::open_by(from, by.as_str()), keys::open_of(from));
    let takes = cx.outbox().len_of(partner) < limits.letters
        && cx.room().takes(book, his, weight, limits.per_initiator, now).await?
        && (from.is_none() || cx.room().takes(book, all, weight, limits.per_partner, now).await?);
    if takes {
        return Ok(());
    }
    cx.metrics().happened(book.entity(), "limited");
    Err(Cause::TooManyOpen.into())
}

/// Whether one more request of a partner may be kept that has ended as it came.
///
/// # Errors
/// As [`room`].
pub(crate) async fn room_for_refused(cx: &Cx<Acm>, partner: &str) -> Done<()> {
    let (now, most, book) = (millis(cx.world().clock.wall()), cx.config().limits.refused, cx.book());
    if cx.room().takes(book, keys::refused(partner), 1, most, now).await? {
        return Ok(());
    }
    cx.metrics().happened(book.entity(), "limited");
    Err(Cause::TooManyOpen.into())
}

/// The user of ours who sent it, who must be whom it says, under a role that is his.
pub(crate) fn sender(cx: &Cx<Acm>, impu: &kit::Impu, said: &Actor) -> Done<()> {
    is_himself(cx, impu, said)?;
    holds_role(cx, said)
}

/// The user of ours who sent it must be whom it says.
pub(crate) fn is_himself(cx: &Cx<Acm>, impu: &kit::Impu, said: &Actor) -> Done<()> {
    let user = cx.user_of(impu).ok_or(Cause::RequesterUnknown)?;
    if user.id != said.id {
        return Err(Cause::RequesterUnknown.into());
    }
    Ok(())
}

/// The role under which he acts, if under one, is active for him.
pub(crate) fn holds_role(cx: &Cx<Acm>, user: &Actor) -> Done<()> {
    match &user.alias {
        Some(alias) if !cx.aliases().is_held_by(alias, &user.id) => Err(Cause::AliasNotActive.into()),
        _ => Ok(()),
    }
}
