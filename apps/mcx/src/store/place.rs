//! A store as it is named on the command line.

use std::{fmt, path::Path, str::FromStr, sync::Arc};

use driver::SystemClock;
use store::{Address, Clock, Fault, Place, Postgres, Redb, Store};

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

    /// The store itself, for whoever reads or changes records one by one. A file has to be there: only `mcx serve` makes one.
    pub(crate) fn open(&self, ca: Option<&Path>) -> Result<Arc<dyn Store>, Failure> {
        let system = SystemClock::shared();
        let clock = Clock::new(move || system.wall());
        match self.engine {
            Engine::Redb => {
                if let Some(missing) = self.missing() {
                    return Err(Failure::file(missing, "no such file"));
                }
                let store = Redb::open(Path::new(&self.rest), clock).map_err(|why| self.failure(why))?;
                Ok(Arc::new(store))
            }
            Engine::Postgres => {
                let store = Postgres::open(self.address(ca)?, clock).map_err(|why| self.failure(why))?;
                Ok(Arc::new(store))
            }
        }
    }

    /// Its file, where it has one and that is not there.
    pub(super) fn missing(&self) -> Option<&Path> {
        let file = (self.engine == Engine::Redb).then(|| Path::new(&self.rest))?;
        (!file.exists()).then_some(file)
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
