//! A store as it is named on the command line.

use std::{fmt, path::Path, str::FromStr};

use store::{Address, Fault, Place};

use crate::Failure;

/// `redb:FILE`, `postgres:CONNECTION` or `postgres://…`. `Debug` does not show a password.
#[derive(Clone)]
pub struct Named {
    engine: Engine,
    rest: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Engine {
    Redb,
    Postgres,
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (engine, rest) = match text.split_once(':') {
            Some(("redb", file)) if !file.is_empty() => (Engine::Redb, file),
            Some(("postgres" | "postgresql", url)) if url.starts_with("//") => (Engine::Postgres, text),
            Some(("postgres", connection)) if !connection.is_empty() => (Engine::Postgres, connection),
            _ => return Err("a store is redb:FILE, postgres:CONNECTION or postgres://USER@HOST/DATABASE"),
        };
        Ok(Self { engine, rest: rest.to_owned() })
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Named").field(&self.engine).finish()
    }
}

impl Named {
    pub(super) fn place(&self, ca: Option<&Path>) -> Result<Place, Failure> {
        match self.engine {
            Engine::Redb => Ok(Place::File((&self.rest).into())),
            Engine::Postgres => Ok(Place::Database(Box::new(self.address(ca)?))),
        }
    }

    /// The database's.
    pub(super) fn address(&self, ca: Option<&Path>) -> Result<Address, Failure> {
        if self.engine == Engine::Redb {
            return Err(Failure::start("store", "only a database has tables to be made: a file needs none"));
        }
        Address::new(&self.rest, ca).map_err(|why| self.failure(why))
    }

    pub(super) fn failure(&self, why: Fault) -> Failure {
        Failure::start("store", why)
    }
}
