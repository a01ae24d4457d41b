//! The steps of the entry, in their order (TS 24.379 clause 6.8.3: the mirror image of the exit).

use kit::refusal::{Cause, Refusal};
use sip::{From, Route, Uri};
use wire::Vias;

use super::{Passage, Verdict, both};
use crate::topology;

/// The peer is a partner only by its certificate: the identity of RFC 5922 under the issuer that the partner is bound
/// to. Nothing that the message says about its sender counts.
pub(super) fn partner(passage: &mut Passage<'_>) -> Verdict {
    passage.partner = passage.partners.proved_by(passage.arrival);
    if passage.partner.is_some() { Verdict::Continue } else { Cause::UnknownPartner.into() }
}

/// Only routes to ourselves: the border is no open relay.
pub(super) fn route(passage: &mut Passage<'_>) -> Verdict {
    let gateway = passage.gateway;
    let ours = |route: Route<'_>| route.parse_uri().is_ok_and(|uri| gateway.is_named_by(&uri));
    let mut routes = passage.request.all::<Route<'_>>();
    if routes.all(|route| route.is_ok_and(ours)) { Verdict::Continue } else { Cause::NotPermitted.into() }
}

/// A To tag must be one that we sealed for this partner.
pub(super) fn dialog(passage: &mut Passage<'_>) -> Verdict {
    let sealed = passage
        .partner
        .is_some_and(|partner| passage.gateway.hiding(partner.name()).sealed_to(passage.request));
    if sealed { Verdict::Continue } else { both::dialog(passage) }
}

/// What the partner may send us.
pub(super) fn agreement(passage: &mut Passage<'_>) -> Verdict {
    match passage.partner {
        Some(partner) => passage.is_agreed(&partner.system.inbound),
        None => Cause::UnknownPartner.into(),
    }
}

/// A partner speaks for its own users only: in From, and in the bodies.
pub(super) fn partners_identities(passage: &mut Passage<'_>) -> Verdict {
    let Some(partner) = passage.partner else { return Cause::UnknownPartner.into() };
    let from = passage.request.typed::<From<'_>>().ok().flatten().and_then(|from| from.parse_uri().ok());
    if !from.is_some_and(|uri| partner.owns_host(uri.host)) {
        return Refusal::at(Cause::ForeignIdentity, "From").into();
    }
    if partner.check_bodies
        && let Err(refusal) = passage.content.is_well_formed()
    {
        return refusal.into();
    }
    passage.content.is_spoken_for(|host| partner.owns_domain(host)).into()
}

/// The Request-URI names a public service identity of ours, or nobody.
pub(super) fn target(passage: &mut Passage<'_>) -> Verdict {
    let uri = Uri::parse(passage.request.request_uri());
    passage.hop = uri.ok().and_then(|uri| passage.gateway.services.hop(&uri));
    if passage.hop.is_some() { Verdict::Continue } else { Cause::UnknownTarget.into() }
}

/// What we sealed on its way out is opened on its way back.
pub(super) fn open_topology(passage: &mut Passage<'_>) -> Verdict {
    let Some(partner) = passage.partner else { return Cause::UnknownPartner.into() };
    match passage.gateway.hiding(partner.name()).open(passage.request, &mut passage.edits) {
        Ok(opened) => {
            if opened {
                passage.vias = Vias::Replace;
            }
            Verdict::Continue
        }
        Err(refusal) => refusal.into(),
    }
}

/// Nobody outside asserts anything inside.
pub(super) fn strip_assertions(passage: &mut Passage<'_>) -> Verdict {
    topology::strip_assertions(passage.request, &mut passage.edits);
    Verdict::Continue
}

/// Inside, the partner goes by the name that its certificate proved.
pub(super) fn assert_partner(passage: &mut Passage<'_>) -> Verdict {
    match passage.partner {
        Some(partner) => {
            passage.edits.set(sip::Name::PAssertedIdentity, &partner.asserted);
            Verdict::Continue
        }
        None => Cause::UnknownPartner.into(),
    }
}
