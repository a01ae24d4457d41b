//! A store in a file that a running process has: it is read and changed through that process, by a socket beside the file that its owner
//! alone may use. So that an operator's command line works while the server does, as it does beside a database.

mod client;
mod frame;
mod server;

use std::path::{Path, PathBuf};

pub(crate) use client::Beside;
pub(crate) use server::Door;

/// Where the socket of this file is.
pub(crate) fn socket(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sock");
    name.into()
}

#[cfg(test)]
mod tests;
