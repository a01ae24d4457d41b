//! What goes wrong, and whose doing it is.

use std::{
    error::Error,
    fmt::{self, Write as _},
    sync::Arc,
};

use bytes::Bytes;

/// The engine failed: ours to repair, of no concern to any peer. `Display` is the whole chain, fit for a log.
#[derive(Clone, Debug)]
pub struct Fault {
    kind: Kind,
    what: String,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// What an operator can do about a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// There is no space left: make some. The engine goes on by itself then.
    Full,
    /// The file is not one of ours, or is damaged: put a copy in its place.
    Corrupt,
    /// What is kept there was written by a later version of this program: use that one.
    Newer,
    /// The database lacks our tables: `mcx store migrate` makes them.
    Unprepared,
    /// Something is kept there already and nobody said to replace it.
    Occupied,
    /// The database cannot be reached, or is not the one that takes writes. The engine goes on trying.
    Unreachable,
    /// Who watched was too slow, and what it has not seen is dropped: read again what is watched, and watch on.
    Lagged,
    /// Another process has the file open.
    InUse,
    /// More commits wait than the engine takes: try again later.
    Overloaded,
    /// The engine was shut down, or stopped after an earlier fault.
    Closed,
    /// Any other failure of reading or writing.
    Io,
}

impl Fault {
    /// Of an engine: what it was about, in words for a log.
    #[must_use]
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), cause: None }
    }

    pub(crate) fn because(self, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..self }
    }

    /// The same, with what was being attempted in front.
    pub(crate) fn at(self, attempt: &str) -> Self {
        Self { what: format!("{attempt}: {}", self.what), ..self }
    }

    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut cause = self.source();
        while let Some(next) = cause {
            write!(f, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// A precondition did not hold, because somebody else was first: read again and decide again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The first key of which it did not hold.
    pub key: Bytes,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record has changed: ")?;
        self.key.escape_ascii().try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

impl Error for Conflict {}

/// Why a batch was not committed.
#[derive(Clone, Debug)]
pub enum CommitError {
    /// A precondition did not hold.
    Conflict(Conflict),
    /// The engine failed.
    Fault(Fault),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl Error for CommitError {}

impl From<Conflict> for CommitError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Fault> for CommitError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
