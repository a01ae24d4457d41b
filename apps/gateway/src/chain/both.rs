//! Steps that the exit and the entry share.

use kit::refusal::{Cause, Refusal};
use sip::{Event, MaxForwards, Method, Name, Response, To, Uri};

use super::{Passage, Verdict};
use crate::{Partner, agreement, content::Content, metrics::Direction};

/// What the gateway passes, as Allow has it (RFC 3261 20.5).
pub const ALLOWED: &str = "MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH";

/// Whether the request asks the gateway itself.
pub(crate) fn is_ours(passage: &Passage<'_>) -> bool {
    passage.request.method() == Method::Options
        && Uri::parse(passage.request.request_uri()).is_ok_and(|uri| passage.gateway.is_named_by(&uri))
}

/// OPTIONS for the gateway itself is answered here: it is how neighbours ask whether it is alive.
pub(super) fn options(passage: &mut Passage<'_>) -> Verdict {
    if !is_ours(passage) {
        return Verdict::Continue;
    }
    if proxy::validate::unsupported(passage.request, Name::Require, &[]).next().is_some() {
        return Cause::BadExtension.into();
    }
    let allowed = passage.partner.map_or_else(|| ALLOWED.to_owned(), agreement::methods);
    Response::new(200).header(Name::Allow, allowed).header(Name::Supported, "").into()
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
    match proxy::validate::unsupported(passage.request, Name::ProxyRequire, &[]).next() {
        None => Verdict::Continue,
        Some(_) => Cause::BadExtension.into(),
    }
}

/// A method is refused by its name, for every kind of peer alike.
pub(super) fn method(passage: &mut Passage<'_>) -> Verdict {
    match passage.request.method() {
        Method::Message | Method::Options | Method::Subscribe | Method::Notify | Method::Publish => {
            Verdict::Continue
        }
        _ => Cause::MethodNotAllowed.into(),
    }
}

/// What a request claims about dialogs by its To tag.
pub(super) enum Claim {
    /// Nothing, and need not.
    None,
    /// That it belongs to one that passes this border.
    Dialog,
    /// That it belongs to one, by a method that runs in none here; or nothing, by one that does in no other way.
    Unfit,
}

/// Reads the claim.
///
/// # Errors
/// [`Cause::MalformedMessage`] where To cannot be read.
pub(super) fn claim(passage: &Passage<'_>) -> Result<Claim, Refusal> {
    let to = passage.request.typed::<To<'_>>();
    let to = to.map_err(|fault| Refusal::at(Cause::MalformedMessage, &fault.to_string()))?;
    let tagged = to.is_none_or(|to| to.tag().is_some());
    Ok(match (passage.request.method(), tagged) {
        (Method::Subscribe | Method::Notify, true) => Claim::Dialog,
        (Method::Notify, false) | (_, true) => Claim::Unfit,
        (_, false) => Claim::None,
    })
}

/// RFC 3261 12.2.2: whatever a route set says, nothing is relayed on the strength of a dialog that nobody knows.
pub(super) fn unknown_dialog() -> Verdict {
    Response::new(481).into()
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

/// Step 2 of the exit, and its mirror image at the entry: local policy, which is the agreement with this partner.
pub(super) fn agreement(passage: &mut Passage<'_>) -> Verdict {
    passage.is_agreed()
}

impl Passage<'_> {
    /// What the agreement calls this request: `req-type` or `resp-type` of the companion body, or of the information document
    /// where there is none; else the method in lower case; the event package, where the method is about one.
    pub(super) fn flow(&self) -> &str {
        match (self.content.flow(), self.request.method()) {
            (Some((_, flow)), Method::Message) => flow,
            (None, Method::Message) => agreement::MESSAGE,
            (_, Method::Subscribe | Method::Notify | Method::Publish) => self.package(),
            // A companion body makes no flow of a question about capabilities.
            (_, _) => agreement::OPTIONS,
        }
    }

    /// The event package (RFC 6665 8.2.1); empty where none can be read.
    pub(crate) fn package(&self) -> &str {
        let event = self.request.typed::<Event<'_>>().ok().flatten();
        event.and_then(|event| std::str::from_utf8(event.package).ok()).unwrap_or_default()
    }

    /// The flows of the direction in which the matter began: a notification is agreed where its subscription is.
    pub(crate) fn agreed<'a>(&self, partner: &'a Partner) -> &'a kit::partner::Flows {
        let began_inside = self.dialog.map_or(self.direction == Direction::Outbound, |dialog| dialog.ours);
        if began_inside { &partner.system.outbound } else { &partner.system.inbound }
    }

    /// RFC 6665 4.1.2, 4.2.2: within a dialog only who began it subscribes, and only the other side notifies. Leave to
    /// subscribe here is no leave to notify here.
    fn goes_its_way(&self) -> bool {
        let from_beginner =
            |dialog: crate::topology::Dialog| dialog.ours == (self.direction == Direction::Outbound);
        match (self.dialog.map(from_beginner), self.request.method()) {
            (Some(from_beginner), Method::Notify) => !from_beginner,
            (Some(from_beginner), _) => from_beginner,
            (None, _) => true,
        }
    }

    /// Default deny: the flow, and every media type in the bodies, must be listed.
    pub(super) fn is_agreed(&self) -> Verdict {
        let Some(partner) = self.partner else { return Cause::UnknownPartner.into() };
        if !self.goes_its_way() {
            return Cause::NotPermitted.into();
        }
        let (flows, method) = (self.agreed(partner), self.request.method());
        if !matches!(method, Method::Message | Method::Options) {
            if !agreement::allows_event(flows, method, self.flow()) {
                return Cause::BadEvent.into();
            }
        } else if !flows.allows(self.flow()) {
            return Cause::NotPermitted.into();
        }
        let media = self.content.parts.iter().all(|part| partner.allows_media(part.media));
        if media { Verdict::Continue } else { Cause::UnsupportedBody.into() }
    }
}
