use std::time::UNIX_EPOCH;

use ::store::{Batch, Clock, Redb, Store as _};
use clap::Parser;
use futures::FutureExt as _;

use super::*;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    arguments: Arguments,
}

fn type_in(words: &[&str]) -> Result<(), Failure> {
    let typed = Typed::try_parse_from(std::iter::once("store").chain(words.iter().copied()));
    run(&typed.expect("it can be read").arguments)
}

fn redb(file: &Path) -> String {
    format!("redb:{}", file.display())
}

fn open(file: &Path) -> Redb {
    Redb::open(file, Clock::still(UNIX_EPOCH)).unwrap()
}

#[test]
fn a_backup_goes_into_a_new_file_and_comes_back_into_an_empty_store() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let store = open(&at("a"));
    let commit = futures::executor::block_on(store.commit(Batch::new().put("key", "value"))).unwrap();
    drop(store);

    let (backup, named) = (at("backup").display().to_string(), |name: &str| redb(&at(name)));
    type_in(&["backup", "--from", &named("a"), &backup]).unwrap();
    type_in(&["backup", "--from", &named("a"), &backup]).unwrap_err();
    type_in(&["restore", "--to", &named("b"), &backup]).unwrap();
    let refused = type_in(&["restore", "--to", &named("b"), &backup]).unwrap_err();
    assert!(refused.to_string().contains("nobody said to replace"), "{refused}");
    type_in(&["restore", "--replace", "--to", &named("b"), &backup]).unwrap();
    type_in(&["copy", "--from", &named("b"), "--to", &named("c")]).unwrap();
    type_in(&["check", "--at", &named("c")]).unwrap();
    let copied = open(&at("c")).get(b"key").now_or_never().unwrap().unwrap().unwrap();
    assert_eq!((&copied.value[..], copied.version), (&b"value"[..], commit));
}

#[test]
fn a_backup_that_cannot_be_ended_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, backup) = (folder.path().join("missing"), folder.path().join("backup"));
    type_in(&["backup", "--from", &redb(&missing), &backup.display().to_string()]).unwrap_err();
    assert!(!backup.exists() && !missing.exists());
}

#[test]
fn what_cannot_be_restored_or_copied_leaves_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let (backup, made) = (folder.path().join("backup"), folder.path().join("made"));
    std::fs::write(&backup, "no backup").unwrap();
    type_in(&["restore", "--to", &redb(&made), &backup.display().to_string()]).unwrap_err();
    assert!(!made.exists());
    let missing = folder.path().join("missing");
    let told = type_in(&["copy", "--from", &redb(&missing), "--to", &redb(&made)]).unwrap_err().to_string();
    assert!(told.contains("missing: no such file") && !made.exists() && !missing.exists(), "{told}");
}

#[test]
fn only_a_store_that_is_there_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("misspelt.redb");
    let named: Named = redb(&file).parse().unwrap();
    let told = named.open(None).err().unwrap().to_string();
    assert!(told.ends_with("misspelt.redb: no such file") && !file.exists(), "{told}");
    drop(open(&file));
    named.open(None).unwrap();
}

#[test]
fn a_store_is_named_with_its_engine() {
    for wrong in ["", "file", "redb:", "postgres:", "mysql://host/mcx"] {
        assert!(wrong.parse::<Named>().is_err(), "{wrong}");
    }
    let named: Named = "postgres://mcx:secret@one,two/calls".parse().unwrap();
    assert_eq!(named.place(None).unwrap().to_string(), "postgres:one:5432,two:5432/calls");
    assert!(!format!("{named:?}").contains("secret"));
    let refused = type_in(&["migrate", "--to", "redb:file"]).unwrap_err();
    assert!(refused.to_string().contains("a file needs none"), "{refused}");
}
