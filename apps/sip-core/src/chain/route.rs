//! RFC 3261 16.4 and 16.6 step 4: our own entry of a route is taken off, and put into the route of what lasts.

use sip::{Edits, Message, Name, Response, Route, Uri};

use crate::{SipCore, refusal};

/// Takes off the topmost Route where it is ours. Nobody has this proxy send on to a place of its own choosing.
///
/// # Errors
/// 403 where any other Route is left, 400 where one cannot be read.
pub(super) fn own_route(core: &SipCore, request: &Message, edits: &mut Edits) -> Result<(), Response> {
    for (place, route) in request.all::<Route<'_>>().enumerate() {
        let route = route.map_err(|fault| refusal::malformed(&fault))?;
        let uri = Uri::parse(route.uri).map_err(|fault| refusal::malformed(&fault.of(Name::Route)))?;
        if place > 0 || !is_own(core, &uri) {
            return Err(refusal::forbidden(&core.config().name, "routes to elsewhere are not followed"));
        }
        edits.pop_first(Name::Route);
    }
    Ok(())
}

/// Stays in the way of a dialog that this request creates.
pub(super) fn record(core: &SipCore, request: &Message, edits: &mut Edits) {
    if request.method().creates_dialog() {
        edits.prepend(Name::RecordRoute, core.route().as_bytes());
    }
}

/// Whether a URI names this element: its domain, its own host or its name.
pub(crate) fn is_own(core: &SipCore, uri: &Uri<'_>) -> bool {
    let config = core.config();
    [config.domain.as_str(), &config.name, core.host()].iter().any(|name| uri.is_in_domain(name.as_bytes()))
}
