//! What a store holds is read beside the work: a server serves at once, however much there is, and looks up by its key whatever it
//! has not come to yet.

use std::collections::HashSet;

use bytes::Bytes;
use futures::channel::oneshot;
use parking_lot::Mutex;

/// Records that are read at once. While they are taken in nobody else has the index.
pub(crate) const PAGE: usize = 1024;

/// So many are read before a server serves: no more than that takes a moment, and most stores hold no more.
pub(crate) const FIRST: usize = 4 * PAGE;

/// How far the records under one prefix have been read.
#[derive(Default)]
pub(crate) struct Loading(Mutex<State>);

#[derive(Default)]
enum State {
    /// All of them.
    #[default]
    Done,
    /// As far as the key that was read last.
    Under(Underway),
}

struct Underway {
    after: Bytes,
    /// What has been read or written by itself meanwhile: a page that was read before that knows less of it.
    apart: HashSet<Bytes>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Loading {
    /// What comes behind this key is still to be read.
    pub(crate) fn from(after: Bytes) -> Self {
        Self(Mutex::new(State::Under(Underway { after, apart: HashSet::new(), waiting: Vec::new() })))
    }

    /// From where on there is something to be read.
    pub(crate) fn after(&self) -> Option<Bytes> {
        match &*self.0.lock() {
            State::Done => None,
            State::Under(way) => Some(way.after.clone()),
        }
    }

    /// Whether what the index says of this key is all there is.
    pub(crate) fn knows(&self, key: &[u8]) -> bool {
        match &*self.0.lock() {
            State::Done => true,
            State::Under(way) => *key <= *way.after || way.apart.contains(key),
        }
    }

    /// Whether everything has been read.
    pub(crate) fn is_done(&self) -> bool {
        matches!(&*self.0.lock(), State::Done)
    }

    /// The record of this key is in the index as it is now, or is gone. Said while the index is held.
    pub(crate) fn apart(&self, key: &[u8]) {
        if let State::Under(way) = &mut *self.0.lock()
            && *key > *way.after
        {
            way.apart.insert(Bytes::copy_from_slice(key));
        }
    }

    /// Whether a page may say what the index holds of this key.
    pub(crate) fn takes(&self, key: &[u8]) -> bool {
        match &*self.0.lock() {
            State::Done => false,
            State::Under(way) => !way.apart.contains(key),
        }
    }

    /// A page has been taken in, as far as this key. Said while the index is held.
    pub(crate) fn read_to(&self, key: &Bytes) {
        if let State::Under(way) = &mut *self.0.lock() {
            way.after = key.clone();
            way.apart.retain(|apart| *apart > *key);
        }
    }

    /// There is nothing behind the last page. Whoever has waited for that goes on.
    pub(crate) fn finish(&self) {
        *self.0.lock() = State::Done;
    }

    /// Until everything has been read.
    pub(crate) async fn wait(&self) {
        let waiting = match &mut *self.0.lock() {
            State::Done => return,
            State::Under(way) => {
                let (sender, receiver) = oneshot::channel();
                way.waiting.push(sender);
                receiver
            }
        };
        // Finished, the senders are gone.
        let _ = waiting.await;
    }
}

#[cfg(test)]
mod tests;
