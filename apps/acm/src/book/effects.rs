//! What procedures change beside the case.

use bytes::Bytes;

/// What a procedure changes beside the case, in the same commit.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub(super) puts: Vec<(Bytes, Bytes)>,
    pub(super) deletes: Vec<Bytes>,
}

impl Effects {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Writes a record of the procedure's own; its keys begin with `acm/` and the procedure's name.
    #[must_use]
    pub fn put(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.puts.push((key.into(), value.into()));
        self
    }

    /// Deletes one.
    #[must_use]
    pub fn delete(mut self, key: impl Into<Bytes>) -> Self {
        self.deletes.push(key.into());
        self
    }
}
