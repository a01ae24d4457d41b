//! What of a response crosses the border.
//! RFC 9110 clauses 8.8.3, 10.2 and 15 · RFC 4825 clause 11 · RFC 9457

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use kit::refusal::{CAUSE_FIELD, Cause, FLOW_FIELD};
use wire::WireError;

use super::{
    Root,
    agreement::{Agreement, essence},
    fields::{self, RESPONSE},
};
use crate::{content::is_readable, metrics::Direction, topology::Hosts};

/// The bodies of refusals that pass.
const EXPLANATIONS: [&str; 2] = ["application/xcap-error+xml", "application/problem+json"];

/// The longest of them.
const EXPLANATION: usize = 64 << 10;

/// The longest wait that is passed on, in seconds.
const WAIT: u32 = 86_400;

/// What is remembered of a request that passed, for its response.
pub(super) struct Passed {
    pub direction: Direction,
    pub method: Method,
    /// The partner's name.
    pub partner: Arc<str>,
    /// Whom ladders show the answer to go to.
    pub from: Arc<str>,
    pub agreement: Arc<Agreement>,
    pub hides: bool,
    /// The root below which the request was sent.
    pub there: Root,
    /// The root below which it had come.
    pub here: Root,
    /// What Allow says.
    pub allowed: HeaderValue,
    pub flow: String,
    pub what: String,
}

impl Passed {
    /// The response made anew from what may pass, and the cause of one that may not.
    pub fn answer(&self, response: Response<Bytes>, internal: &Hosts) -> (Response<Bytes>, Option<Cause>) {
        let hidden = (self.direction == Direction::Inbound && self.hides).then_some(internal);
        let (parts, body) = response.into_parts();
        let status = parts.status;
        let is_known = status.is_success() || status.is_client_error() || status.is_server_error();
        // Whoever asks a partner has no credentials with it, and nobody is led elsewhere.
        let is_ours = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        if is_ours || !(is_known || status == StatusCode::NOT_MODIFIED) {
            return self.unusable("its status");
        }
        let body = match self.body(status, &parts.headers, body, hidden) {
            Ok(body) => body,
            Err(why) => return self.unusable(why),
        };
        let mut onward = Response::new(body);
        *onward.status_mut() = status;
        self.fields(&parts.headers, hidden, onward.headers_mut());
        if onward.body().is_empty() && self.method != Method::HEAD {
            onward.headers_mut().remove(header::CONTENT_TYPE);
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            onward.headers_mut().insert(header::ALLOW, self.allowed.clone());
        }
        (onward, None)
    }

