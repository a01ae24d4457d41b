//! Documents of own servers: fetched over HTTP, watched over SIP. TS 24.481 clauses 6.3.3 and 6.3.13, TS 24.484 clause 6.3

use std::time::Duration;

use bytes::Bytes;
use kit::{
    Cause, Cx, Done, Expected,
    documents::client::{self, Ask, Sender},
    events, xcap_diff,
};
use xcap::{
    Target,
    diff::{Change, DocumentChange},
};

use crate::{Mcs, config::DocumentServer};

/// How long a request may take: longer than a group management server waits for the primary system's.
const DEADLINE: Duration = Duration::from_secs(12);

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

/// When at the earliest, and at the latest, whatever the other side says.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(300);

/// Gets a document.
pub(crate) async fn fetch(cx: &Cx<Mcs>, server: &DocumentServer, target: &Target) -> Result<Fetched, Failed> {
    let uri = target.uri(&server.root);
    let request = Ask::get(&uri).request(Sender::Server(&cx.profile().psi, cx.flow_id()));
    let request = request.ok_or(Failed { cause: Cause::Fault, again: None })?;
    let shown = ("GET".to_owned(), target.auid.clone());
    let response = cx.fetch(request, &server.http, DEADLINE, shown).await;
    let response = response.map_err(|cause| Failed { cause, again: Some(AGAIN) })?;
    if response.status().is_success() {
        let etag = client::etag(&response).unwrap_or_default();
        return Ok(Fetched { etag, text: response.into_body() });
    }
    let failed = client::Failed::of(&response, Cause::UnknownTarget);
    let again = failed.passes.then(|| failed.wait.unwrap_or(AGAIN).clamp(SOONEST, LATEST));
    Err(Failed { cause: failed.cause, again })
}

/// A subscription to one document, or to all of a collection.
pub(crate) fn ask(server: &DocumentServer, selector: &str) -> events::Ask {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\
         <list><entry uri=\"{}\"/></list></resource-lists>",
        xml::escaped_attribute(selector)
    );
    events::Ask {
        uri: server.psi.as_str().to_owned(),
        hop: server.sip.clone(),
        peer: Expected::server(&server.identity),
        event: "xcap-diff;diff-processing=no-patching".to_owned(),
        accept: xcap::diff::MEDIA_TYPE,
        lifetime: events::LIFETIME,
        body: Some(("application/resource-lists+xml".to_owned(), body.into())),
    }
}

/// What a NOTIFY says of documents, each by the one spelling of its selector. One without a body says nothing.
///
/// # Errors
/// [`Stop`](kit::Stop) where it cannot be read.
pub(crate) fn changes(message: &sip::Message) -> Done<Vec<DocumentChange>> {
    let Some(diff) = xcap_diff::told(message)? else { return Ok(Vec::new()) };
    let of_document = |change| match change {
        Change::Document(change) => Some(DocumentChange { sel: xcap_diff::selector(&change.sel), ..change }),
        Change::Element(_) | Change::Attribute(_) => None,
    };
    Ok(diff.changes.into_iter().filter_map(of_document).collect())
}
