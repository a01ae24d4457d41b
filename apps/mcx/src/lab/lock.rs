//! One lab in a folder at a time.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    process::Stdio,
};

use super::running;
use crate::{Failure, endpoints::Endpoints};

/// Held for as long as the lab or one of its processes lives, which were given it. The kernel lets go of it with the last, so
/// that a lab that was killed leaves none behind.
pub(super) struct Lock(File);

impl Lock {
    /// The lock of this folder.
    ///
    /// # Errors
    /// A lab runs in it.
    pub(super) fn take(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join("lab.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|why| Failure::file(&path, why))?;
        match file.try_lock() {
            // One that was started again by hand holds no lock of ours.
            Ok(()) => by_hand(dir).map_or(Ok(Self(file)), |text| Err(Failure::Procedure(text))),
            Err(TryLockError::WouldBlock) => Err(Failure::Procedure(taken(dir))),
            Err(TryLockError::Error(why)) => Err(Failure::file(&path, why)),
        }
    }

    /// The standard output of one of its processes, which say nothing there.
    pub(super) fn share(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }
}

/// What there is to say where a process of the lab runs on its own.
fn by_hand(dir: &Path) -> Option<String> {
    let endpoints = Endpoints::open(&dir.join("endpoints.json")).ok()?;
    (!running::of(&endpoints).is_empty()).then(|| taken(dir))
}

/// Who runs there is what its endpoints say; while it starts, nobody says anything.
fn taken(dir: &Path) -> String {
    let endpoints = Endpoints::open(&dir.join("endpoints.json")).ok();
    let all = endpoints.iter().flat_map(running::of);
    let pids: Vec<String> = all.map(|process| process.pid.to_string()).collect();
    let dir = dir.display();
    let who = if pids.is_empty() { String::new() } else { format!(" (processes {})", pids.join(" ")) };
    format!(
        "a lab runs in {dir}{who}: stop it first with `mcx lab down --dir {dir}`, or say another folder with --dir"
    )
}

#[cfg(test)]
mod tests;
