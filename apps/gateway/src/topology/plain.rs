//! Fields in which anybody may write anything beside what they are for: they leave without such additions or not at all.

use sip::{Header, Name};

/// Whether a field holds what its grammar needs and nothing else.
pub(super) fn is(header: &Header<'_>) -> bool {
    match (header.name, std::str::from_utf8(header.value)) {
        (Name::MimeVersion, Ok(value)) => is_version(value),
        (Name::Reason, Ok(value)) => value.split(',').all(is_reason),
        (_, text) => text.is_ok(),
    }
}

/// RFC 2045 4, without comments.
fn is_version(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    value.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// RFC 3326 2: a protocol, a cause and a text that is written as it is read.
fn is_reason(value: &str) -> bool {
    let mut params = value.split(';').map(str::trim);
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
    };
    params.next().is_some_and(is_token) && params.all(is_reason_param)
}

fn is_reason_param(param: &str) -> bool {
    let Some((name, value)) = param.split_once('=') else { return false };
    let value = value.trim();
    let text = || value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    match name.trim() {
        name if name.eq_ignore_ascii_case("cause") => value.bytes().all(|byte| byte.is_ascii_digit()),
        name if name.eq_ignore_ascii_case("text") => {
            text().is_some_and(|text| text.chars().all(|c| !c.is_control() && !matches!(c, '\\' | '"')))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
