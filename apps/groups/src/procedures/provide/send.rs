//! Step 1 itself: one document, put at the partner's server on condition of what that holds.

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode, header};
use kit::{Cause, Cx, Permit};

use crate::{
    Gms,
    policy::ProvideGroup,
    procedures::abroad::{Abroad, Failed, Leave, etag, failed},
    share::{Conflict, Held, Share, digest},
};

const CLAUSE: &str = "10.2.7.2";

/// How often one delivery puts the document at most, and looks at what is there, before it is tried again later.
const EXCHANGES: usize = 2;

/// Requests that it makes at most.
pub(super) const REQUESTS: usize = 2 * EXCHANGES;

/// A group as one partner gets it.
pub(super) struct Offer {
    pub permit: Permit<ProvideGroup>,
    pub body: Bytes,
    pub digest: String,
    /// Our entity tag of the document that it was made of.
    pub source: String,
}

impl Offer {
    /// The partner holds it under this entity tag.
    fn held(&self, etag: String) -> Held {
        Held { etag, digest: self.digest.clone(), source: self.source.clone() }
    }
}

/// What a delivery came to.
pub(super) enum Outcome {
    /// The partner has it, in this state.
    Stored(Held),
    /// The partner holds something that is none of ours.
    Contested(Conflict),
    /// It does not.
    Failed(Failed),
}

/// Step 1. On condition of what the partner is known to hold; where it holds something else, that is looked at.
pub(super) async fn send(cx: &Cx<Gms>, offer: &Offer, mut share: Share) -> Outcome {
    let (rules, leave) = (cx.rules(), Leave::Provide(&offer.permit));
    let Some(partner) = rules.partner(leave.partner()) else {
        return Outcome::Failed(Failed::for_good(Cause::UnknownPartner));
    };
    let abroad = match Abroad::to(cx, partner) {
        Ok(abroad) => abroad,
        Err(cause) => return Outcome::Failed(Failed::for_good(cause)),
    };
    let mut is_unsure =
        share.held.as_ref().is_some_and(|held| held.etag.is_empty() && !held.digest.is_empty());
    for _ in 0..EXCHANGES {
        if is_unsure {
            match look(&abroad, &share, offer).await {
                Ok(Look::Same(etag)) => return Outcome::Stored(offer.held(etag)),
                Ok(Look::Earlier(found)) => share.held = found,
                // An administrator has said so, and which is overwritten is said by its entity tag.
                Ok(Look::Foreign(etag)) if share.overwrites => {
                    share.held = Some(Held { etag, digest: String::new(), source: String::new() });
                }
                Ok(Look::Foreign(etag)) => {
                    return Outcome::Contested(Conflict { etag, ours: offer.source.clone() });
                }
                Err(failed) => return Outcome::Failed(failed),
            }
        }
        cx.step(CLAUSE, 1);
        let response = abroad.send(Method::PUT, &leave, Some(condition(&share)), offer.body.clone()).await;
        let response = match response {
            Ok(response) => response,
            Err(failed) => return Outcome::Failed(failed),
        };
        match response.status() {
            status if status.is_success() => {
                return Outcome::Stored(offer.held(etag(&response).unwrap_or_default()));
            }
            StatusCode::PRECONDITION_FAILED => is_unsure = true,
            _ => return Outcome::Failed(failed(&response)),
        }
    }
    Outcome::Failed(Failed::for_now(Cause::Overloaded))
}

/// That the partner holds what it is known to hold. One that has no strong entity tag for it can be held to having something: it has
/// just been looked at, or is to be overwritten.
fn condition(share: &Share) -> (HeaderName, String) {
    match share.held.as_ref().map(|held| held.etag.as_str()) {
        None => (header::IF_NONE_MATCH, "*".to_owned()),
        Some("") => (header::IF_MATCH, "*".to_owned()),
        Some(etag) => (header::IF_MATCH, format!("\"{etag}\"")),
    }
}

/// What the partner holds.
enum Look {
    /// What was to be provided: the answer to an earlier attempt was lost.
    Same(String),
    /// Something that we provided earlier, or nothing.
    Earlier(Option<Held>),
    /// Something else.
    Foreign(String),
}

async fn look(abroad: &Abroad<'_>, share: &Share, offer: &Offer) -> Result<Look, Failed> {
    let response = abroad.send(Method::GET, &Leave::Provide(&offer.permit), None, Bytes::new()).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(Look::Earlier(None));
    }
    if response.status() != StatusCode::OK {
        return Err(failed(&response));
    }
    let (etag, found) = (etag(&response).unwrap_or_default(), digest(response.body()));
    Ok(if found == offer.digest {
        Look::Same(etag)
    } else if share.is_ours(&found) {
        Look::Earlier(Some(Held { etag, digest: found, source: String::new() }))
    } else {
        Look::Foreign(etag)
    })
}
