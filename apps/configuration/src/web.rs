//! HTTP: who asks, and what he may have. TS 24.482 annex A, TS 24.484 clause 6.3

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request::Parts};
use kit::{
    Cause, Cx, Fault, Peer, Refusal,
    audit::{named, refused_for},
    documents::{self, Applied},
    refusal::FLOW_FIELD,
    tokens::Bearer,
    web::{Caller, Stranger},
};
use wire::{Arrival, BoxFuture, Entry, Kind, web::WebService};
use xcap::{Answer, Target, Tree, Who};
use xml_schemas::ids::{Psi, RequestId};

use crate::Cms;

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
        let (trust, now) = (&self.cx.profile().trust, self.cx.world().clock.wall());
        trust.refusal(&self.cx.partners(), &self.cx.tokens(), &head.headers, arrival, now)
    }
}

async fn answer(cx: &Cx<Cms>, request: Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
    let trust = &cx.profile().trust;
    let now = cx.world().clock.wall();
    let caller = match trust.caller(&cx.partners(), &cx.tokens(), request.headers(), arrival, now) {
        Ok(caller) => caller,
        Err(Stranger::NoToken) if is_for_anyone(cx, &request) => {
            return cx.documents().serve(request, None).await;
        }
        Err(stranger) => return stranger.response(),
    };
    let cx = &in_flow(cx, &caller, &request);
    let response = match route(cx, &caller, request).await {
        Ok(response) => response,
        Err(refusal) => {
            let entity = &cx.profile().name;
            tracing::info!(target: "mcx::refused", %entity, cause = %refusal.cause, place = refusal.place);
            refusal.web()
        }
    };
    record(cx, asker(&caller, arrival), &response);
    response
}

async fn route(cx: &Cx<Cms>, caller: &Caller, request: Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
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
            None if peer.server().is_some() && reads(request.method()) => read(cx, &target, &request).await,
            None => Err(Cause::NotPermitted.into()),
        },
        (None, None) => Err(Cause::NotPermitted.into()),
    }
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

/// For whom reading has been allowed.
async fn read(cx: &Cx<Cms>, target: &Target, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    let asked = xcap::Request {
        method: xcap::Method::new(request.method().as_str()),
        target,
        content_type: None,
        conditions: documents::conditions(request.headers()),
        body: &[],
    };
    match cx.documents().apply(&asked).await {
        Ok(Applied::Answered(answer)) => Ok(documents::answer(answer)),
        Ok(Applied::Kept { .. } | Applied::Denied(_)) => Err(Cause::NotPermitted.into()),
        Err(trouble) => {
            let fault = Fault::from(trouble);
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            Err(fault.cause().into())
        }
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn uri(request: &Request<Bytes>) -> &str {
    request.uri().path_and_query().map_or("/", |found| found.as_str())
}

/// A server says which procedure its request belongs to; a client's begins one.
fn in_flow(cx: &Cx<Cms>, caller: &Caller, request: &Request<Bytes>) -> Cx<Cms> {
    let said = request.headers().get(FLOW_FIELD).and_then(|value| value.to_str().ok());
    let said = said.filter(|_| caller.peer().is_some()).and_then(|flow| RequestId::new(flow).ok());
    said.or_else(|| cx.fresh_request_id().ok()).map_or_else(|| cx.clone(), |flow| cx.for_flow(&flow))
}

/// What ladders call whoever asked: as who asks is called there.
fn asker(caller: &Caller, arrival: &Arrival) -> Arc<str> {
    if let Some(user) = caller.user().and_then(|bearer| bearer.users.first()) {
        return user.as_str().into();
    }
    let proved = arrival.certificate.as_deref().and_then(|proof| proof.identities.first());
    proved.map_or_else(|| arrival.listener.clone(), |identity| identity.domain().into())
}

/// Tells whoever draws a ladder.
fn record(cx: &Cx<Cms>, to: Arc<str>, response: &Response<Bytes>) {
    let recorder = &cx.world().recorder;
    if recorder.is_listening() {
        let kind = Kind::Answered { to, what: response.status().to_string() };
        let entity = cx.profile().name.clone();
        recorder.record(Entry { flow: cx.flow_id().to_owned(), entity, kind });
    }
}
