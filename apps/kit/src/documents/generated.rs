//! Documents that the server makes: what it can do, and what a user has.

use bytes::Bytes;
use store::Entry;
use xcap::{Current, Etag, Target, Tree, caps, directory, services};

use super::{Documents, Trouble};

/// Documents that a directory lists, or that one is made of; more are not read.
const MAX_ENTRIES: usize = 10_000;

/// Documents that are read at once.
const PAGE: usize = 256;

impl Documents {
    /// The document of a usage whose documents are generated; none where there is no such document.
    pub(super) async fn generate(&self, target: &Target) -> Result<Option<Current>, Trouble> {
        let named = self.usage(target).and_then(|usage| usage.documents(&target.tree));
        if !named.is_some_and(|documents| documents.allow(&target.document)) {
            return Ok(None);
        }
        let bytes = match (target.auid.as_str(), &target.tree) {
            (caps::AUID, Tree::Global) => caps::write(&self.settings.usages, &self.settings.extensions),
            (directory::AUID, Tree::User(xui)) => {
                directory::write(&self.folders(xui).await?, &self.settings.root)
            }
            (services::AUID, Tree::Global) => {
                let documents = self.service_documents().await?;
                services::write(documents.iter().map(|each| &**each), &self.settings.limits)
            }
            _ => return Ok(None),
        };
        Ok(Current::read(&bytes, tag(&bytes)))
    }

    /// The documents `index` of all users, in the order of their identities.
    async fn service_documents(&self) -> Result<Vec<Bytes>, Trouble> {
        let prefix = self.keys.users(services::AUID);
        let (mut documents, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
            let is_one = |entry: &&Entry| {
                self.keys.target(&entry.key).is_some_and(|target| target.document == services::DOCUMENT)
            };
            documents.extend(page.iter().filter(is_one).map(|entry| entry.record.value.clone()));
            match page.last() {
                Some(last) if page.len() == PAGE && documents.len() < MAX_ENTRIES => {
                    after = Some(last.key.clone());
                }
                _ => return Ok(documents),
            }
        }
    }

    async fn folders(&self, xui: &str) -> Result<Vec<directory::Folder>, Trouble> {
        let mut folders = Vec::new();
        let mut left = MAX_ENTRIES;
        for usage in self.settings.usages.iter().filter(|usage| usage.users.is_some()) {
            let entries = self.user_documents(&usage.auid, xui, left).await?;
            left = left.saturating_sub(entries.len());
            if !entries.is_empty() {
                folders.push(directory::Folder { auid: usage.auid.clone(), entries });
            }
        }
        Ok(folders)
    }

    async fn user_documents(
        &self,
        auid: &str,
        xui: &str,
        most: usize,
    ) -> Result<Vec<directory::Entry>, Trouble> {
        let prefix = self.keys.user(auid, xui);
        let mut entries = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
            entries.extend(page.iter().filter_map(|entry| self.entry(entry)));
            match page.last() {
                Some(last) if page.len() == PAGE && entries.len() < most => after = Some(last.key.clone()),
                _ => break,
            }
        }
        entries.truncate(most);
        Ok(entries)
    }

    fn entry(&self, found: &Entry) -> Option<directory::Entry> {
        Some(directory::Entry {
            target: self.keys.target(&found.key)?,
            etag: Etag::new(&found.record.version.to_string()),
            size: found.record.value.len(),
        })
    }
}

/// What is made anew with every request has a tag of its content (FNV-1a, 64 bits): equal while it is equal.
fn tag(bytes: &[u8]) -> Etag {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Etag::new(&format!("g{hash:016x}"))
}
