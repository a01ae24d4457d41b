//! Ending in order: an entity that is to stop lets no new question in, and finishes what it has let in.

use std::sync::Arc;

use crate::load::Load;

/// The door of an entity. Clones are of the same door.
#[derive(Clone)]
pub struct Gate {
    /// Questions of others that are worked on.
    work: Arc<Load>,
    /// Questions of its own that await their answer.
    asked: Arc<Load>,
}

impl Gate {
    pub(crate) fn new(work: Arc<Load>, asked: Arc<Load>) -> Self {
        Self { work, asked }
    }

    /// From now on a new question is refused, to be sent again later or elsewhere (503 with Retry-After, RFC 3261 21.5.4). Answers,
    /// reports and third-party registrations still pass: accepted work may wait for them.
    pub fn close(&self) {
        self.work.close();
    }

    /// Until everything that was accepted has had its outcome, and every question of the entity's own its answer.
    pub async fn idle(&self) {
        self.work.idle().await;
        self.asked.idle().await;
    }
}
