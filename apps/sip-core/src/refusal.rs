//! The refusals of a SIP core. Each says why in a Warning (RFC 3261 20.43), and nothing about anybody's state.

use std::time::Duration;

use sip::{Malformed, Name, Response};

/// The methods that pass through or end here, for Allow (RFC 3261 20.5).
pub const ALLOW: &str = "REGISTER, OPTIONS, MESSAGE, PUBLISH, SUBSCRIBE, NOTIFY";

/// The methods that end here (RFC 3261 20.5).
const OWN: &str = "REGISTER, OPTIONS";

/// 400, its reason naming the header field and the rule.
#[must_use]
pub fn bad_request(why: impl Into<String>) -> Response {
    Response::new(400).reason(why.into())
}

/// The status that a fault of grammar asks for, its reason naming the header field and the rule.
#[must_use]
pub fn malformed(malformed: &Malformed) -> Response {
    Response::new(malformed.status).reason(malformed.to_string())
}

/// 403 with the reason in a Warning.
#[must_use]
pub fn forbidden(host: &str, why: &str) -> Response {
    Response::new(403).warning(host, why)
}

/// 503 with the reason in a Warning, and after how many seconds it may have passed (RFC 3261 21.5.4).
#[must_use]
pub fn unavailable(host: &str, why: &str) -> Response {
    Response::new(503).header(Name::RetryAfter, RETRY_AFTER).warning(host, why)
}

/// After too many wrong credentials: 503, and when others will be looked at. An edge proxy would send nobody's requests here for as
/// long (RFC 3261 21.5.4), so it is told what it would make of a 503 itself: 500 (16.7 step 6).
#[must_use]
pub fn locked_out(host: &str, through_edge: bool, wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Response::new(if through_edge { 500 } else { 503 })
        .header(Name::RetryAfter, seconds.to_string())
        .warning(host, "too many wrong credentials came from there")
}

/// As long as a store waits before it is opened again, at most.
const RETRY_AFTER: &str = "5";

/// 405 with Allow (RFC 3261 8.2.1).
#[must_use]
pub fn method_not_allowed() -> Response {
    Response::new(405).header(Name::Allow, ALLOW)
}

/// 405 to a request for the core itself, with what it takes for itself (RFC 3261 21.4.6).
#[must_use]
pub fn not_for_us() -> Response {
    Response::new(405).header(Name::Allow, OWN)
}

/// 420 with every option that is not supported (RFC 3261 8.2.2.3, 16.3 step 5).
#[must_use]
pub fn bad_extension(options: &[String]) -> Response {
    // An option tag is a token: whatever else came in its place does not go back.
    let said = options.join(", ").replace(|c: char| !(' '..='~').contains(&c), "");
    Response::new(420).header(Name::Unsupported, said)
}
