//! Character data made safe to stand in a document, and read back.

use std::borrow::Cow;

/// Appends text as element content.
pub(crate) fn text(out: &mut String, value: &str) {
    escape(out, value, |c| match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        // XML 1.0 2.11: a bare carriage return would be read back as a line feed.
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

/// A text as an attribute value between double quotes holds it.
#[must_use]
pub fn escaped_attribute(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    attribute(&mut out, value);
    out
}

/// Appends text as an attribute value between double quotes.
pub(crate) fn attribute(out: &mut String, value: &str) {
    escape(out, value, |c| match c {
        '<' => Some("&lt;"),
        '&' => Some("&amp;"),
        '"' => Some("&quot;"),
        // XML 1.0 3.3.3: literal white space would be read back as spaces.
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
}

/// A character that XML 1.0 (2.2) cannot carry even as a reference becomes U+FFFD.
fn escape(out: &mut String, value: &str, reference: impl Fn(char) -> Option<&'static str>) {
    let mut plain_from = 0;
    for (at, c) in value.char_indices() {
        let replacement = if allowed(c) { reference(c) } else { Some("\u{fffd}") };
        if let Some(replacement) = replacement {
            out.push_str(value.get(plain_from..at).unwrap_or_default());
            out.push_str(replacement);
            plain_from = at + c.len_utf8();
        }
    }
    out.push_str(value.get(plain_from..).unwrap_or_default());
}

pub(crate) fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The value of an attribute as it is read: references replaced, literal white space made spaces (XML 1.0 3.3.3). A
/// reference that is not well-formed, which no parsed document holds, stays as it is.
pub(crate) fn attribute_value(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        value.push_str(rest.get(..at).unwrap_or_default());
        let found = rest.get(at..).unwrap_or_default();
        let length = match reference(found) {
            Some((c, length)) => {
                value.push(c);
                length
            }
            None => {
                value.push(if found.starts_with('&') { '&' } else { ' ' });
                // XML 1.0 2.11: a line end of two characters is one.
                if found.starts_with("\r\n") { 2 } else { 1 }
            }
        };
        rest = found.get(length..).unwrap_or_default();
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// The character of a reference at the beginning of a text, and how long the reference is.
pub(crate) fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    // As far as the next reference at most, so that many without an end cost no more than their length.
    let end = body.find([';', '&', '<']).filter(|at| body.as_bytes().get(*at) == Some(&b';'))?;
    let name = body.get(..end)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            // A sign is no digit.
            let code =
                digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok());
            char::from_u32(code.flatten()?).filter(|c| allowed(*c))?
        }
    };
    Some((c, end + 2))
}

/// Whether every reference to a character names one that XML has (XML 1.0 4.1, "Legal Character"). What an entity's name stands for is
/// not looked at.
pub(crate) fn has_legal_references(raw: &str) -> bool {
    raw.match_indices("&#").all(|(at, _)| raw.get(at..).is_some_and(|found| reference(found).is_some()))
}
