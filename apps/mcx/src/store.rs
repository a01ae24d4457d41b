//! `mcx store`: what is done to a store while nobody serves from it, or, where it is a database, beside those who do.

mod beside;
mod place;

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    sync::Arc,
};

use ::store::{Contents, Existing, Fault, Migration, Postgres};
use clap::{Args, Subcommand};

use crate::Failure;
pub(crate) use beside::Door;
pub(crate) use place::Named;

/// The store in a file that a running process has, by way of that process; none where it lets nobody in.
pub(crate) fn by_its_process(file: &Path) -> Option<Arc<dyn ::store::Store>> {
    let beside = beside::Beside::connect(&beside::socket(file)).ok()?;
    Some(Arc::new(beside))
}

/// `mcx store`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// PEM certificates of who issues the database's certificate: connections are TLS then, and verified.
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Makes the tables in a database that has none, and says whether they are there.
    Migrate {
        /// `postgres:` and a connection string, or a URL.
        #[arg(long, value_name = "STORE")]
        to: Named,
    },
    /// Reads every record, and says how many there are.
    Check {
        /// `redb:` and a file, or `postgres:` and a connection string, or a URL.
        #[arg(long, value_name = "STORE")]
        at: Named,
    },
    /// Writes everything that a store has, as of one moment, into a new file.
    Backup {
        /// `redb:` and a file, or `postgres:` and a connection string, or a URL.
        #[arg(long, value_name = "STORE")]
        from: Named,
        /// The backup. A file that is there already is not touched.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Puts what was backed up into a store, all of it or nothing. Versions, which are entity tags, stay.
    Restore {
        /// The backup.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// `redb:` and a file, or `postgres:` and a connection string, or a URL.
        #[arg(long, value_name = "STORE")]
        to: Named,
        /// Deletes what is there.
        #[arg(long)]
        replace: bool,
    },
    /// Moves everything to another store, all of it or nothing. Versions, which are entity tags, stay.
    Copy {
        /// `redb:` and a file, or `postgres:` and a connection string, or a URL.
        #[arg(long, value_name = "STORE")]
        from: Named,
        /// The same.
        #[arg(long, value_name = "STORE")]
        to: Named,
        /// Deletes what is there.
        #[arg(long)]
        replace: bool,
    },
}

/// Does what was typed, and says what it came to.
///
/// # Errors
/// The store, the backup or the database cannot be used; nothing was changed then.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let ca = arguments.ca.as_deref();
    let done = match &arguments.command {
        Command::Migrate { to } => return migrate(to, ca),
        Command::Check { at } => at.place(ca)?.check().map_err(|why| at.failure(why))?,
        Command::Backup { from, file } => back_up(from, file, ca)?,
        Command::Restore { file, to, replace } => {
            let backup = File::open(file).map_err(|why| Failure::file(file, why))?;
            let place = to.place(ca)?;
            whole(to, || ::store::restore(BufReader::new(backup), &place, existing(*replace)))?
        }
        Command::Copy { from, to, replace } => {
            if let Some(missing) = from.missing() {
                return Err(Failure::file(missing, "no such file"));
            }
            let (from, place) = (from.place(ca)?, to.place(ca)?);
            whole(to, || from.copy(&place, existing(*replace)))?
        }
    };
    println!("{}", said(&done));
    Ok(())
}

/// What is put into a store. A file that was made for it and got nothing is deleted.
fn whole(to: &Named, put: impl FnOnce() -> Result<Contents, Fault>) -> Result<Contents, Failure> {
    let made = to.missing();
    let done = put().map_err(|why| to.failure(why));
    if let (Some(file), Err(_)) = (made, &done) {
        let _ = std::fs::remove_file(file);
    }
    done
}

fn migrate(to: &Named, ca: Option<&Path>) -> Result<(), Failure> {
    let done = Postgres::migrate(&to.address(ca)?).map_err(|why| to.failure(why))?;
    println!(
        "{}",
        match done {
            Migration::Made => "the tables are made",
            Migration::Present => "the tables are there",
        }
    );
    Ok(())
}

/// What was begun and could not be ended is no backup: it is deleted.
fn back_up(from: &Named, file: &Path, ca: Option<&Path>) -> Result<Contents, Failure> {
    let place = from.place(ca)?;
    let backup = new_file(file).map_err(|why| Failure::file(file, why))?;
    let done = ::store::back_up(&place, BufWriter::new(&backup)).map_err(|why| from.failure(why));
    let kept = done.and_then(|done| backup.sync_all().map(|()| done).map_err(|why| Failure::file(file, why)));
    if kept.is_err() {
        let _ = std::fs::remove_file(file);
    }
    kept
}

/// A backup names users and where they are: its owner's alone, as the store is.
fn new_file(file: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn existing(replace: bool) -> Existing {
    if replace { Existing::Replace } else { Existing::Keep }
}

fn said(contents: &Contents) -> String {
    let version = contents.version.map(|version| format!(", last version {version}")).unwrap_or_default();
    format!("{} records of {} octets{version}", contents.records, contents.octets)
}

#[cfg(test)]
mod tests;
