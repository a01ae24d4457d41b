//! Where a user is sent back: RFC 6749 clause 3.1.2, RFC 8252 clauses 7 and 8, RFC 9700 clause 4.1

/// Schemes by which a page does something instead of going somewhere.
const FORBIDDEN: [&str; 7] = ["javascript", "data", "vbscript", "file", "about", "blob", "view-source"];

/// Whether a redirect URI may be configured: an absolute URI without a fragment (RFC 6749 clause 3.1.2) that cannot break out of a
/// header field or a page.
#[must_use]
pub fn is_usable(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_scheme =
        scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(letters);
    let allowed = !FORBIDDEN.iter().any(|bad| scheme.eq_ignore_ascii_case(bad));
    let plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'#' | b';' | b',')
    };
    let is_web = matches!(scheme, "http" | "https");
    let has_host =
        rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', ':']));
    is_scheme
        && allowed
        && !rest.is_empty()
        && rest.bytes().all(plain)
        && (!is_web || has_host)
        && uri.len() <= 2_048
}

/// Whether what a client names is one of those that it is registered with: exactly, but that on a loopback address any port will do
/// (RFC 8252 clause 7.3).
#[must_use]
pub fn is_registered(uri: &str, registered: &[String]) -> bool {
    is_usable(uri)
        && registered
            .iter()
            .any(|each| each == uri || without_port(each).is_some_and(|each| without_port(uri) == Some(each)))
}

/// A URI of a loopback address in two parts, around its port.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let after = rest.get(host.len()..)?;
    let path = after.find(['/', '?']).map_or("", |at| after.get(at..).unwrap_or_default());
    let port = after.strip_suffix(path)?;
    let is_number =
        |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    let is_port = port.strip_prefix(':').is_some_and(is_number);
    (port.is_empty() || is_port).then_some((host, path))
}

/// The URI with these parameters added to its query (RFC 6749 clause 4.1.2).
#[must_use]
pub fn with(uri: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let mark = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{mark}{query}")
}

/// How a content security policy names where a form's answer may lead: browsers hold a redirection to it as well.
#[must_use]
pub fn source(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else { return "'none'".to_owned() };
    match rest.strip_prefix("//") {
        Some(rest) if matches!(scheme, "http" | "https") => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            format!("{scheme}://{authority}")
        }
        _ => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests;
