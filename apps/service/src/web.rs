//! `GET /mcx/service/status`: what administrators see. The project's own; answers are JSON, refusals problems (RFC 9457).

mod migrations;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use kit::{Cause, Cx, document_rules::like, web::Caller};
use serde_json::{Value, json};
use wire::{Arrival, BoxFuture, web::WebService};
use xml_schemas::ids::McServiceId;

use crate::{Authorization, Mcs, authorization::millis, status};

/// The server as whoever speaks HTTP sees it.
pub(crate) struct Site {
    cx: Cx<Mcs>,
}

impl Site {
    pub(crate) fn new(cx: Cx<Mcs>) -> Self {
        Self { cx }
    }
}

impl WebService for Site {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let cx = self.cx.clone();
        Box::pin(async move { answer(&cx, &request, &arrival).await })
    }
}

async fn answer(cx: &Cx<Mcs>, request: &Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
    let (trust, now) = (&cx.profile().trust, cx.world().clock.wall());
    let caller = trust.caller(&cx.partners(), cx.tokens(), request.headers(), arrival, now);
    let caller = match caller {
        Ok(caller) => caller,
        Err(stranger) => return stranger.response(),
    };
    if !is_administrator(cx, &caller) {
        return Cause::RequesterNotAuthorized.web();
    }
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/mcx/service/status") => ok(&status_of(cx)),
        (_, "/mcx/service/status") => Cause::MethodNotAllowed.web(),
        (_, path) if path.starts_with(migrations::PATH) => migrations::answer(cx, request).await,
        _ => Cause::UnknownTarget.web(),
    }
}

fn is_administrator(cx: &Cx<Mcs>, caller: &Caller) -> bool {
    let is_one = |id: &str| cx.config().administrators.iter().any(|pattern| like(pattern, id));
    caller.user().is_some_and(|bearer| bearer.users.iter().any(|user| is_one(user.as_str())))
}

fn status_of(cx: &Cx<Mcs>) -> Value {
    let users = status::users(cx).into_iter().map(|user| {
        json!({
            "id": user.id.as_str(),
            "logged-on": user.is_logged_on,
            "authorized": user.is_authorized,
            "groups": user.groups,
            "clients": user.clients.iter().map(client).collect::<Vec<_>>(),
            "away": user.away.as_deref(),
        })
    });
    let groups = status::groups(cx).into_iter().map(|group| {
        json!({
            "id": group.id,
            "subscribed": group.is_subscribed,
            "etag": group.configuration.as_ref().map(|configuration| &configuration.etag),
            "members": group.configuration.as_ref().map(|configuration| &configuration.members),
            "refused": group.refused.map(Cause::name),
        })
    });
    json!({ "users": users.collect::<Vec<_>>(), "groups": groups.collect::<Vec<_>>() })
}

fn client(authorization: &Authorization) -> Value {
    json!({
        "id": authorization.client.as_deref(),
        "profile": authorization.profile.map(|profile| profile.0),
        "until": millis(authorization.until) / 1000,
        "primary": authorization.primary.as_ref().map(McServiceId::as_str),
    })
}

fn ok(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