    /// The body that passes; none of a refusal that explains itself otherwise than XCAP and HTTP do, or too closely.
    fn body(
        &self,
        status: StatusCode,
        came: &HeaderMap,
        body: Bytes,
        hidden: Option<&Hosts>,
    ) -> Result<Bytes, &'static str> {
        if body.is_empty() {
            return Ok(body);
        }
        let kind = came.get(header::CONTENT_TYPE);
        if !status.is_success() {
            return Ok(self.explanation(came, kind, body, hidden).unwrap_or_default());
        }
        let names_inside = hidden.is_some_and(|internal| internal.occur_in(&body));
        let is_readable = is_readable(kind.map_or("", essence), &body).is_ok();
        if self.method != Method::GET {
            // What was asked for has been done; what is said about it besides is not needed.
            let passes = is_readable && !names_inside && !is_coded(came) && self.fits(kind, &body);
            return Ok(if passes { body } else { Bytes::new() });
        }
        match () {
            () if names_inside => Err("an internal name in its body"),
            () if !is_readable => Err("a body that cannot be looked into"),
            () if is_coded(came) => Err("its coding"),
            () if !self.fits(kind, &body) => Err("its media type or size"),
            () => Ok(body),
        }
    }

    /// Of a refusal: why, where that is said as XCAP and HTTP say it, and neither names nor shows the inside. An ancestor is told as it
    /// is known to who asks (RFC 4825 11.2).
    fn explanation(
        &self,
        came: &HeaderMap,
        kind: Option<&HeaderValue>,
        body: Bytes,
        hidden: Option<&Hosts>,
    ) -> Option<Bytes> {
        let essence = kind.map_or("", essence);
        let explains = EXPLANATIONS.iter().any(|explanation| explanation.eq_ignore_ascii_case(essence));
        let can_be_looked_into = body.len() <= EXPLANATION && !is_coded(came);
        if !explains || !can_be_looked_into || is_readable(essence, &body).is_err() {
            return None;
        }
        let body = self.with_ancestor(body);
        let shows_inside =
            |internal: &Hosts| internal.occur_in(&body) || self.there.path_occurs_in(&body, &self.here);
        (!hidden.is_some_and(shows_inside)).then_some(body)
    }

    fn with_ancestor(&self, body: Bytes) -> Bytes {
        let told = || {
            let (before, rest) = std::str::from_utf8(&body).ok()?.split_once("<ancestor>")?;
            let (ancestor, after) = rest.split_once("</ancestor>")?;
            let ancestor = self.there.told_below(&self.here, ancestor.trim())?;
            Some(format!("{before}<ancestor>{ancestor}</ancestor>{after}"))
        };
        told().map_or(body.clone(), Bytes::from)
    }

    fn fits(&self, kind: Option<&HeaderValue>, body: &Bytes) -> bool {
        kind.is_some_and(|kind| self.agreement.allows_media(kind)) && body.len() <= self.agreement.body
    }

    fn fields(&self, came: &HeaderMap, hidden: Option<&Hosts>, onward: &mut HeaderMap) {
        fields::pass(&RESPONSE, came, hidden, onward);
        // A tag is the server's own word, as its path is.
        let shows_path = |tag: &HeaderValue| self.there.path_occurs_in(tag.as_bytes(), &self.here);
        if hidden.is_some() && onward.get_all(header::ETAG).iter().any(shows_path) {
            onward.remove(header::ETAG);
        }
        let text = |name| came.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let cause: Option<u16> = text(CAUSE_FIELD).and_then(|cause| cause.parse().ok());
        if let Some(cause) = cause {
            onward.insert(CAUSE_FIELD, cause.into());
        }
        let wait: Option<u32> = text(header::RETRY_AFTER).and_then(|wait| wait.parse().ok());
        if let Some(wait) = wait {
            onward.insert(header::RETRY_AFTER, wait.min(WAIT).into());
        }
        let below = text(header::LOCATION).and_then(|location| self.there.below_uri(location));
        let location = below.map(|below| self.here.uri(below));
        let location =
            location.filter(|uri| !hidden.is_some_and(|internal| internal.occur_in(uri.as_bytes())));
        if let Some(location) = location.and_then(|uri| HeaderValue::try_from(uri).ok()) {
            onward.insert(header::LOCATION, location);
        }
        if let Ok(flow) = HeaderValue::try_from(self.flow.as_str())
            && !flow.is_empty()
        {
            onward.insert(FLOW_FIELD, flow);
        }
        if self.method == Method::HEAD
            && let Some(length) = came.get(header::CONTENT_LENGTH)
        {
            onward.insert(header::CONTENT_LENGTH, length.clone());
        }
    }

    /// A response that cannot be passed on: our own fault towards a partner, the partner's towards us.
    fn unusable(&self, why: &'static str) -> (Response<Bytes>, Option<Cause>) {
        tracing::warn!(partner = &*self.partner, why, "an HTTP response did not pass the border");
        let cause = match self.direction {
            Direction::Outbound => Cause::Unspecified,
            Direction::Inbound => Cause::Fault,
        };
        (cause.web(), Some(cause))
    }

    /// What is said where no response came.
    pub fn unanswered(&self, error: &WireError) -> Cause {
        match (error, self.direction) {
            (WireError::Overloaded, _) => Cause::Overloaded,
            // It may have taken effect: whoever asked has to look.
            (WireError::Timeout | WireError::Interrupted(_), _) => Cause::TimedOut,
            (WireError::Unreachable(_) | WireError::Closed, Direction::Outbound) => Cause::PartnerUnreachable,
            (WireError::Unreachable(_) | WireError::Closed, Direction::Inbound) => Cause::ServerUnreachable,
        }
    }
}

/// Whether a body is coded, so that nobody here can look into it (RFC 9110 8.4).
pub(super) fn is_coded(fields: &HeaderMap) -> bool {
    fields.contains_key(header::CONTENT_ENCODING)
}
