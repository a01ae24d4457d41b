//! What the bodies of a request say that a border has to know: their types, the flow, who asks and of whom.
//!
//! TS 24.379 clause 6.8.2 step 1 looks at "other elements" beside the Request-URI; here these are the companion body
//! (`interconnection-info`) and the identities in `mcptt-info` and `location-info`. Nothing is validated against a
//! schema unless the agreement asks it; what cannot be read is refused, never guessed.

mod acm;
mod companion;
mod identities;
mod info;
mod leaves;
mod skim;

use std::{borrow::Cow, str};

use kit::refusal::{Cause, Refusal};
use sip::{Limits, Message, Name, multipart};
use smallvec::SmallVec;
use xml_schemas::mime;

pub(crate) use acm::Acm;
pub(crate) use companion::Companion;
pub(crate) use info::{Info, Migrant};
use leaves::{ENCRYPTED, leaves};

/// A text of a body.
pub(crate) type Text<'m> = Cow<'m, str>;

/// Whether the companion body belongs to a question or to its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sense {
    /// It has a `req-type`.
    Request,
    /// It has a `resp-type`.
    Response,
}

/// One part of a body, or the whole body where it is not multipart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'m> {
    /// Type and subtype, as written.
    pub media: &'m str,
    pub body: &'m [u8],
}

/// The bodies of one request.
#[derive(Clone, Default, Debug)]
pub(crate) struct Content<'m> {
    pub parts: SmallVec<[Part<'m>; 4]>,
    pub companion: Option<Companion<'m>>,
    pub info: Info<'m>,
    /// What the information document says of a flow, beside the companion body or in its place.
    pub migrant: Option<Migrant<'m>>,
    /// What administration clients and servers say.
    pub acm: Option<Acm<'m>>,
}

impl<'m> Content<'m> {
    /// Reads the bodies of a request.
    ///
    /// # Errors
    /// [`Cause::UnsupportedBody`] for a coding or nesting that hides a body's text, [`Cause::MalformedBody`] for a
    /// body that has no one reading, [`Cause::EncryptedBody`] for a companion body that cannot be checked.
    pub fn read(request: &'m Message) -> Result<Self, Refusal> {
        let parts = parts(request)?;
        let mut companions = parts.iter().filter(|part| part.is(mime::INTERCONNECTION_INFO));
        let companion = companions.next().map(|part| Companion::read(part.body)).transpose()?;
        if companions.next().is_some() {
            return Err(Refusal::at(Cause::MalformedBody, "two companion bodies"));
        }
        let info = Info::read(&parts)?;
        let migrant = info.migrant()?;
        agree(companion.as_ref(), migrant.as_ref())?;
        let mut bodies = parts.iter().filter(|part| part.is(mime::ACM_INFO));
        let acm = bodies.next().map(|part| Acm::read(part.body)).transpose()?;
        let others = companion.is_some() || migrant.is_some() || bodies.next().is_some();
        if acm.is_some() && others {
            return Err(Refusal::at(Cause::MalformedBody, "bodies of two flows"));
        }
        Ok(Self { parts, companion, info, migrant, acm })
    }

    /// The flow that the bodies name: what an agreement is asked about.
    pub fn flow(&self) -> Option<(Sense, &str)> {
        let companion = self.companion.as_ref().map(|companion| (companion.sense, &*companion.flow));
        let migrant = || self.migrant.as_ref().map(|migrant| (migrant.sense, &*migrant.flow));
        companion.or_else(migrant).or_else(|| self.acm.as_ref().map(|acm| (acm.sense, &*acm.flow)))
    }

    /// Reads every XML body in full (XML 1.0, Namespaces in XML 1.0), where the agreement asks it. Schemas are the
    /// receiving entity's.
    ///
    /// # Errors
    /// [`Cause::MalformedBody`] with the place.
    pub fn is_well_formed(&self) -> Result<(), Refusal> {
        self.parts.iter().filter(|part| ends(part.media, "xml")).try_for_each(|part| {
            let document = xml::Document::parse(part.body, &xml::Limits::default());
            document.map(drop).map_err(|fault| Refusal::at(Cause::MalformedBody, &fault.to_string()))
        })
    }

    /// The `request-id` of the flow; empty where none is known.
    pub fn flow_id(&self) -> &str {
        let companion = self.companion.as_ref().and_then(|companion| companion.request_id.as_deref());
        let acm = || self.acm.as_ref().and_then(|acm| acm.request_id.as_deref());
        companion.or_else(acm).unwrap_or_default()
    }
}

