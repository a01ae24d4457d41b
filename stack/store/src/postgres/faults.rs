//! From the errors of the database to ours.

use tokio_postgres::{Error, error::SqlState};

use crate::{Fault, Kind};

/// What went wrong, and whether it may pass when tried again.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) fault: Fault,
    pub(super) passes: bool,
    /// Whether it has been written all the same: tried again, it would be in its own way.
    pub(super) is_written: bool,
}

impl Failed {
    pub(super) fn at(what: &str, error: Error) -> Self {
        let passes = passes(&error);
        Self { fault: Fault::new(kind(&error), what).because(Shown(error)), passes, is_written: false }
    }

    /// What will be no different the next time.
    pub(super) fn for_good(kind: Kind, what: impl Into<String>) -> Self {
        Self { fault: Fault::new(kind, what), passes: false, is_written: false }
    }

    /// What is written, though not as it was to be.
    pub(super) fn half(what: impl Into<String>) -> Self {
        Self { fault: Fault::new(Kind::Io, what), passes: false, is_written: true }
    }

    /// No answer in time.
    pub(super) fn silence(what: &str) -> Self {
        let fault = Fault::new(Kind::Unreachable, format!("{what}: the database does not answer"));
        Self { fault, passes: true, is_written: false }
    }
}

/// One that was found on our side.
impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self { fault, passes: false, is_written: false }
    }
}

fn kind(error: &Error) -> Kind {
    let Some(code) = error.code() else { return Kind::Unreachable };
    if *code == SqlState::DISK_FULL {
        Kind::Full
    } else if *code == SqlState::UNDEFINED_TABLE {
        Kind::Unprepared
    } else if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED {
        Kind::Corrupt
    } else if is_away(code) {
        Kind::Unreachable
    } else {
        Kind::Io
    }
}

/// A connection that broke is set up again, perhaps to another host. Transactions that stood in each other's way (40001, 40P01)
/// and locks that were not had in time (55P03) are tried again.
fn passes(error: &Error) -> bool {
    let again = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    error.code().is_none_or(|code| is_away(code) || again.contains(code))
}

/// The server stops, starts, recovers, has become a standby, or takes no more connections.
fn is_away(code: &SqlState) -> bool {
    let away = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    away.contains(code) || code.code().starts_with("08")
}

/// As a database's error is told: its message, with its code.
#[derive(Debug)]
struct Shown(Error);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_db_error() {
            Some(told) => write!(f, "{} ({})", told.message(), told.code().code()),
            None => self.0.fmt(f),
        }
    }
}

impl std::error::Error for Shown {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if self.0.as_db_error().is_some() { None } else { self.0.source() }
    }
}
