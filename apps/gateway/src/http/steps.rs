//! The border over HTTP, as two lists.
//!
//! What leaves the system passes `OUTBOUND`, what enters it `INBOUND`. Each step is a named decision; the first that does not
//! continue ends the request, and its name stands in the log, in the metrics and in no message. What HTTP itself wants
//! has been checked by the driver: one Host that agrees with the target, and framing that nobody can read in two ways.

use http::{Method, StatusCode, header};
use kit::refusal::{Cause, Refusal};

use super::{
    agreement::{METHODS, essence},
    answers::is_coded,
    loops,
    passage::Passage,
    target::Target,
};
use crate::{content::is_readable, metrics::Direction};

/// The exit: from a server of the own system to a partner.
pub(super) static OUTBOUND: [Step; 9] = [
    Step { name: "http-own-system", clause: "TS 33.180 5.12", decide: own_system },
    Step { name: "http-loop", clause: "RFC 9110 7.6.3", decide: loops_end },
    Step { name: "http-partner", clause: "TS 24.379 6.8.2 step 1", decide: partner_addressed },
    Step { name: "http-target", clause: "RFC 4825 6", decide: target },
    Step { name: "http-method", clause: "RFC 9110 15.5.6", decide: method },
    Step { name: "http-agreement", clause: "TS 24.379 6.8.2 step 2", decide: agreement },
    Step { name: "http-body", clause: "RFC 9110 15.5.14, 15.5.16", decide: body },
    Step { name: "http-public-names", clause: "TS 24.379 6.8.2 step 3", decide: public_names },
    Step { name: "http-next-hop", clause: "RFC 9110 7.6", decide: next_hop },
];

/// The entry: from a partner to a server of the own system.
pub(super) static INBOUND: [Step; 8] = [
    Step { name: "http-partner", clause: "RFC 5922 7.2", decide: partner_proved },
    Step { name: "http-loop", clause: "RFC 9110 7.6.3", decide: loops_end },
    Step { name: "http-root", clause: "RFC 4825 6.1", decide: root },
    Step { name: "http-target", clause: "RFC 4825 6", decide: target },
    Step { name: "http-method", clause: "RFC 9110 15.5.6", decide: method },
    Step { name: "http-agreement", clause: "TS 24.379 6.8.3", decide: agreement },
    Step { name: "http-body", clause: "RFC 9110 15.5.14, 15.5.16", decide: body },
    Step { name: "http-server", clause: "RFC 4825 6.1", decide: server },
];

/// One named decision.
pub(super) struct Step {
    pub name: &'static str,
    pub clause: &'static str,
    pub decide: fn(&mut Passage<'_>) -> Verdict,
}

/// What a step decides: the next may look, or the request goes no further.
pub(super) type Verdict = Result<(), End>;

/// What becomes of a request that goes no further.
pub(super) enum End {
    Refuse(Refusal),
    /// It is answered with a status that no cause has; and a few words for whoever reads it.
    Respond(StatusCode, &'static str),
}

impl End {
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Refuse(refusal) => Some(refusal.cause),
            Self::Respond(..) => None,
        }
    }
}

impl From<Cause> for End {
    fn from(cause: Cause) -> Self {
        Self::Refuse(cause.into())
    }
}

/// How a request ended, and at which step.
pub(super) struct Ending {
    pub step: &'static Step,
    pub end: End,
}

/// Only our own servers are let out.
fn own_system(passage: &mut Passage<'_>) -> Verdict {
    let is_own = passage.proxy.gateway.inner.is_own(passage.arrival);
    if is_own { Ok(()) } else { Err(Cause::UnknownPartner.into()) }
}

/// The certificate says whose system it is, whatever the request says.
fn partner_proved(passage: &mut Passage<'_>) -> Verdict {
    passage.partner = passage.partners.proved_by(passage.arrival);
    if passage.partner.is_none() {
        passage.proxy.gateway.strangers.came(passage.arrival);
        return Err(Cause::UnknownPartner.into());
    }
    Ok(())
}

/// What has been here before will come again.
fn loops_end(passage: &mut Passage<'_>) -> Verdict {
    let host = &passage.proxy.gateway.identity.host;
    if loops::goes_round(passage.request.headers(), host) {
        return Err(End::Respond(StatusCode::LOOP_DETECTED, "the request has passed here before"));
    }
    Ok(())
}

