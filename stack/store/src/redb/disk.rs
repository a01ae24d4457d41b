//! A disk in memory, for tests and simulations.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use ::redb::{StorageBackend, backends::InMemoryBackend};

/// What outlives the stores that are opened on it, one after the other. A clone is the same disk.
#[derive(Clone, Debug)]
pub struct Disk {
    content: Arc<InMemoryBackend>,
    capacity: Arc<AtomicU64>,
}

impl Disk {
    /// An empty disk without an end.
    #[must_use]
    pub fn new() -> Self {
        Self { content: Arc::default(), capacity: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    /// From now on nothing beyond this many bytes can be written, as on a disk that is full.
    pub fn set_capacity(&self, bytes: u64) {
        self.capacity.store(bytes, Ordering::Release);
    }

    /// How many bytes the file has.
    ///
    /// # Errors
    /// Never, in memory.
    pub fn size(&self) -> io::Result<u64> {
        self.content.len()
    }

    /// Whether so many bytes more can be written.
    pub(super) fn has_room(&self, bytes: u64) -> io::Result<()> {
        self.is_within(self.content.len()?.saturating_add(bytes))
    }

    fn is_within(&self, end: u64) -> io::Result<()> {
        if end > self.capacity.load(Ordering::Acquire) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.content.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.content.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.content.len()? {
            self.is_within(len)?;
        }
        self.content.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.content.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.is_within(offset.saturating_add(data.len() as u64))?;
        self.content.write(offset, data)
    }
}
