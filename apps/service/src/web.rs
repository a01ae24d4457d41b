//! `GET /mcx/service/status`: what administrators see, and each user of himself. The project's own; answers are JSON, refusals problems (RFC 9457).

mod expected;
mod migrations;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header, request::Parts};
use kit::{
    Cause, Cx,
    document_rules::like,
    refusal::not_allowed,
    web::{Caller, on_head},
};
use serde_json::{Value, json};
use wire::{Arrival, BoxFuture, web::WebService};
use xml_schemas::{ids::McServiceId, lexical::Lexical};

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
        Box::pin(async move {
            let response = answer(&cx, &request, &arrival).await;
            cx.note_answer(&response);
            response
        })
    }

    fn refusal(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        on_head(&self.cx, self.cx.tokens(), head, arrival)
    }
}

async fn answer(cx: &Cx<Mcs>, request: &Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
    let (trust, now) = (&cx.profile().trust, cx.world().clock.wall());
    let caller = trust.caller(&cx.partners(), cx.tokens(), request.headers(), arrival, now);
    let caller = match caller {
        Ok(caller) => caller,
        Err(stranger) => return stranger.response(),
    };
    if request.uri().path().starts_with(expected::PATH) {
        return expected::answer(cx, request, &caller).await;
    }
    let Some(sees) = Sees::of(cx, &caller) else { return Cause::RequesterNotAuthorized.web() };
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/mcx/service/status") => ok(&status_of(cx, &sees)),
        (_, "/mcx/service/status") => not_allowed("GET, HEAD"),
        (_, path) if path.starts_with(migrations::PATH) => migrations::answer(cx, request, &sees).await,
        _ => Cause::UnknownTarget.web(),
    }
}

/// Whom a caller sees.
enum Sees {
    /// An administrator, this one: everybody.
    All(McServiceId),
    /// A user or a visitor: himself.
    Himself(Vec<McServiceId>),
}

impl Sees {
    /// None where the caller is no user.
    fn of(cx: &Cx<Mcs>, caller: &Caller) -> Option<Self> {
        let users = &caller.user()?.users;
        let is_one = |id: &str| cx.config().administrators.iter().any(|pattern| like(pattern, id));
        let administrator = users.iter().find(|user| is_one(user.as_str()));
        Some(administrator.map_or_else(|| Self::Himself(users.clone()), |one| Self::All(one.clone())))
    }

    /// As whom the audit log knows the caller.
    fn name(&self) -> &str {
        match self {
            Self::All(one) => one.as_str(),
            Self::Himself(ids) => ids.first().map(McServiceId::as_str).unwrap_or_default(),
        }
    }

    fn is_all(&self) -> bool {
        matches!(self, Self::All(_))
    }
}

fn status_of(cx: &Cx<Mcs>, sees: &Sees) -> Value {
    let users = match sees {
        Sees::All(_) => status::users(cx),
        Sees::Himself(ids) => ids.iter().filter_map(|id| status::user(cx, id)).collect(),
    };
    let users = users.into_iter().map(|user| {
        json!({
            "id": user.id.as_str(),
            "logged-on": user.is_logged_on,
            "authorized": user.is_authorized,
            "groups": user.groups,
            "clients": user.clients.iter().map(client).collect::<Vec<_>>(),
            "away": user.away.as_deref(),
        })
    });
    let groups = status::groups(cx).into_iter().filter(|_| sees.is_all()).map(|group| {
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
        "service": authorization.service.as_ref().map(Lexical::write),
        "until": millis(authorization.until) / 1000,
        "primary": authorization.primary.as_ref().map(McServiceId::as_str),
    })
}

fn ok(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
