//! Where a database is kept, and how it is opened there.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use ::redb::{Builder, Database, Error, StorageBackend, backends::FileBackend};

use super::{Disk, faults::fault, overlay::Overlay, place::Place, room};
use crate::{Fault, Kind};

/// Up to this size, in octets, all of a file is verified whenever it is opened, which takes a fraction of a second. A
/// larger one says in each transaction what it needs to be opened at once after a crash.
const LARGE: u64 = 128 << 20;

/// How much memory, in octets, is spent on pages where nobody says otherwise: so much that a server of any kind keeps below 500 MB over
/// a million records, the quarter counted that each page takes beyond its size.
pub(super) const CACHE: usize = 288 << 20;

/// What the database is on.
#[derive(Debug)]
pub(super) enum Source {
    /// A file, and how many octets of memory are spent on its pages.
    File(PathBuf, usize),
    Memory(Disk),
    #[cfg(test)]
    Unsteady(super::tests::Unsteady),
}

/// Whether a database that is not there is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Missing {
    Make,
    /// What was acknowledged was in it: an empty one in its place would deny that in silence.
    Refuse,
}

impl Source {
    /// What is being attempted, for a fault.
    pub(super) fn opening(&self) -> String {
        match self {
            Self::File(path, _) => format!("cannot open the store {}", path.display()),
            _ => "cannot open the store in memory".to_owned(),
        }
    }

    /// Opens the database. In a file that is not large the checksum of every page is verified: whatever has happened to it
    /// shows at once and not when a user needs the record. In a large one it shows at the record, or in `mcx store check`.
    pub(super) fn open(&self, missing: Missing) -> Result<(Database, Place), Error> {
        self.open_as(missing, !self.is_large())
    }

    /// Opens the database, and verifies all of it where that is asked for.
    pub(super) fn open_as(&self, missing: Missing, whole: bool) -> Result<(Database, Place), Error> {
        let mut builder = Database::builder();
        builder.set_cache_size(self.cache()).set_check_integrity_on_open(whole);
        self.build(&builder, missing)
    }

    /// Whether another process has the file: redb locks all of it.
    pub(super) fn is_anothers(&self) -> bool {
        let Self::File(path, _) = self else { return false };
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Whether what was opened there is still what is there. Where nobody can say, it is.
    pub(super) fn is_still(&self, opened: Place) -> bool {
        match self.place() {
            Ok(place) => place.is_none_or(|place| place == opened),
            Err(Nothing) => false,
        }
    }

    /// Whether there is nothing that could be opened.
    pub(super) fn is_gone(&self) -> bool {
        self.place().is_err()
    }

    /// Which file it is in now; none where nobody can say in which.
    fn place(&self) -> Result<Option<Place>, Nothing> {
        let Self::File(path, _) = self else { return Ok(Some(Place::MEMORY)) };
        match Place::of(path) {
            Ok(place) => Ok(Some(place)),
            Err(why) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(Nothing)
            }
            Err(_) => Ok(None),
        }
    }

    /// Whether there is space for what will be written to the database. What goes wrong otherwise says nothing about that.
    ///
    /// # Errors
    /// [`Kind::Full`].
    pub(super) fn has_room(&self) -> Result<(), Fault> {
        let tried = match self {
            Self::File(path, _) => room::beside(path),
            Self::Memory(disk) => disk.has_room(room::OCTETS as u64),
            #[cfg(test)]
            Self::Unsteady(_) => Ok(()),
        };
        let full = tried.err().map(|why| fault(&self.opening(), why));
        full.filter(|fault| fault.kind() == Kind::Full).map_or(Ok(()), Err)
    }

    /// Opens the database to be read, and writes nothing to it. What is written all the same is lost.
    pub(super) fn open_to_read(&self) -> Result<(Database, Place), Error> {
        let (backend, place) = self.backend(Missing::Refuse)?;
        let backend = Overlay::new(backend)?;
        let mut builder = Database::builder();
        builder.set_cache_size(self.cache()).set_check_integrity_on_open(!self.is_large());
        Ok((builder.create_with_backend(backend)?, place))
    }

    fn build(&self, builder: &Builder, missing: Missing) -> Result<(Database, Place), Error> {
        let database = match self {
            Self::File(path, _) => {
                let (file, place) = open_file(path, missing)?;
                return Ok((builder.create_with_backend(FileBackend::new(file)?)?, place));
            }
            Self::Memory(disk) => builder.create_with_backend(disk.clone())?,
            #[cfg(test)]
            Self::Unsteady(disk) => builder.create_with_backend(disk.clone())?,
        };
        Ok((database, Place::MEMORY))
    }

    fn backend(&self, missing: Missing) -> Result<(Box<dyn StorageBackend>, Place), Error> {
        let disk: Box<dyn StorageBackend> = match self {
            Self::File(path, _) => {
                let (file, place) = open_file(path, missing)?;
                return Ok((Box::new(FileBackend::new(file)?), place));
            }
            Self::Memory(disk) => Box::new(disk.clone()),
            #[cfg(test)]
            Self::Unsteady(disk) => Box::new(disk.clone()),
        };
        Ok((disk, Place::MEMORY))
    }

    fn cache(&self) -> usize {
        match self {
            Self::File(_, cache) => *cache,
            _ => CACHE,
        }
    }

    /// Whether it would take long to verify all of it.
    pub(super) fn is_large(&self) -> bool {
        match self {
            Self::File(path, _) => std::fs::metadata(path).is_ok_and(|file| file.len() > LARGE),
            _ => false,
        }
    }
}

/// There is no file.
struct Nothing;

fn open_file(path: &Path, missing: Missing) -> io::Result<(File, Place)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(missing == Missing::Make).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWN);
    let was_emptied = missing == Missing::Make && is_emptied(path);
    let file = options.open(path)?;
    if was_emptied {
        tracing::warn!(path = %path.display(), "the store was there without content and is taken as new");
    }
    #[cfg(unix)]
    narrow(path, &file)?;
    if missing == Missing::Refuse && file.metadata()?.len() == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is empty"));
    }
    // That of what is open, whatever the path may lead to by now.
    let place = Place::from(&file.metadata()?);
    Ok((file, place))
}

/// No store that was ever opened has no content: somebody has taken it away, or prepared an empty file.
fn is_emptied(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() == 0)
}

/// The records name users, their devices and where they are: nobody else's to read.
#[cfg(unix)]
const OWN: u32 = 0o600;

/// A file that others may read or write, as one that was copied back often is, is taken from them.
#[cfg(unix)]
fn narrow(path: &Path, file: &File) -> io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & !OWN != 0 {
        file.set_permissions(Permissions::from_mode(mode & OWN))?;
        let (path, was) = (path.display(), format!("{mode:o}"));
        tracing::warn!(%path, was, "the store was open to others and no longer is");
    }
    Ok(())
}
