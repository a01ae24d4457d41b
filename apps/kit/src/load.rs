//! How much is at work, and how many questions await their answer: bounded for the entity, and for each peer, so that one who floods costs only itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::channel::oneshot;

use crate::{peer::Peer, refusal::Cause};

/// Counts requests from their arrival to the end of the work that they start, or questions until they are answered.
pub(crate) struct Load {
    counts: Mutex<Counts>,
    limit: usize,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_peer: HashMap<Peer, usize>,
    is_closed: bool,
    /// Who waits until nothing is left.
    waiting: Vec<oneshot::Sender<()>>,
}

/// One of them; dropping it, by whatever way, gives its place back.
pub(crate) struct Slot {
    load: Arc<Load>,
    peer: Option<Peer>,
}

impl Load {
    /// At most `limit` at once, of which no peer has more than half.
    pub(crate) fn new(limit: usize) -> Self {
        Self { counts: Mutex::default(), limit }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for work of this peer's; none: of the entity's own.
    pub(crate) fn take(self: &Arc<Self>, peer: Option<&Peer>) -> Result<Slot, Cause> {
        let mut counts = self.counts();
        let of_peer = peer.and_then(|peer| counts.by_peer.get(peer)).copied().unwrap_or_default();
        if counts.is_closed || counts.all >= self.limit || of_peer >= self.limit.div_ceil(2) {
            return Err(Cause::Overloaded);
        }
        counts.all += 1;
        if let Some(peer) = peer {
            counts.by_peer.insert(peer.clone(), of_peer + 1);
        }
        Ok(Slot { load: Arc::clone(self), peer: peer.cloned() })
    }
}

impl Load {
    /// From now on there is no place for anybody.
    pub(crate) fn close(&self) {
        self.counts().is_closed = true;
    }

    /// Until every place has been given back.
    pub(crate) async fn idle(&self) {
        let emptied = {
            let mut counts = self.counts();
            if counts.all == 0 {
                return;
            }
            let (sender, emptied) = oneshot::channel();
            counts.waiting.push(sender);
            emptied
        };
        // It is never cancelled: whoever empties the table tells everybody who waits.
        let _ = emptied.await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.load.counts();
        counts.all = counts.all.saturating_sub(1);
        if counts.all == 0 {
            for waiting in counts.waiting.drain(..) {
                let _ = waiting.send(());
            }
        }
        let Some(peer) = &self.peer else { return };
        match counts.by_peer.get_mut(peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.by_peer.remove(peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Load;
    use crate::{peer::Peer, refusal::Cause};

    #[test]
    fn a_peer_that_floods_leaves_half_to_the_others_and_a_place_comes_back() {
        let load = Arc::new(Load::new(4));
        let (a, b) = (Peer::of_server("a".into()), Peer::of_server("b".into()));
        let held: Vec<_> = (0..2).map(|_| load.take(Some(&a)).expect("free")).collect();
        assert_eq!(load.take(Some(&a)).err(), Some(Cause::Overloaded));
        let others = [load.take(Some(&b)).expect("free"), load.take(None).expect("free")];
        assert_eq!(load.take(Some(&Peer::of_server("c".into()))).err(), Some(Cause::Overloaded));
        drop((held, others));
        assert!(load.take(Some(&a)).is_ok());
        assert!(load.counts().by_peer.len() <= 1);
    }
}
