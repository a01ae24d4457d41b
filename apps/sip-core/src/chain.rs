//! What becomes of each request, decided in the shard: RFC 3261 16.3 to 16.6 for a proxy that relays for its own users and
//! servers, between each other, and for nobody else.

mod features;
mod identity;
mod methods;
mod route;
mod sender;
mod target;

use proxy::validate;
use sip::{Edits, Message, Method, Name, Response};
use wire::{Arrival, Branch, Decision, Forward, Vias};
use xml_schemas::mime;

use crate::{SipCore, ladder, refusal, register};

pub(crate) use route::is_own;

/// The chain. Each step may end it with a response; the order is the documentation.
pub(crate) fn decide(core: &SipCore, request: &Message, arrival: &Arrival) -> Decision {
    proxy_require(request)
        .and_then(|()| if is_for_us(core, request) { own(request) } else { relay(core, request, arrival) })
        .unwrap_or_else(Decision::Respond)
}

/// RFC 3261 16.3 step 5: no extension asks anything of this proxy.
fn proxy_require(request: &Message) -> Result<(), Response> {
    let options = validate::unsupported(request, Name::ProxyRequire, &[]);
    let options: Vec<String> = options.map(|option| String::from_utf8_lossy(option).into_owned()).collect();
    if options.is_empty() { Ok(()) } else { Err(refusal::bad_extension(&options)) }
}

/// A request for the registrar, or for this element itself rather than for anybody behind it.
fn is_for_us(core: &SipCore, request: &Message) -> bool {
    let Ok(uri) = sip::Uri::parse(request.request_uri()) else { return false };
    request.method() == Method::Register || (uri.user.is_none() && route::is_own(core, &uri))
}

fn own(request: &Message) -> Result<Decision, Response> {
    match request.method() {
        Method::Register => Ok(Decision::Deliver),
        Method::Options => {
            register::required(request)?;
            Ok(Decision::Respond(capabilities()))
        }
        // The core subscribes to nothing (RFC 6665 4.1.3).
        Method::Notify => Err(Response::new(481)),
        _ => Err(refusal::not_for_us()),
    }
}

/// RFC 3261 11.2.
fn capabilities() -> Response {
    Response::new(200)
        .header(Name::Allow, refusal::ALLOW)
        .header(Name::Supported, "path")
        .header(Name::Accept, format!("{}, {}", mime::SIP_MESSAGE, mime::MULTIPART_MIXED))
}

fn relay(core: &SipCore, request: &Message, arrival: &Arrival) -> Result<Decision, Response> {
    let sender = sender::of(core, request, arrival)?;
    methods::permit(request.method(), &sender)?;
    let mut edits = Edits::new();
    route::own_route(core, request, &mut edits)?;
    route::record(core, request, &mut edits);
    let forward = match sender {
        sender::Sender::Server => match target::stand_ins(core, request, arrival, &edits) {
            Some(servers) => to_stand_ins(core, request, servers),
            None => to_user(core, request, &edits)?,
        },
        sender::Sender::User(address) => to_service(core, request, &address, edits)?,
    };
    Ok(Decision::Forward(Box::new(forward)))
}

fn to_user(core: &SipCore, request: &Message, edits: &Edits) -> Result<Forward, Response> {
    let target::Targets { user, first, others } = target::user(core, request, edits)?;
    ladder::relayed(core, request, &ladder::To::User(&user));
    let Branch { hop, edits } = first;
    Ok(Forward { hop, edits, vias: Vias::Add, unreachable: Some(target::unavailable(core)), others })
}

/// TS 24.229 5.4.3.3: nobody is there to take it, and a server of the user's says why.
fn to_stand_ins(core: &SipCore, request: &Message, servers: target::Targets) -> Forward {
    let target::Targets { first: Branch { hop, edits }, others, .. } = servers;
    ladder::relayed(core, request, &ladder::To::Server(&hop.name));
    Forward { hop, edits, vias: Vias::Add, unreachable: Some(target::unavailable(core)), others }
}

fn to_service(
    core: &SipCore,
    request: &Message,
    address: &str,
    mut edits: Edits,
) -> Result<Forward, Response> {
    identity::assert(request, address, &mut edits);
    let hop = target::service(core, request)?;
    ladder::relayed(core, request, &ladder::To::Server(&hop.name));
    Ok(Forward { hop, edits, vias: Vias::Add, unreachable: None, others: Vec::new() })
}

#[cfg(test)]
mod tests;
