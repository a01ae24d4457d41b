//! Who has passed a request on before (RFC 9110 clause 7.6.3).

use http::{HeaderMap, HeaderValue, Version, header};

/// Gateways that a request may have passed: two systems have two, and more is a circle that nobody recognised.
const LONGEST: usize = 8;

/// Whether a request has been here before, or has been passed on too often to be going anywhere.
pub(super) fn goes_round(fields: &HeaderMap, host: &str) -> bool {
    let mut count = 0_usize;
    let is_here = members(fields).any(|member| {
        count += 1;
        let by = member.split_whitespace().nth(1).unwrap_or_default();
        by.eq_ignore_ascii_case(host)
    });
    is_here || count > LONGEST
}

/// Ours alone, where what came before is hidden; else after what came before.
pub(super) fn via(fields: &HeaderMap, version: Version, host: &str, is_hidden: bool) -> Option<HeaderValue> {
    let protocol = match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2.0",
        _ => "1.1",
    };
    let before: Vec<&str> = members(fields).filter(|_| !is_hidden).collect();
    let own = format!("{protocol} {host}");
    let all: Vec<&str> = before.into_iter().chain([own.as_str()]).collect();
    HeaderValue::try_from(all.join(", ")).ok()
}

fn members(fields: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = fields.get_all(header::VIA).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty())
}
