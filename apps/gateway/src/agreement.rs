//! What an agreement lets the partner do, as SIP says it: the event packages, and the abilities that are shown to it in
//! place of what a server inside would say of itself.

pub(crate) use kit::config::flows::{ADMINISTRATION, EVENTS, FLOWS, MESSAGE, MIGRATION, OPTIONS, PUBLISH};
use kit::partner::Flows;
use sip::{Edits, Message, Method, Name};

use crate::Partner;

/// Whether the agreement allows a request of this method about this event package. A subscription is one matter with its
/// notifications: who may have the one is sent the others.
pub(crate) fn allows_event(flows: &Flows, method: Method<'_>, package: &str) -> bool {
    match method {
        Method::Publish => flows.names().any(|flow| flow.strip_prefix(PUBLISH) == Some(package)),
        _ => flows.allows(package) && (EVENTS.contains(&package) || !FLOWS.contains(&package)),
    }
}

/// The value of Allow-Events (RFC 6665 8.2.2).
pub(crate) fn events(flows: &Flows) -> String {
    let mut events: Vec<&str> = flows.names().filter(|flow| EVENTS.contains(flow)).collect();
    events.extend(flows.names().filter_map(|flow| flow.strip_prefix(PUBLISH)));
    events.sort_unstable();
    events.dedup();
    events.join(", ")
}

/// The value of Allow: the methods that this partner may send us.
pub(crate) fn methods(partner: &Partner) -> String {
    let (inbound, outbound) = (&partner.system.inbound, &partner.system.outbound);
    let is_event = |flow: &str| EVENTS.contains(&flow);
    let is_message = |flow: &str| !is_event(flow) && flow != OPTIONS && !flow.starts_with(PUBLISH);
    let methods = [
        (Method::Message, inbound.names().any(is_message)),
        (Method::Options, true),
        (Method::Subscribe, inbound.names().any(is_event)),
        (Method::Notify, outbound.names().any(is_event)),
        (Method::Publish, inbound.names().any(|flow| flow.starts_with(PUBLISH))),
    ];
    let allowed: Vec<String> =
        methods.iter().filter(|(_, allowed)| *allowed).map(|(method, _)| method.to_string()).collect();
    allowed.join(", ")
}

/// What a response to this partner says of abilities is what was agreed, whatever a server inside said (RFC 3261 11.2,
/// 21.4.6, 21.4.13; RFC 6665 8.2.2).
pub(crate) fn answer(partner: Option<&Partner>, response: &Message, request: &Message, edits: &mut Edits) {
    let status = response.status().unwrap_or_default();
    let capabilities = request.method() == Method::Options && (200..300).contains(&status);
    let says = |name: Name, due: bool| due || response.header(name).is_some();
    if says(Name::Allow, capabilities || status == 405) {
        edits.set(Name::Allow, partner.map(methods).unwrap_or_default().as_bytes());
    }
    if says(Name::Accept, capabilities || status == 415) {
        let media = partner.map(|partner| partner.media.join(", "));
        edits.set(Name::Accept, media.unwrap_or_default().as_bytes());
    }
    if says(Name::AllowEvents, status == 489) {
        let events = partner.map(|partner| events(&partner.system.inbound));
        edits.set(Name::AllowEvents, events.unwrap_or_default().as_bytes());
    }
}

/// The same of a request that leaves.
pub(crate) fn ask(partner: &Partner, request: &Message, edits: &mut Edits) {
    if request.header(Name::Allow).is_some() {
        edits.set(Name::Allow, methods(partner).as_bytes());
    }
    if request.header(Name::AllowEvents).is_some() {
        edits.set(Name::AllowEvents, events(&partner.system.inbound).as_bytes());
    }
}
