//! What tells a lab's folder from anybody else's: nothing is replaced there that no lab wrote.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{
    files::write_private,
    scenarios::{GROUP, PROFILE, SUGGESTED},
};
use crate::Failure;

/// Lies in the folder of a lab, and in no other.
const FILE: &str = ".mcx-lab";

/// The bit of a folder's mode by which those may write to it who are neither its owner nor of its group.
const ANYBODY_WRITES: u32 = 0o002;

/// What a lab writes into its folder.
const WRITTEN: [&str; 9] =
    ["primary", "partner", "sipp", "endpoints.json", "tokens.json", "keys.log", GROUP, PROFILE, SUGGESTED];

/// Nothing is here that a lab would replace and no lab wrote, and nobody else can put anything here.
///
/// # Errors
/// Something is, or somebody can.
pub(super) fn is_ours_or_free(dir: &Path) -> Result<(), Failure> {
    if fs::metadata(dir)?.permissions().mode() & ANYBODY_WRITES != 0 {
        let dir = dir.display();
        return Err(Failure::Procedure(format!(
            "anybody may write to {dir}, and put other keys and configurations there: say another folder with --dir, or chmod o-w"
        )));
    }
    if dir.join(FILE).exists() {
        return Ok(());
    }
    let others = WRITTEN.iter().find(|name| dir.join(name).symlink_metadata().is_ok());
    others.map_or(Ok(()), |name| {
        let dir = dir.display();
        Err(Failure::Procedure(format!(
            "{dir} holds {name}, which no lab wrote there: say another folder with --dir"
        )))
    })
}

/// Marks the folder; one that is marked already only where its lab is to be replaced.
///
/// # Errors
/// There is a lab, and it is to stay.
pub(super) fn claim(dir: &Path, fresh: bool) -> Result<(), Failure> {
    let marker = dir.join(FILE);
    if marker.exists() && !fresh {
        let dir = dir.display();
        return Err(Failure::Procedure(format!(
            "there is a lab in {dir} already: --fresh replaces it, with its store, configuration and certificates; to go on with it \
             run `mcx serve --config` with each of its files"
        )));
    }
    write_private(&marker, "`mcx lab up` wrote what lies here; `mcx lab up --fresh` replaces it.\n")
}

#[cfg(test)]
mod tests;
