//! Documents of own servers: fetched over HTTP, watched over SIP. TS 24.481 clauses 6.3.3 and 6.3.13, TS 24.484 clause 6.3

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::future::{self, Either};
use http::{HeaderValue, Request, Response, header};
use kit::{Cause, Cx, Done, Expected, Stop, events::Ask, partner::ASSERTED_IDENTITY, refusal::FLOW_FIELD};
use wire::{Entry, Kind};
use xcap::{
    Target,
    diff::{Change, DocumentChange, XcapDiff},
};
use xml::Limits;

use crate::{Mcs, config::DocumentServer};

/// How long a request may take: longer than a group management server waits for the primary system's.
const DEADLINE: Duration = Duration::from_secs(12);

/// For how long a subscription is asked for.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A document as it was fetched.
pub(crate) struct Fetched {
    pub(crate) etag: String,
    pub(crate) text: Bytes,
}

/// Why a document was not to be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Failed {
    /// As the other side, the way there or the clock says.
    pub(crate) cause: Cause,
    /// When a repeat may help; none where only a change does.
    pub(crate) again: Option<Duration>,
}

/// When a request that came to nothing is repeated, where nobody says.
const AGAIN: Duration = Duration::from_secs(5);

/// Gets a document.
pub(crate) async fn fetch(cx: &Cx<Mcs>, server: &DocumentServer, target: &Target) -> Result<Fetched, Failed> {
    let for_now = |cause| Failed { cause, again: Some(AGAIN) };
    let request = request(cx, server, target).ok_or(Failed { cause: Cause::Fault, again: None })?;
    let (to, detail) = (server.http.name.clone(), target.auid.clone());
    record(cx, Kind::Sent { to, what: "GET".to_owned(), detail });
    let world = cx.world();
    let exchange = pin!(world.web.fetch(request, server.http.clone()));
    match future::select(exchange, world.clock.sleep(DEADLINE)).await {
        Either::Left((Ok(response), _)) => read(response),
        Either::Left((Err(error), _)) => {
            tracing::warn!(target: "mcx::wire", entity = %cx.profile().name, flow = cx.flow_id(), %error);
            Err(for_now(Cause::from(&error)))
        }
        Either::Right(((), _)) => Err(for_now(Cause::TimedOut)),
    }
}

fn request(cx: &Cx<Mcs>, server: &DocumentServer, target: &Target) -> Option<Request<Bytes>> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = target.uri(&server.root).parse().ok()?;
    let fields = request.headers_mut();
    let asserted = format!("\"{}\"", cx.profile().psi.as_str());
    fields.insert(ASSERTED_IDENTITY, HeaderValue::from_str(&asserted).ok()?);
    if let Ok(flow) = HeaderValue::from_str(cx.flow_id())
        && !flow.is_empty()
    {
        fields.insert(FLOW_FIELD, flow);
    }
    Some(request)
}

fn read(response: Response<Bytes>) -> Result<Fetched, Failed> {
    let status = response.status();
    let field = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if status.is_success() {
        let etag = field(header::ETAG).unwrap_or_default().trim_matches('"').to_owned();
        return Ok(Fetched { etag, text: response.into_body() });
    }
    let told = field(header::RETRY_AFTER).and_then(|value| value.trim().parse::<u64>().ok());
    let wait = told.map_or(AGAIN, |seconds| Duration::from_secs(seconds.clamp(1, 300)));
    let usual = match status.as_u16() {
        404 | 410 => Cause::UnknownTarget,
        401 | 403 => Cause::NotPermitted,
        _ if status.is_server_error() => Cause::Overloaded,
        _ => Cause::Unspecified,
    };
    let cause = Cause::from_fields(response.headers()).unwrap_or(usual);
    Err(Failed { cause, again: status.is_server_error().then_some(wait) })
}

/// A subscription to one document, or to all of a collection.
pub(crate) fn ask(server: &DocumentServer, selector: &str) -> Ask {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\
         <list><entry uri=\"{}\"/></list></resource-lists>",
        xml::escaped_attribute(selector)
    );
    Ask {
        uri: server.psi.as_str().to_owned(),
        hop: server.sip.clone(),
        peer: Expected::server(&server.identity),
        event: "xcap-diff;diff-processing=no-patching".to_owned(),
        accept: xcap::diff::MEDIA_TYPE,
        lifetime: LIFETIME,
        body: Some(("application/resource-lists+xml".to_owned(), body.into())),
    }
}

/// What a NOTIFY says of documents. One without a body says nothing.
///
/// # Errors
/// [`Stop`] where it cannot be read.
pub(crate) fn changes(message: &sip::Message) -> Done<Vec<DocumentChange>> {
    if message.header(sip::Name::ContentType).is_none() {
        return Ok(Vec::new());
    }
    let parts = kit::carriage::parts(message)?;
    let diff = parts.iter().find(|part| part.is(xcap::diff::MEDIA_TYPE)).ok_or(Cause::UnsupportedBody)?;
    let diff = XcapDiff::read(&diff.bytes, &Limits::default());
    let diff = diff.map_err(|why| Stop::Malformed(format!("{} {why}", xcap::diff::MEDIA_TYPE)))?;
    let of_document = |change| match change {
        Change::Document(change) => Some(change),
        Change::Element(_) | Change::Attribute(_) => None,
    };
    Ok(diff.changes.into_iter().filter_map(of_document).collect())
}

/// Tells whoever draws a ladder.
fn record(cx: &Cx<Mcs>, kind: Kind) {
    let recorder = &cx.world().recorder;
    if recorder.is_listening() {
        let entity = cx.profile().name.clone();
        recorder.record(Entry { flow: cx.flow_id().to_owned(), entity, kind });
    }
}
