//! HTTP at the waist: requests that an entity sends, and requests that it answers.
//!
//! Bodies are whole and bounded: the driver has read a request's before [`WebService::serve`] is called and a
//! response's before [`Web::fetch`] ends, and refuses larger ones than its limits say.

use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};

use crate::{Arrival, BoxFuture, Hop, WireError};

/// Sends HTTP requests over connections that are kept per hop (RFC 9112, RFC 9113).
pub trait Web: Send + Sync {
    /// Sends `request` to `hop` and awaits the whole response.
    ///
    /// The target is in absolute form, `https://host/path` or, where the hop's transport is TCP, `http://host/path`; its
    /// authority becomes `Host` or `:authority` and decides nothing about where the request goes. The driver adds the
    /// fields of framing and connection; all others are the caller's.
    ///
    /// [`WireError::Unreachable`], [`WireError::Overloaded`] and [`WireError::Closed`] mean that the request has had no
    /// effect there; after [`WireError::Timeout`] and [`WireError::Interrupted`] nobody knows. The driver has then repeated
    /// what RFC 9110 clause 9.2.2 lets it repeat.
    fn fetch(
        &self,
        request: Request<Bytes>,
        hop: Hop,
    ) -> BoxFuture<'static, Result<Response<Bytes>, WireError>>;
}

/// Answers the HTTP requests of an entity's listeners.
pub trait WebService: Send + Sync {
    /// The whole response. The request's target is in origin form or, as it came, in absolute form with its authority equal
    /// to `Host`; over HTTP/2 it carries `:authority`. The driver adds `Date` and the fields of framing, and leaves out the
    /// body in answer to HEAD.
    ///
    /// `arrival` says which listener it came by and what certificate the client was verified with.
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>>;

    /// The answer that a request with a body earns by its head alone; none where the body is wanted.
    ///
    /// Asked before the body is read, so that nobody is waited for who would be refused whatever he sends. Must not block.
    /// [`WebService::serve`] takes nothing for granted that was found here: a request without a body comes to it alone.
    fn refusal(&self, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
        let _ = (head, arrival);
        None
    }
}

/// Leads nowhere: what a [`crate::World`] holds where an entity is given no HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWeb;

impl Web for NoWeb {
    fn fetch(&self, _: Request<Bytes>, _: Hop) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
        let why = WireError::Unreachable("this entity speaks no HTTP".into());
        Box::pin(std::future::ready(Err(why)))
    }
}

/// Has nothing: every request is answered 404.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotFound;

impl WebService for NotFound {
    fn serve(&self, _: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        Box::pin(std::future::ready(response))
    }
}
