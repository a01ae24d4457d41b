//! The database while it can be used, and the fault while it cannot.
//!
//! redb takes nothing more after an error of the disk, and what it would do after a panic over a damaged page nobody
//! knows. Either way the database is closed and opened again, which takes it back to the last commit that reached the
//! disk: nothing that was acknowledged is lost.
//!
//! A database on a full disk is opened to be read until it can be opened to be written to. Who reads while it is being opened
//! waits for that, and is refused nothing that is there. One whose file is gone is read likewise, until there is a file again.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use ::redb::{Database, Error};
use futures::channel::oneshot;
use parking_lot::{Mutex, RwLock};

use super::{
    faults::{damage, fault},
    format::{prepare, recognise},
    place::Place,
    source::{Missing, Source},
};
use crate::{Fault, Health, Kind};

/// Shared by all who read, and the writer.
pub(super) struct Engine {
    source: Source,
    state: RwLock<State>,
    /// Who waits for the end of the next attempt to open it.
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
    watch: Mutex<Option<Watch>>,
}

type Watch = Box<dyn Fn(&Health) + Send>;

struct State {
    database: Result<Database, Fault>,
    /// The file in which it is.
    place: Place,
    /// Why the database, though open, is not to be written to.
    unwritable: Option<Fault>,
    opening: Opening,
    /// Whether the writer opens it now, or is about to.
    is_coming: bool,
}

/// Which opening of the database: what failed in an earlier one says nothing about this one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Opening(u64);

/// What failed, and in which opening.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) fault: Fault,
    pub(super) opening: Opening,
}

impl Engine {
    /// Opens the database, or makes it. Gives a version as great as any that was given, too.
    pub(super) fn open(source: Source) -> Result<(Arc<Self>, u64), Fault> {
        let Opened { database, place, version, full: unwritable } = open(&source, Missing::Make)?;
        let (opening, is_coming) = (Opening(0), false);
        let state = RwLock::new(State { database: Ok(database), place, unwritable, opening, is_coming });
        let (waiting, watch) = (Mutex::default(), Mutex::default());
        Ok((Arc::new(Self { source, state, waiting, watch }), version))
    }

    /// Does something with the database. Whoever is told of a failure tells the writer, which calls [`Engine::close`].
    pub(super) fn with<T>(
        &self,
        what: &str,
        act: impl FnOnce(&Database) -> Result<T, Error>,
    ) -> Result<T, Failed> {
        let state = self.state.read();
        let done = match &state.database {
            Ok(database) => guarded(what, || act(database)),
            Err(fault) => Err(fault.clone()),
        };
        done.map_err(|fault| Failed { fault, opening: state.opening })
    }

    /// What whoever has failed may wait for before the next try: the end of the attempt to open the database that is under way, or
    /// that the failure leads to. None where it would be no different.
    pub(super) fn coming(&self, failed: &Failed) -> Option<oneshot::Receiver<()>> {
        let state = self.state.read();
        let is_opened = state.opening != failed.opening;
        let comes = match &state.database {
            Ok(_) => failed.fault.kind() == Kind::Closed,
            Err(_) => state.is_coming,
        };
        if !is_opened && !comes {
            return None;
        }
        let (end, ends) = oneshot::channel();
        if !is_opened {
            self.waiting.lock().push(end);
        }
        Some(ends)
    }

    /// The next attempt is not made at once: nobody is to wait for it. Where only space is missing, what is kept can be read
    /// meanwhile.
    pub(super) fn rest(&self) {
        let closed = self.state.read().database.as_ref().err().cloned();
        let full = closed.filter(|fault| fault.kind() == Kind::Full);
        let readable = full.and_then(|full| Some((open_to_read(&self.source)?, full)));
        let mut state = self.state.write();
        if let Some(((database, place, _), full)) = readable {
            state.database = Ok(database);
            state.place = place;
            state.unwritable = Some(full);
            state.opening.0 += 1;
        }
        state.is_coming = false;
        self.waiting.lock().clear();
    }

    /// The fault for which the database is closed, or not to be written to. Only [`Engine::reopen`] puts an end to it.
    pub(super) fn fault(&self) -> Option<Fault> {
        let state = self.state.read();
        state.database.as_ref().err().or(state.unwritable.as_ref()).cloned()
    }

    /// Makes sure that whoever looks for what is in the database will find it. Where its file has been taken away, the database is
    /// not written to until [`Engine::reopen`] finds one again.
    pub(super) fn find(&self) -> Result<(), Fault> {
        let state = self.state.read();
        if state.database.is_err() || state.unwritable.is_some() || self.source.is_still(state.place) {
            return Ok(());
        }
        drop(state);
        let gone = Fault::new(Kind::Io, self.source.opening()).because(Gone).at(OUT_OF_USE);
        self.state.write().unwritable = Some(gone.clone());
        self.tell();
        Err(gone)
    }

    /// Why what is open goes on being read, where there is nothing yet that could be opened instead.
    fn is_gone(&self) -> Option<Fault> {
        let state = self.state.read();
        let unwritable = state.unwritable.as_ref().filter(|_| state.database.is_ok());
        unwritable.filter(|_| self.source.is_gone()).cloned()
    }

    /// Whether it would take long to verify all of it.
    pub(super) fn is_large(&self) -> bool {
        self.source.is_large()
    }

