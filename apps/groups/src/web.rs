//! HTTP: who asks, and which procedure that is.

mod admin;
mod own;
mod partner;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use kit::{
    Cause, Cx, Refusal, documents,
    refusal::FLOW_FIELD,
    web::{Caller, Stranger},
};
use wire::{Arrival, BoxFuture, Kind, web::WebService};
use xcap::{Answer, caps};
use xml_schemas::ids::RequestId;

use crate::{Gms, procedures::abroad};

/// The server as whoever speaks HTTP sees it.
pub(crate) struct Site {
    cx: Cx<Gms>,
}

impl Site {
    pub(crate) fn new(cx: Cx<Gms>) -> Self {
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

async fn answer(cx: &Cx<Gms>, request: Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
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
    let merges = caller.peer().and_then(|peer| cx.partner(peer).ok());
    let merges = merges.is_some_and(|partner| partner.merge_unknown_and_refused);
    let response = match route(cx, &caller, request).await {
        Ok(response) => response,
        Err(refusal) => {
            let entity = &cx.profile().name;
            tracing::info!(target: "mcx::refused", %entity, cause = %refusal.cause, place = refusal.place);
            refusal.seen_by(merges).web()
        }
    };
    abroad::record(
        cx,
        Kind::Answered { to: asker(cx, &caller, arrival), what: response.status().to_string() },
    );
    response
}

/// What ladders call whoever asked: as who asks is called there.
fn asker(cx: &Cx<Gms>, caller: &Caller, arrival: &Arrival) -> Arc<str> {
    if let Some(user) = caller.user().and_then(|bearer| bearer.users.first()) {
        return user.as_str().into();
    }
    let proved = arrival.certificate.as_deref().and_then(|proof| proof.identities.first());
    let proved = proved.map_or(&*arrival.listener, |identity| identity.domain());
    let rules = cx.rules();
    let direct = rules.partners.iter().filter_map(|partner| partner.direct.as_ref());
    let known = direct.map(|direct| &direct.http).find(|hop| hop.identity == proved);
    known.map_or(proved, |hop| &hop.name).into()
}

async fn route(cx: &Cx<Gms>, caller: &Caller, request: Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
    if let Some(path) = request.uri().path().strip_prefix(admin::PATH) {
        let path = path.to_owned();
        return admin::serve(cx, caller, &path, &request).await;
    }
    let uri = request.uri().path_and_query().map_or("/", |found| found.as_str());
    let target = match cx.documents().target(uri) {
        Ok(target) => target,
        Err(bad) => return Ok(documents::answer(Answer::phrase(bad.status, bad.phrase))),
    };
    match (caller.user(), caller.peer()) {
        (Some(bearer), _) => own::user(cx, bearer, &target, request).await,
        (None, Some(peer)) => match (peer.partner(), peer.server()) {
            (Some(partner), _) => partner::serve(cx, partner, &target, &request).await,
            (None, Some(_)) => own::server(cx, &target, &request).await,
            (None, None) => Err(Cause::NotPermitted.into()),
        },
        (None, None) => Err(Cause::NotPermitted.into()),
    }
}

/// What a server can do is told to everybody.
fn is_for_anyone(cx: &Cx<Gms>, request: &Request<Bytes>) -> bool {
    cx.documents().target(request.uri().path()).is_ok_and(|target| target.auid == caps::AUID)
}

/// A server says which procedure its request belongs to; a client's begins one.
fn in_flow(cx: &Cx<Gms>, caller: &Caller, request: &Request<Bytes>) -> Cx<Gms> {
    let said = request.headers().get(FLOW_FIELD).and_then(|value| value.to_str().ok());
    let said = said.filter(|_| caller.peer().is_some()).and_then(|flow| RequestId::new(flow).ok());
    said.or_else(|| cx.fresh_request_id().ok()).map_or_else(|| cx.clone(), |flow| cx.for_flow(&flow))
}
