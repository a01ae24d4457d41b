//! The registrar: RFC 3261 10.3, step by step.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use proxy::validate;
use sip::{Edits, From, Message, Name, Response, Uri};
use wire::{Arrival, Reply};

use crate::{
    SipCore, address,
    authenticate::Asking,
    binding::Binding,
    chain,
    closed::closed,
    config::{Edge, User},
    contacts,
    keep::{Commit, Fault},
    notice::Notice,
    refusal,
    update::{self, Change, Rejected, Update},
};

/// How often an update is computed anew because another REGISTER of the same user came first.
const ATTEMPTS: usize = 8;

/// Answers a REGISTER. What follows from it reaches the servers once the answer has been handed down.
pub(crate) async fn serve(core: &SipCore, request: &Message, arrival: &Arrival) -> Reply {
    match checked(core, request, arrival) {
        Ok(checked) => match bind(core, request, &checked).await {
            Ok(bindings) => accept(core, request, &checked, &bindings),
            Err(response) => response.into(),
        },
        Err(response) => response.into(),
    }
}

/// A REGISTER that has passed steps 1 to 6.
struct Checked {
    address: String,
    associated: Vec<String>,
    update: Update,
}

fn checked(core: &SipCore, request: &Message, arrival: &Arrival) -> Result<Checked, Response> {
    for_this_domain(core, request)?; // step 1
    required(request)?; // step 2
    let edge = core.edge_of(arrival);
    path_is_trusted(core, request, edge)?; // RFC 3327 5.3
    let users = core.users();
    let user = Asking { core, users: &users, edge }.user(request, arrival)?; // step 3
    let address = own_address(core, request, user)?; // steps 4 and 5
    let update = contacts::read(request, arrival, edge, &core.config().registration, core.now())?; // step 6
    Ok(Checked { address, associated: user.identities.clone(), update })
}

fn for_this_domain(core: &SipCore, request: &Message) -> Result<(), Response> {
    let uri = Uri::parse(request.request_uri()).map_err(|fault| refusal::malformed(&fault))?;
    if uri.user.is_none() && chain::is_own(core, &uri) { Ok(()) } else { Err(Response::new(404)) }
}

/// RFC 3261 8.2.2.3 of whatever is answered here: Path alone is known (RFC 3327).
pub(crate) fn required(request: &Message) -> Result<(), Response> {
    let options = validate::unsupported(request, Name::Require, &["path"]);
    let options: Vec<String> = options.map(|option| String::from_utf8_lossy(option).into_owned()).collect();
    if options.is_empty() { Ok(()) } else { Err(refusal::bad_extension(&options)) }
}

/// A Path from just anybody would draw a user's requests to wherever it says.
fn path_is_trusted(core: &SipCore, request: &Message, edge: Option<&Edge>) -> Result<(), Response> {
    match (request.header(Name::Path), edge) {
        (Some(_), None) => Err(refusal::forbidden(&core.config().name, "Path from an untrusted element")),
        _ => Ok(()),
    }
}

fn own_address(core: &SipCore, request: &Message, user: &User) -> Result<String, Response> {
    let from = request.typed::<From<'_>>().map_err(|fault| refusal::malformed(&fault))?;
    let from = from.and_then(|from| address::of(from.uri));
    let address = contacts::address_of_record(request)?.unwrap_or_default();
    let own = |address: &String| user.identities.contains(address);
    if own(&address) && from.as_ref().is_some_and(own) {
        return Ok(address);
    }
    let is_known = core.users().owner(&address).is_some();
    let not_own = || refusal::forbidden(&core.config().name, "not an identity of the authenticated user");
    Err(if is_known { not_own() } else { Response::new(404) })
}

