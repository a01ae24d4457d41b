//! Whether what is accepted can be read again. What is kept is written anew, and grows by that: `&` becomes `&amp;`, bodies that a
//! message refers to are embedded. A client finds it in a list, whose wrapping comes on top.

use kit::{Cause, Done};
use xml::Limits;
use xml_schemas::{
    acm::{PendingItem, Request, Response},
    flow::{BadBody, Carriage},
};

/// Octets that a list has at most beside its items: two identities and a `request-id`, all of their characters written out.
pub(crate) const WRAPPING: usize = 8 * 1024;

/// A request can be read as it would be kept, and as what waits for a user.
///
/// # Errors
/// [`Cause::TooLarge`] where it would be too long by then.
pub(crate) fn request(request: &Request) -> Done<()> {
    item(&PendingItem::Request(request.clone()))
}

/// A response can.
///
/// # Errors
/// As [`request`].
pub(crate) fn response(response: &Response) -> Done<()> {
    item(&PendingItem::Response(response.clone()))
}

/// Either can.
///
/// # Errors
/// As [`request`].
pub(crate) fn item(item: &PendingItem) -> Done<()> {
    let parts = match item {
        PendingItem::Request(request) => request.split(),
        PendingItem::Response(response) => response.split(),
    };
    let read: Result<(), BadBody> = match item {
        PendingItem::Request(_) => Request::read(&parts).map(drop),
        PendingItem::Response(_) => Response::read(&parts).map(drop),
    };
    read?;
    let octets: usize = parts.iter().map(|part| part.bytes.len()).sum();
    if octets + WRAPPING > Limits::DEFAULT.size { Err(Cause::TooLarge.into()) } else { Ok(()) }
}

/// Whether whoever is sent it can read it.
pub(crate) fn is_readable<F: Carriage>(flow: &F) -> bool {
    F::join(&flow.split()).is_ok()
}
