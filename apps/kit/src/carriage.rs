//! How a flow travels: a SIP MESSAGE to the other function's public service identity, or to a user's registered
//! identity, with the flow's bodies in it. RFC 3428; TS 24.379 clauses 4.5 and 6.3.
//!
//! That an answer is a MESSAGE of its own, and not a response, is known here and in [`crate::Cx::ask`] only.

mod protected;
mod summary;

use sip::Typed as _;
use wire::Ids;
use xml_schemas::{
    body::{Body as _, Content, InterconnectionInfo, interconnection_info::MessageKind},
    flow::{BadBody, Carriage, Part},
    ids::Psi,
    mime,
};

use crate::{
    refusal::{Cause, Refusal},
    stop::{Fault, Stop},
};

pub use protected::{Protection, Sending, unprotect};
pub use protection::{Key, KeyId};
pub(crate) use summary::flow_id;
pub use summary::{passing, summary};

/// What IMS communication service identifiers begin with (TS 24.229 7.2A.8.2).
macro_rules! icsi {
    ($service:literal) => {
        concat!("urn:urn-7:3gpp-service.ims.icsi.", $service)
    };
}

/// The identifier as a feature of a contact, percent-encoded as TS 24.229 7.9.2 wants it; several are one list.
macro_rules! icsi_ref {
    ($first:literal $(, $other:literal)*) => {
        concat!(
            "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.",
            $first,
            $(",urn%3Aurn-7%3A3gpp-service.ims.icsi.", $other,)*
            "\""
        )
    };
}

/// TS 24.379 4.5: the IMS communication service identifier of MCPTT.
pub const ICSI_MCPTT: &str = icsi!("mcptt");

/// TS 24.281 4.5: that of MCVideo.
pub const ICSI_MCVIDEO: &str = icsi!("mcvideo");

/// The identifiers of every MC service (TS 24.379 4.5, TS 24.281, TS 24.282); each may be refined after a dot.
pub const ICSIS: [&str; 3] = [ICSI_MCPTT, ICSI_MCVIDEO, icsi!("mcdata")];

/// The features that a client of MCPTT and MCVideo declares with its contact (TS 24.379 7.2.1, TS 24.281 7.2.1, RFC 3840).
pub const FEATURES: &str = concat!(icsi_ref!("mcptt", "mcvideo"), ";+g.3gpp.mcptt;+g.3gpp.mcvideo");

/// RFC 3841: only a contact that declared MCPTT.
pub const ACCEPT_CONTACT_MCPTT: &str = concat!("*;", icsi_ref!("mcptt"), ";require;explicit");

/// RFC 3841: only a contact that declared MCVideo.
pub const ACCEPT_CONTACT_MCVIDEO: &str = concat!("*;", icsi_ref!("mcvideo"), ";require;explicit");

/// What a message that carries these bodies says of its MC service in its header fields: the service's identifier and the
/// Accept-Contact. It is that of the information document; where there is none, MCPTT.
#[must_use]
pub fn service_of(parts: &[Part<'_>]) -> (&'static str, &'static str) {
    if parts.iter().any(|part| part.is(mime::MCVIDEO_INFO)) {
        (ICSI_MCVIDEO, ACCEPT_CONTACT_MCVIDEO)
    } else {
        (ICSI_MCPTT, ACCEPT_CONTACT_MCPTT)
    }
}

/// What stands outside the bodies.
pub struct Envelope<'a> {
    /// The Request-URI, and To.
    pub uri: &'a str,
    /// From, and the asserted or preferred identity.
    pub own: &'a Psi,
    /// Whether the sender asserts identity and service (RFC 3325, RFC 6050), or only prefers them, as a client does.
    pub asserts: bool,
    /// For tag, Call-ID and boundary.
    pub ids: &'a dyn Ids,
}

/// The MESSAGE that carries a flow's bodies. Nothing in it names a host of ours: Call-ID, tag and boundary are chance.
///
/// # Errors
/// [`Fault`] where the Request-URI is none.
pub fn compose(envelope: &Envelope<'_>, parts: &[Part<'_>]) -> Result<sip::Request, Fault> {
    message(envelope, service_of(parts), bodies(parts, envelope.ids))
}

