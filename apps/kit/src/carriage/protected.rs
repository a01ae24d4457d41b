//! Bodies that are signed and encrypted between us and one partner: TS 33.180 clause 9.3, TS 24.379 clauses 4.8 and 6.6.
//!
//! Both ends are entities: the gateways between them have no key and pass every octet on. What the gateways have to read
//! (who, whom, which flow) therefore stays in the clear, and signed.

use std::borrow::Cow;

use protection::{Fault as Broken, Key, Keys, Limits, names};
use wire::Ids;
use xml_schemas::{flow::Part, mime};

use super::{Named, content_id, named};
use crate::{
    refusal::{Cause, Refusal},
    stop::Fault,
};

/// What we do to bodies for a partner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sending {
    /// They leave as they are.
    #[default]
    Off,
    /// They leave with a body that signs them.
    Sign,
    /// As [`Sending::Sign`], and what no gateway reads leaves encrypted.
    SignAndEncrypt,
}

/// The agreement with one partner on the protection of bodies.
#[derive(Clone, Debug)]
pub struct Protection {
    sending: Sending,
    required: bool,
    confidential: bool,
    key: Key,
    keys: Keys,
}

impl Protection {
    /// We send so, under `key`. What comes is verified under `key` or one of `others`, so that a key can be followed by the
    /// next; where `required`, nothing comes without a signature.
    #[must_use]
    pub fn new(sending: Sending, required: bool, key: Key, others: impl IntoIterator<Item = Key>) -> Self {
        let keys = others.into_iter().chain([key.clone()]).collect();
        Self { sending, required, confidential: false, key, keys }
    }

    /// The same; where `confidential`, what no gateway reads comes signed and encrypted or not at all.
    #[must_use]
    pub fn confidential(self, confidential: bool) -> Self {
        Self { required: self.required || confidential, confidential, ..self }
    }
}

