//! From the errors of redb to ours.

use std::io;

use ::redb::Error;

use crate::{Fault, Kind};

/// What went wrong, and the cause behind it.
pub(super) fn fault(what: &str, error: impl Into<Error>) -> Fault {
    let error = error.into();
    Fault::new(kind(&error), what).because(error)
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::Io(error) => io_kind(error),
        Error::Corrupted(_) => Kind::Corrupt,
        Error::DatabaseAlreadyOpen => Kind::InUse,
        Error::PreviousIo | Error::DatabaseClosed => Kind::Closed,
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
