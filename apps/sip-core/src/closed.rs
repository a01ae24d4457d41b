//! RFC 5626 4.2.1, 5.3: contacts by which nobody can be reached any more, since their streams have ended and no other can be opened.

use std::time::Duration;

use futures::{
    FutureExt as _,
    future::{Either, select, select_all},
};
use wire::Transport;

use crate::{
    SipCore,
    binding::Binding,
    contacts,
    keep::{Fault, Kept},
};

/// How long a shard may take to say that a connection has ended. Of one that stands it says nothing.
const STANDS: Duration = Duration::from_millis(50);

/// Of these bindings of an address of record one whose stream has ended, or was of an earlier run of the core; none where all of them
/// stand, or can be reached by another stream. A user behind an edge proxy has no stream here, and nobody knows of a datagram.
///
/// # Errors
/// [`Fault::Conflict`] where somebody has just committed them, and whose stream is whose is not known yet.
pub(crate) async fn closed(core: &SipCore, address: &str, of: &Kept) -> Result<Option<Binding>, Fault> {
    if core.0.registry.version(address) < of.version {
        core.world().clock.sleep(STANDS).await;
        return Err(Fault::Conflict);
    }
    let known = core.0.registry.bindings(address, core.now());
    let is_by_stream = |binding: &&Binding| {
        binding.flow.edge.is_none()
            && binding.flow.transport != Transport::Udp
            && !contacts::can_be_opened(binding)
    };
    let by_stream = of.bindings.iter().filter(is_by_stream);
    let streams = by_stream.map(|binding| {
        let same = known.iter().find(|known| known.is_but_for_the_stream(binding));
        (binding, same.and_then(|same| same.flow.connection))
    });
    let streams: Vec<_> = streams.collect();
    let lost = streams.iter().filter(|(_, stream)| stream.is_none()).map(|(binding, _)| *binding);
    if let Some(lost) = lost.min_by_key(|binding| binding.refreshed_at) {
        return Ok(Some(lost.clone()));
    }
    let ends = streams.into_iter().filter_map(|(binding, stream)| {
        let binding = binding.clone();
        Some(core.world().wire.ended(stream?).map(move |()| binding).boxed())
    });
    let ends: Vec<_> = ends.collect();
    if ends.is_empty() {
        return Ok(None);
    }
    match select(select_all(ends), core.world().clock.sleep(STANDS)).await {
        Either::Left(((ended, ..), _)) => Ok(Some(ended)),
        Either::Right(_) => Ok(None),
    }
}
