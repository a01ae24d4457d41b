//! A store that another has, used as one's own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    io::Write as _,
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixListener, UnixStream},
    },
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use store::{Batch, Clock, CommitError, Redb, Store};

use super::{
    Beside, Door,
    frame::{Answer, Question},
    socket,
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A store that a process has, and the same as another uses it.
fn beside(test: impl Fn(&Beside, &dyn Store)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let store: Arc<dyn Store> = Arc::new(Redb::open(&file, Clock::still(UNIX_EPOCH)).unwrap());
    let runtime = runtime();
    let door = runtime.block_on(async { Door::open(&file, Arc::clone(&store)).unwrap() });
    let mode = std::fs::metadata(socket(&file)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    test(&Beside::connect(&socket(&file)).unwrap(), &*store);
    drop(door);
    assert!(!socket(&file).exists(), "gone with the process");
}

fn done<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

#[test]
fn what_one_writes_the_other_finds_with_its_version_and_time() {
    beside(|other, own| {
        let until = UNIX_EPOCH + Duration::from_millis(86_400_007);
        let batch = Batch::new().expect_absent("a").put("a", "1").put_until("b", vec![0; 70_000], until);
        let version = done(other.commit(batch)).unwrap();
        let found = done(own.get(b"b")).unwrap().unwrap();
        assert_eq!((found.version, found.expires, found.value.len()), (version, Some(until), 70_000));
        assert_eq!(done(other.get(b"b")).unwrap().unwrap(), found);
        assert_eq!(done(other.get(b"c")).unwrap(), None);
        assert_eq!(done(other.scan(b"", None, 9)).unwrap(), done(own.scan(b"", None, 9)).unwrap());
        assert_eq!(done(other.scan(b"", Some(b"a"), 9)).unwrap().len(), 1);
        assert_eq!(done(other.scan(b"", None, 1)).unwrap().len(), 1);
        done(other.commit(Batch::new().expect_version("a", version).delete("a"))).unwrap();
        assert_eq!(done(own.get(b"a")).unwrap(), None);
    });
}

#[test]
fn a_precondition_that_does_not_hold_changes_nothing_and_says_which() {
    beside(|other, own| {
        done(own.commit(Batch::new().put("a", "1"))).unwrap();
        match done(other.commit(Batch::new().put("b", "2").expect_absent("a"))) {
            Err(CommitError::Conflict(conflict)) => assert_eq!(conflict.key, "a"),
            done => panic!("{done:?}"),
        }
        assert_eq!(done(own.get(b"b")).unwrap(), None);
    });
}

#[test]
fn an_answer_that_comes_late_answers_no_other_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sock");
    let listener = UnixListener::bind(&path).unwrap();
    let other = Beside::patient(&path, Duration::from_millis(50), Duration::MAX).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    assert!(done(other.get(b"a")).is_err(), "nothing has been said yet");
    let late = Answer::Record(None).encode();
    let length = u32::try_from(late.len()).unwrap();
    // Whether anybody still listens is what is asked.
    let _ = server.write_all(&length.to_be_bytes()).and_then(|()| server.write_all(&late));
    assert!(done(other.get(b"b")).is_err(), "that a is not there says nothing of b");
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let store: Arc<dyn Store> = Arc::new(Redb::open(&file, Clock::still(UNIX_EPOCH)).unwrap());
    let runtime = runtime();
    let open = async { Door::patient(&file, Arc::clone(&store), Duration::from_millis(50)).unwrap() };
    let _door = runtime.block_on(open);
    let silent: Vec<UnixStream> = (0..8).map(|_| UnixStream::connect(socket(&file)).unwrap()).collect();
    let other = Beside::patient(&socket(&file), Duration::from_secs(30), Duration::MAX).unwrap();
    assert_eq!(done(other.get(b"a")).unwrap(), None);
    drop(silent);
}

#[test]
fn whoever_has_asked_nothing_for_long_asks_over_another_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sock");
    let listener = UnixListener::bind(&path).unwrap();
    let other = Beside::patient(&path, Duration::from_secs(30), Duration::ZERO).unwrap();
    let (first, _) = listener.accept().unwrap();
    drop(first);
    let server = std::thread::spawn(move || {
        let (mut server, _) = listener.accept().unwrap();
        let answer = Answer::Record(None).encode();
        server.write_all(&u32::try_from(answer.len()).unwrap().to_be_bytes()).unwrap();
        server.write_all(&answer).unwrap();
        // Its end is not before the question.
        server
    });
    assert_eq!(done(other.get(b"a")).unwrap(), None);
    drop(server.join().unwrap());
}

#[test]
fn what_is_no_message_is_none() {
    for wrong in [
        &b""[..],
        b"\x09",
        b"\x00\x00\x00\x00\x09a",
        b"\x01\x00\x00\x00\x00\x01",
        b"\x02\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(Question::decode(Bytes::copy_from_slice(wrong)).is_none(), "{wrong:?}");
    }
    for wrong in [&b""[..], b"\x07", b"\x00\x01\x00\x00\x00\x05", b"\x01\xff\xff\xff\xff\xff\xff\xff\xff"] {
        assert!(Answer::decode(Bytes::copy_from_slice(wrong)).is_none(), "{wrong:?}");
    }
}

#[test]
fn what_a_process_left_that_is_no_more_stands_in_no_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let store: Arc<dyn Store> = Arc::new(Redb::open(&file, Clock::still(UNIX_EPOCH)).unwrap());
    std::fs::write(socket(&file), "").unwrap();
    let runtime = runtime();
    let _door = runtime.block_on(async { Door::open(&file, Arc::clone(&store)).unwrap() });
    assert!(Beside::connect(&socket(&file)).is_ok());
}
