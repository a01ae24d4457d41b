//! What own servers are asked over HTTP, each of which may be asked again: nothing here is promised before it is done.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use kit::{
    Cause, Cx, Done, Fault, TURN_FIELD, Turn, partner::ASSERTED_IDENTITY, refusal::FLOW_FIELD, web::end_of,
};
use xml_schemas::ids::McServiceId;

use crate::{Acm, book::millis, case::Seq, config::WebServer};

/// How long an exchange may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What an own server answered, short of a failure of its own.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The entity tag, as the field has it, quotes included; empty where there is none.
    pub(crate) etag: String,
    pub(crate) body: Bytes,
    cause: Option<Cause>,
    /// What the server had heard before, where that is later.
    overtaken: Option<Turn>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Whether what was to be changed is, or why it never will be.
    ///
    /// # Errors
    /// The cause where it may be tried again: the document is another meanwhile (412).
    pub(crate) fn settled(&self) -> Done<Result<(), Cause>> {
        match self.status.as_u16() {
            200..=299 => Ok(Ok(())),
            412 => Err(Cause::Overloaded.into()),
            _ => Ok(Err(self.cause())),
        }
    }

    /// Why it was refused: as the server says, or else as its status does.
    pub(crate) fn cause(&self) -> Cause {
        self.cause.unwrap_or(match self.status.as_u16() {
            404 | 410 => Cause::UnknownTarget,
            401 | 403 => Cause::NotPermitted,
            400 | 409 | 415 => Cause::MalformedBody,
            _ => Cause::Unspecified,
        })
    }
}

/// A request to an own server.
pub(crate) struct Asking<'a> {
    server: &'a WebServer,
    method: Method,
    uri: String,
    what: &'static str,
    fields: Vec<(HeaderName, String)>,
    body: Bytes,
}

/// What is said in one attempt to carry a decision out, one word after the other. All of them are earlier than what is said by whoever
/// begins again after him: what an attempt says that was held up meanwhile is heard no more.
pub(crate) struct Words {
    decision: Seq,
    next: AtomicU64,
}

impl Words {
    /// Of the decision at this place, where it has one.
    pub(crate) fn of(cx: &Cx<Acm>, decision: Option<Seq>) -> Option<Self> {
        let begun = cx.book().sequence().next(millis(cx.world().clock.wall()));
        decision.map(|decision| Self::begun(decision, begun))
    }

    fn begun(decision: Seq, at: Seq) -> Self {
        Self { decision, next: AtomicU64::new(at.0) }
    }

    fn next(&self) -> Turn {
        Turn { decision: self.decision.0, word: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

impl<'a> Asking<'a> {
    /// `what` is what ladders call the resource, which is somebody's.
    pub(crate) fn new(server: &'a WebServer, method: Method, uri: String, what: &'static str) -> Self {
        Self { server, method, uri, what, fields: Vec::new(), body: Bytes::new() }
    }

    /// Of the one below the server's root whose path ends in this ID.
    pub(crate) fn of_user(
        server: &'a WebServer,
        method: Method,
        path: &'static str,
        id: &McServiceId,
    ) -> Self {
        Self::new(server, method, format!("{}{path}{}", server.root, end_of(id)), path)
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.uri = format!("{}?{query}", self.uri);
        self
    }

    pub(crate) fn field(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(crate) fn document(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.field(header::CONTENT_TYPE, media_type)
    }

    /// Asks.
    ///
    /// # Errors
    /// The cause where the server cannot be reached, does not answer or fails: it is tried again.
    pub(crate) async fn send(self, cx: &Cx<Acm>) -> Done<Answer> {
        let (hop, shown) = (self.server.hop.hop(), (self.method.to_string(), self.what.to_owned()));
        let response = cx.fetch(self.request(cx)?, &hop, DEADLINE, shown).await.map_err(own)?;
        if is_later(response.status()) {
            return Err(Cause::from_fields(response.headers()).unwrap_or(Cause::Overloaded).into());
        }
        Ok(read(response))
    }

    /// The same, as a word of a decision: the server takes none that is older than what it has heard of the same user.
    ///
    /// # Errors
    /// As [`Self::send`]; [`Cause::Overloaded`] too where it has heard something later. Whoever was held up so long finds when he comes
    /// again that the decision has been carried out.
    pub(crate) async fn send_in_turn(self, cx: &Cx<Acm>, words: Option<&Words>) -> Done<Answer> {
        let Some(words) = words else { return self.send(cx).await };
        let answer = self.field(TURN_FIELD, words.next().to_string()).send(cx).await?;
        match answer.overtaken {
            Some(last) => {
                cx.book().sequence().after(Seq(last.word));
                Err(Cause::Overloaded.into())
            }
            None => Ok(answer),
        }
    }

    fn request(&self, cx: &Cx<Acm>) -> Result<Request<Bytes>, Fault> {
        let wrong = |why: &dyn std::fmt::Display| Fault::new(format!("a request of ours is none: {why}"));
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.parse().map_err(|why| wrong(&why))?;
        let asserted = format!("\"{}\"", cx.profile().psi.as_str());
        let own = [(ASSERTED_IDENTITY, asserted.as_str()), (FLOW_FIELD, cx.flow_id())];
        let fields = request.headers_mut();
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            fields.insert(name, HeaderValue::from_str(value).map_err(|why| wrong(&why))?);
        }
        for (name, value) in &self.fields {
            fields.insert(name, HeaderValue::from_str(value).map_err(|why| wrong(&why))?);
        }
        Ok(request)
    }
}

/// It is a server of the own system that cannot be reached, and not the partner.
fn own(cause: Cause) -> Cause {
    if cause == Cause::PartnerUnreachable { Cause::ServerUnreachable } else { cause }
}

/// Whether it decides nothing, and may be asked again: the server fails, or asks for time (RFC 9110 15.5.9, RFC 8470, RFC 6585).
fn is_later(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

fn read(response: Response<Bytes>) -> Answer {
    let fields = response.headers();
    let etag = fields.get(header::ETAG).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Answer {
        status: response.status(),
        etag: etag.to_owned(),
        cause: Cause::from_fields(fields),
        overtaken: Turn::of(fields).ok().flatten().filter(|_| response.status() == StatusCode::CONFLICT),
        body: response.into_body(),
    }
}

/// The server where one is configured.
///
/// # Errors
/// [`Cause::NoAddress`] where none is.
pub(crate) fn known(server: Option<&WebServer>) -> Result<&WebServer, Cause> {
    server.ok_or(Cause::NoAddress)
}

#[cfg(test)]
mod tests {
    use kit::{Said, Word};

    use super::*;
    use crate::sequence::Sequence;

    #[test]
    fn what_an_attempt_says_that_was_held_up_is_not_heard_after_whoever_has_begun_again() {
        let attempt = |mark, millis| Words::begun(Seq(7), Sequence::new(mark).next(millis));
        let (first, second) = (attempt("b", 1_000), attempt("a", 51_000));
        let heard = |said: Said, word, words: &Words| said.then(word, Some(words.next()));
        let said = heard(Said::kept(None), Word::Yes, &first).unwrap();
        let said = heard(said, Word::TakenBack, &first).unwrap();
        let said = heard(said, Word::Yes, &first).unwrap();
        let said = heard(said, Word::TakenBack, &second).unwrap();
        assert!(heard(said, Word::Yes, &first).is_err() && said.is_yes().is_none());
    }
}
