//! Media types of XCAP (RFC 4825 clause 15.2) and how they are compared.

/// An element of a document.
pub const ELEMENT: &str = "application/xcap-el+xml";
/// The value of an attribute.
pub const ATTRIBUTE: &str = "application/xcap-att+xml";
/// The namespaces in scope at an element.
pub const NAMESPACES: &str = "application/xcap-ns+xml";
/// Why a request was refused.
pub const ERROR: &str = "application/xcap-error+xml";

/// Whether a Content-Type names this media type; parameters other than a charset that is not UTF-8 do not count.
pub(crate) fn is(content_type: Option<&str>, media_type: &str) -> bool {
    let Some(content_type) = content_type else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
    named && parts.all(|parameter| charset_of(parameter).is_none_or(is_utf8))
}

/// Whether the Content-Type is that media type, but says that the body is not in UTF-8 (RFC 4825 clause 8.2.2).
pub(crate) fn is_in_other_charset(content_type: Option<&str>, media_type: &str) -> bool {
    let Some(content_type) = content_type else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
    named && parts.any(|parameter| charset_of(parameter).is_some_and(|charset| !is_utf8(charset)))
}

fn charset_of(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
}

/// US-ASCII is a part of UTF-8.
fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}