/// As [`super::bodies`], protected: encrypted first and signed then (TS 24.379 6.6.1.3).
pub(super) fn protect(
    parts: &[Part<'_>],
    ids: &dyn Ids,
    protection: &Protection,
) -> Result<(String, bytes::Bytes), Fault> {
    let fault = |broken: Broken| Fault::new(format!("bodies of ours cannot be protected: {broken}"));
    if protection.sending == Sending::Off {
        return Ok(super::bodies(parts, ids));
    }
    let family = ids.token();
    let mut ready = Vec::with_capacity(parts.len() + 1);
    for (place, part) in parts.iter().enumerate() {
        let bytes = match protection.sending {
            Sending::SignAndEncrypt if is_xml(part) => {
                let select = |element: xml::Element<'_>| is_private(part, element);
                protection::encrypt(&part.bytes, select, &protection.key, ids.token().as_bytes())
                    .map_err(fault)?
            }
            _ => part.bytes.to_vec(),
        };
        ready.push((part.content_type, content_id(place, &family), bytes));
    }
    let seen: Vec<_> =
        ready.iter().map(|(_, id, bytes)| protection::Part { content_id: Some(id), bytes }).collect();
    let signatures = protection::sign(&seen, &protection.key).map_err(fault)?;
    ready.push((names::SIGNED, content_id(parts.len(), &family), signatures));
    let add = |builder: sip::MultipartBuilder, (kind, id, bytes): (&str, String, Vec<u8>)| {
        builder.part(kind, Some(&id), bytes)
    };
    Ok(ready.into_iter().fold(sip::MultipartBuilder::new(&ids.token()), add).build())
}

/// Whether an element's content is for the other entity only. Gateways route on and check identities, flow and request-id
/// (TS 24.379 6.8.2, 6.8.3); everything about a position they pass over, a token is nobody else's business, nor is whether a user may
/// migrate. A profile's index cannot be encrypted: its element is no `contentType` (TS 24.379 F.1).
fn is_private(part: &Part<'_>, element: xml::Element<'_>) -> bool {
    if part.is(mime::LOCATION_INFO) {
        return element.name() != "mcptt-reporting-uri";
    }
    let private = [
        "mcptt-access-token",
        "mcptt-client-id",
        "mcvideo-access-token",
        "mcvideo-client-id",
        "migration-auth-result",
    ];
    (part.is(mime::MCPTT_INFO) || part.is(mime::MCVIDEO_INFO)) && private.contains(&element.name())
}

/// RFC 7303 3.
fn is_xml(part: &Part<'_>) -> bool {
    let kind = part.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.ends_with("/xml") || kind.ends_with("+xml")
}

/// As [`super::parts`], verified and then in the clear. Without a signature they are as they came, and nothing is decrypted:
/// whoever cannot sign could have put another's secret into another place.
///
/// # Errors
/// As [`super::parts`]; [`Cause::Unprotected`], [`Cause::UnknownKey`], [`Cause::ProtectionInvalid`] with the fault's name,
/// [`Cause::TooLarge`].
pub fn unprotect<'m>(message: &'m sip::Message, protection: &Protection) -> Result<Vec<Part<'m>>, Refusal> {
    let is_signatures = |named: &Named<'m>| named.part.is(names::SIGNED);
    let (signatures, others): (Vec<_>, Vec<_>) = named(message)?.into_iter().partition(is_signatures);
    let signatures = match signatures.as_slice() {
        [] if protection.required => return Err(refusal(&Broken::Missing)),
        [] => return Ok(others.into_iter().map(|named| named.part.named(named.content_id)).collect()),
        [signatures] => signatures,
        _ => return Err(refusal(&Broken::Doubled)),
    };
    let seen: Vec<_> = others
        .iter()
        .map(|named| protection::Part { content_id: named.content_id, bytes: &named.part.bytes })
        .collect();
    protection::verify(&seen, &signatures.part.bytes, &protection.keys, &Limits::DEFAULT)
        .map_err(|broken| refusal(&broken))?;
    if protection.confidential {
        others.iter().try_for_each(|named| sealed(&named.part))?;
    }
    others.into_iter().map(|named| decrypted(named.part.named(named.content_id), protection)).collect()
}

/// Nothing that is for the other entity only stands there for everybody on the way to read.
fn sealed(part: &Part<'_>) -> Result<(), Refusal> {
    if !is_xml(part) {
        return Ok(());
    }
    let document = xml::Document::parse(&part.bytes, &xml::Limits::DEFAULT);
    let document = document.map_err(|why| Refusal::at(Cause::MalformedBody, &why.to_string()))?;
    let mut open = vec![document.root()];
    while let Some(element) = open.pop() {
        let is_clear = element.attribute("type") == Some("Normal") && is_private(part, element);
        if is_clear {
            return Err(Refusal::at(Cause::Unprotected, &format!("{} in the clear", element.name())));
        }
        open.extend(element.children());
    }
    Ok(())
}

fn decrypted<'m>(part: Part<'m>, protection: &Protection) -> Result<Part<'m>, Refusal> {
    if !is_xml(&part) {
        return Ok(part);
    }
    let plain = match protection::decrypt(&part.bytes, &protection.keys, &Limits::DEFAULT) {
        Ok(Cow::Owned(bytes)) => Some(bytes),
        Ok(Cow::Borrowed(_)) => None,
        Err(broken) => return Err(refusal(&broken)),
    };
    Ok(match plain {
        Some(bytes) => Part { bytes: bytes.into(), ..part },
        None => part,
    })
}

fn refusal(broken: &Broken) -> Refusal {
    let cause = match broken {
        Broken::Missing => Cause::Unprotected,
        Broken::UnknownKey(_) => Cause::UnknownKey,
        Broken::TooLarge => Cause::TooLarge,
        Broken::Malformed(rule) => return Refusal::at(Cause::MalformedBody, rule),
        _ => Cause::ProtectionInvalid,
    };
    Refusal::at(cause, broken.name())
}

#[cfg(test)]
mod tests;
