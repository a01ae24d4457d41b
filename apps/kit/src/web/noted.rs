//! What an entity answered over HTTP: it is counted, and of what was refused the log says why. Neither names anybody.

use bytes::Bytes;
use http::{HeaderValue, Response, request::Parts};
use wire::Arrival;

use super::Stranger;
use crate::{
    cx::Cx,
    refusal::{CAUSE_FIELD, Cause, Refusal},
    tokens::Tokens,
};

/// What `mcx_requests_total` calls the flow of a request over HTTP.
const FLOW: &str = "http";

impl<S> Cx<S> {
    /// A request was answered so: refused, where the answer says a cause ([`refuses`], [`Refusal::web`]).
    pub fn note_answer(&self, response: &Response<Bytes>) {
        let refused = || {
            let cause = Cause::from_fields(response.headers()).filter(|_| !response.status().is_success());
            response.extensions().get::<Refusal>().cloned().or_else(|| cause.map(Refusal::from))
        };
        self.note(refused().as_ref());
    }

    /// A request was refused, or else taken.
    pub(super) fn note(&self, refused: Option<&Refusal>) {
        if let Some(refusal) = refused {
            let entity = &self.profile().name;
            tracing::info!(target: "mcx::refused", %entity, cause = %refusal.cause, place = refusal.place);
        }
        self.counters().request(FLOW, refused.map(|refusal| refusal.cause));
    }

    /// The answer to a request of nobody. He may make as many as he pleases: of each cause the log has a few lines at a time, with how
    /// many it has not had since.
    pub(super) fn turned_away(&self, stranger: Stranger) -> Response<Bytes> {
        let (response, cause) = (stranger.response(), stranger.cause());
        let now = self.world().clock.now();
        if let Some(untold) = self.seldom().turn(now, cause.name()) {
            let (entity, refusal) = (&self.profile().name, response.extensions().get::<Refusal>());
            let place = refusal.and_then(|refusal| refusal.place.as_deref());
            tracing::info!(target: "mcx::refused", %entity, %cause, place, untold);
        }
        self.counters().request(FLOW, Some(cause));
        response
    }
}

/// The answer, which refuses for this cause: it says the code, and why is noted with it ([`Cx::note_answer`]).
#[must_use]
pub fn refuses(mut response: Response<Bytes>, refusal: Refusal) -> Response<Bytes> {
    response.headers_mut().insert(CAUSE_FIELD, HeaderValue::from(refusal.cause.code()));
    response.extensions_mut().insert(refusal);
    response
}

/// What a [`wire::web::WebService`] says to a head that nobody has sent: a body is wanted of those only who are somebody, whatever may
/// be read by anyone.
#[must_use]
pub fn on_head<S>(cx: &Cx<S>, tokens: &Tokens, head: &Parts, arrival: &Arrival) -> Option<Response<Bytes>> {
    let (trust, now) = (&cx.profile().trust, cx.world().clock.wall());
    let stranger: Stranger = trust.caller(&cx.partners(), tokens, &head.headers, arrival, now).err()?;
    Some(cx.turned_away(stranger))
}
