//! A store as it is named on the command line.

use std::{fmt, path::Path, str::FromStr, sync::Arc};

use driver::SystemClock;
use store::{Address, Clock, Fault, Kind, Place, Postgres, Redb, Store};

use super::beside::{self, Beside};
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
                match Redb::open(Path::new(&self.rest), clock) {
                    Ok(store) => Ok(Arc::new(store)),
                    Err(why) if why.kind() == Kind::InUse => Ok(Arc::new(self.beside(&why)?)),
                    Err(why) => Err(self.failure(why)),
                }
            }
            Engine::Postgres => {
                let store = Postgres::open(self.address(ca)?, clock).map_err(|why| self.failure(why))?;
                Ok(Arc::new(store))
            }
        }
    }

    /// By the process that has the file.
    fn beside(&self, in_use: &Fault) -> Result<Beside, Failure> {
        let socket = beside::socket(Path::new(&self.rest));
        Beside::connect(&socket).map_err(|why| {
            let at = socket.display();
            let told = format!("{in_use}; it lets its owner in at {at}, and there: {why}");
            Failure::start("store", told)
        })
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
