//! SIGHUP at a process of our own.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use nix::sys::signal::Signal::SIGHUP;

const CORE: &str = "\
[sip-core]
name = \"core.a.example\"
domain = \"a.example\"
uri = \"sip:core.a.example:5060\"

[[sip-core.listen]]
name = \"devices\"
address = \"127.0.0.1:0\"
transport = \"udp\"
";

#[test]
fn a_reading_that_does_not_come_is_begun_anew_when_told_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, good) = (folder.path().join("a.toml"), folder.path().join("good.toml"));
    [&file, &good].into_iter().for_each(|file| fs::write(file, CORE).expect("the folder is ours"));
    let mut child = serve(&file);
    let mut lines =
        BufReader::new(child.stderr.take().expect("is piped")).lines().map_while(Result::ok).fuse();
    let mut until = |words: &str| lines.by_ref().find(|line| line.contains(words));
    assert!(until("listening").is_some());

    fs::remove_file(&file).expect("is there");
    let made = Command::new("mkfifo").arg(&file).status().expect("coreutils are there");
    assert!(made.success());
    support::told(child.id(), SIGHUP);
    // Comes back once somebody reads it, who then gets nothing.
    let held = fs::OpenOptions::new().write(true).open(&file).expect("is read");
    fs::rename(&good, &file).expect("the folder is ours");
    support::told(child.id(), SIGHUP);
    assert!(until("have not come").is_some(), "whoever told it knows");
    assert!(until("read again").is_some(), "and has what he told");

    drop(held);
    support::signal(child.id());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}

fn serve(file: &Path) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
    command.args(["serve", "--config"]).arg(file).stderr(Stdio::piped()).spawn().expect("mcx runs")
}
