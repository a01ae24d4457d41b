//! Whose tokens count at the moment: what a reload replaces while requests are served.

use std::sync::{Arc, PoisonError, RwLock};

use wire::World;

use super::Tokens;

/// The issuers as they are now. A clone is the same.
#[derive(Clone)]
pub struct Standing(Arc<RwLock<Arc<Tokens>>>);

impl Standing {
    /// These, until they are replaced.
    #[must_use]
    pub fn new(tokens: Tokens) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(tokens))))
    }

    /// Those that count now.
    #[must_use]
    pub fn now(&self) -> Arc<Tokens> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these count, and their keys are fetched where they are to be.
    pub fn replace(&self, tokens: Tokens, world: &World) {
        tokens.follow(world);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }
}
