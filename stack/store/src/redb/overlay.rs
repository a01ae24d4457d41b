//! A database that is read and never written to: what redb writes in order to read is kept in memory and thrown away.
//!
//! A file that was not closed in order is repaired when it is opened, which takes space that a full disk has not. Here the
//! repair is made beside the file, which stays as it is until there is space.

use std::{collections::BTreeMap, io, ops::Bound};

use ::redb::{BackendError, StorageBackend};
use parking_lot::RwLock;

/// In octets; what is written is kept in pieces of this size.
const PIECE: usize = 4096;

/// The same, where offsets are reckoned.
const STEP: u64 = PIECE as u64;

#[derive(Debug)]
pub(super) struct Overlay {
    beneath: Box<dyn StorageBackend>,
    above: RwLock<Above>,
}

#[derive(Debug)]
struct Above {
    len: u64,
    /// From here on what is beneath has been cut off.
    cut: u64,
    pieces: BTreeMap<u64, Box<[u8; PIECE]>>,
}

impl Overlay {
    /// Lies over what has been written through: nobody is shown what a failure of power may take back.
    ///
    /// # Errors
    /// As of the disk; and where there is nothing to be read.
    pub(super) fn new(beneath: Box<dyn StorageBackend>) -> io::Result<Self> {
        let len = beneath.len()?;
        if len == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is empty"));
        }
        beneath.sync_data()?;
        let above = RwLock::new(Above { len, cut: len, pieces: BTreeMap::new() });
        Ok(Self { beneath, above })
    }

    /// A piece as it is beneath, with zeros where nothing is.
    fn beneath(&self, start: u64, cut: u64) -> io::Result<Box<[u8; PIECE]>> {
        let mut piece = Box::new([0; PIECE]);
        let there = usize::try_from(cut.saturating_sub(start)).map_or(PIECE, |there| there.min(PIECE));
        if let Some(part) = piece.get_mut(..there).filter(|part| !part.is_empty()) {
            self.beneath.read(start, part)?;
        }
        Ok(piece)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.above.read().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let above = self.above.read();
        let end = offset.saturating_add(out.len() as u64);
        if end > above.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if end <= above.cut && above.pieces.range(floor(offset)..end).next().is_none() {
            return self.beneath.read(offset, out);
        }
        let mut at = offset;
        for part in parts(offset, out) {
            let (start, from) = (floor(at), within(at));
            let own = above.pieces.get(&start);
            let read;
            let piece = match own {
                Some(piece) => piece,
                None => {
                    read = self.beneath(start, above.cut)?;
                    &read
                }
            };
            part.iter_mut().zip(piece.iter().skip(from)).for_each(|(to, from)| *to = *from);
            at += part.len() as u64;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut above = self.above.write();
        if len < above.len {
            above.cut = above.cut.min(len);
            drop(above.pieces.split_off(&len.next_multiple_of(STEP)));
            if let Some(last) = above.pieces.get_mut(&floor(len)) {
                last.iter_mut().skip(within(len)).for_each(|octet| *octet = 0);
            }
        }
        above.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut above = self.above.write();
        if offset.saturating_add(data.len() as u64) > above.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let (start, from) = (floor(at), within(at));
            let (now, later) = rest.split_at(rest.len().min(PIECE - from));
            if !above.pieces.contains_key(&start) {
                let piece = self.beneath(start, above.cut)?;
                above.pieces.insert(start, piece);
            }
            if let Some(piece) = above.pieces.get_mut(&start) {
                piece.iter_mut().skip(from).zip(now).for_each(|(to, from)| *to = *from);
            }
            at += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.beneath.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.beneath.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.beneath.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.beneath.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.beneath.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.beneath.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.beneath.query_lock_range(start, end)
    }
}

fn floor(offset: u64) -> u64 {
    offset - offset % STEP
}

fn within(offset: u64) -> usize {
    usize::try_from(offset % STEP).unwrap_or_default()
}

/// What is to be read, cut where the pieces end.
fn parts(offset: u64, out: &mut [u8]) -> impl Iterator<Item = &mut [u8]> {
    let (head, rest) = out.split_at_mut(out.len().min((PIECE - within(offset)) % PIECE));
    std::iter::once(head).filter(|head| !head.is_empty()).chain(rest.chunks_mut(PIECE))
}

#[cfg(test)]
mod tests;
