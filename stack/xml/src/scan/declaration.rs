//! What an XML declaration may say: XML 1.0 clauses 2.8, 2.9 and 4.3.3.
//!
//! The tree builder passes over it, whatever it says; other readers do not.

const MALFORMED: &str = "the XML declaration is not well-formed";

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Checks what stands between `<?` and `?>`.
pub(super) fn check(declaration: &str) -> Result<(), &'static str> {
    let mut rest = declaration.strip_prefix("xml").ok_or(MALFORMED)?;
    let version = take(&mut rest, "version").ok_or(MALFORMED)?;
    // A reader of XML 1.0 takes every 1.x for 1.0.
    let minor = version.strip_prefix("1.").unwrap_or_default();
    if minor.is_empty() || !minor.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("the version of XML must be 1.0");
    }
    let encoding = take(&mut rest, "encoding");
    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
        return Err("the encoding must be UTF-8");
    }
    let standalone = take(&mut rest, "standalone");
    if standalone.is_some_and(|said| !matches!(said, "yes" | "no")) {
        return Err("standalone must be yes or no");
    }
    if rest.trim_start_matches(BLANKS).is_empty() { Ok(()) } else { Err(MALFORMED) }
}

/// Takes ` name="value"` off the front; none where something else stands there.
fn take<'t>(rest: &mut &'t str, name: &str) -> Option<&'t str> {
    let trimmed = rest.trim_start_matches(BLANKS);
    let has_blank = trimmed.len() < rest.len();
    let after = trimmed.strip_prefix(name).filter(|_| has_blank)?;
    let after = after.trim_start_matches(BLANKS).strip_prefix('=')?.trim_start_matches(BLANKS);
    let quote = after.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let (value, after) = after.get(1..)?.split_once(quote)?;
    *rest = after;
    Some(value)
}
