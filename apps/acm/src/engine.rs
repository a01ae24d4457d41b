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
mod stray;
mod turns;
mod unauthorized;
mod withdraw;
mod work;
mod works;

use std::{sync::Arc, time::Duration};

use kit::{Accepted, Cause, Cx, Done, Entity, Fault, Inbound, Stop};
use xml_schemas::{
    acm::{AcmRequest, Actor, Addressee, Kind, Outcome, Refusal},
    flow::Flow as _,
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
pub(crate) use receipts::{give_due as give_receipts_due, receive as receipted};
pub(crate) use stray::{end_without_partner, not_open};
use unauthorized::{Word, judged, name_of};

pub(crate) use turns::{is_still_to_be_done, place, undone};
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
    let request = req.flow.request_id().clone();
    match req.peer.user() {
        Some(impu) => {
            let by = name_of(&cx, impu);
            let done = answer::answer::<P>(cx.clone(), impu, req.flow).await;
            let word = Word { act: "decided", by: &by, partner: None, request: &request, claimed: None };
            judged(&cx, &word, done).await
        }
        None => {
            let partner = cx.partner(&req.peer)?;
            let done = returned::returned::<P>(cx.clone(), Arc::clone(&partner), req.flow).await;
            let name = &*partner.name;
            let word =
                Word { act: "returned", by: name, partner: Some(name), request: &request, claimed: None };
            judged(&cx, &word, done).await
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

/// A cause as the other side may see it: an agreement may merge unknown with refused.
pub(crate) fn seen_by(cx: &Cx<Acm>, partner: &str, cause: Cause) -> Cause {
    let merge = cx.partners().named(partner).is_some_and(|partner| partner.merge_unknown_and_refused);
    cause.seen_by(merge)
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
    let kept = if case.is_brief { millis_of(cx.config().keep_refused) } else { keep(cx) };
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
/// [`Cause::TooManyOpen`] where as many are open as may be, or as many messages for the partner wait; [`Cause::TooManyEnded`] where it is
/// known of as many what became of them; a fault where the store cannot be read.
pub(crate) async fn room(
    cx: &Cx<Acm>,
    partner: &str,
    from: Option<&str>,
    by: &McServiceId,
    weight: usize,
) -> Done<()> {
    let (limits, by) = (cx.config().limits, by.as_str());
    let all = |prefix: String, most: usize| from.map(|_| (prefix, most));
    let open =
        [Some((keys::open_by(from, by), limits.per_initiator)), all(keys::open_of(from), limits.per_partner)];
    if cx.outbox().len_of(partner) >= limits.letters || !fits(cx, weight, open).await? {
        return Err(limited(cx, Cause::TooManyOpen));
    }
    let closed = [
        Some((keys::closed_by(from, by), limits.closed_per_initiator)),
        all(keys::closed_of(from), limits.closed_per_partner),
    ];
    if fits(cx, 1, closed).await? { Ok(()) } else { Err(limited(cx, Cause::TooManyEnded)) }
}

/// Whether there is room for so much under each of these prefixes, which may hold so much.
async fn fits(
    cx: &Cx<Acm>,
    weight: usize,
    prefixes: impl IntoIterator<Item = Option<(String, usize)>>,
) -> Result<bool, Fault> {
    let now = millis(cx.world().clock.wall());
    let prefixes: Vec<_> = prefixes.into_iter().flatten().collect();
    for (prefix, most) in prefixes {
        if !cx.room().takes(cx.book(), prefix, weight, most, now).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Nothing more is taken: that is counted.
fn limited(cx: &Cx<Acm>, cause: Cause) -> Stop {
    cx.metrics().happened(cx.book().entity(), "limited");
    cause.into()
}

/// Whether one more request of a partner may be kept that has ended as it came.
///
/// # Errors
/// As [`room`].
pub(crate) async fn room_for_refused(cx: &Cx<Acm>, partner: &str) -> Done<()> {
    let refused = [Some((keys::refused(partner), cx.config().limits.refused))];
    if fits(cx, 1, refused).await? { Ok(()) } else { Err(limited(cx, Cause::TooManyOpen)) }
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

/// Whether the alias controlling server, where there is one, has told who holds which alias, and was heard since as lately as the
/// configuration wants it.
///
/// # Errors
/// [`Cause::ServerUnreachable`] where it has not, or has been away for longer: nobody is refused for that, and nobody is chosen.
pub(crate) fn knows_aliases(cx: &Cx<Acm>) -> Done<()> {
    let config = cx.config();
    let is_old = |age: Duration| age > config.aliases_count_for;
    let is_known = || cx.aliases().is_told() && !cx.aliases().age(cx.world().clock.now()).is_some_and(is_old);
    if config.aliases.is_none() || is_known() { Ok(()) } else { Err(Cause::ServerUnreachable.into()) }
}

/// The role under which he acts, if under one, is active for him.
pub(crate) fn holds_role(cx: &Cx<Acm>, user: &Actor) -> Done<()> {
    let Some(alias) = &user.alias else { return Ok(()) };
    knows_aliases(cx)?;
    if cx.aliases().is_held_by(alias, &user.id) { Ok(()) } else { Err(Cause::AliasNotActive.into()) }
}
