//! Character data made safe to stand in a document.

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

fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
