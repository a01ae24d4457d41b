//! What procedures change beside the case.

use bytes::Bytes;
use store::Version;

/// What a procedure changes beside the case, in the same commit.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// With the milliseconds of Unix time until which it is kept, where it is not for good.
    pub(super) puts: Vec<(Bytes, Bytes, Option<u64>)>,
    /// None: there must be no such record.
    pub(super) expects: Vec<(Bytes, Option<Version>)>,
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
        self.puts.push((key.into(), value.into(), None));
        self
    }

    /// The same, for as long as that: until these milliseconds of Unix time.
    #[must_use]
    pub fn put_until(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>, until: u64) -> Self {
        self.puts.push((key.into(), value.into(), Some(until)));
        self
    }

    /// Only where nobody has written that record since it was seen.
    #[must_use]
    pub fn if_still(mut self, key: impl Into<Bytes>, seen: Version) -> Self {
        self.expects.push((key.into(), Some(seen)));
        self
    }

    /// Only where nobody has written that record.
    #[must_use]
    pub fn if_absent(mut self, key: impl Into<Bytes>) -> Self {
        self.expects.push((key.into(), None));
        self
    }

    /// Deletes one.
    #[must_use]
    pub fn delete(mut self, key: impl Into<Bytes>) -> Self {
        self.deletes.push(key.into());
        self
    }
}