/// Step 7: computes, commits, and starts anew where another REGISTER for this user was committed in between.
async fn bind(core: &SipCore, request: &Message, checked: &Checked) -> Result<Vec<Binding>, Response> {
    let is_fetch = matches!(checked.update.change, Change::Fetch);
    let register = original(request);
    for _ in 0..ATTEMPTS {
        match try_bind(core, checked, &register, is_fetch).await {
            Ok(Ok(bindings)) => return Ok(bindings),
            Ok(Err(Rejected::OutOfOrder)) => {
                return Err(Response::new(500).warning(&core.config().name, "overtaken by a later REGISTER"));
            }
            Ok(Err(Rejected::TooManyContacts)) => {
                return Err(refusal::forbidden(&core.config().name, "too many contacts"));
            }
            Err(Fault::Conflict) => {}
            Err(fault @ Fault::Unavailable(_)) => {
                // Who watches over the store has said it once; here it would be said for every user.
                tracing::debug!(%fault, "bindings cannot be kept at present");
                return Err(refusal::unavailable(&core.config().name, "bindings cannot be kept at present"));
            }
            Err(fault) => {
                tracing::error!(%fault, "bindings could not be kept");
                return Err(Response::new(500));
            }
        }
    }
    Err(Response::new(503).header(Name::RetryAfter, "1"))
}

async fn try_bind(
    core: &SipCore,
    checked: &Checked,
    register: &Bytes,
    is_fetch: bool,
) -> Result<Result<Vec<Binding>, Rejected>, Fault> {
    let now = core.now();
    let address = &checked.address;
    let mut old = core.0.keep.bindings(address).await?;
    let limit = core.config().registration.contacts;
    let after = loop {
        match update::apply(&old.bindings, &checked.update, now, limit, address::is_same_contact) {
            Ok(after) if is_fetch => return Ok(Ok(after)),
            Ok(after) => break after,
            Err(rejected @ Rejected::TooManyContacts) => {
                let closed = closed(core, address, &old).await?;
                let Some(closed) = closed else { return Ok(Err(rejected)) };
                old.bindings.retain(|binding| *binding != closed); // it makes room
            }
            Err(rejected) => return Ok(Err(rejected)),
        }
    };
    let device = checked.update.device();
    replace(core, address, old.version, after.clone(), (device, register.clone())).await?;
    Ok(Ok(after))
}

/// Keeps a user's new bindings together with what the servers are to be told of them, then lets the proxy see them.
pub(crate) async fn replace(
    core: &SipCore,
    address: &str,
    version: Option<store::Version>,
    bindings: Vec<Binding>,
    (device, register): (&str, Bytes),
) -> Result<(), Fault> {
    let now = core.now();
    let mut commit = Commit::default().bindings(address, version, &bindings);
    for server in core.config().servers.iter().filter(|server| server.third_party) {
        let (old, at) = core.0.keep.notice(address, &server.hop.name).await?;
        let token = core.world().ids.token();
        let who = (address, &*server.hop.name);
        if let Some(notice) = Notice::after(old, who, &bindings, (device, register.clone()), (now, &token)) {
            commit = commit.notice(at, &notice);
        }
    }
    let version = core.0.keep.commit(commit).await?;
    core.0.expiry.expect_next(address, &bindings);
    core.0.registry.put(address, version, bindings);
    Ok(())
}

/// Step 8, with RFC 3327 5.3 and RFC 3608 6.3.
fn accept(core: &SipCore, request: &Message, checked: &Checked, bindings: &[Binding]) -> Reply {
    let mut response = contacts::write(Response::new(200), bindings, core.now());
    for path in request.values(Name::Path) {
        response = response.header(Name::Path, path);
    }
    let associated: Vec<String> = checked.associated.iter().map(|identity| format!("<{identity}>")).collect();
    response = response
        .header(Name::ServiceRoute, core.route())
        .header(Name::PAssociatedUri, associated.join(", "))
        .header(Name::Supported, "path");
    let (core, address) = (core.clone(), Arc::<str>::from(checked.address.as_str()));
    let after = async move {
        core.0.courier.wake_all(&core, &address);
        // The user may have been taken out of the configuration meanwhile.
        core.end_if_nobodys(&address);
    };
    Reply { response, after: Some(Box::pin(after)) }
}

/// The REGISTER as a server may see it: without the credentials.
fn original(request: &Message) -> Bytes {
    let mut edits = Edits::new();
    edits.remove(Name::Authorization);
    edits.remove(Name::ProxyAuthorization);
    let mut copy = BytesMut::with_capacity(request.bytes().len());
    edits.apply(request, &mut copy);
    copy.freeze()
}

#[cfg(test)]
mod tests;
