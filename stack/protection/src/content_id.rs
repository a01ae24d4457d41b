//! Between a Content-ID and the URI of a reference: RFC 2392 clause 2, RFC 3986 clause 2.1.

use std::borrow::Cow;

/// The `cid:` URL of a Content-ID. What a URL or an attribute value cannot hold is percent-encoded.
pub(crate) fn url(content_id: &str) -> String {
    let mut url = String::with_capacity(content_id.len() + 4);
    url.push_str("cid:");
    for byte in content_id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@!$*+".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            for half in [byte >> 4, byte & 15] {
                url.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    url
}

/// The Content-ID that a reference names: a `cid:` URL, or the Content-ID itself, as TS 24.379 F.6 can be read too. None
/// where it is any other URI, a fragment, or empty.
pub(crate) fn of(uri: &str) -> Option<Cow<'_, str>> {
    let id = match uri.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("cid:") => decoded(rest)?,
        _ if uri.contains([':', '#', '/', '?']) => return None,
        _ => Cow::Borrowed(uri),
    };
    (!id.is_empty()).then_some(id)
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc2392_2_a_content_id_survives_its_url_and_nothing_else_is_one() {
        for id in ["part1@b.invalid", "a b<c>&\"'%2e@x", "ü@x"] {
            let url = url(id);
            assert!(url.is_ascii() && !url.contains(['<', '&', '"', ' ']), "{url}");
            assert_eq!(of(&url).as_deref(), Some(id));
        }
        assert_eq!(of("CID:a@b").as_deref(), Some("a@b"));
        assert_eq!(of("a@b").as_deref(), Some("a@b"));
        for other in
            ["", "cid:", "#a", "http://x/a", "file:a", "cid:%", "cid:%4", "cid:%zz", "cid:%ff", "a/b"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
