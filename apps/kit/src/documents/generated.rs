//! Documents that the server makes: what it can do, and what a user has.
//!
//! One that would list more than [`Settings::listed`](super::Settings::listed) is not made at all: whoever reads a part takes it
//! for the whole.

use bytes::Bytes;
use store::Entry;
use xcap::{Answer, Current, Etag, Target, Tree, caps, directory, services};

use super::{Documents, Trouble};

/// Documents that are read at once.
const PAGE: usize = 256;

/// None where there is no such document; the answer where it cannot be made.
type Made<T> = Result<T, Answer>;

impl Documents {
    /// The document of a usage whose documents are generated.
    pub(super) async fn generate(&self, target: &Target) -> Result<Made<Option<Current>>, Trouble> {
        let named = self.usage(target).and_then(|usage| usage.documents(&target.tree));
        if !named.is_some_and(|documents| documents.allow(&target.document)) {
            return Ok(Ok(None));
        }
        let made = match (target.auid.as_str(), &target.tree) {
            (caps::AUID, Tree::Global) => Ok(caps::write(&self.settings.usages, &self.settings.extensions)),
            (directory::AUID, Tree::User(xui)) => {
                let folders = self.folders(xui).await?;
                folders.map(|folders| directory::write(&folders, &self.settings.root))
            }
            (services::AUID, Tree::Global) => {
                let write = |documents: Vec<Bytes>| {
                    services::write(documents.iter().map(|each| &**each), &self.settings.limits)
                };
                self.service_documents().await?.map(write)
            }
            _ => return Ok(Ok(None)),
        };
        if let Err(refused) = &made {
            // Not the selector: it names the user. Whoever may ask may ask often.
            tracing::info!(target: "mcx::refused", auid = %target.auid, status = refused.status, "a document lists more than it may");
        }
        Ok(made.map(|bytes| Current::read(&bytes, tag(&bytes))))
    }

    fn too_many(&self) -> Answer {
        Answer::phrase(507, format!("more than {} documents would be listed", self.settings.listed))
    }

    /// The documents `index` of all users, in the order of their identities.
    async fn service_documents(&self) -> Result<Made<Vec<Bytes>>, Trouble> {
        let prefix = self.keys.users(services::AUID);
        let is_one = |entry: &Entry| {
            let target = self.keys.target(&entry.key).filter(|target| target.document == services::DOCUMENT);
            target.map(|_| entry.record.value.clone())
        };
        self.all(&prefix, self.settings.listed, is_one).await
    }

    async fn folders(&self, xui: &str) -> Result<Made<Vec<directory::Folder>>, Trouble> {
        let mut folders = Vec::new();
        let mut left = self.settings.listed;
        for usage in self.settings.usages.iter().filter(|usage| usage.users.is_some()) {
            let prefix = self.keys.user(&usage.auid, xui);
            let entries = match self.all(&prefix, left, |entry| self.entry(entry)).await? {
                Ok(entries) => entries,
                Err(refused) => return Ok(Err(refused)),
            };
            left = left.saturating_sub(entries.len());
            if !entries.is_empty() {
                folders.push(directory::Folder { auid: usage.auid.clone(), entries });
            }
        }
        Ok(Ok(folders))
    }

    /// What is made of all records below a key, unless that is more than so many.
    async fn all<T>(
        &self,
        prefix: &str,
        most: usize,
        make: impl Fn(&Entry) -> Option<T>,
    ) -> Result<Made<Vec<T>>, Trouble> {
        let (mut made, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
            made.extend(page.iter().filter_map(&make));
            match page.last() {
                _ if made.len() > most => return Ok(Err(self.too_many())),
                Some(last) if page.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(Ok(made)),
            }
        }
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
