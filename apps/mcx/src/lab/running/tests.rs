use std::{
    io::Read as _,
    process::{Command, Stdio},
};

use super::*;

/// It runs, waits for its input, and was told these words.
fn started(words: &[&OsStr]) -> std::process::Child {
    let mut command = Command::new("sh");
    command.args(["-c", "echo; read line"]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("sh runs");
    // Its words are not there to be read before it runs, which is somewhat after it was begun.
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("it runs");
    child
}

#[test]
fn a_server_that_was_started_by_hand_is_found_by_the_file_that_it_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("servers.toml");
    fs::write(&file, "").expect("is ours");
    let mut checks = started(&["check".as_ref(), file.as_os_str()]);
    assert_eq!(served_by(&file), None, "nobody serves it");
    let mut serves = started(&["serve".as_ref(), file.as_os_str()]);
    assert_eq!(served_by(&file), Some(serves.id()));
    for child in [&mut checks, &mut serves] {
        drop(child.stdin.take());
        child.wait().expect("it ends");
    }
    assert_eq!(served_by(&file), None);
}
