//! Namespace bindings in the query: the `xmlns()` scheme of XPointer (RFC 4825 clause 6.4).

use super::BadUri;

/// More bindings than this no selector needs.
const MAX_BINDINGS: usize = 64;

/// Reads a decoded query: `xmlns(p=urn:x)xmlns(q=urn:y)`. Other schemes are passed over, as XPointer says.
pub(super) fn read(query: &str) -> Result<Vec<(String, String)>, BadUri> {
    let mut bindings = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let (scheme, after) = rest.split_once('(').ok_or_else(malformed)?;
        let (data, after) = data(after)?;
        if scheme == "xmlns" {
            let (prefix, namespace) = data.split_once('=').ok_or_else(malformed)?;
            let (prefix, namespace) = (prefix.trim(), unquoted(namespace.trim()));
            if prefix.is_empty() || bindings.len() >= MAX_BINDINGS {
                return Err(malformed());
            }
            bindings.push((prefix.to_owned(), namespace.to_owned()));
        } else if scheme.is_empty() || scheme.contains(|c: char| c.is_whitespace()) {
            return Err(malformed());
        }
        rest = after.trim_start();
    }
    Ok(bindings)
}

fn malformed() -> BadUri {
    BadUri::new(400, "the query is not a list of xmlns() parts")
}

/// The data of one part, its escapes (`^(`, `^)`, `^^`) replaced, up to the parenthesis that closes it.
fn data(text: &str) -> Result<(String, &str), BadUri> {
    let mut data = String::new();
    let mut depth = 0_usize;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '^' => match chars.next() {
                Some((_, escaped @ ('(' | ')' | '^'))) => data.push(escaped),
                _ => return Err(malformed()),
            },
            ')' if depth == 0 => return Ok((data, text.get(at + 1..).unwrap_or_default())),
            _ => {
                depth = if c == '(' {
                    depth + 1
                } else if c == ')' {
                    depth - 1
                } else {
                    depth
                };
                data.push(c);
            }
        }
    }
    Err(malformed())
}

/// Some clients put the namespace name into quotes.
fn unquoted(namespace: &str) -> &str {
    let within = |quote: char| namespace.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(namespace)
}
