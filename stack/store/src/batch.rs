//! Changes that are made together.

use bytes::Bytes;

use crate::Version;

/// Changes, and what must hold for them to be made. Of several changes to one key the last one counts.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    preconditions: Vec<Precondition>,
    changes: Vec<Change>,
}

/// What must hold of one key before any change of the batch is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Precondition {
    /// Of which key.
    pub key: Bytes,
    /// What.
    pub expect: Expect,
}

/// What a writer knows of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// There is none.
    Absent,
    /// It is there and has not been put again since.
    Version(Version),
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Writes a record, whether there is one or not.
    Put {
        /// Under which key.
        key: Bytes,
        /// What.
        value: Bytes,
    },
    /// Deletes a record, if there is one.
    Delete {
        /// Under which key.
        key: Bytes,
    },
}

impl Batch {
    /// A batch that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands that there be no record.
    #[must_use]
    pub fn expect_absent(mut self, key: impl Into<Bytes>) -> Self {
        self.preconditions.push(Precondition { key: key.into(), expect: Expect::Absent });
        self
    }

    /// Demands that the record be the one that was read.
    #[must_use]
    pub fn expect_version(mut self, key: impl Into<Bytes>, version: Version) -> Self {
        self.preconditions.push(Precondition { key: key.into(), expect: Expect::Version(version) });
        self
    }

    /// Writes a record.
    #[must_use]
    pub fn put(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        self.changes.push(Change::Put { key: key.into(), value: value.into() });
        self
    }

    /// Deletes a record.
    #[must_use]
    pub fn delete(mut self, key: impl Into<Bytes>) -> Self {
        self.changes.push(Change::Delete { key: key.into() });
        self
    }

    /// What must hold, in the order in which it was demanded.
    #[must_use]
    pub fn preconditions(&self) -> &[Precondition] {
        &self.preconditions
    }

    /// What is to be done, in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}
