//! One HTTP exchange with the group management server of another system (CSC-16), which may be its gateway.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::future::{self, Either};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use kit::{Cause, Cx, Permit, partner::ASSERTED_IDENTITY, refusal::FLOW_FIELD};
use wire::{Entry, Hop, Kind};
use xcap::Root;

use crate::{
    Gms,
    config::PartnerConfig,
    group::{GroupId, MEDIA_TYPE},
    policy::{AskForGroup, ProvideGroup},
};

/// The way to a partner's group documents.
pub(crate) struct Abroad<'a> {
    cx: &'a Cx<Gms>,
    partner: &'a str,
    hop: Hop,
    root: &'a Root,
}

/// What lets a request about a group leave for a partner.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leave<'l> {
    /// Policy lets the group be provided (10.2.7.2).
    Provide(&'l Permit<ProvideGroup>),
    /// Policy lets the group be requested (10.2.7.3).
    Ask(&'l Permit<AskForGroup>),
    /// What is no longer to be there is taken back, whatever is agreed by now.
    Withdraw { partner: &'l str, group: &'l GroupId },
}

impl<'l> Leave<'l> {
    /// For which partner.
    pub(crate) fn partner(&self) -> &'l str {
        match self {
            Self::Provide(permit) => &permit.question().partner,
            Self::Ask(permit) => &permit.question().partner,
            Self::Withdraw { partner, .. } => partner,
        }
    }

    fn group(&self) -> &'l GroupId {
        match self {
            Self::Provide(permit) => &permit.question().group,
            Self::Ask(permit) => &permit.question().group,
            Self::Withdraw { group, .. } => group,
        }
    }
}

/// Why an exchange came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Failed {
    /// As the other side, the way there or the clock says.
    pub(crate) cause: Cause,
    /// Whether a repeat can help.
    pub(crate) passes: bool,
    /// When, where the other side says so.
    pub(crate) wait: Option<Duration>,
}

impl<'a> Abroad<'a> {
    /// The way that is configured.
    ///
    /// # Errors
    /// [`Cause::NoAddress`]: 10.2.7.2 and 10.2.7.3, the system has not been configured with addressing information.
    pub(crate) fn to(cx: &'a Cx<Gms>, partner: &'a PartnerConfig) -> Result<Self, Cause> {
        let root = partner.root.as_ref().ok_or(Cause::NoAddress)?;
        let hop = cx.http_hop(partner).ok_or(Cause::NoAddress)?;
        Ok(Self { cx, partner: &partner.name, hop, root })
    }

    /// Sends a request about the group that may leave, and awaits the answer within the deadline.
    pub(crate) async fn send(
        &self,
        method: Method,
        leave: &Leave<'_>,
        condition: Option<(HeaderName, String)>,
        body: Bytes,
    ) -> Result<Response<Bytes>, Failed> {
        let (cx, group) = (self.cx, leave.group());
        if leave.partner() != self.partner {
            return Err(Failed::for_good(Cause::NotPermitted));
        }
        let request =
            self.request(method, group, condition, body).map_err(|()| Failed::for_good(Cause::Fault))?;
        record(
            cx,
            Kind::Sent {
                to: self.hop.name.clone(),
                what: format!("{} group", request.method()),
                detail: group.to_string(),
            },
        );
        let world = cx.world();
        let exchange = pin!(world.web.fetch(request, self.hop.clone()));
        match future::select(exchange, world.clock.sleep(cx.config().partner_deadline)).await {
            Either::Left((Ok(response), _)) => Ok(response),
            Either::Left((Err(error), _)) => {
                tracing::warn!(target: "mcx::wire", entity = %cx.profile().name, flow = cx.flow_id(), %error);
                Err(Failed::for_now(Cause::from(&error)))
            }
            Either::Right(((), _)) => Err(Failed::for_now(Cause::TimedOut)),
        }
    }

    fn request(
        &self,
        method: Method,
        group: &GroupId,
        condition: Option<(HeaderName, String)>,
        body: Bytes,
    ) -> Result<Request<Bytes>, ()> {
        let is_put = method == Method::PUT;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = group.target().uri(self.root).parse().map_err(drop)?;
        let fields = request.headers_mut();
        let asserted = format!("\"{}\"", self.cx.profile().psi.as_str());
        fields.insert(ASSERTED_IDENTITY, HeaderValue::from_str(&asserted).map_err(drop)?);
        let media_type = HeaderValue::from_static(MEDIA_TYPE);
        fields.insert(if is_put { header::CONTENT_TYPE } else { header::ACCEPT }, media_type);
        if let Ok(flow) = HeaderValue::from_str(self.cx.flow_id())
            && !flow.is_empty()
        {
            fields.insert(FLOW_FIELD, flow);
        }
        if let Some((name, value)) = condition {
            fields.insert(name, HeaderValue::from_str(&value).map_err(drop)?);
        }
        Ok(request)
    }
}

impl Failed {
    /// A repeat may find it otherwise.
    pub(crate) fn for_now(cause: Cause) -> Self {
        Self { cause, passes: true, wait: None }
    }

    /// It stays so until somebody changes something.
    pub(crate) fn for_good(cause: Cause) -> Self {
        Self { cause, passes: false, wait: None }
    }

    /// What an answer other than a success says.
    pub(crate) fn of(response: &Response<Bytes>) -> Self {
        let status = response.status();
        let cause = Cause::from_fields(response.headers()).unwrap_or_else(|| of_status(status));
        let busy = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        let passes = status.is_server_error() || busy.contains(&status);
        Self { cause, passes, wait: retry_after(response.headers()).filter(|_| passes) }
    }
}

/// What a status means of a group, where no cause is told with it.
fn of_status(status: StatusCode) -> Cause {
    match status.as_u16() {
        400 | 409 => Cause::MalformedBody,
        401 | 403 => Cause::NotPermitted,
        404 | 410 => Cause::UnknownGroup,
        405 => Cause::MethodNotAllowed,
        408 | 504 => Cause::TimedOut,
        413 => Cause::TooLarge,
        415 => Cause::UnsupportedBody,
        429 => Cause::Overloaded,
        502 | 503 => Cause::PartnerUnreachable,
        _ => Cause::Unspecified,
    }
}

/// The entity tag of an answer, without its quotes.
pub(crate) fn etag(response: &Response<Bytes>) -> Option<String> {
    let value = response.headers().get(header::ETAG)?.to_str().ok()?;
    Some(value.trim_matches('"').to_owned())
}

fn retry_after(fields: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = fields.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}

/// Tells whoever draws a ladder.
pub(crate) fn record(cx: &Cx<Gms>, kind: Kind) {
    let recorder = &cx.world().recorder;
    if recorder.is_listening() {
        let entity = cx.profile().name.clone();
        recorder.record(Entry { flow: cx.flow_id().to_owned(), entity, kind });
    }
}
