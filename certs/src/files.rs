//! Onto disk, with keys that only their owner reads.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{Authority, Error, Issued};

/// Where a certificate and its key were written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// `<stem>.pem`.
    pub certificate: PathBuf,
    /// `<stem>.key`, mode 0600.
    pub key: PathBuf,
}

impl Issued {
    /// Writes `<stem>.pem` and `<stem>.key` into `dir`, which is made if absent.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, dir: &Path, stem: &str) -> Result<Written, Error> {
        fs::create_dir_all(dir)?;
        let written =
            Written { certificate: dir.join(format!("{stem}.pem")), key: dir.join(format!("{stem}.key")) };
        fs::write(&written.certificate, &self.cert_pem)?;
        write_private(&written.key, self.key_pem.as_bytes())?;
        Ok(written)
    }
}

impl Authority {
    /// Writes the root certificate as `<stem>.pem` into `dir`. The authority's key is never written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, dir: &Path, stem: &str) -> Result<PathBuf, Error> {
        fs::create_dir_all(dir)?;
        let path = dir.join(format!("{stem}.pem"));
        fs::write(&path, self.pem())?;
        Ok(path)
    }
}

/// A file that was there keeps neither its content nor its mode, so it is removed first.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content)
}
