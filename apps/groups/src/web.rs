//! HTTP: who asks, and which procedure that is.

mod admin;
mod own;
mod partner;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use kit::{
    Cause, Cx, Refusal, documents,
    web::{Caller, Desk, on_head},
};
use wire::{Arrival, BoxFuture, web::WebService};
use xcap::{Answer, Outcome, Target, caps};

use crate::{Gms, group::AUID};

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
        on_head(&self.cx, &self.cx.tokens(), head, arrival)
    }
}

async fn answer(cx: &Cx<Gms>, request: Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
    let desk = Desk { tokens: &cx.tokens(), documents: cx.documents() };
    let routed = async |cx: Cx<Gms>, caller: Caller, request| route(&cx, &caller, request).await;
    match desk.attend(cx, (request, arrival), |request| is_for_anyone(cx, request), routed).await {
        Ok(attended) => {
            let asker = called(cx, &attended.asker);
            attended.shown_to(&asker)
        }
        Err(response) => response,
    }
}

/// What ladders call whoever asked: as who asks is called there.
fn called(cx: &Cx<Gms>, proved: &Arc<str>) -> Arc<str> {
    let rules = cx.rules();
    let direct = rules.partners.iter().filter_map(|partner| partner.direct.as_ref());
    let known = direct.map(|direct| &direct.http).find(|hop| *hop.identity == **proved);
    known.map_or_else(|| Arc::clone(proved), |hop| hop.name.as_str().into())
}

/// What XCAP says of a method that it does not have: which there are, and of GMOP (TS 24.481 clauses 6.3.14 to 6.3.16) that it is not
/// served. None where the method is XCAP's.
fn unknown_method(cx: &Cx<Gms>, target: &Target, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let method = xcap::Method::new(request.method().as_str());
    let is_other = matches!(method, xcap::Method::Other(_));
    let asked = xcap::Request {
        method,
        target,
        content_type: documents::content_type(request.headers()),
        conditions: xcap::Conditions::none(),
        body: request.body(),
    };
    match xcap::decide(&cx.xcap_rules().filter(|_| is_other)?, &asked, None) {
        Outcome::Answer(answer) => Some(documents::answer(answer)),
        Outcome::Commit(_) => None,
    }
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
    // Whoever may ask at all; a user is told so by his documents.
    let is_known = caller.peer().is_some_and(|peer| peer.partner().is_some() || peer.server().is_some());
    if is_known
        && target.auid == AUID
        && let Some(refused) = unknown_method(cx, &target, &request)
    {
        return Ok(refused);
    }
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
