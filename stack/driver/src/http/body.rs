//! The body of a request, from its first octet to its last, at a sound pace.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::{
    HttpLimits,
    answer::Refused,
    bodies::{Full, Reading},
    peers::Place,
};

impl From<Full> for Refused {
    fn from(full: Full) -> Self {
        Self(
            StatusCode::SERVICE_UNAVAILABLE,
            match full {
                Full::Octets => "too many octets",
                Full::Gone => "body made room",
                Full::Requests => "too many requests",
            },
        )
    }
}

/// Reads a body whole, and gives it its place among those that are worked on.
pub(super) async fn read(
    body: Incoming,
    reading: Reading,
    limits: &HttpLimits,
) -> Result<(Bytes, Place), Refused> {
    let body = tokio::select! {
        biased;
        () = reading.told() => return Err(Full::Gone.into()),
        body = whole(body, &reading, limits) => body?,
    };
    Ok((body, reading.end(limits)?))
}

async fn whole(mut body: Incoming, reading: &Reading, limits: &HttpLimits) -> Result<Bytes, Refused> {
    let large = || Refused(StatusCode::PAYLOAD_TOO_LARGE, "too large");
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.body {
        return Err(large());
    }
    let pace = Pace { began: Instant::now(), limits };
    let (mut first, mut whole) = (Bytes::new(), BytesMut::new());
    loop {
        let next = timeout_at(pace.until(first.len() + whole.len()), body.frame()).await;
        let next = next.map_err(|_| Refused(StatusCode::REQUEST_TIMEOUT, "body too slow"))?;
        let Some(frame) = next else { break };
        let frame = frame.map_err(|_| Refused(StatusCode::BAD_REQUEST, "body broken off"))?;
        // Trailers say nothing that anybody here asks for.
        let Ok(data) = frame.into_data() else { continue };
        let length = first.len() + whole.len() + data.len();
        if length > limits.body {
            return Err(large());
        }
        reading.hold(length, limits)?;
        match (first.is_empty(), whole.is_empty()) {
            (true, true) => first = data,
            (_, is_new) => {
                if is_new {
                    whole.reserve(announced.max(length));
                    whole.extend_from_slice(&std::mem::take(&mut first));
                }
                whole.extend_from_slice(&data);
            }
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// How long a body is waited for.
struct Pace<'l> {
    began: Instant,
    limits: &'l HttpLimits,
}

impl Pace<'_> {
    /// Until when the next octets must have come, once so many have.
    fn until(&self, octets: usize) -> Instant {
        let HttpLimits { body_progress, body_within, body_rate, .. } = *self.limits;
        let earned = Duration::from_secs((octets / body_rate.max(1)) as u64);
        let whole = body_within.min(body_progress.saturating_add(earned));
        (Instant::now() + body_progress).min(self.began + whole)
    }
}
