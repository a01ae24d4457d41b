//! From cause to wire.

use std::time::Duration;

use super::Cause;

/// The header field that carries the `cause-code` in a SIP response, since two causes may share status and Warning.
/// The project's own name; whoever does not know it ignores it (RFC 3261 8.2.2).
pub const CAUSE_HEADER: &str = "X-MCX-Cause";

/// The longest place that a Warning names.
const MAX_PLACE: usize = 160;

/// A cause and where it lies: what a handler refuses with before it has accepted a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why.
    pub cause: Cause,
    /// Where: a header field, or line, column and rule of a body. Never a value from the message.
    pub place: Option<String>,
    /// In place of the table's Retry-After.
    pub retry_after: Option<Duration>,
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Self { cause, place: None, retry_after: None }
    }
}

impl Refusal {
    /// A refusal that names its place. What cannot stand in a quoted string, or is too long, is left out; what the cause says already
    /// is no place.
    #[must_use]
    pub fn at(cause: Cause, place: &str) -> Self {
        let place: String = place
            .chars()
            .filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\'))
            .take(MAX_PLACE)
            .collect();
        Self { cause, place: (place != cause.text()).then_some(place), retry_after: None }
    }

    /// With this Retry-After.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The refusal as this partner may see it: merged causes lose their place too.
    #[must_use]
    pub fn seen_by(self, merge_unknown_and_refused: bool) -> Self {
        let cause = self.cause.seen_by(merge_unknown_and_refused);
        if cause == self.cause { self } else { cause.into() }
    }

    /// The Warning text: the cause's own, then the place.
    #[must_use]
    pub fn warning(&self) -> String {
        match &self.place {
            Some(place) => format!("{}: {place}", self.cause.text()),
            None => self.cause.text().to_owned(),
        }
    }

    /// The SIP response: status, `Warning: 399 <host> "<text>"`, cause code and, for a 503, Retry-After. Accept,
    /// Allow, Unsupported and Allow-Events are the caller's to add, who knows what it supports.
    #[must_use]
    pub fn response(&self, host: &str) -> sip::Response {
        let row = self.cause.row();
        let response = sip::Response::new(row.status)
            .warning(host, &self.warning())
            .extension(CAUSE_HEADER, row.code.to_string());
        let wait = self.retry_after.map(|wait| wait.as_secs().max(1)).or(row.retry_after.map(u64::from));
        match wait {
            Some(seconds) => response.header(sip::Name::RetryAfter, seconds.to_string()),
            None => response,
        }
    }
}

impl Cause {
    /// The SIP response of a refusal for this cause ([`Refusal::response`]).
    #[must_use]
    pub fn response(self, host: &str) -> sip::Response {
        Refusal::from(self).response(host)
    }
}
