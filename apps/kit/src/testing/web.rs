//! HTTP between entities, in place of connections.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use wire::{
    Arrival, BoxFuture, Hop, WireError,
    web::{Web, WebService},
};

use crate::partner::ASSERTED_IDENTITY;

/// What HTTP requests find at the far end of a hop.
#[derive(Clone)]
pub enum WebEnd {
    /// An entity, which sees its requests arrive so.
    Service {
        /// The entity.
        service: Arc<dyn WebService>,
        /// How requests arrive at it.
        arrival: Arrival,
        /// What a trusted element on the way asserts in place of what the sender wrote.
        asserted: Option<String>,
    },
    /// As the service, which carries the request out; but the answer is lost on the way back, with this.
    AnswerLost(Box<WebEnd>, WireError),
    /// Whatever comes is answered with this status and nothing else.
    Status(StatusCode),
    /// Whatever comes fails with this.
    Fails(WireError),
    /// Whatever comes is never answered.
    Silent,
}

/// Who is connected to whom over HTTP, and what went over each hop.
#[derive(Default)]
pub(super) struct WebBoard {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ends: HashMap<(String, String), WebEnd>,
    sent: Vec<(String, Request<Bytes>)>,
}

impl WebBoard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connect(&self, from: &str, hop: &str, end: WebEnd) {
        self.state().ends.insert((from.to_owned(), hop.to_owned()), end);
    }

    pub(super) fn sent(&self, hop: &str) -> Vec<Request<Bytes>> {
        self.state().sent.iter().filter(|(by, _)| by == hop).map(|(_, request)| request.clone()).collect()
    }
}

/// The web of one entity.
pub(super) struct WebWired {
    pub(super) from: String,
    pub(super) board: Arc<WebBoard>,
}

impl Web for WebWired {
    fn fetch(
        &self,
        request: Request<Bytes>,
        hop: Hop,
    ) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
        let (board, from) = (self.board.clone(), self.from.clone());
        Box::pin(async move {
            let end = {
                let mut state = board.state();
                state.sent.push((hop.name.to_string(), request.clone()));
                state.ends.get(&(from, hop.name.to_string())).cloned()
            };
            match end {
                None => Err(WireError::Unreachable(format!("nothing is connected to {}", hop.name))),
                Some(end) => reach(end, request).await,
            }
        })
    }
}

fn reach(end: WebEnd, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, WireError>> {
    Box::pin(async move {
        match end {
            WebEnd::Fails(error) => Err(error),
            WebEnd::Silent => std::future::pending().await,
            WebEnd::Status(status) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = status;
                Ok(response)
            }
            WebEnd::AnswerLost(end, error) => {
                reach(*end, request).await?;
                Err(error)
            }
            WebEnd::Service { service, arrival, asserted } => {
                let response = service.serve(at_the_far_end(request, asserted.as_deref()), arrival).await;
                Ok(response)
            }
        }
    })
}

/// The request in origin form, with what a trusted element asserts in place of what the sender wrote.
fn at_the_far_end(mut request: Request<Bytes>, asserted: Option<&str>) -> Request<Bytes> {
    let path = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    *request.uri_mut() = path.parse().expect("a part of a URI is one");
    if let Some(asserted) = asserted {
        let value =
            HeaderValue::from_str(&format!("\"{asserted}\"")).expect("an identity is a field's value");
        request.headers_mut().insert(ASSERTED_IDENTITY, value);
    }
    request
}