/// Whoever reads the one body and whoever reads the other must see the same flow, or one of them would get what is not agreed.
fn agree(companion: Option<&Companion<'_>>, migrant: Option<&Migrant<'_>>) -> Result<(), Refusal> {
    let is_one = match (companion, migrant) {
        (Some(one), Some(other)) => one.sense == other.sense && one.flow == other.flow,
        (Some(only), None) => !info::is_migration(&only.flow),
        (None, _) => true,
    };
    if is_one { Ok(()) } else { Err(Refusal::at(Cause::MalformedBody, "bodies of two flows")) }
}

impl Part<'_> {
    pub fn is(&self, media: &str) -> bool {
        self.media.eq_ignore_ascii_case(media)
    }
}

fn parts(request: &Message) -> Result<SmallVec<[Part<'_>; 4]>, Refusal> {
    let body = request.body();
    let Some(content_type) = request.header(Name::ContentType) else {
        // RFC 3261 20.15: a body without a type is not one anybody can check.
        return if body.is_empty() { Ok(SmallVec::new()) } else { Err(Cause::UnsupportedBody.into()) };
    };
    if request.header(Name::ContentEncoding).is_some() {
        return Err(Cause::UnsupportedBody.into());
    }
    let media = media(content_type).ok_or(Cause::UnsupportedBody)?;
    if !media.eq_ignore_ascii_case(mime::MULTIPART_MIXED) {
        return Ok(SmallVec::from_iter([readable(media, body)?]));
    }
    let split = multipart::split(content_type, body, &Limits::default());
    let split = split.map_err(|fault| Refusal::at(Cause::MalformedBody, fault.rule))?;
    split.into_iter().map(|part| single(&part)).collect()
}

fn single<'m>(part: &multipart::Part<'m>) -> Result<Part<'m>, Refusal> {
    let media = media(part.content_type).ok_or(Cause::UnsupportedBody)?;
    if media.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/")) || is_coded(part) {
        return Err(Cause::UnsupportedBody.into());
    }
    readable(media, part.body)
}

/// RFC 2045 clause 6: codings other than these would hide names from the checks.
fn is_coded(part: &multipart::Part<'_>) -> bool {
    let plain = |value: &[u8]| {
        ["binary", "8bit", "7bit"].iter().any(|plain| value.eq_ignore_ascii_case(plain.as_bytes()))
    };
    part.header("Content-Encoding").is_some()
        || part.header("Content-Transfer-Encoding").is_some_and(|value| !plain(value))
}

fn readable<'m>(media: &'m str, body: &'m [u8]) -> Result<Part<'m>, Refusal> {
    is_readable(media, body).map(|()| Part { media, body })
}

/// XML and text must be UTF-8 without NUL: other encodings would hide names from the checks; so would entities, for which
/// XML needs a document type declaration. Bodies of other types are octets, and are searched as such.
///
/// # Errors
/// [`Cause::MalformedBody`].
pub(crate) fn is_readable(media: &str, body: &[u8]) -> Result<(), Refusal> {
    let is_text = ["xml", "json"].iter().any(|kind| ends(media, kind))
        || media.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("text/"));
    let is_utf8 = || memchr::memchr(0, body).is_none() && str::from_utf8(body).is_ok();
    if is_text && !is_utf8() {
        return Err(Refusal::at(Cause::MalformedBody, "a body is not UTF-8 text"));
    }
    if let Some(before) = doctype(body).and_then(|at| body.get(..at)) {
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = 1 + before.iter().rev().take_while(|octet| **octet != b'\n').count();
        let place = format!("{line}:{column}: a document type declaration is not allowed");
        return Err(Refusal::at(Cause::MalformedBody, &place));
    }
    Ok(())
}

/// Whether a document type declaration may stand in a body (XML 1.0 2.8); no schema of the specifications needs one.
pub(crate) fn has_doctype(body: &[u8]) -> bool {
    doctype(body).is_some()
}

/// Where it begins.
fn doctype(body: &[u8]) -> Option<usize> {
    let declares =
        |at: &usize| body.get(at + 2..at + 9).is_some_and(|keyword| keyword.eq_ignore_ascii_case(b"DOCTYPE"));
    marks(body, b'!').find(declares)
}

/// Where markup begins with `<` and this byte. A search for the pair would be made ready anew for every body, which costs more
/// than to look at each such byte.
pub(crate) fn marks(body: &[u8], second: u8) -> impl Iterator<Item = usize> {
    let begins = move |at: usize| at.checked_sub(1).filter(|before| body.get(*before) == Some(&b'<'));
    memchr::memchr_iter(second, body).filter_map(begins)
}

/// Whether a media type ends so, without regard to case (RFC 2045 clause 5.1).
fn ends(media: &str, tail: &str) -> bool {
    let end = media.len().checked_sub(tail.len()).and_then(|at| media.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(tail))
}

fn media(content_type: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b';', content_type).unwrap_or(content_type.len());
    let media = str::from_utf8(content_type.get(..end)?).ok()?.trim();
    media.contains('/').then_some(media)
}

#[cfg(test)]
mod tests;