/// As [`compose`], with the bodies protected as was agreed with whom it is for.
///
/// # Errors
/// As [`compose`]; [`Fault`] where a body cannot be protected.
pub fn compose_protected(
    envelope: &Envelope<'_>,
    parts: &[Part<'_>],
    protection: &Protection,
) -> Result<sip::Request, Fault> {
    message(envelope, service_of(parts), protected::protect(parts, envelope.ids, protection)?)
}

fn message(
    envelope: &Envelope<'_>,
    (icsi, accept_contact): (&str, &str),
    (content_type, body): (String, bytes::Bytes),
) -> Result<sip::Request, Fault> {
    let Envelope { uri, own, asserts, ids } = envelope;
    let (identity, service) = if *asserts {
        (sip::Name::PAssertedIdentity, sip::Name::PAssertedService)
    } else {
        (sip::Name::PPreferredIdentity, sip::Name::PPreferredService)
    };
    let request = sip::Request::new(sip::Method::Message, *uri)
        .header(sip::Name::From, format!("<{}>;tag={}", own.as_str(), ids.token()))
        .header(sip::Name::To, format!("<{uri}>"))
        .header(sip::Name::CallId, ids.token())
        .header(sip::Name::CSeq, "1 MESSAGE")
        .header(identity, format!("<{}>", own.as_str()))
        .header(service, icsi)
        .header(sip::Name::AcceptContact, accept_contact)
        .body(&content_type, body);
    checked(request)
}

/// The same, for the contact alone that states this instance (RFC 3841 7.2, RFC 5626 4.1).
///
/// # Errors
/// [`Fault`] where the instance cannot stand in a message.
pub(crate) fn for_terminal(request: sip::Request, instance: &str) -> Result<sip::Request, Fault> {
    let value = format!("*;+sip.instance=\"{instance}\";require;explicit");
    let request = request.header(sip::Name::AcceptContact, value);
    checked(request)
}

fn checked(request: sip::Request) -> Result<sip::Request, Fault> {
    request
        .check()
        .map_err(|error| Fault::new(format!("a request of ours breaks a rule: {}", error.rule)))?;
    Ok(request)
}

/// One body as it is, several as `multipart/mixed`: the Content-Type's value and the body.
#[must_use]
pub fn bodies(parts: &[Part<'_>], ids: &dyn Ids) -> (String, bytes::Bytes) {
    if let [only] = parts {
        return (only.content_type.to_owned(), only.bytes.to_vec().into());
    }
    let boundary = ids.token();
    let mut builder = sip::MultipartBuilder::new(&boundary);
    for (place, part) in parts.iter().enumerate() {
        builder = builder.part(part.content_type, Some(&content_id(place, &boundary)), part.bytes.to_vec());
    }
    builder.build()
}

/// RFC 2392: a Content-ID looks like an address; `.invalid` names no host (RFC 2606).
fn content_id(place: usize, family: &str) -> String {
    format!("part{}.{family}@mcx.invalid", place + 1)
}

/// The bodies of a received message, in order; one where it is no multipart. Borrowed from the message.
///
/// # Errors
/// [`Refusal`]: malformed where Content-Type or the multipart structure is, unsupported where there is no body or it is
/// encoded.
pub fn parts(message: &sip::Message) -> Result<Vec<Part<'_>>, Refusal> {
    Ok(named(message)?.into_iter().map(|named| named.part.named(named.content_id)).collect())
}

/// As [`parts`] or, where something was agreed on their protection, as [`unprotect`].
///
/// # Errors
/// As either.
pub fn parts_of<'m>(
    message: &'m sip::Message,
    protection: Option<&Protection>,
) -> Result<Vec<Part<'m>>, Refusal> {
    match protection {
        Some(protection) => unprotect(message, protection),
        None => parts(message),
    }
}

/// As [`bodies`] or, where something was agreed on their protection, signed and encrypted.
///
/// # Errors
/// [`Fault`] where a body cannot be protected.
pub fn bodies_for(
    parts: &[Part<'_>],
    ids: &dyn Ids,
    protection: Option<&Protection>,
) -> Result<(String, bytes::Bytes), Fault> {
    match protection {
        Some(protection) => protected::protect(parts, ids, protection),
        None => Ok(bodies(parts, ids)),
    }
}

/// A body with the name under which another body may refer to it.
struct Named<'m> {
    content_id: Option<&'m str>,
    part: Part<'m>,
}

