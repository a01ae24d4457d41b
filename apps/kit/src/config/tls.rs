//! `[tls.NAME]`: a certificate, its key, and whom its holder trusts.

use std::{
    fs::Metadata,
    path::{Path, PathBuf},
};

use super::Table;

/// One trust profile. Listeners and hops name it; connections of different profiles are never shared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsProfile {
    /// The name in `[tls.NAME]`.
    pub name: String,
    /// PEM file: our certificate, then what links it to its root.
    pub certificate: PathBuf,
    /// PEM file: the private key; nobody but its owner may be able to read it.
    pub key: PathBuf,
    /// PEM files: the trust anchors of the peers. Never the system's own list.
    pub authorities: Vec<PathBuf>,
    /// PEM files: revocation lists of those anchors.
    pub revocations: Vec<PathBuf>,
}

/// Every profile of a document.
#[derive(Clone, Default, Debug)]
pub struct TlsProfiles {
    read: Vec<TlsProfile>,
    /// Every name, of what could not be read too: whoever refers to it makes no mistake by that.
    names: Vec<String>,
}

impl TlsProfiles {
    /// Reads every `[tls.NAME]` of the root table. Files must exist; the key must be its owner's alone.
    #[must_use]
    pub fn read(root: &Table<'_>) -> Self {
        let read = root.named_tables("tls", TlsProfile::read);
        let mut names = Vec::new();
        root.named_again("tls", |table| names.push(table.name().to_owned()));
        Self { read, names }
    }

    /// The profiles in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &TlsProfile> {
        self.read.iter()
    }

    /// The profile of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TlsProfile> {
        self.read.iter().find(|profile| profile.name == name)
    }

    /// Reads `key` of `table` as the name of a profile; an unknown one is an error at its place.
    pub fn reference(&self, table: &Table<'_>, key: &'static str) -> Option<String> {
        table.reference(key, "TLS profile", self.names.iter().map(String::as_str))
    }
}

impl TlsProfile {
    fn read(table: &Table<'_>) -> Option<Self> {
        let certificate: Option<PathBuf> = table.required("certificate");
        let key: Option<PathBuf> = table.required("key");
        let authorities: Option<Vec<PathBuf>> = table.required("authorities");
        let revocations: Vec<PathBuf> = table.or("revocations", Vec::new());
        if let Some(file) = &certificate {
            metadata(table, "certificate", file);
        }
        if let Some(file) = &key {
            table.is_private("key", file);
        }
        for file in authorities.iter().flatten() {
            metadata(table, "authorities", file);
        }
        for file in &revocations {
            metadata(table, "revocations", file);
        }
        let (certificate, key, authorities) = (certificate?, key?, authorities?);
        if authorities.is_empty() {
            table.error_at(
                "authorities",
                "\"authorities\" must name at least one file: nobody would be trusted",
            );
        }
        Some(Self { name: table.name().to_owned(), certificate, key, authorities, revocations })
    }
}

fn metadata(table: &Table<'_>, key: &'static str, file: &Path) -> Option<Metadata> {
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => {
            table.error_at_value(key, format!("{} is not a file", file.display()));
            None
        }
        Err(why) => {
            table.error_at_value(key, format!("{} cannot be read: {why}", file.display()));
            None
        }
    }
}

impl Table<'_> {
    /// Reports a file with a secret that cannot be read, or that others than its owner may read: it is no secret any more then.
    pub fn is_private(&self, key: &'static str, file: &Path) {
        let Some(metadata) = metadata(self, key, file) else { return };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let file = file.display();
                self.error_at_value(
                    key,
                    format!("secret {file} is open to others (mode {mode:04o}); make it 0600 or stricter"),
                );
            }
        }
        #[cfg(not(unix))]
        let _ = metadata;
    }
}
