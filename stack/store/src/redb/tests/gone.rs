//! A file that is taken away from under the store.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;

use super::{
    mending::{await_broken, await_sound, has, put, watched},
    *,
};

const WHY: &str = "its file has been taken away while it was open: put it back, or a copy in its place";

#[test]
fn in_a_file_that_was_moved_away_nothing_is_acknowledged_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, away) = (folder.path().join("store"), folder.path().join("away"));
    let store = Redb::open(&path, clock()).unwrap();
    let told = watched(&store);
    let before = put(&store, "before").unwrap();

    fs::rename(&path, &away).unwrap();
    let lost = put(&store, "lost").unwrap_err();
    assert!(lost.to_string().ends_with(WHY) && lost.to_string().contains("/store"), "{lost}");
    assert_eq!(await_broken(&told).to_string(), lost.to_string());
    assert_eq!(put(&store, "refused").unwrap_err().to_string(), lost.to_string());
    assert!(has(&store, "before"), "what was there can be read");

    fs::rename(&away, &path).unwrap();
    await_sound(&told);
    assert!(has(&store, "before") && !has(&store, "refused"));
    assert!(put(&store, "after").unwrap() > before);
}

#[test]
fn a_copy_that_is_put_in_the_place_of_a_deleted_file_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    drop(Redb::open(&copy, clock()).map(|store| put(&store, "copied")).unwrap());
    let store = Redb::open(&path, clock()).unwrap();
    let told = watched(&store);
    // More than the copy's file tells of at once.
    let many = join_all((0..1100).map(|_| store.commit(Batch::new().put("before", ""))));
    let before = block_on(many).into_iter().map(Result::unwrap).max().unwrap();

    fs::remove_file(&path).unwrap();
    put(&store, "lost").unwrap_err();
    await_broken(&told);
    fs::rename(&copy, &path).unwrap();
    await_sound(&told);
    assert!(has(&store, "copied") && !has(&store, "before"));
    assert!(put(&store, "after").unwrap() > before, "no version is given twice");
    drop(store);
    assert!(has(&Redb::open(&path, clock()).unwrap(), "after"), "in the file that is there");
}

#[cfg(unix)]
#[test]
fn another_file_in_the_place_of_the_one_that_is_open_is_noticed_by_the_next_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("store"), folder.path().join("other"));
    drop(Redb::open(&other, clock()).map(|store| put(&store, "other")).unwrap());
    let store = Redb::open(&path, clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();

    fs::rename(&other, &path).unwrap();
    let lost = put(&store, "lost").unwrap_err();
    assert!(lost.to_string().ends_with(WHY), "{lost}");
    await_sound(&told);
    assert!(has(&store, "other") && !has(&store, "lost"));
}

/// Whoever looks after the process is told by a store to which nobody writes as well.
#[test]
fn a_file_that_is_gone_is_told_of_though_nobody_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    // As if a second went by whenever somebody asks.
    let seconds = AtomicU64::new(0);
    let clock = Clock::new(move || {
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed))
    });
    let store = Redb::open(&path, clock).unwrap();
    let told = watched(&store);
    fs::remove_file(&path).unwrap();
    assert!(await_broken(&told).to_string().ends_with(WHY));
}

/// A restore that was killed leaves one: it would deny in silence what was acknowledged.
#[test]
fn a_new_file_in_the_place_of_one_that_was_written_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, new, whole) =
        (folder.path().join("store"), folder.path().join("new"), folder.path().join("whole"));
    drop(Redb::open(&new, clock()).unwrap());
    let store = Redb::open(&path, clock()).unwrap();
    let told = watched(&store);
    put(&store, "before").unwrap();

    fs::rename(&path, &whole).unwrap();
    fs::rename(&new, &path).unwrap();
    put(&store, "lost").unwrap_err();
    await_broken(&told);
    let refused = await_broken(&told);
    assert_eq!(refused.kind(), Kind::Corrupt, "{refused}");
    assert!(refused.to_string().ends_with("into which nothing was ever put: restore into it"), "{refused}");
    fs::rename(&whole, &path).unwrap();
    await_sound(&told);
    assert!(has(&store, "before"));
}
