//! Which file a name stands for.
//!
//! Who has a file open writes on into it after somebody has deleted it, or put another in its place. Whatever is acknowledged then
//! is found by nobody again.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

/// A file, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    device: u64,
    number: u64,
}

impl Place {
    /// What is not in a file is nowhere else either.
    pub(super) const MEMORY: Self = Self { device: 0, number: 0 };

    /// Which file a path leads to.
    ///
    /// # Errors
    /// To none, or nobody can say to which.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|file| Self::from(&file))
    }
}

#[cfg(unix)]
impl From<&Metadata> for Place {
    fn from(file: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: file.dev(), number: file.ino() }
    }
}

/// Where files have no numbers, one that is there is the one that was.
#[cfg(not(unix))]
impl From<&Metadata> for Place {
    fn from(_: &Metadata) -> Self {
        Self::MEMORY
    }
}
