//! Why nothing was made.

use std::{fmt, io};

/// A certificate, key or list could not be made or written.
#[derive(Debug)]
pub enum Error {
    /// The names or dates asked for have no encoding, or the key could not be generated.
    Certificate(rcgen::Error),
    /// A file could not be written.
    File(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write!(f, "certificate: {error}"),
            Self::File(error) => write!(f, "file: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Certificate(error) => Some(error),
            Self::File(error) => Some(error),
        }
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}
