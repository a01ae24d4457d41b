//! Why a chain could not be written or read.

use std::fmt;

/// Ours: nothing that a peer or a tamperer did.
#[derive(Debug)]
pub enum Fault {
    /// The store failed.
    Store(store::Fault),
    /// Something cannot be written or read as what it is.
    Form(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(fault) => fault.fmt(f),
            Self::Form(why) => write!(f, "audit: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<store::Fault> for Fault {
    fn from(fault: store::Fault) -> Self {
        Self::Store(fault)
    }
}
