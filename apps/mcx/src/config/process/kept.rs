//! `store` and `store-ca`: where promises are kept.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use kit::config::{Raw, Table, Value};

/// Where the store is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// A file of this process alone.
    File(PathBuf),
    /// A database, which processes share.
    Database(Database),
}

/// How the database is reached. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    /// `postgres://user:password@host,host/database`.
    pub url: String,
    /// Whose certificate the server must show; no TLS where there is none.
    pub ca: Option<PathBuf>,
}

impl Kept {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (place, ca) = (table.optional::<Place>("store"), table.optional::<PathBuf>("store-ca"));
        match place? {
            Place::Url(url) => {
                let database = Database { url, ca };
                if let Err(why) = database.address() {
                    table.error_at_value("store", format!("\"store\": {why}"));
                }
                Some(Self::Database(database))
            }
            Place::Path(file) => {
                if ca.is_some() {
                    table.error_at("store-ca", "\"store-ca\" is for a database, and \"store\" is a file");
                }
                Some(Self::File(file))
            }
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Database(_) => None,
        }
    }
}

impl Database {
    /// The address, with the certificate authority as it is in its file now.
    ///
    /// # Errors
    /// The URL or the file cannot be read.
    pub fn address(&self) -> Result<store::Address, store::Fault> {
        store::Address::new(&self.url, self.ca.as_deref())
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            Ok(address) => address.fmt(f),
            Err(_) => f.write_str("Database"),
        }
    }
}

/// A value of `store`.
#[derive(PartialEq, Eq)]
enum Place {
    Path(PathBuf),
    Url(String),
}

impl Value for Place {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let is_url = |text: &&str| text.starts_with("postgres://") || text.starts_with("postgresql://");
        match raw.as_str() {
            Some(url) if is_url(&url) => Some(Self::Url(url.to_owned())),
            Some(text) if !text.is_empty() => PathBuf::read(raw).map(Self::Path),
            _ => raw.expected("a path or a URL like \"postgres://mcx@host/mcx\""),
        }
    }
}
