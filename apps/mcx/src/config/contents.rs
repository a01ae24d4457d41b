//! What stands in files that are read at a start only, so that it is told when a reload finds something else there.

use std::{fmt, fs, path::Path};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Change, SystemConfig};

/// The files of a key: their digests, in the order of the file.
type Digests = Vec<Option<[u8; 32]>>;

/// By section and key. It is made of secrets, and shows nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contents(Vec<(&'static str, &'static str, Digests)>);

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

impl Contents {
    pub(super) fn of(config: &SystemConfig) -> Self {
        let secrets = config.gateway.iter().flat_map(|gateway| &gateway.hiding_secrets);
        let key = config.audit.file.iter();
        Self(vec![
            ("gateway", "hiding-secrets", secrets.map(|file| of(file)).collect()),
            ("audit", "key", key.map(|file| of(file)).collect()),
        ])
    }

    /// The keys of whose files one is another now. That a key names others, or more of them, is told by its text.
    #[must_use]
    pub fn waiting(&self, newer: &Self) -> Vec<Change> {
        let both = self.0.iter().zip(&newer.0);
        let others = both.filter(|((.., old), (.., new))| old != new);
        others
            .map(|((section, key, _), _)| Change { section: (*section).to_owned(), key: (*key).to_owned() })
            .collect()
    }
}

/// None of a file that cannot be read.
fn of(file: &Path) -> Option<[u8; 32]> {
    let octets = fs::read(file).ok()?;
    digest(&SHA256, &octets).as_ref().try_into().ok()
}
