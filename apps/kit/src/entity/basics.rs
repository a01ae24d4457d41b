//! What every user agent server answers alike: RFC 3261 8.2 and 11.

use std::sync::Arc;

use wire::Arrival;
use xml_schemas::{
    body::{Body as _, InterconnectionInfo},
    mime,
};

use crate::{carriage, cx::Profile, refusal::Cause};

/// RFC 3261 8.2.2.3: no extension is supported that a request could require.
pub(super) fn no_extension_required(request: &sip::Message) -> Result<(), Cause> {
    if request.values(sip::Name::Require).next().is_none() { Ok(()) } else { Err(Cause::BadExtension) }
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

/// The flow of a request, for a ladder only: the companion body's `request-id`.
pub(super) fn flow_of(request: &sip::Message) -> String {
    let parts = carriage::parts(request).unwrap_or_default();
    let companion = parts.iter().find(|part| part.is(mime::INTERCONNECTION_INFO));
    let companion = companion.and_then(|part| InterconnectionInfo::read(&part.bytes).ok());
    companion.map_or_else(String::new, |companion| companion.request_id.as_str().to_owned())
}

/// Who sent a request, for a ladder: the domain that its certificate proves, else its address.
pub(super) fn sender(arrival: &Arrival) -> Arc<str> {
    let certificate = arrival.certificate.as_deref();
    let proved = certificate.and_then(|certificate| certificate.identities.first()).map(|id| id.domain());
    proved.map_or_else(|| arrival.remote.to_string().into(), Arc::from)
}
