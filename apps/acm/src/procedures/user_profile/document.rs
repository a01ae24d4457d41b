//! User profile documents as far as an update looks into them. TS 24.484 8.3

use std::sync::LazyLock;

use bytes::Bytes;
use kit::{Cause, Done, Fault};
use xml::{
    Document, Limits,
    schema::{SchemaSet, Validator as _},
};
use xml_schemas::{ids::McServiceId, lexical::Lexical as _, migration::ProfileIndex, xsd};

use crate::neighbours::Answer;

/// The application usage.
pub(crate) const AUID: &str = "org.3gpp.mcptt.user-profile";

/// The namespace of a profile's elements.
const NAMESPACE: &str = "urn:3gpp:mcptt:user-profile:1.0";

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";

/// What ladders call one.
pub(crate) const NAME: &str = "user profile";

/// The vocabularies that the configuration management server judges documents by, compiled once.
static SCHEMAS: LazyLock<Option<SchemaSet>> = LazyLock::new(|| xsd::documents(&xsd::catalog().ok()?).ok());

/// A configuration management server would have it: nobody is asked to approve what could not be done.
///
/// # Errors
/// [`Cause::UnsupportedBody`] for a profile of another MC service, of which no schema is at hand; [`Cause::MalformedBody`].
pub(super) fn is_valid(text: &[u8]) -> Done<()> {
    let schemas = SCHEMAS.as_ref().ok_or_else(|| Fault::new("the schemas of profiles do not compile"))?;
    let document = Document::parse(text, &Limits::default()).map_err(|_| Cause::MalformedBody)?;
    if !document.root().is(NAMESPACE, "mcptt-user-profile") {
        return Err(Cause::UnsupportedBody.into());
    }
    if schemas.validate(&document).is_ok() { Ok(()) } else { Err(Cause::MalformedBody.into()) }
}

/// The user whom a profile names (`XUI-URI`) must be the one that the request is about: nobody gets another's.
pub(super) fn is_of(text: &[u8], user: &McServiceId) -> Done<()> {
    let document = Document::parse(text, &Limits::default()).map_err(|_| Cause::MalformedBody)?;
    let named = document.root().attribute("XUI-URI").and_then(|id| McServiceId::new(id.trim()).ok());
    if named.is_some_and(|named| named == *user) { Ok(()) } else { Err(Cause::WrongProfile.into()) }
}

/// Which of the user's profiles a document says that it is.
pub(super) fn index(text: &[u8]) -> Option<ProfileIndex> {
    let document = Document::parse(text, &Limits::default()).ok()?;
    document.root().attribute("user-profile-index").and_then(|index| ProfileIndex::read(index.trim()).ok())
}

/// An element as a document of its own.
pub(super) fn whole(element: &str) -> Bytes {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{element}").into()
}

/// The profile of one user as another's: his MC service ID in place of the first one's. None where there is none.
pub(crate) fn copy(model: &Answer, of: &McServiceId, user: &McServiceId) -> Option<Bytes> {
    let text = std::str::from_utf8(&model.body).ok().filter(|_| model.is_success())?;
    let (from, to) = (xml::escaped_attribute(of.as_str()), xml::escaped_attribute(user.as_str()));
    let mut copy = String::with_capacity(text.len());
    let mut parts = text.split(&*from).peekable();
    while let Some(part) = parts.next() {
        copy.push_str(part);
        if let Some(next) = parts.peek() {
            // Who is called so and longer is somebody else.
            let ends = next.chars().next().is_none_or(|c| !c.is_alphanumeric() && !"-._:@".contains(c));
            copy.push_str(if ends { &to } else { &from });
        }
    }
    Some(copy.into())
}
