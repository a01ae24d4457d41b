//! What is wrong with a configuration, for a log: it says where, and names nobody. `mcx check` prints the same lines in full.

/// The text with the user of each URI, and of each `[client.NAME]`, left out: a log holds no personal data.
pub(super) fn discreet(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for piece in text.split_inclusive('@') {
        match piece.strip_suffix('@') {
            Some(before) => {
                told.push_str(&before[..user(before)]);
                told.push_str("…@");
            }
            None => told.push_str(piece),
        }
    }
    unnamed(&told)
}

/// Where the user of a URI begins of which this is what stands before the `@`: behind its scheme, whatever is in it (RFC 3261 25.1).
fn user(before: &str) -> usize {
    let word = before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '<'));
    let word = word.map_or(0, |at| after(before, at));
    let schemes =
        ["sip:", "sips:"].iter().filter_map(|scheme| Some(before[word..].rfind(scheme)? + scheme.len()));
    let behind_scheme = schemes.max().map(|at| word + at);
    behind_scheme.unwrap_or_else(|| before.rfind(is_before).map_or(0, |at| after(before, at)))
}

/// Behind the character at this place.
fn after(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(0, char::len_utf8)
}

/// What may stand in front of a user without a scheme.
fn is_before(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ':' | '<' | '(' | '`' | ',' | '=')
}

/// The section of a terminal says whose it is.
fn unnamed(text: &str) -> String {
    let mut parts = text.split("[client.");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str("[client.…");
        told.push_str(part.find(']').map_or("", |end| &part[end..]));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_left_out_and_the_place_and_the_domain_are_said() {
        for (text, told) in [
            (
                "a.toml:9:8: warning: \"user\" names \"sip:alise@a.example\", no user of this file; did you mean \"sip:alice@a.example\"?",
                "a.toml:9:8: warning: \"user\" names \"sip:…@a.example\", no user of this file; did you mean \"sip:…@a.example\"?",
            ),
            ("alice@a.example", "…@a.example"),
            ("\"sip:+34911;phone-context=x@a.example\"", "\"sip:…@a.example\""),
            ("<sips:o'brien:pw@a.example>, sip:a,b=c@b.example", "<sips:…@a.example>, sip:…@b.example"),
            (
                "missing key \"impu\" in [client.alice], and [client.bob.http]",
                "missing key \"impu\" in [client.…], and [client.…]",
            ),
            ("[tls.border] has no key: é", "[tls.border] has no key: é"),
            ("é:alice@a.example and (bob@b.example)", "é:…@a.example and (…@b.example)"),
        ] {
            assert_eq!(discreet(text), told);
        }
    }
}
