//! HTTP: who asks, and what he may have. TS 24.482 annex A, TS 24.484 clause 6.3

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use kit::{
    Cause, Cx, Peer, Refusal,
    audit::{named, refused_for},
    documents,
    refusal::not_allowed,
    tokens::Bearer,
    web::{Caller, Desk, on_head},
};
use wire::{Arrival, BoxFuture, web::WebService};
use xcap::{Answer, Target, Tree, Who};
use xml_schemas::ids::Psi;

use crate::{
    Cms,
    profile::{MEDIA_TYPE, naming},
};

/// The server as whoever speaks HTTP sees it.
pub(crate) struct Site {
    cx: Cx<Cms>,
}

impl Site {
    pub(crate) fn new(cx: Cx<Cms>) -> Self {
        Self { cx }
    }
}

impl WebService for Site {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let cx = self.cx.clone();
        Box::pin(async move { answer(&cx, request, &arrival).await })
    }

    fn refusal(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        on_head(&self.cx, &self.cx.tokens(), head, arrival)
    }
}

async fn answer(cx: &Cx<Cms>, request: Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
    let desk = Desk { tokens: &cx.tokens(), documents: cx.documents() };
    let routed = async |cx: Cx<Cms>, caller: Caller, request| route(&cx, &caller, request).await;
    match desk.attend(cx, (request, arrival), |request| is_for_anyone(cx, request), routed).await {
        Ok(attended) => {
            let asker = Arc::clone(&attended.asker);
            attended.shown_to(&asker)
        }
        Err(response) => response,
    }
}

async fn route(cx: &Cx<Cms>, caller: &Caller, request: Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    if is_question(cx, uri(&request)) {
        return as_kept(cx, caller, &request);
    }
    let target = match cx.documents().target(uri(&request)) {
        Ok(target) => target,
        Err(bad) => return Ok(documents::answer(Answer::phrase(bad.status, bad.phrase))),
    };
    match (caller.user(), caller.peer()) {
        (Some(bearer), _) => {
            let principal = principal(cx, bearer, &target)?;
            Ok(served(cx, principal, &target, request).await)
        }
        (None, Some(peer)) => match administrator(cx, peer) {
            // TS 23.280 10.17.7: the ACM server updates profiles, where the operator made it an administrator.
            Some(psi) => Ok(served(cx, psi.as_str(), &target, request).await),
            // TS 24.484 clause 6.3.1.1: the servers that the operator lists read what configures their users.
            None if peer.server().is_some() => cx.documents().show(&target, &request).await,
            None => Err(Cause::NotPermitted.into()),
        },
        (None, None) => Err(Cause::NotPermitted.into()),
    }
}

/// Below the root, where own servers ask what becomes of a profile that is put.
const AS_KEPT: &str = "/mcx/configuration/as-kept";

fn is_question(cx: &Cx<Cms>, uri: &str) -> bool {
    uri.strip_suffix(AS_KEPT).is_some_and(|below| cx.config().root.uri().ends_with(below))
}

/// The profile as it would be kept, what this server writes itself included (TS 23.280 10.2.7.1). Nothing is changed.
fn as_kept(cx: &Cx<Cms>, caller: &Caller, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    caller.peer().and_then(Peer::server).ok_or(Cause::NotPermitted)?;
    if *request.method() != Method::POST {
        return Ok(not_allowed("POST"));
    }
    let text = std::str::from_utf8(request.body()).map_err(|_| Cause::MalformedBody)?;
    let named = cx.rules().group_server.as_ref().and_then(|server| naming(text, server));
    let mut response = Response::new(named.map_or_else(|| request.body().clone(), Bytes::from));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    Ok(response)
}

/// What is refused to whoever would write stands in the audit log.
async fn served(cx: &Cx<Cms>, by: &str, target: &Target, request: Request<Bytes>) -> Response<Bytes> {
    let writes = !reads(request.method());
    let response = cx.documents().serve(request, Some(by)).await;
    if writes && response.status() == StatusCode::FORBIDDEN {
        let entry = cx.log().act("configuration.document.refused", by).on(named(target));
        cx.log().note(by, refused_for(entry, Cause::RequesterNotAuthorized)).await;
    }
    response
}

/// As whom a user with an identity for each MC service asks: as the owner of what he asks for, or as an administrator, where he
/// is one.
fn principal<'b>(cx: &Cx<Cms>, bearer: &'b Bearer, target: &Target) -> Result<&'b str, Refusal> {
    let rules = cx.rules();
    let owns =
        |id: &str| matches!(&target.tree, Tree::User(xui) if xcap::canonical(xui) == xcap::canonical(id));
    let ours = || bearer.users.iter().filter(|id| rules.is_own_domain(id.domain())).map(|id| id.as_str());
    let first = ours().next().ok_or(Cause::ForeignIdentity)?;
    let administrator = ours().find(|id| rules.is_administrator(id));
    Ok(administrator.or_else(|| ours().find(|id| owns(id))).unwrap_or(first))
}

/// The public service identity of an own server, where it is an administrator's.
fn administrator(cx: &Cx<Cms>, peer: &Peer) -> Option<Psi> {
    let proved = peer.server()?;
    let server = cx.config().servers.iter().find(|server| server.identity == *proved)?;
    cx.rules().is_administrator(server.psi.as_str()).then(|| server.psi.clone())
}

/// What may be read before anybody has logged in: the UE initial configuration (TS 24.484 clause 4.2.2.1), and what the server
/// can do.
fn is_for_anyone(cx: &Cx<Cms>, request: &Request<Bytes>) -> bool {
    let Ok(target) = cx.documents().target(uri(request)) else { return false };
    let Some(usage) = cx.documents().usages().get(&target.auid) else { return false };
    let who = match target.tree {
        Tree::Global => usage.access.global_read,
        Tree::User(_) => usage.access.users_read,
    };
    reads(request.method()) && who == Who::Anyone
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn uri(request: &Request<Bytes>) -> &str {
    request.uri().path_and_query().map_or("/", |found| found.as_str())
}
