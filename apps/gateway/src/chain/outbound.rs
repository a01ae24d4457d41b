//! The steps of the exit, in their order (TS 24.379 clause 6.8.2).

use kit::refusal::{Cause, Refusal};
use sip::{Name, Uri};
use wire::Vias;

use super::{
    Passage, Verdict,
    both::{self, Claim},
};
use crate::{
    agreement,
    topology::{self, Dialog},
};

/// Only our own servers are let out.
pub(super) fn own_system(passage: &mut Passage<'_>) -> Verdict {
    let own = passage.gateway.inner.is_own(passage.arrival);
    if own { Verdict::Continue } else { Cause::UnknownPartner.into() }
}

/// A To tag claims a dialog. It is one that passes here if our own Route says so, and then that tells the partner. Nobody
/// is led back inside by what a partner wrote into its Contact.
pub(super) fn dialog(passage: &mut Passage<'_>) -> Verdict {
    match both::claim(passage) {
        Ok(Claim::None) => return Verdict::Continue,
        Ok(Claim::Unfit) => return both::unknown_dialog(),
        Ok(Claim::Dialog) => {}
        Err(refusal) => return refusal.into(),
    }
    let found = topology::read_inside(&passage.gateway.sealer, passage.request);
    let Some((dialog, partner)) = found.filter(|_| !passage.gateway.goes_in(passage.request)) else {
        return both::unknown_dialog();
    };
    passage.dialog = Some(dialog);
    passage.partner = passage.partners.named(&partner);
    Verdict::Continue
}

/// Step 1: the Request-URI tells the interconnected system; within a dialog, whom the dialog is with.
pub(super) fn partner(passage: &mut Passage<'_>) -> Verdict {
    if passage.dialog.is_some() {
        return if passage.partner.is_some() { Verdict::Continue } else { Cause::UnknownPartner.into() };
    }
    let uri = Uri::parse(passage.request.request_uri());
    match uri.ok().and_then(|uri| passage.partners.serving(uri.host)) {
        Some(partner) => {
            passage.partner = Some(partner);
            Verdict::Continue
        }
        None => Cause::UnknownPartner.into(),
    }
}

/// Step 2: our system speaks for its own users only. Of a migrating user the other ID tells the interconnected system
/// (TS 23.280 10.6.3.3 steps 4 and 9): it must be the one that the Request-URI tells.
pub(super) fn own_identities(passage: &mut Passage<'_>) -> Verdict {
    let (gateway, partner) = (passage.gateway, passage.partner);
    let is_theirs = |host: &[u8]| partner.is_some_and(|partner| partner.owns_domain(host));
    passage.content.is_spoken_for(|host| gateway.serves(host), is_theirs).into()
}

/// Step 3: bodies are never rewritten, so they must name nothing internal.
pub(super) fn public_names(passage: &mut Passage<'_>) -> Verdict {
    let hides = passage.partner.is_some_and(|partner| partner.hide);
    let internal = &passage.gateway.inner.internal;
    let exposes = || {
        let mut parts = passage.content.parts.iter();
        internal.occur_in(passage.request.body()) || parts.any(|part| internal.occur_joined_in(part.body))
    };
    if hides && exposes() {
        return Cause::TopologyExposed.into();
    }
    Verdict::Continue
}

/// Step 3: what shows the local topology is sealed, replaced or left out. Where the agreement does not hide, routes
/// to ourselves have served their purpose and the rest stands; but the ends of a dialog are sealed all the same, since that
/// is what leads its later requests back.
pub(super) fn hide_topology(passage: &mut Passage<'_>) -> Verdict {
    let Some(partner) = passage.partner else { return Cause::UnknownPartner.into() };
    let (hiding, request) = (passage.gateway.hiding(Some(partner)), passage.request);
    let dialog = passage.dialog.unwrap_or_else(|| Dialog::new(true, partner.hide));
    if partner.hide {
        passage.vias = Vias::Replace;
        let hidden = hiding.request(request, dialog, &mut passage.edits, &mut passage.stayed);
        if let Err(refusal) = hidden {
            return refusal.into();
        }
        agreement::ask(partner, request, &mut passage.edits);
    }
    if !topology::has_dialog(request) {
        passage.edits.remove(Name::Route);
        return Verdict::Continue;
    }
    if let Err(refusal) = hiding.dialog_leaves(request, dialog, &mut passage.edits) {
        return refusal.into();
    }
    if !passage.gateway.finds_back(request) {
        return Refusal::at(Cause::UnknownTarget, Name::Contact.canonical()).into();
    }
    Verdict::Continue
}

/// Step 3: the gateway vouches for what it lets out. Who asked stands in the body.
pub(super) fn assert_identity(passage: &mut Passage<'_>) -> Verdict {
    passage.edits.set(Name::PAssertedIdentity, &passage.gateway.asserted);
    passage.edits.remove(Name::PPreferredIdentity).remove(Name::PPreferredService);
    passage.edits.remove_extension("X-3GPP-Asserted-Identity");
    topology::strip_credentials(passage.request, &mut passage.edits);
    Verdict::Continue
}

/// The partner's border is the next hop, whatever a Route says.
pub(super) fn next_hop(passage: &mut Passage<'_>) -> Verdict {
    passage.hop = passage.partner.and_then(|partner| partner.system.hop.as_ref());
    if passage.hop.is_some() { Verdict::Continue } else { Cause::PartnerUnreachable.into() }
}
