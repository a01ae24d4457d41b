//! `[audit]`: what the audit logs of the process's entities are signed with.

use std::path::{Path, PathBuf};

use audit::Key;
use kit::config::Table;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};

/// `[audit]`. Every entity that keeps promises has a log, whether the table is there or not.
#[derive(Clone, Default, Debug)]
pub struct Audit {
    /// What the ends of the logs are signed with, and receipts for partners; nothing where none is configured.
    pub key: Option<Key>,
    /// Where it is read from.
    pub file: Option<PathBuf>,
}

impl Audit {
    /// Reads the table.
    pub(super) fn read(root: &Table<'_>) -> Self {
        let read = root.table("audit", |table| {
            let file: Option<PathBuf> = table.optional("key");
            file.iter().filter(|file| file.exists()).for_each(|file| table.is_private("key", file));
            let Some(file) = file else { return Some(Self::default()) };
            match signing_key(&file) {
                Err(why) => {
                    table.error_at_value("key", format!("{} cannot be used: {why}", file.display()));
                    None
                }
                Ok(key) => Some(Self { key: Some(key), file: Some(file) }),
            }
        });
        read.unwrap_or_default()
    }
}

/// The private key of a PEM file.
pub(crate) fn signing_key(file: &Path) -> Result<Key, String> {
    let der = PrivatePkcs8KeyDer::from_pem_file(file).map_err(|why| why.to_string())?;
    Key::from_pkcs8(der.secret_pkcs8_der())
}
