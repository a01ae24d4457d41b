use std::{
    fs,
    process::{Command, Stdio},
};

use super::*;

#[test]
fn a_folder_has_one_lab_until_the_last_of_its_processes_has_ended() {
    let dir = tempfile::tempdir().expect("a folder");
    let lock = Lock::take(dir.path()).expect("nobody is there");
    let Err(Failure::Procedure(told)) = Lock::take(dir.path()) else { panic!("taken twice") };
    assert!(told.contains("a lab runs in") && told.contains("--dir"), "{told}");
    let shared = lock.share().expect("can be shared");
    let mut process =
        Command::new("cat").stdin(Stdio::piped()).stdout(shared).spawn().expect("a process of the lab");
    drop(lock);
    assert!(Lock::take(dir.path()).is_err(), "a process of it goes on");
    drop(process.stdin.take());
    process.wait().expect("has ended");
    Lock::take(dir.path()).expect("a lab that has ended is taken over");
}

#[test]
fn what_an_earlier_lab_left_behind_holds_nobody_up() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("lab.lock"), "").expect("can be written");
    fs::write(dir.path().join("endpoints.json"), "{}").expect("can be written");
    Lock::take(dir.path()).expect("nobody is there");
}
