//! What every user agent server answers alike: RFC 3261 8.2 and 11.

use std::sync::Arc;

use wire::{Arrival, Hop};
use xml_schemas::{
    flow::{self, Part},
    mime,
};

use crate::{
    carriage,
    cx::{Cx, Profile},
    partner::{PartnerTable, Way},
    peer::Peer,
    refusal::Cause,
    stop::Done,
};

/// RFC 3261 8.2.2.3: no extension is supported that a request could require.
pub(super) fn no_extension_required(request: &sip::Message) -> Result<(), Cause> {
    if request.values(sip::Name::Require).next().is_none() { Ok(()) } else { Err(Cause::BadExtension) }
}

/// Why a method that no entity handles is refused: RFC 6665 4.1.3 and 4.2.1.1 for those that name an event package, RFC 3261
/// 8.2.1 for all others.
pub(super) fn refused_method(method: sip::Method<'_>) -> Cause {
    match method {
        sip::Method::Subscribe | sip::Method::Notify => Cause::BadEvent,
        _ => Cause::MethodNotAllowed,
    }
}

/// RFC 3261 8.2.2.1: a server takes what is addressed to its own service identity. A client is addressed by its contact, which
/// its registrar knows and it need not.
pub(super) fn addressed_to(profile: &Profile, request: &sip::Message) -> Result<(), Cause> {
    let uri = sip::Uri::parse(request.request_uri()).map_err(|_| Cause::UnknownTarget)?;
    let own = sip::Uri::parse(profile.psi.as_str().as_bytes());
    let ours = uri.is_sip() && own.is_ok_and(|own| own.same_user(&uri) && uri.is_in_domain(own.host()));
    if ours || !profile.asserts { Ok(()) } else { Err(Cause::UnknownTarget) }
}

/// The flow of a request that is addressed to this entity: its name, and its bodies, whose protection holds before any of
/// them is read (TS 24.379 6.6.3.4).
pub(super) fn flow<'r, S>(
    cx: &Cx<S>,
    peer: &Peer,
    request: &'r sip::Message,
) -> Done<(&'static str, Vec<Part<'r>>)> {
    addressed_to(cx.profile(), request)?;
    let parts = carriage::parts_of(request, cx.protection_with(peer).as_deref())?;
    Ok((flow::name_of(&parts)?, parts))
}

/// The extensions that a request requires: the Unsupported of its 420.
pub(super) fn required(request: &sip::Message) -> Vec<u8> {
    request.values(sip::Name::Require).collect::<Vec<_>>().join(&b", "[..])
}

/// The value of Accept (RFC 3261 20.1).
pub(super) fn accept(profile: &Profile) -> String {
    let types = [mime::MULTIPART_MIXED].into_iter().chain(profile.accept.iter().copied());
    types.collect::<Vec<_>>().join(", ")
}

/// The flow of a request, for a ladder only: the `request-id`, in whichever body it stands.
pub(super) fn flow_of(request: &sip::Message) -> String {
    carriage::flow_id(&carriage::parts(request).unwrap_or_default())
}

/// Who sent a request, for a ladder: the partner's server, where there are no gateways between and its certificate says so;
/// the domain that the certificate proves; the core, where its address says so; else the address.
pub(super) fn sender(profile: &Profile, partners: &PartnerTable, arrival: &Arrival) -> Arc<str> {
    let certificate = arrival.certificate.as_deref();
    if let Some(identity) = certificate.and_then(|certificate| certificate.identities.first()) {
        let is_its = |hop: &&Hop| hop.tls.as_ref().is_some_and(|tls| *tls.domain == *identity.domain());
        let direct = partners.iter().filter(|partner| partner.way == Way::Direct);
        let known = direct.filter_map(|partner| partner.hop.as_ref()).find(is_its);
        return known.map_or_else(|| identity.domain().into(), |hop| Arc::clone(&hop.name));
    }
    match &profile.core {
        Some(core) if profile.trust.core_address == Some(arrival.remote) => Arc::clone(&core.name),
        _ => arrival.remote.to_string().into(),
    }
}
