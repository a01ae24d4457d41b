//! As far as which commit a process knows what the others have written: the store tells of commits in their order.

use futures::channel::oneshot;
use parking_lot::Mutex;
use store::Version;

#[derive(Default)]
pub(super) struct Order(Mutex<State>);

#[derive(Default)]
struct State {
    known: u64,
    /// Who waits for which commit.
    waiting: Vec<(Version, oneshot::Sender<()>)>,
}

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
        // The sender goes with the state only: what is missed is caught up with by a fence (`start.rs`).
        let _ = answer.await;
    }
}
