//! One request to a server of documents: from who sent it to what a ladder shows of the answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use wire::Arrival;
use xml_schemas::ids::RequestId;

use super::{Caller, Stranger};
use crate::{
    cx::Cx,
    documents::Documents,
    refusal::{FLOW_FIELD, Refusal},
    tokens::{Invalid, Tokens},
};

/// By what a server of documents knows who asks, and what it has.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'d> {
    /// Whose access tokens count.
    pub tokens: &'d Tokens,
    /// What it serves to whoever needs no token.
    pub documents: &'d Documents,
}

impl Desk<'_> {
    /// Answers a request. `is_for_anyone` says whether it may be made without a token; `route` carries it out for who is known by now,
    /// in the flow that it belongs to; a partner sees of a refusal what he may.
    ///
    /// # Errors
    /// The answer itself, to whoever is nobody: ladders do not show it.
    pub async fn attend<S>(
        self,
        cx: &Cx<S>,
        (request, arrival): (Request<Bytes>, &Arrival),
        is_for_anyone: impl Fn(&Request<Bytes>) -> bool,
        route: impl AsyncFnOnce(Cx<S>, Caller, Request<Bytes>) -> Result<Response<Bytes>, Refusal>,
    ) -> Result<Attended<S>, Response<Bytes>> {
        let (trust, now) = (&cx.profile().trust, cx.world().clock.wall());
        let caller = match trust.caller(&cx.partners(), self.tokens, request.headers(), arrival, now) {
            Ok(caller) => caller,
            // A token that is for something else says no less than none.
            Err(Stranger::NoToken | Stranger::BadToken(Invalid::Scope(_))) if is_for_anyone(&request) => {
                let response = self.documents.serve(request, None).await;
                cx.note_answer(&response);
                return Err(response);
            }
            Err(stranger) => return Err(cx.turned_away(stranger)),
        };
        let cx = in_flow(cx, &caller, request.headers());
        let merges = caller.peer().and_then(|peer| cx.partner(peer).ok());
        let merges = merges.is_some_and(|partner| partner.merge_unknown_and_refused);
        let asker = asker(&caller, arrival);
        let response = match route(cx.clone(), caller, request).await {
            Ok(response) => {
                cx.note_answer(&response);
                response
            }
            Err(refusal) => {
                cx.note(Some(&refusal));
                refusal.seen_by(merges).web()
            }
        };
        Ok(Attended { cx, asker, response })
    }
}

/// A request that was answered.
pub struct Attended<S> {
    cx: Cx<S>,
    /// Who asked: a user's first MC service ID, the domain that a server proves, else the listener.
    pub asker: Arc<str>,
    response: Response<Bytes>,
}

impl<S> Attended<S> {
    /// The answer, which ladders show as one to `asker`.
    #[must_use]
    pub fn shown_to(self, asker: &Arc<str>) -> Response<Bytes> {
        self.cx.tracer().answered(self.cx.flow_id(), asker, &self.response.status().to_string());
        self.response
    }
}

/// A server says which procedure its request belongs to; a client's begins one.
fn in_flow<S>(cx: &Cx<S>, caller: &Caller, headers: &HeaderMap) -> Cx<S> {
    let said = headers.get(FLOW_FIELD).and_then(|value| value.to_str().ok());
    let said = said.filter(|_| caller.peer().is_some()).and_then(|flow| RequestId::new(flow).ok());
    said.or_else(|| cx.fresh_request_id().ok()).map_or_else(|| cx.clone(), |flow| cx.for_flow(&flow))
}

fn asker(caller: &Caller, arrival: &Arrival) -> Arc<str> {
    if let Some(user) = caller.user().and_then(|bearer| bearer.users.first()) {
        return user.as_str().into();
    }
    let proved = arrival.certificate.as_deref().and_then(|proof| proof.identities.first());
    proved.map_or_else(|| Arc::clone(&arrival.listener), |identity| identity.domain().into())
}
