//! The steps of the entry, in their order (TS 24.379 clause 6.8.3: the mirror image of the exit).

use kit::refusal::{Cause, Refusal};
use sip::{From, Route, Uri};
use wire::Vias;

use super::{
    Passage, Verdict,
    both::{self, Claim},
};
use crate::topology::{self, Dialog};

/// The peer is a partner only by its certificate: the identity of RFC 5922 under the issuer that the partner is bound
/// to. Nothing that the message says about its sender counts.
pub(super) fn partner(passage: &mut Passage<'_>) -> Verdict {
    passage.partner = passage.partners.proved_by(passage.arrival);
    if passage.partner.is_none() {
        passage.gateway.strangers.came(passage.arrival);
        return Cause::UnknownPartner.into();
    }
    Verdict::Continue
}

/// Only routes to ourselves: the border is no open relay.
pub(super) fn route(passage: &mut Passage<'_>) -> Verdict {
    let gateway = passage.gateway;
    let ours = |route: Route<'_>| route.parse_uri().is_ok_and(|uri| gateway.is_at(&uri));
    let mut routes = passage.request.all::<Route<'_>>();
    if routes.all(|route| route.is_ok_and(ours)) { Verdict::Continue } else { Cause::NotPermitted.into() }
}

/// A To tag claims a dialog. It is one that passes here if the Request-URI is our Contact and bears what we sealed for this
/// very partner in this very call; for a method that runs in no dialog here, if the tag is one that we sealed for it.
pub(super) fn dialog(passage: &mut Passage<'_>) -> Verdict {
    let hiding = passage.gateway.hiding(passage.partner);
    match both::claim(passage) {
        Ok(Claim::None) => Verdict::Continue,
        Ok(Claim::Unfit) if hiding.sealed_to(passage.request) => Verdict::Continue,
        Ok(Claim::Unfit) => both::unknown_dialog(),
        Ok(Claim::Dialog) => match hiding.read_outside(passage.request) {
            Some(inward) => {
                passage.dialog = Some(inward.dialog);
                passage.inward = Some(Box::new(inward));
                Verdict::Continue
            }
            None => both::unknown_dialog(),
        },
        Err(refusal) => refusal.into(),
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
    let gateway = passage.gateway;
    passage.content.is_spoken_for(|host| partner.owns_domain(host), |host| gateway.serves(host)).into()
}

/// The Request-URI names a public service identity of ours, or nobody; within a dialog it is the end that we sealed. Of several
/// servers behind one identity, a migrating user's is the one that has him (TS 23.280 10.6.3.3 steps 5 and 10).
pub(super) fn target(passage: &mut Passage<'_>) -> Verdict {
    let services = &passage.gateway.services;
    passage.hop = match &passage.inward {
        Some(inward) => inward.next().and_then(|uri| services.towards(&uri)),
        None => {
            Uri::parse(passage.request.request_uri()).ok().and_then(|uri| match &passage.content.migrant {
                Some(migrant) if migrant.is_ours() => services.hop_for(&uri, &migrant.ids()),
                _ => services.hop(&uri),
            })
        }
    };
    if passage.hop.is_some() { Verdict::Continue } else { Cause::UnknownTarget.into() }
}

/// What we sealed on its way out is opened on its way back.
pub(super) fn open_topology(passage: &mut Passage<'_>) -> Verdict {
    let Some(partner) = passage.partner else { return Cause::UnknownPartner.into() };
    let hiding = passage.gateway.hiding(Some(partner));
    if let Some(inward) = &passage.inward {
        hiding.dialog_enters(passage.request, inward, &mut passage.edits);
        if inward.dialog.hidden {
            passage.vias = Vias::Replace;
        }
        return Verdict::Continue;
    }
    if topology::has_dialog(passage.request) {
        let dialog = Dialog::new(false, partner.hide);
        hiding.dialog_begins(passage.request, dialog, &mut passage.edits);
        return Verdict::Continue;
    }
    match hiding.open(passage.request, &mut passage.edits) {
        Ok(opened) => {
            if opened {
                passage.vias = Vias::Replace;
            }
            Verdict::Continue
        }
        Err(refusal) => refusal.into(),
    }
}

/// Nobody outside asserts anything inside, or logs on there.
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
