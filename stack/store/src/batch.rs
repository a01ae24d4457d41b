//! Changes that are made together.

use std::{collections::BTreeMap, time::SystemTime};

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
        /// From when on there is no such record any more, to the millisecond; for good where nothing is said.
        expires: Option<SystemTime>,
    },
    /// Deletes a record, if there is one.
    Delete {
        /// Under which key.
        key: Bytes,
    },
}

impl Change {
    /// Of which key.
    #[must_use]
    pub fn key(&self) -> &Bytes {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }
}

impl Precondition {
    /// Whether it holds where this is the version of the record, if there is one.
    #[must_use]
    pub fn holds(&self, found: Option<Version>) -> bool {
        found
            == match self.expect {
                Expect::Absent => None,
                Expect::Version(version) => Some(version),
            }
    }
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
        self.changes.push(Change::Put { key: key.into(), value: value.into(), expires: None });
        self
    }

    /// Writes a record that nobody finds from a moment on. It is deleted soon after, which those who watch are told.
    #[must_use]
    pub fn put_until(mut self, key: impl Into<Bytes>, value: impl Into<Bytes>, expires: SystemTime) -> Self {
        self.changes.push(Change::Put { key: key.into(), value: value.into(), expires: Some(expires) });
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

    /// The last change of each key, in the order of the keys: what the batch comes to.
    pub(crate) fn outcome(&self) -> impl Iterator<Item = &Change> {
        let last: BTreeMap<&Bytes, &Change> =
            self.changes.iter().map(|change| (change.key(), change)).collect();
        last.into_values()
    }
}
