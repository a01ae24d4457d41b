//! Writing a chain.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use async_lock::Mutex;
use serde::{Deserialize, Serialize};
use store::{Batch, CommitError, Store, Version};

use crate::{
    Digest, Entry, Fault, Head, Key, Receipt, SignedHead,
    entry::milliseconds,
    keys::Keys,
    record::{self, Found},
};

/// How many entries are put into the chain at once.
pub const PAGE: usize = 1_000;

/// Of so many entries the last one's head is kept signed for good.
const CHECKPOINT: u64 = 1_024;

/// The chain of one instance of an entity. A clone is the same chain.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    keys: Keys,
    id: String,
    key: Option<Key>,
    /// Of this opening: what two of them write at the same moment does not meet.
    opening: String,
    counter: AtomicU64,
    /// One seals at a time; how many times it has been begun, and did not fail.
    sealing: Mutex<()>,
    begun: AtomicU64,
}

/// Where a chain ends, as its record says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) head: Head,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signed: Option<SignedHead>,
}

impl End {
    fn new(head: Head, key: Option<&Key>) -> Self {
        let signed = key.map(|key| head.clone().signed(key));
        Self { head, signed }
    }

    /// Reads what was written here, to the byte.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let end: Self = serde_json::from_slice(bytes).map_err(|why| Fault::Form(why.to_string()))?;
        if end.bytes()? == bytes {
            Ok(end)
        } else {
            Err(Fault::Form("the end was not written here".to_owned()))
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(self).map_err(|why| Fault::Form(why.to_string()))
    }
}

