//! Which processes of a lab run: by their ids, and by the file that each was started with, however that was written.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use nix::{sys::signal::kill, unistd::Pid};

use crate::endpoints::{Endpoints, Process};

/// The processes of the lab that run: those that the file names, and those that were started again by hand and could not say so there.
pub(super) fn of(lab: &Endpoints) -> Vec<Process> {
    let all = lab.systems.iter().flat_map(|system| &system.processes);
    let running = all.filter_map(|process| {
        let named = Some(process.pid).filter(|pid| serves(*pid, &process.config));
        let pid = named.or_else(|| served_by(&process.config))?;
        Some(Process { pid, ..process.clone() })
    });
    running.collect()
}

/// Who was told to serve this file, whatever is written of it.
fn served_by(config: &Path) -> Option<u32> {
    let all = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        words(*pid).is_some_and(|words| words.iter().any(|word| word == b"serve")) && serves(*pid, config)
    })
}

/// Whether this process is there, and was started with this word: a number may have gone to somebody else since.
pub(super) fn was_told(pid: u32, word: &str) -> bool {
    words(pid).map_or_else(|| is_there(pid), |words| words.iter().any(|each| each == word.as_bytes()))
}

/// Whether it is there, whatever it does.
pub(super) fn runs(pid: u32) -> bool {
    // What has ended and nobody has asked about has no arguments.
    words(pid).map_or_else(|| is_there(pid), |words| !words.is_empty())
}

/// Whether it runs and one of its arguments is this file, from wherever it was started.
fn serves(pid: u32, config: &Path) -> bool {
    let Some(words) = words(pid) else { return is_there(pid) };
    let wanted = config.canonicalize().unwrap_or_else(|_| config.to_path_buf());
    let folder = fs::read_link(process(pid).join("cwd")).unwrap_or_default();
    let is_it = |word: &Vec<u8>| {
        let path = word.strip_prefix(b"--config=").unwrap_or(word);
        folder.join(OsStr::from_bytes(path)).canonicalize().is_ok_and(|path| path == wanted)
    };
    words.iter().any(is_it)
}

/// What it was started with; nothing where this system does not tell.
fn words(pid: u32) -> Option<Vec<Vec<u8>>> {
    match fs::read(process(pid).join("cmdline")) {
        Ok(line) => Some(
            line.split(|octet| *octet == 0).filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect(),
        ),
        Err(_) if Path::new("/proc/self/cmdline").exists() => Some(Vec::new()),
        Err(_) => None,
    }
}

fn process(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

fn is_there(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
}

#[cfg(test)]
mod tests;
