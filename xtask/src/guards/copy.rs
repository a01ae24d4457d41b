//! A copy of the tree as git sees it, in which a file changes only where its content did: builds stay incremental.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::shell::{Done, output};

/// Brings `copy` up to date with `tree`; gives `copy` back.
pub fn refresh(tree: &Path, copy: &Path) -> Done<PathBuf> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(tree);
    let listed = output(&mut git)?;
    let names: BTreeSet<&Path> = listed.split_terminator('\0').map(Path::new).collect();
    for name in &names {
        let (from, to) = (tree.join(name), copy.join(name));
        // What git still lists although it has been deleted is not there to copy.
        if from.is_file() {
            update(&from, &to).map_err(|why| format!("{}: {why}", name.display()))?;
        }
    }
    prune(copy, copy, &|name| names.contains(name) && tree.join(name).is_file())
        .map_err(|why| format!("{}: {why}", copy.display()))?;
    Ok(copy.to_path_buf())
}

fn update(from: &Path, to: &Path) -> std::io::Result<()> {
    let content = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, content)
}

/// Removes the files that are no longer in the tree, and folders that hold none: cargo takes `apps/x` for a package.
fn prune(copy: &Path, folder: &Path, keep: &dyn Fn(&Path) -> bool) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            prune(copy, &path, keep)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else if path.strip_prefix(copy).is_ok_and(|name| !keep(name)) && !path.ends_with("Cargo.lock") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
