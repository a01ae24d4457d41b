//! Room for subscriptions that are about to be kept: how many there may be, and of how many octets.

use super::{Inner, Notifier};
use crate::{
    events::{
        Package,
        book::{Book, Most, Share},
    },
    peer::Peer,
    refusal::Cause,
};

/// What one peer has been let in with. It counts from here on, however long it takes to look at it and to keep it, and is given back
/// where nothing comes of it.
pub(super) struct Place<'n, P> {
    inner: &'n Inner<P>,
    peer: Peer,
    share: Share,
}

impl<P> Place<'_, P> {
    /// So many octets more.
    ///
    /// # Errors
    /// [`Cause::Overloaded`] where there is no room for them.
    pub(super) fn grow(&mut self, octets: usize) -> Result<(), Cause> {
        let more = Share { count: 0, octets };
        if !self.inner.book().let_in(&self.peer, more, self.inner.most(&self.peer)) {
            return Err(Cause::Overloaded);
        }
        self.share.octets = self.share.octets.saturating_add(octets);
        Ok(())
    }

    /// What has come takes the place, at once.
    pub(super) fn taken(mut self, by: impl FnOnce(&mut Book)) {
        let mut book = self.inner.book();
        book.give_back(&self.peer, std::mem::take(&mut self.share));
        by(&mut book);
    }
}

impl<P> Drop for Place<'_, P> {
    fn drop(&mut self) {
        if self.share != Share::default() {
            self.inner.book().give_back(&self.peer, self.share);
        }
    }
}

impl<P: Package> Notifier<P> {
    /// A place for so many more of this peer, of no octets yet.
    ///
    /// # Errors
    /// [`Cause::Overloaded`] where there is none.
    pub(super) fn place(&self, peer: &Peer, count: usize) -> Result<Place<'_, P>, Cause> {
        let (inner, share) = (&*self.inner, Share { count, octets: 0 });
        let is_in = inner.book().let_in(peer, share, inner.most(peer));
        if is_in { Ok(Place { inner, peer: peer.clone(), share }) } else { Err(Cause::Overloaded) }
    }
}

impl<P> Inner<P> {
    fn most(&self, peer: &Peer) -> Most {
        let all = Share { count: self.setup.limit, octets: self.setup.octets };
        Most { all, own: Share { count: part(peer, all.count), octets: part(peer, all.octets) } }
    }
}

/// What one peer may have of all. An own server subscribes for all of its users.
fn part(peer: &Peer, all: usize) -> usize {
    if peer.server().is_some() { all.div_ceil(2) } else { all.div_ceil(10) }
}