/// The partner whose root the request lies below.
fn partner_addressed(passage: &mut Passage<'_>) -> Verdict {
    let (authority, target) = passage.addressed().ok_or(Cause::UnknownPartner)?;
    let mut found = None;
    for partner in passage.partners.iter() {
        let root = partner.http.as_deref().map(|agreement| &agreement.root);
        if let Some(root) = root.filter(|root| root.is_at(authority)) {
            passage.partner = Some(partner);
            found = root.below(target).map(|below| (partner, root, below)).or(found);
        }
    }
    if passage.partner.is_none() {
        return Err(Cause::UnknownPartner.into());
    }
    let (partner, root, below) = found.ok_or(Cause::UnknownTarget)?;
    (passage.partner, passage.to, passage.below) = (Some(partner), Some(root), Some(below));
    Ok(())
}

/// There is one root here.
fn root(passage: &mut Passage<'_>) -> Verdict {
    let root = &passage.proxy.servers.root;
    let (authority, target) = passage.addressed().ok_or(Cause::UnknownTarget)?;
    if !root.is_at(authority) {
        return Err(End::Respond(StatusCode::MISDIRECTED_REQUEST, "this host is not served here"));
    }
    passage.below = root.below(target);
    if passage.below.is_some() { Ok(()) } else { Err(Cause::UnknownTarget.into()) }
}

/// What is asked for, if everybody would read it alike.
fn target(passage: &mut Passage<'_>) -> Verdict {
    let read = Target::read(passage.below.unwrap_or_default());
    let read = read.map_err(|why| End::Refuse(Refusal::at(Cause::MalformedMessage, why.0)))?;
    passage.target = Some(read);
    Ok(())
}

/// A method is refused by its name, for every kind of peer alike.
fn method(passage: &mut Passage<'_>) -> Verdict {
    let is_known = METHODS.contains(passage.request.method());
    if is_known { Ok(()) } else { Err(Cause::MethodNotAllowed.into()) }
}

/// What was not agreed is not done.
fn agreement(passage: &mut Passage<'_>) -> Verdict {
    let (Some(agreement), Some(target)) = (passage.agreement(), &passage.target) else {
        return Err(Cause::NotPermitted.into());
    };
    let operations = match passage.direction {
        Direction::Outbound => &agreement.outbound,
        Direction::Inbound => &agreement.inbound,
    };
    let is_agreed = operations.allow(&target.auid, passage.request.method());
    if is_agreed { Ok(()) } else { Err(Cause::NotPermitted.into()) }
}

/// Bodies are of an agreed kind and size, and can be looked into.
fn body(passage: &mut Passage<'_>) -> Verdict {
    let (Some(agreement), request) = (passage.agreement(), passage.request) else {
        return Err(Cause::NotPermitted.into());
    };
    let has_body = !request.body().is_empty();
    if request.body().len() > agreement.body {
        return Err(Cause::TooLarge.into());
    }
    if is_coded(request.headers()) {
        return Err(Cause::UnsupportedBody.into());
    }
    let mut kinds = request.headers().get_all(header::CONTENT_TYPE).iter();
    let is_agreed = match (kinds.next(), kinds.next()) {
        (Some(kind), None) => agreement.allows_media(kind),
        (None, _) => !has_body,
        (Some(_), Some(_)) => false,
    };
    if !is_agreed {
        return Err(Cause::UnsupportedBody.into());
    }
    let media = request.headers().get(header::CONTENT_TYPE).map_or("", essence);
    is_readable(media, request.body()).map_err(End::Refuse)?;
    let takes_body = matches!(*request.method(), Method::PUT | Method::POST);
    if has_body && !takes_body { Err(Cause::MalformedMessage.into()) } else { Ok(()) }
}

/// Neither the target nor the body names the inside; neither is rewritten.
fn public_names(passage: &mut Passage<'_>) -> Verdict {
    let Some(internal) = passage.hidden() else { return Ok(()) };
    let exposed = |place| Err(End::Refuse(Refusal::at(Cause::TopologyExposed, place)));
    if internal.occur_in(passage.below.unwrap_or_default().as_bytes()) {
        return exposed("target");
    }
    if internal.occur_in(passage.request.body()) {
        return exposed("body");
    }
    Ok(())
}

/// The partner's border.
fn next_hop(passage: &mut Passage<'_>) -> Verdict {
    passage.hop = passage.agreement().and_then(|agreement| agreement.hop.as_ref());
    if passage.hop.is_some() { Ok(()) } else { Err(Cause::PartnerUnreachable.into()) }
}

/// The server that has the document.
fn server(passage: &mut Passage<'_>) -> Verdict {
    let target = passage.target.as_ref().ok_or(Cause::UnknownTarget)?;
    let server = passage.proxy.servers.serving(target).ok_or(Cause::UnknownTarget)?;
    (passage.to, passage.hop) = (Some(&server.root), Some(&server.hop));
    Ok(())
}
