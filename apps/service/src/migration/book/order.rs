//! As far as which commit a process knows what the others have written: the store tells of commits in their order.

use futures::channel::oneshot;
use parking_lot::Mutex;
use store::Version;

#[derive(Default)]
pub(super) struct Order(Mutex<State>);

#[derive(Default)]
struct State {
    known: u64,
    waiting: Vec<Waiting>,
}

/// Who waits for a commit.
pub(super) type Waiting = (Version, oneshot::Sender<()>);

impl Order {
    /// Everything up to this commit is known.
    pub(super) fn followed(&self, version: Version) {
        let mut state = self.0.lock();
        state.known = state.known.max(version.0);
        let known = state.known;
        for (_, waits) in state.waiting.extract_if(.., |(version, _)| version.0 <= known) {
            // Whoever waited may have gone.
            let _ = waits.send(());
        }
    }

    /// Until everything up to this commit is known.
    pub(super) async fn known_to(&self, version: Version) {
        let answer = {
            let mut state = self.0.lock();
            if version.0 <= state.known {
                return;
            }
            let (sender, answer) = oneshot::channel();
            state.waiting.push((version, sender));
            answer
        };
        // The sender goes with the state only.
        let _ = answer.await;
    }

    /// Those who wait now: what they wait for has been committed.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        std::mem::take(&mut self.0.lock().waiting)
    }

    /// Everything has been read since they began to wait.
    pub(super) fn caught_up(&self, waiting: Vec<Waiting>) {
        for (_, waits) in waiting {
            let _ = waits.send(());
        }
    }
}
