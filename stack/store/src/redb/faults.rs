//! From the errors of redb to ours.

use std::{any::Any, io};

use ::redb::Error;

use crate::{Fault, Kind};

/// What went wrong, and the cause behind it.
pub(super) fn fault(what: &str, error: impl Into<Error>) -> Fault {
    let error = error.into();
    let what = match kind(&error) {
        Kind::InUse => format!("{what}: a process has it; stop that server first (a database may be shared)"),
        _ => what.to_owned(),
    };
    Fault::new(kind(&error), what).because(error)
}

/// What redb stumbled over when it panicked.
pub(super) fn damage(what: &str, panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
    Fault::new(Kind::Corrupt, format!("{what}: the file is damaged ({text})"))
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::Io(error) => io_kind(error),
        Error::Corrupted(_) => Kind::Corrupt,
        Error::DatabaseAlreadyOpen => Kind::InUse,
        Error::PreviousIo | Error::DatabaseClosed | Error::LockPoisoned(_) => Kind::Closed,
        _ => Kind::Io,
    }
}

fn io_kind(error: &io::Error) -> Kind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Kind::Full,
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Kind::Corrupt,
        _ => Kind::Io,
    }
}