fn named<'m>(message: &'m sip::Message) -> Result<Vec<Named<'m>>, Refusal> {
    let content_type = message.header(sip::Name::ContentType).ok_or(Cause::UnsupportedBody)?;
    let plain = |coding: &[u8]| coding.eq_ignore_ascii_case(b"identity");
    if message.values(sip::Name::ContentEncoding).any(|coding| !plain(coding)) {
        return Err(Refusal::at(Cause::UnsupportedBody, "Content-Encoding"));
    }
    let multipart = message.typed::<sip::ContentType<'_>>().map_err(|error| broken(&error))?;
    if !multipart.is_some_and(|content_type| content_type.is_multipart()) {
        let part = Part::borrowed(text(content_type)?, message.body());
        return Ok(vec![Named { content_id: None, part }]);
    }
    let parts = sip::multipart::split(content_type, message.body(), &sip::Limits::STREAM);
    let parts = parts.map_err(|error| broken(&error))?;
    let read = |part: &sip::multipart::Part<'m>| {
        let content_id = part.content_id.and_then(|id| std::str::from_utf8(id).ok());
        Ok(Named { content_id, part: Part::borrowed(text(part.content_type)?, part.body) })
    };
    parts.iter().map(read).collect()
}

/// The type of a body that is read as UTF-8, or as octets: one that names another character set would be read in two ways.
fn text(content_type: &[u8]) -> Result<&str, Refusal> {
    let parsed = sip::ContentType::parse(content_type);
    let parsed = parsed.map_err(|error| broken(&error.of(sip::Name::ContentType)))?;
    let is_utf8 =
        |charset: &[u8]| [&b"utf-8"[..], b"us-ascii"].iter().any(|one| charset.eq_ignore_ascii_case(one));
    if parsed.params.get("charset").is_some_and(|charset| !is_utf8(charset)) {
        return Err(Refusal::at(Cause::UnsupportedBody, "charset"));
    }
    std::str::from_utf8(content_type).map_err(|_| Refusal::at(Cause::MalformedMessage, "Content-Type"))
}

fn broken(error: &sip::Malformed) -> Refusal {
    let header = error.header.map_or("body", sip::Name::canonical);
    Refusal::at(Cause::MalformedMessage, &format!("{header} {}", error.rule))
}

/// The flow that these bodies carry.
///
/// # Errors
/// As [`From<BadBody>`] for [`Stop`] says.
pub fn read<F: Carriage>(parts: &[Part<'_>]) -> Result<F, Stop> {
    Ok(F::join(parts)?)
}

/// Bodies that are not the flow that they should be: malformed with the place, or refused.
impl From<BadBody> for Stop {
    fn from(error: BadBody) -> Self {
        let cause = match &error {
            BadBody::Unsupported { .. } => Cause::UnsupportedBody,
            BadBody::Encrypted { .. } => Cause::EncryptedBody,
            BadBody::UnknownKind | BadBody::OtherFlow => Cause::UnknownRequestType,
            BadBody::UnsupportedTarget => Cause::UnsupportedTarget,
            BadBody::UnsupportedService => Cause::ServiceNotMigrated,
            BadBody::Malformed { error, .. } if error.is_over_limit() => Cause::TooLarge,
            BadBody::Missing { .. }
            | BadBody::Doubled { .. }
            | BadBody::Malformed { .. }
            | BadBody::Contradiction { .. } => return Self::Malformed(error.to_string()),
        };
        Self::Refused(Refusal::at(cause, &error.to_string()))
    }
}

/// What an agreement, a gateway and a ladder call the flow that these bodies carry: the value of `req-type` or `resp-type`, or
/// `name`, the flow's own, where there is no companion body.
#[must_use]
pub fn known_as(parts: &[Part<'_>], name: &str) -> String {
    let companion = parts.iter().find(|part| part.is(mime::INTERCONNECTION_INFO));
    let companion = companion.and_then(|part| InterconnectionInfo::read(&part.bytes).ok());
    let kind = companion.map(|companion| match companion.kind {
        MessageKind::Request(kind) | MessageKind::Response(kind) => kind,
    });
    match kind {
        Some(Content::Normal(name)) => name,
        _ => name.to_owned(),
    }
}

/// What recognises a repeat: the bodies without the boundary between them, which chance makes anew.
#[must_use]
pub(crate) fn substance(parts: &[Part<'_>]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend_from_slice(part.content_type.as_bytes());
        whole.push(0);
        whole.extend_from_slice(&part.bytes);
        whole.push(0);
    }
    whole
}

#[cfg(test)]
mod tests;
