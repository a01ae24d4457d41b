//! The endpoints, by their paths.

mod authorize;
mod bodies;
mod discovery;
mod login;
mod own_users;
mod page;
pub mod paths;
mod revoke;
mod visitors;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use kit::web::problem;
use wire::{Arrival, BoxFuture, web::WebService};

use crate::{
    oauth::{self, Parameters},
    state::Idms,
};

/// The server as whoever speaks HTTP sees it.
pub(crate) struct Site(pub(crate) Arc<Idms>);

impl WebService for Site {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let idms = Arc::clone(&self.0);
        Box::pin(async move { idms.answer(&request, &arrival).await })
    }

    fn refusal(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        self.0.refuses_body(head, arrival)
    }
}

impl Idms {
    async fn answer(&self, request: &Request<Bytes>, arrival: &Arrival) -> Response<Bytes> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        match (request.uri().path(), reads) {
            (paths::DISCOVERY | paths::METADATA, true) => self.discovery(),
            (paths::JWKS, true) => self.jwks(),
            (paths::REVOKED, true) if self.is_told_of_revoked(arrival) => {
                self.revoked_list(request.uri().query()).await
            }
            (paths::REVOKED, true) => {
                problem(StatusCode::FORBIDDEN, "only servers that prove who they are may ask this")
            }
            (paths::AUTHORIZE, true) => self.authorize(request),
            (paths::STYLE, true) => page::style(),
            (paths::LOGIN, false) if *request.method() == Method::POST => self.login(request, arrival).await,
            (paths::TOKEN, false) if *request.method() == Method::POST => self.token(request).await,
            (paths::REVOKE, false) if *request.method() == Method::POST => self.revoke(request).await,
            (path, _) => match (path.strip_prefix(paths::VISITORS), path.strip_prefix(paths::OWN_USERS)) {
                (Some(of), _) => self.visitors(request, arrival, of).await,
                (None, Some(of)) => self.own_users(request, arrival, of).await,
                (None, None) => not_here(path),
            },
        }
    }

    async fn token(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let granted = match Parameters::of_form(request.headers(), request.body()) {
            Ok(asked) => self.grant(&asked).await,
            Err(refused) => Err(refused),
        };
        match granted {
            Ok(tokens) => oauth::json(StatusCode::OK, &tokens),
            Err(refused) => {
                let (entity, why) = (&self.config.name, refused.why);
                tracing::info!(target: "mcx::refused", %entity, code = refused.code.name(), why);
                refused.response()
            }
        }
    }
}

fn not_here(path: &str) -> Response<Bytes> {
    let allow = match path {
        paths::DISCOVERY
        | paths::METADATA
        | paths::JWKS
        | paths::REVOKED
        | paths::AUTHORIZE
        | paths::STYLE => "GET, HEAD",
        paths::LOGIN | paths::TOKEN | paths::REVOKE => "POST",
        _ => return problem(StatusCode::NOT_FOUND, "there is no such endpoint"),
    };
    not_allowed(allow)
}

/// The endpoint has these methods: RFC 9110 clause 15.5.6.
fn not_allowed(methods: &'static str) -> Response<Bytes> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "the endpoint has other methods");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}