impl Chain {
    /// Opens the chain of this name, which is the instance's, or begins it. `fresh` is a random text that was never used before:
    /// a new chain is known by it. Without a key its end is not signed, and nothing tells of a chain that was written anew.
    ///
    /// # Errors
    /// [`Fault`] where the store fails, and where the name cannot be one.
    pub async fn open(
        store: Arc<dyn Store>,
        name: &str,
        key: Option<Key>,
        fresh: &str,
        now: SystemTime,
    ) -> Result<Self, Fault> {
        if name.is_empty() || name.contains('/') {
            return Err(Fault::Form(format!("a chain cannot be named {name:?}")));
        }
        let keys = Keys::of(name);
        let id = loop {
            if let Some((end, _)) = end(&*store, &keys).await? {
                break end.head.chain;
            }
            let head =
                Head { chain: fresh.to_owned(), seq: 0, link: record::origin(fresh), at: milliseconds(now) };
            let end = End::new(head, key.as_ref()).bytes()?;
            committed(store.commit(Batch::new().expect_absent(keys.end()).put(keys.end(), end)).await)?;
        };
        let opening = Digest::of(fresh.as_bytes()).to_string().chars().take(16).collect();
        let (counter, begun, sealing) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(()));
        Ok(Self(Arc::new(Inner { store, keys, id, key, opening, counter, sealing, begun })))
    }

    /// The chain's identifier, as partners know it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Whether its ends are signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.0.key.is_some()
    }

    /// Puts an entry into the batch of the act that it tells of: both are committed, or neither is. It finds its place in the
    /// chain when [`Chain::seal`] is called next.
    #[must_use]
    pub fn append(&self, batch: Batch, entry: &Entry) -> Batch {
        let counter = self.0.counter.fetch_add(1, Ordering::Relaxed);
        let order = format!("{:016x}-{}-{counter:016x}", entry.at, self.0.opening);
        batch.put(format!("{}{order}", self.0.keys.waiting()), record::waiting(entry))
    }

    /// Before the keys of the entries that wait: whoever watches it knows when to seal.
    #[must_use]
    pub fn waiting(&self) -> String {
        self.0.keys.waiting()
    }

    /// Puts every entry that waits at the chain's end, in the order of their moments, and signs the end. How many there were.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; what was not put in place still waits.
    pub async fn seal(&self, now: SystemTime) -> Result<usize, Fault> {
        let _one = self.0.sealing.lock().await;
        self.seal_now(now).await
    }

    /// Until everything that was committed before this call is in its place, whoever puts it there.
    async fn settle(&self, now: SystemTime) -> Result<(), Fault> {
        let before = self.0.begun.load(Ordering::Acquire);
        let _one = self.0.sealing.lock().await;
        // Whoever began after that call, and is done, has found it.
        if self.0.begun.load(Ordering::Acquire) <= before {
            self.seal_now(now).await?;
        }
        Ok(())
    }

    async fn seal_now(&self, now: SystemTime) -> Result<usize, Fault> {
        self.0.begun.fetch_add(1, Ordering::AcqRel);
        let sealed = self.seal_all(now).await;
        if sealed.is_err() {
            self.0.begun.fetch_sub(1, Ordering::AcqRel);
        }
        sealed
    }

    async fn seal_all(&self, now: SystemTime) -> Result<usize, Fault> {
        let mut sealed = 0;
        loop {
            let waiting = self.0.store.scan(self.0.keys.waiting().as_bytes(), None, PAGE).await?;
            if waiting.is_empty() {
                return Ok(sealed);
            }
            // Where another has sealed at the same time, his end is read and his entries wait no more.
            if self.link(&waiting, now).await? {
                sealed += waiting.len();
            }
        }
    }

    /// Whether nobody else came before.
    async fn link(&self, waiting: &[store::Entry], now: SystemTime) -> Result<bool, Fault> {
        let (keys, key) = (&self.0.keys, self.0.key.as_ref());
        let (mut end, version) = self.end().await?;
        let before = end.head.seq;
        let mut batch = Batch::new().expect_version(keys.end(), version);
        for entry in waiting {
            let seq = end.head.seq + 1;
            let (bytes, link) = record::linked(&end.head.link, seq, &entry.record.value);
            batch = batch.put(keys.entry(seq), bytes).delete(entry.key.clone());
            (end.head.seq, end.head.link) = (seq, link);
        }
        end.head.at = milliseconds(now);
        let end = End::new(end.head, key);
        let bytes = end.bytes()?;
        if before / CHECKPOINT != end.head.seq / CHECKPOINT && end.signed.is_some() {
            batch = batch.put(keys.head(end.head.seq), bytes.clone());
        }
        committed(self.0.store.commit(batch.put(keys.end(), bytes)).await)
    }

    /// The chain's end, signed: what a partner is to keep. None without a key.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn head(&self) -> Result<Option<SignedHead>, Fault> {
        Ok(self.end().await?.0.signed)
    }

    /// The link of an entry of this chain; none where it has no such entry, or has none that can be read.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn link_of(&self, seq: u64) -> Result<Option<Digest>, Fault> {
        if seq == 0 {
            return Ok(Some(record::origin(&self.0.id)));
        }
        let record = self.0.store.get(self.0.keys.entry(seq).as_bytes()).await?;
        Ok(record.and_then(|record| Found::read(&record.value).map(|found| found.link)))
    }

    /// A receipt for what has come, and whose entry has been committed. None without a key.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn receipt(
        &self,
        of: &str,
        request: &str,
        digest: Digest,
        now: SystemTime,
    ) -> Result<Option<Receipt>, Fault> {
        let Some(key) = &self.0.key else { return Ok(None) };
        // Many receipts at once wait for one sealing.
        self.settle(now).await?;
        Ok(Some(Receipt::new(of, request, digest, &self.end().await?.0.head, key)))
    }

    async fn end(&self) -> Result<(End, Version), Fault> {
        let end = end(&*self.0.store, &self.0.keys).await?;
        end.ok_or_else(|| Fault::Form("the end of the chain is gone".to_owned()))
    }
}

async fn end(store: &dyn Store, keys: &Keys) -> Result<Option<(End, Version)>, Fault> {
    let record = store.get(keys.end().as_bytes()).await?;
    record.map(|record| Ok((End::read(&record.value)?, record.version))).transpose()
}

fn committed(outcome: Result<Version, CommitError>) -> Result<bool, Fault> {
    match outcome {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}
