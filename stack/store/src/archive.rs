//! Everything that a store has, from one place to another: backups, restores and moves between engines.
//!
//! What is taken is of one moment. It streams, so that the size of a store is no matter, and arrives whole or not at all.
//! Versions arrive as they left: they are others' entity tags.

mod backup;

use std::{
    fmt,
    path::PathBuf,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

#[cfg(feature = "postgres")]
use crate::postgres::{self, Address};
use crate::{Entry, Fault, Kind, Version, redb};

pub use backup::{back_up, restore};

/// Where a store is kept.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a file, which no process may have open.
    File(PathBuf),
    /// In a database, which may be in use.
    #[cfg(feature = "postgres")]
    Database(Box<Address>),
}

/// What a store is moved in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// A record.
    Record(Entry),
    /// There are no more. The last version that was given, even if its record is gone.
    End(Version),
}

/// Takes pieces, the end last.
pub(crate) type Take<'t> = &'t mut (dyn FnMut(Piece) -> Result<(), Fault> + Send);

/// Gives pieces, the end last. Nothing is kept where it gives a fault, or no end.
pub(crate) type Pieces<'p> = &'p mut (dyn Iterator<Item = Result<Piece, Fault>> + Send);

/// What is to become of what is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It stays: nothing is moved to where there is something.
    Keep,
    /// It is deleted.
    Replace,
}

impl Place {
    /// Looks at every record.
    ///
    /// # Errors
    /// [`Fault`] when the store cannot be read, or anything in it is damaged ([`Kind::Corrupt`]).
    pub fn check(&self) -> Result<Contents, Fault> {
        let mut contents = Contents::default();
        if let Self::File(path) = self {
            redb::verify(path)?;
        }
        self.export(&mut |piece| {
            contents.count(&piece);
            Ok(())
        })?;
        Ok(contents)
    }

    /// Moves everything to another place. What expires there is swept there.
    ///
    /// # Errors
    /// [`Fault`]: [`Kind::Occupied`] where there is something that is to be kept. Nothing was moved then.
    pub fn copy(&self, to: &Self, existing: Existing) -> Result<Contents, Fault> {
        let (give, taken) = sync_channel(64);
        let (moved, left) = thread::scope(|scope| {
            let leaving = scope.spawn(move || {
                let gone = || Fault::new(Kind::Closed, "the other side has stopped");
                let done = self.export(&mut |piece| give.send(Ok(piece)).map_err(|_| gone()));
                if let Err(fault) = &done {
                    let _ = give.send(Err(fault.clone()));
                }
            });
            let moved = to.import(&mut Arriving(taken), existing);
            (moved, leaving.join())
        });
        left.map_err(|_| Fault::new(Kind::Closed, "reading has stopped"))?;
        moved
    }

    pub(crate) fn export(&self, take: Take<'_>) -> Result<(), Fault> {
        match self {
            Self::File(path) => redb::export(path, take),
            #[cfg(feature = "postgres")]
            Self::Database(address) => postgres::export(address, take),
        }
    }

    pub(crate) fn import(&self, pieces: Pieces<'_>, existing: Existing) -> Result<Contents, Fault> {
        let mut contents = Contents::default();
        let mut counted = pieces.inspect(|piece| {
            if let Ok(piece) = piece {
                contents.count(piece);
            }
        });
        match self {
            Self::File(path) => redb::import(path, &mut counted, existing),
            #[cfg(feature = "postgres")]
            Self::Database(address) => postgres::import(address, &mut counted, existing),
        }?;
        Ok(contents)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "redb:{}", path.display()),
            #[cfg(feature = "postgres")]
            Self::Database(address) => write!(f, "postgres:{address}"),
        }
    }
}

/// What a store has, or what was moved.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Contents {
    /// How many records.
    pub records: u64,
    /// How many octets of keys and values.
    pub octets: u64,
    /// The last version that was given.
    pub version: Option<Version>,
}

impl Contents {
    fn count(&mut self, piece: &Piece) {
        match piece {
            Piece::Record(entry) => {
                self.records += 1;
                self.octets += (entry.key.len() + entry.record.value.len()) as u64;
            }
            Piece::End(version) => self.version = Some(*version),
        }
    }
}

struct Arriving(Receiver<Result<Piece, Fault>>);

impl Iterator for Arriving {
    type Item = Result<Piece, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

/// There is something already, and it is to be kept.
pub(crate) fn occupied() -> Fault {
    Fault::new(Kind::Occupied, "there are records already, and nobody said to replace them")
}

/// What gave the pieces has stopped before their end.
pub(crate) fn unfinished() -> Fault {
    Fault::new(Kind::Corrupt, "there is no end to what is to be restored: it is not complete")
}

#[cfg(test)]
mod tests;
