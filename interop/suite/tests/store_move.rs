//! Stores on the move between a file and a database, by the command line.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::Path, time::UNIX_EPOCH};

use futures::{StreamExt as _, executor::block_on};
use interop::{
    postgres::{self, Server},
    tools,
};
use store::{Address, Batch, Clock, Entry, Kind, Postgres, Redb, Store, Version};

fn clock() -> Clock {
    Clock::still(UNIX_EPOCH)
}

fn mcx(words: &[&str]) -> (bool, String) {
    let output = tools::run(tools::mcx().arg("store").args(words));
    (output.status.success(), tools::text(&output))
}

fn everything(store: &dyn Store) -> Vec<Entry> {
    block_on(store.scan(b"", None, usize::MAX)).unwrap()
}

/// Seven hundred records, the last version a deletion's.
fn fill(file: &Path) -> Vec<Entry> {
    let store = Redb::open(file, clock()).unwrap();
    let until = UNIX_EPOCH + std::time::Duration::from_secs(10_000_000_000);
    let puts =
        (0..700).fold(Batch::new(), |puts, number| puts.put(format!("doc/{number}"), vec![7; number * 9]));
    block_on(store.commit(puts)).unwrap();
    block_on(store.commit(Batch::new().put_until("lease", "", until))).unwrap();
    block_on(store.commit(Batch::new().delete("doc/3"))).unwrap();
    everything(&store)
}

#[test]
fn a_store_moves_to_a_database_and_back_with_its_versions() {
    if !postgres::have() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    let (file, back) = (folder.path().join("store"), folder.path().join("back"));
    let (from, to) = (format!("redb:{}", file.display()), format!("postgres:{}", server.address()));
    let before = fill(&file);

    let (done, said) = mcx(&["copy", "--from", &from, "--to", &to]);
    assert!(!done && said.contains("mcx store migrate"), "{said}");
    assert!(mcx(&["migrate", "--to", &to]).0);
    let (done, said) = mcx(&["copy", "--from", &from, "--to", &to]);
    assert!(done && said.starts_with("700 records"), "{said}");

    let store = Postgres::open(Address::new(&server.address(), None).unwrap(), clock()).unwrap();
    assert_eq!(everything(&store), before);
    let next = block_on(store.commit(Batch::new().put("next", ""))).unwrap();
    assert!(next > Version(3), "the version of what was deleted is not given again");

    let (done, said) = mcx(&["copy", "--from", &from, "--to", &to]);
    assert!(!done && said.contains("nobody said to replace"), "{said}");
    let mut watched = store.watch(b"");
    assert!(mcx(&["copy", "--from", &from, "--to", &to, "--replace"]).0);
    let told = block_on(watched.next()).unwrap().unwrap_err();
    assert_eq!(told.kind(), Kind::Lagged, "who watches reads again");
    assert!(block_on(store.commit(Batch::new().delete("nothing"))).unwrap() > next);

    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    assert!(mcx(&["backup", "--from", &to, backup]).0);
    assert!(mcx(&["restore", "--to", &format!("redb:{}", back.display()), backup]).0);
    assert_eq!(everything(&Redb::open(&back, clock()).unwrap()), before);
    let (done, said) = mcx(&["check", "--at", &to]);
    assert!(done && said.starts_with("700 records"), "{said}");
}
