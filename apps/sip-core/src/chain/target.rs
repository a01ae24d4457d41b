//! RFC 3261 16.5: whom a request is for, and the ways to get there.

use std::sync::Arc;

use proxy::search;
use sip::{Edits, Message, Method, Name, Response, To, Uri};
use wire::{Arrival, Branch, Hop, Opened, Streams};

use super::features;
use crate::{SipCore, address, binding::Binding, config::Server, contacts, refusal};

/// The server behind a service identity of this system; inside a dialog, the server whose contact it is.
///
/// # Errors
/// 403 for what lies outside this system or is a user, 404 for what does not exist in it.
pub(super) fn service(core: &SipCore, request: &Message) -> Result<Hop, Response> {
    let uri = Uri::parse(request.request_uri()).map_err(|fault| refusal::malformed(&fault))?;
    let target = address::of_uri(&uri).unwrap_or_default();
    if let Some(server) = core.server_of(&target) {
        return Ok(server.hop.clone());
    }
    let by_contact = core.config().servers.iter().find(|server| uri.is_in_domain(server.identity.as_bytes()));
    if let Some(server) = by_contact.filter(|_| is_in_dialog(request)) {
        return Ok(server.hop.clone());
    }
    let config = core.config();
    if !uri.is_in_domain(config.domain.as_bytes()) || core.users().owner(&target).is_some() {
        return Err(refusal::forbidden(&config.name, "not a service of this system"));
    }
    Err(Response::new(404))
}

/// The servers that say why the user who is addressed takes nothing, being logged off, one after the other: each knows its own users,
/// and one may be down. What they are asked of is his address of record. None where he is not logged off, or it is the only such server
/// which asks.
pub(super) fn stand_ins(
    core: &SipCore,
    request: &Message,
    arrival: &Arrival,
    edits: &Edits,
) -> Option<Targets> {
    if !matches!(request.method(), Method::Message | Method::Options) {
        return None;
    }
    let address = address::of_uri(&Uri::parse(request.request_uri()).ok()?)?;
    core.users().owner(&address)?;
    let sends = |server: &Server| {
        arrival.certificate.as_deref().is_some_and(|certificate| certificate.proves(&server.identity))
    };
    let config = core.config();
    let mut servers = config.servers.iter().filter(|server| server.unregistered && !sends(server)).peekable();
    servers.peek()?;
    if !core.registry().bindings(&address, core.now()).is_empty() {
        return None;
    }
    let mut edits = edits.clone();
    edits.request_uri(address.as_bytes());
    let branches = servers.map(|server| Branch { hop: server.hop.clone(), edits: edits.clone() });
    targets(address, branches)
}

/// Where a user is reached, or who says why he is not.
pub(super) struct Targets {
    /// The user's address of record.
    pub(super) user: String,
    /// The branch to the most preferred device, or the first server.
    pub(super) first: Branch,
    /// Those to the others, in the order in which they are to be tried.
    pub(super) others: Vec<Branch>,
}

/// RFC 3261 16.6: the user's devices, as many as are tried, each with its contact and its path written into the request.
/// `edits` are the changes that all of them have in common.
///
/// # Errors
/// 403 for what lies outside this system or is a service, 404 for an unknown user, 480 for one who is logged off.
pub(super) fn user(core: &SipCore, request: &Message, edits: &Edits) -> Result<Targets, Response> {
    let (user, bindings) = addressed(core, request)?;
    let suitable = features::suitable(request, bindings)?;
    let branches = suitable.iter().filter_map(|binding| branch(core, &user, binding, edits.clone()));
    targets(user.clone(), branches).ok_or_else(|| unavailable(core))
}

/// As many as can answer in time; none where there is nothing to be tried.
fn targets(user: String, mut branches: impl Iterator<Item = Branch>) -> Option<Targets> {
    let first = branches.next()?;
    let others = branches.take(search::TARGETS - 1).collect();
    Some(Targets { user, first, others })
}

fn branch(core: &SipCore, user: &str, binding: &Binding, mut edits: Edits) -> Option<Branch> {
    edits.request_uri(address::asked_for(&binding.contact).as_bytes());
    edits.set(Name::PCalledPartyId, format!("<{user}>").as_bytes());
    for hop in binding.path.iter().rev() {
        edits.prepend(Name::Route, hop.as_bytes());
    }
    Some(Branch { hop: hop(core, binding)?, edits })
}

/// The user who is addressed, and the bindings that will do: all of them for an address of record, the very one for a contact
/// (inside a dialog). What is an address of record here is never looked up as a contact, which anybody may register.
fn addressed(core: &SipCore, request: &Message) -> Result<(String, Vec<Binding>), Response> {
    let config = core.config();
    let uri = Uri::parse(request.request_uri()).map_err(|fault| refusal::malformed(&fault))?;
    let address = address::of_uri(&uri).unwrap_or_default();
    if core.users().owner(&address).is_some() {
        let bindings = core.registry().bindings(&address, core.now());
        return Ok((address, bindings));
    }
    let contact = std::str::from_utf8(request.request_uri()).unwrap_or_default();
    let owners = core.registry().owners(contact, core.now());
    if !owners.is_empty() {
        let owner = meant(core, request, &owners).ok_or_else(|| unavailable(core))?;
        let mut bindings = core.registry().bindings(&owner, core.now());
        bindings.retain(|binding| binding.contact == contact);
        return Ok((owner, bindings));
    }
    if uri.is_in_domain(config.domain.as_bytes()) && core.server_of(&address).is_none() {
        return Err(Response::new(404));
    }
    Err(refusal::forbidden(&config.name, "not a user of this system"))
}

/// Which of those who have registered the contact the request is for: inside a dialog the other end is who its To names (RFC 3261 12.2.1.1).
/// Two devices may have one contact, by chance or not. Where To names nobody here, it is the one user whose contact it is.
fn meant(core: &SipCore, request: &Message, owners: &[String]) -> Option<String> {
    let users = core.users();
    let username = |address: &str| users.owner(address).map(|user| &user.username);
    let to = request.typed::<To<'_>>().ok().flatten().and_then(|to| address::of(to.uri));
    let found = match to.as_deref().and_then(username) {
        Some(named) => owners.iter().find(|owner| username(owner) == Some(named)),
        None => owners.first().filter(|first| owners.iter().all(|owner| username(owner) == username(first))),
    };
    found.cloned()
}

/// RFC 3261 21.4.18: known, and not to be reached now.
pub(super) fn unavailable(core: &SipCore) -> Response {
    Response::new(480).warning(&core.config().name, "logged off or not reachable")
}

fn is_in_dialog(request: &Message) -> bool {
    request.typed::<To<'_>>().ok().flatten().is_some_and(|to| to.tag().is_some())
}

/// The flow of a binding (RFC 5626 5.3), or the edge proxy in front of it (RFC 3327 5.3).
fn hop(core: &SipCore, binding: &Binding) -> Option<Hop> {
    let flow = &binding.flow;
    match &flow.edge {
        Some(name) => {
            core.config().edges.iter().find(|edge| *edge.hop.name == **name).map(|edge| edge.hop.clone())
        }
        None => Some(Hop {
            name: Arc::clone(core.devices()),
            transport: flow.transport,
            address: flow.address,
            tls: None,
            connection: flow.connection,
            streams: streams(binding),
        }),
    }
}

fn streams(binding: &Binding) -> Streams {
    let is_flow_alone = binding.flow.transport.is_reliable() && !contacts::can_be_opened(binding);
    let opened = if is_flow_alone { Opened::None } else { Opened::PerShard };
    Streams { opened, ..Streams::default() }
}

#[cfg(test)]
mod tests;
