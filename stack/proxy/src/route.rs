//! Route: what is taken off on arrival, and where the request goes from here.
//! RFC 3261 clauses 16.4, 16.5 and 16.6 steps 6 and 7

use sip::{Edits, Message, Name, Route, Uri};
use smallvec::SmallVec;

use crate::{identity::Own, validate::Rejection};

/// The URI that decides the next hop (16.6 step 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next<'m> {
    /// The topmost Route that is left.
    Route(&'m [u8]),
    /// The Request-URI, since no Route is left.
    Target(&'m [u8]),
}

impl<'m> Next<'m> {
    /// The URI, without angle brackets.
    #[must_use]
    pub fn uri(&self) -> &'m [u8] {
        match self {
            Self::Route(uri) | Self::Target(uri) => uri,
        }
    }
}

type Routes<'m> = SmallVec<[Route<'m>; 4]>;

/// Takes our own Routes off the top, and puts right what strict routers before (16.4) and after us (16.6 step 6) make
/// of the Request-URI. The edits change Request-URI and Route only.
///
/// # Errors
/// [`Rejection::Malformed`] where a Route cannot be read, [`Rejection::Scheme`] where the next hop is not a SIP URI's.
pub fn preprocess<'m>(request: &'m Message, own: &Own, edits: &mut Edits) -> Result<Next<'m>, Rejection> {
    let all = request.all::<Route<'m>>().collect::<Result<Routes<'m>, _>>()?;
    let came_strictly = all.last().filter(|_| is_our_record_route(request.request_uri(), own));
    let target = came_strictly.map_or(request.request_uri(), |last| last.uri);
    let visited = all.len() - usize::from(came_strictly.is_some());
    let routes = all.get(..visited).unwrap_or_default();
    let ours = routes.iter().take_while(|route| names_us(route, own)).count();
    let left = routes.get(ours..).unwrap_or_default();

    let Some(first) = left.first() else {
        if came_strictly.is_some() {
            edits.request_uri(target);
        }
        if !all.is_empty() {
            edits.remove(Name::Route);
        }
        return Ok(Next::Target(target));
    };
    let uri = first.parse_uri()?;
    if !uri.is_sip() {
        return Err(Rejection::Scheme);
    }
    if uri.params.has("lr") {
        go_loosely(came_strictly.map(|_| target), ours, left, edits);
    } else {
        go_strictly(first, target, left, edits);
    }
    Ok(Next::Route(first.uri))
}

/// The usual way: the Routes stay, but for ours on top.
fn go_loosely(restored_target: Option<&[u8]>, ours: usize, left: &[Route<'_>], edits: &mut Edits) {
    let Some(target) = restored_target else {
        (0..ours).for_each(|_| {
            edits.pop_first(Name::Route);
        });
        return;
    };
    edits.request_uri(target);
    replace(left.iter().map(|route| bracketed(route.uri, route.params.as_bytes())), edits);
}

/// 16.6 step 6: the next hop wants itself in the Request-URI, and the target at the end of the Routes.
fn go_strictly(first: &Route<'_>, target: &[u8], left: &[Route<'_>], edits: &mut Edits) {
    edits.request_uri(first.uri);
    let rest = left.iter().skip(1).map(|route| bracketed(route.uri, route.params.as_bytes()));
    replace(rest.chain([bracketed(target, b"")]), edits);
}

fn replace(routes: impl Iterator<Item = Vec<u8>>, edits: &mut Edits) {
    edits.remove(Name::Route);
    for route in routes {
        edits.append(Name::Route, &route);
    }
}

fn bracketed(uri: &[u8], params: &[u8]) -> Vec<u8> {
    [b"<", uri, b">", params].concat()
}

fn names_us(route: &Route<'_>, own: &Own) -> bool {
    route.parse_uri().is_ok_and(|uri| own.is_named_by(&uri))
}

/// 16.4: a Request-URI that we once put into a Record-Route. We always write `lr` there, and nobody else addresses us so.
fn is_our_record_route(uri: &[u8], own: &Own) -> bool {
    Uri::parse(uri).is_ok_and(|uri| own.is_named_by(&uri) && uri.params.has("lr"))
}

#[cfg(test)]
mod tests;
