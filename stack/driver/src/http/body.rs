//! The body of a request, from its first octet to its last, at a sound pace.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{StatusCode, Version};
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
    mut body: Incoming,
    version: Version,
    reading: Reading,
    limits: &HttpLimits,
) -> Result<(Bytes, Place), Refused> {
    let read = tokio::select! {
        biased;
        () = reading.told() => return Err(Full::Gone.into()),
        read = whole(&mut body, &reading, limits) => read,
    };
    match read {
        Ok(whole) => Ok((whole, reading.end(limits)?)),
        Err(Broken::Refused(why)) => Err(why),
        Err(Broken::Large(read)) => {
            // Nothing of it is held any more.
            drop(reading);
            if version == Version::HTTP_2 {
                outwait(&mut body, read, limits).await;
            }
            Err(Refused(StatusCode::PAYLOAD_TOO_LARGE, "too large"))
        }
    }
}

/// Why a body was not read to its end.
enum Broken {
    /// It is too large; so many octets of it were read.
    Large(usize),
    Refused(Refused),
}

impl From<Refused> for Broken {
    fn from(why: Refused) -> Self {
        Self::Refused(why)
    }
}

impl From<Full> for Broken {
    fn from(full: Full) -> Self {
        Self::Refused(full.into())
    }
}

/// Some clients, curl among them, take an answer that comes before the end of what they send for a broken stream (RFC 9113 8.1 allows
/// it). So they are let finish, as far as as much again goes, and nothing of it is kept.
async fn outwait(body: &mut Incoming, mut read: usize, limits: &HttpLimits) {
    let most = limits.body.saturating_mul(2);
    if usize::try_from(body.size_hint().lower()).map_or(true, |left| left > most.saturating_sub(read)) {
        return;
    }
    let pace = Pace { began: Instant::now(), limits };
    while let Ok(Some(Ok(frame))) = timeout_at(pace.until(read), body.frame()).await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > most {
            return;
        }
    }
}

async fn whole(body: &mut Incoming, reading: &Reading, limits: &HttpLimits) -> Result<Bytes, Broken> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.body {
        return Err(Broken::Large(0));
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
            return Err(Broken::Large(length));
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
