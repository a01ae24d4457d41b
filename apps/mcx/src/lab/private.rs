//! What a lab writes holds passwords and keys: it is its owner's alone.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use nix::sys::stat::{Mode, umask};

/// Files and folders that this process and its children make from now on are their owner's alone.
pub(super) fn from_now_on() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

/// So are those that an earlier lab left in these folders of `dir`, and the files that it left beside them.
pub(super) fn narrow(dir: &Path, folders: &[&str]) -> io::Result<()> {
    for name in ["endpoints.json", "keys.log"] {
        of_owner(&dir.join(name), 0o600)?;
    }
    folders.iter().try_for_each(|folder| narrow_all(&dir.join(folder)))
}

fn narrow_all(folder: &Path) -> io::Result<()> {
    if !of_owner(folder, 0o700)? {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => narrow_all(&entry.path())?,
            kind if kind.is_file() => drop(of_owner(&entry.path(), 0o600)?),
            _ => {}
        }
    }
    Ok(())
}

/// Whether there is such a file or folder.
fn of_owner(path: &Path, mode: u32) -> io::Result<bool> {
    match fs::set_permissions(path, fs::Permissions::from_mode(mode)) {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(why),
    }
}
