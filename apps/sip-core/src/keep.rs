//! What has to survive a restart: bindings, and what servers are still to be told. Written together, or not at all.

use std::{fmt, sync::Arc};

use store::{Batch, CommitError, Entry, Store, Version};

use crate::{
    binding::Binding,
    notice::{self, Notice},
    records,
};

/// Records that are read at once when the core starts.
const PAGE: usize = 1000;

/// Why nothing was kept or read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Somebody else wrote first; nothing of this was written.
    Conflict,
    /// The store holds what this core did not write. The text is for logs.
    Store(String),
    /// The store cannot be used at present, and may be later. The text is for logs.
    Unavailable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else wrote first"),
            Self::Store(why) | Self::Unavailable(why) => write!(f, "store: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<store::Fault> for Fault {
    fn from(fault: store::Fault) -> Self {
        Self::Unavailable(fault.to_string())
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Conflict,
            CommitError::Fault(fault) => fault.into(),
        }
    }
}

fn unreadable() -> Fault {
    Fault::Store("a record of this core cannot be read".to_owned())
}

/// The bindings of one address of record, and which commit wrote them: none where there never were any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) bindings: Vec<Binding>,
    pub(crate) version: Option<Version>,
}

/// The core's records.
pub(crate) struct Keep(Arc<dyn Store>);

impl Keep {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    pub(crate) async fn bindings(&self, address: &str) -> Result<Kept, Fault> {
        let Some(record) = self.0.get(records::bindings_key(address).as_bytes()).await? else {
            return Ok(Kept::default());
        };
        let bindings = records::decode(&record.value).ok_or_else(unreadable)?;
        Ok(Kept { bindings, version: Some(record.version) })
    }

    /// Every address of record with its bindings.
    pub(crate) async fn all_bindings(&self) -> Result<Vec<(String, Version, Vec<Binding>)>, Fault> {
        let entries = self.all(records::BINDINGS).await?;
        let read = |entry: Entry| {
            let address = records::address_of(&entry.key).ok_or_else(unreadable)?.to_owned();
            let bindings = records::decode(&entry.record.value).ok_or_else(unreadable)?;
            Ok((address, entry.record.version, bindings))
        };
        entries.into_iter().map(read).collect()
    }

    /// Every notice that has something to say still.
    pub(crate) async fn open_notices(&self) -> Result<Vec<Notice>, Fault> {
        let entries = self.all(notice::NOTICES).await?;
        let read = |entry: Entry| Notice::decode(&entry.record.value).ok_or_else(unreadable);
        let notices: Vec<Notice> = entries.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(notices.into_iter().filter(|notice| !notice.pending.is_empty()).collect())
    }

    pub(crate) async fn notice(
        &self,
        address: &str,
        server: &str,
    ) -> Result<(Option<Notice>, Option<Version>), Fault> {
        let Some(record) = self.0.get(Notice::key(address, server).as_bytes()).await? else {
            return Ok((None, None));
        };
        let notice = Notice::decode(&record.value).ok_or_else(unreadable)?;
        Ok((Some(notice), Some(record.version)))
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Version, Fault> {
        Ok(self.0.commit(commit.0).await?)
    }

    async fn all(&self, prefix: &str) -> Result<Vec<Entry>, Fault> {
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let after = all.last().map(|entry| entry.key.clone());
            let page = self.0.scan(prefix.as_bytes(), after.as_deref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// What is written together, provided that it is still as it was read.
#[derive(Default)]
pub(crate) struct Commit(Batch);

impl Commit {
    /// An address of record's bindings. A record stays when the last binding has gone, so that versions keep their order.
    #[must_use]
    pub(crate) fn bindings(self, address: &str, read: Option<Version>, bindings: &[Binding]) -> Self {
        let key = records::bindings_key(address);
        Self(expect(self.0, &key, read).put(key, records::encode(bindings)))
    }

    /// What a server has been told, or is to be told.
    #[must_use]
    pub(crate) fn notice(self, read: Option<Version>, notice: &Notice) -> Self {
        let key = Notice::key(&notice.address, &notice.server);
        Self(expect(self.0, &key, read).put(key, notice.encode()))
    }

    /// A server that has nothing more to be told.
    #[must_use]
    pub(crate) fn no_notice(self, read: Option<Version>, notice: &Notice) -> Self {
        let key = Notice::key(&notice.address, &notice.server);
        Self(expect(self.0, &key, read).delete(key))
    }
}

fn expect(batch: Batch, key: &str, read: Option<Version>) -> Batch {
    match read {
        Some(version) => batch.expect_version(key.to_owned(), version),
        None => batch.expect_absent(key.to_owned()),
    }
}

#[cfg(test)]
mod tests;