    /// Closes the database over a failure, unless it has been opened again since.
    pub(super) fn close(&self, failed: Failed) {
        let mut state = self.state.write();
        if state.opening != failed.opening || state.database.is_err() {
            return;
        }
        let database = std::mem::replace(&mut state.database, Err(failed.fault.at(OUT_OF_USE)));
        state.is_coming = true;
        drop(state);
        dispose(database);
        self.tell();
    }

    /// Opens the database once it has been closed, or to be written to where it is open to be read. Gives a version as great
    /// as any that was given in it: none have been in one that is new, which is refused where versions were `given` before.
    pub(super) fn reopen(&self, given: u64) -> Result<u64, Fault> {
        if let Some(gone) = self.is_gone() {
            return Err(gone);
        }
        self.retire();
        let opened =
            open(&self.source, Missing::Refuse).and_then(|opened| opened.unless_new(given, &self.source));
        let mut state = self.state.write();
        state.is_coming = false;
        let reopened = match opened {
            Ok(Opened { database, place, version, full }) => {
                state.database = Ok(database);
                state.place = place;
                state.unwritable.clone_from(&full);
                state.opening.0 += 1;
                full.map_or(Ok(version), Err)
            }
            Err(fault) => {
                let fault = fault.at(OUT_OF_USE);
                state.database = Err(fault.clone());
                Err(fault)
            }
        };
        self.waiting.lock().clear();
        drop(state);
        self.tell();
        reopened
    }

    /// A database that is open to be read makes way for one that is to be written to.
    fn retire(&self) {
        let mut state = self.state.write();
        state.is_coming = true;
        let closed = match (&state.database, &state.unwritable) {
            (Ok(_), Some(why)) => why.clone(),
            (Ok(_), None) => Fault::new(Kind::Closed, OUT_OF_USE),
            (Err(fault), _) => fault.clone(),
        };
        let database = std::mem::replace(&mut state.database, Err(closed));
        drop(state);
        dispose(database);
    }

    /// Says how it is, now and whenever that has changed or could not be changed.
    pub(super) fn watch(&self, watch: Watch) {
        *self.watch.lock() = Some(watch);
        self.tell();
    }

    fn tell(&self) {
        let watch = self.watch.lock();
        if let Some(watch) = &*watch {
            watch(&self.fault().map_or(Health::Sound, Health::Broken));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let closed = Err(Fault::new(Kind::Closed, "the store was closed"));
        dispose(std::mem::replace(&mut self.state.get_mut().database, closed));
    }
}

/// In front of what is told until the database can be used again.
const OUT_OF_USE: &str = "the store is out of use";

/// The file has been deleted, moved or replaced by another.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its file has been taken away while it was open: put it back, or a copy in its place")
    }
}

impl std::error::Error for Gone {}

/// Somebody has begun to put something in its place, and not ended.
#[derive(Debug)]
struct New;

impl fmt::Display for New {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file in its place is a new one, into which nothing was ever put: restore into it")
    }
}

impl std::error::Error for New {}

struct Opened {
    database: Database,
    place: Place,
    /// As great as any that was given.
    version: u64,
    /// Why it is open to be read only.
    full: Option<Fault>,
}

impl Opened {
    /// Refuses one in which nothing was ever committed where something has been: it would deny that in silence.
    fn unless_new(self, given: u64, source: &Source) -> Result<Self, Fault> {
        if self.version > 0 || given == 0 {
            return Ok(self);
        }
        dispose(Ok(self.database));
        Err(Fault::new(Kind::Corrupt, source.opening()).because(New))
    }
}

/// Opens the database, on a full disk to be read only, also where it could be opened to be written to: the next commit that needs a
/// place would be refused, and who looks after the process would not know.
fn open(source: &Source, missing: Missing) -> Result<Opened, Fault> {
    // Of another's file it is that other who says whether there is room.
    let room = if source.is_anothers() { Ok(()) } else { source.has_room() };
    match room.and_then(|()| open_to_write(source, missing)) {
        Ok((database, place, version)) => Ok(Opened { database, place, version, full: None }),
        Err(fault) if fault.kind() == Kind::Full => match open_to_read(source) {
            Some((database, place, version)) => {
                Ok(Opened { database, place, version, full: Some(fault.at(OUT_OF_USE)) })
            }
            None => Err(fault),
        },
        Err(fault) => Err(fault),
    }
}

fn open_to_read(source: &Source) -> Option<(Database, Place, u64)> {
    let what = source.opening();
    let (database, place) = guarded(&what, || source.open_to_read()).ok()?;
    if let Ok(Some(version)) = guarded(&what, || recognise(&database)) {
        return Some((database, place, version));
    }
    dispose(Ok(database));
    None
}

fn open_to_write(source: &Source, missing: Missing) -> Result<(Database, Place, u64), Fault> {
    let what = source.opening();
    let (database, place) = guarded(&what, || source.open(missing))?;
    match guarded(&what, || Ok(prepare(&database))).and_then(|prepared| prepared.map_err(|why| why.at(&what)))
    {
        Ok(version) => Ok((database, place, version)),
        Err(fault) => {
            dispose(Ok(database));
            Err(fault)
        }
    }
}

/// A page that is not what it was makes redb panic in places. Whatever it leaves half done is closed afterwards.
pub(super) fn guarded<T>(what: &str, act: impl FnOnce() -> Result<T, Error>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => done.map_err(|error| fault(what, error)),
        Err(panic) => Err(damage(what, &*panic)),
    }
}

/// Closes the file. What goes wrong in that has gone wrong before, and was told then.
fn dispose(database: Result<Database, Fault>) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
}
