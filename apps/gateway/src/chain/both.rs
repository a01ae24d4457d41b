//! Steps that the exit and the entry share.

use kit::refusal::{Cause, Refusal};
use sip::{MaxForwards, Method, Name, Response, To, Uri};

use super::{Passage, Verdict};
use crate::content::Content;

/// What the gateway passes (RFC 3261 20.5).
pub(crate) const ALLOWED: &str = "MESSAGE, OPTIONS";

/// OPTIONS for the gateway itself is answered here: it is how neighbours ask whether it is alive.
pub(super) fn options(passage: &mut Passage<'_>) -> Verdict {
    let Ok(uri) = Uri::parse(passage.request.request_uri()) else { return Verdict::Continue };
    let ours = passage.request.method() == Method::Options && passage.gateway.is_named_by(&uri);
    if !ours {
        return Verdict::Continue;
    }
    let answer = Response::new(200).header(Name::Allow, ALLOWED).header(Name::Supported, "");
    answer.into()
}

/// Who has no hops left hears that before anything is said about his target.
pub(super) fn max_forwards(passage: &mut Passage<'_>) -> Verdict {
    match passage.request.typed::<MaxForwards>() {
        Ok(Some(MaxForwards(0))) => Response::new(483).into(),
        _ => Verdict::Continue,
    }
}

/// No extension of proxies is supported.
pub(super) fn proxy_require(passage: &mut Passage<'_>) -> Verdict {
    match passage.request.values(Name::ProxyRequire).next() {
        None => Verdict::Continue,
        Some(_) => Cause::BadExtension.into(),
    }
}

/// A method is refused by its name, for every kind of peer alike.
pub(super) fn method(passage: &mut Passage<'_>) -> Verdict {
    match passage.request.method() {
        Method::Message | Method::Options => Verdict::Continue,
        _ => Cause::MethodNotAllowed.into(),
    }
}

/// A To tag claims a dialog, and no dialog passes this border: whatever a route set says, nothing is relayed on its
/// strength.
pub(super) fn dialog(passage: &mut Passage<'_>) -> Verdict {
    match passage.request.typed::<To<'_>>() {
        Ok(Some(to)) if to.tag().is_none() => Verdict::Continue,
        Ok(_) => Response::new(481).into(),
        Err(fault) => Refusal::at(Cause::MalformedMessage, &fault.to_string()).into(),
    }
}

/// Reads what the later steps have to know of the bodies.
pub(super) fn content(passage: &mut Passage<'_>) -> Verdict {
    match Content::read(passage.request) {
        Ok(content) => {
            passage.content = content;
            Verdict::Continue
        }
        Err(refusal) => refusal.into(),
    }
}

impl Passage<'_> {
    /// What the agreement calls this request: the companion body's `req-type` or `resp-type`, else the method in lower
    /// case.
    pub(super) fn flow(&self) -> &str {
        match (&self.content.companion, self.request.method()) {
            (Some(companion), Method::Message) => &companion.flow,
            (None, Method::Message) => "message",
            // A companion body makes no flow of a question about capabilities.
            (_, _) => "options",
        }
    }

    /// Default deny: the flow, and every media type in the bodies, must be listed.
    pub(super) fn is_agreed(&self, flows: &kit::partner::Flows) -> Verdict {
        let Some(partner) = self.partner else { return Cause::UnknownPartner.into() };
        let agreed = flows.allows(self.flow())
            && self.content.parts.iter().all(|part| partner.allows_media(part.media));
        if agreed { Verdict::Continue } else { Cause::NotPermitted.into() }
    }
}
