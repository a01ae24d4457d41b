//! The life that every request of TS 23.280 10.17 has, whatever it asks. [`crate::procedure`] says where a procedure comes in.

mod answer;
mod ask;
pub(crate) mod ended;
mod entry;
mod expire;
mod indication;
mod receipts;
mod receive;
mod returned;
mod withdraw;
mod work;

use kit::{Accepted, Cause, Cx, Done, Entity, Fault, Inbound};
use xml_schemas::{
    acm::{AcmRequest, Actor, Kind, Refusal},
    ids::McServiceId,
};

use crate::{
    Acm,
    case::Case,
    procedure::{Procedure, Steps},
};

pub(crate) use entry::{entry, entry_with, ruled};
pub(crate) use expire::watch;
pub(crate) use indication::receive as indicated;
pub(crate) use receipts::receive as receipted;
pub(crate) use withdraw::{outcome as withdrawal_outcome, request as withdraw, stays as withdrawal_stays};
pub(crate) use work::{resume, work};

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
    let keep = u64::try_from(cx.config().keep_closed.as_millis()).unwrap_or(u64::MAX);
    case.ended.map(|ended| ended.saturating_add(keep))
}

/// The user of ours who sent it, who must be whom it says.
pub(crate) fn sender(cx: &Cx<Acm>, impu: &kit::Impu, said: &Actor) -> Done<()> {
    let user = cx.user_of(impu).ok_or(Cause::RequesterUnknown)?;
    if user.id != said.id {
        return Err(Cause::RequesterUnknown.into());
    }
    match &said.alias {
        Some(alias) if !cx.aliases().is_held_by(alias, &user.id) => Err(Cause::AliasNotActive.into()),
        _ => Ok(()),
    }
}
