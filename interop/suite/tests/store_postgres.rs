//! The store on a real PostgreSQL: the battery of every engine, and what is particular to this one.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::UNIX_EPOCH,
};

use futures::{StreamExt as _, executor::block_on};
use interop::postgres::{self, Server};
use store::{Address, Batch, Clock, Health, Kind, Migration, Postgres, Store as _, battery};

fn address(server: &Server) -> Address {
    Address::new(&server.address(), None).unwrap()
}

fn clock() -> Clock {
    Clock::still(UNIX_EPOCH)
}

fn open(server: &Server) -> Postgres {
    Postgres::open(address(server), clock()).unwrap()
}

#[test]
fn postgres_passes_the_battery() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    Postgres::migrate(&address(&server)).unwrap();
    battery::run(|clock| {
        server.sql("TRUNCATE mcx_records, mcx_changes, mcx_writers");
        Postgres::open(address(&server), clock).unwrap()
    });
}

#[test]
fn tables_are_asked_for_made_once_and_refused_when_they_are_of_a_later_version() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    let fault = |opened: Result<Postgres, store::Fault>| opened.err().expect("a fault");
    let missing = fault(Postgres::open(address(&server), clock()));
    assert_eq!(missing.kind(), Kind::Unprepared);
    assert!(missing.to_string().contains("mcx store migrate"), "{missing}");

    assert_eq!(Postgres::migrate(&address(&server)).unwrap(), Migration::Made);
    assert_eq!(Postgres::migrate(&address(&server)).unwrap(), Migration::Present);
    let running = open(&server);
    block_on(running.commit(Batch::new().put("a", "1"))).unwrap();

    server.sql("UPDATE mcx_about SET format = 2");
    let newer = fault(Postgres::open(address(&server), clock()));
    assert_eq!(newer.kind(), Kind::Newer);
    assert!(newer.to_string().contains("(format 2, known is 1)"), "{newer}");
    assert_eq!(Postgres::migrate(&address(&server)).unwrap_err().kind(), Kind::Newer);
    let refused = block_on(running.commit(Batch::new().put("a", "2"))).unwrap_err();
    assert!(
        refused.to_string().contains("(format 2, known is 1)"),
        "one that runs writes no more: {refused}"
    );
}

#[test]
fn what_one_process_puts_another_reads_and_is_told_of() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    Postgres::migrate(&address(&server)).unwrap();
    let (one, other) = (open(&server), open(&server));
    let mut seen = other.watch(b"doc/");
    let version = block_on(one.commit(Batch::new().put("doc/1", "1"))).unwrap();
    assert_eq!(block_on(other.get(b"doc/1")).unwrap().unwrap().version, version);
    let event = block_on(seen.next()).unwrap().unwrap();
    assert_eq!((&event.key[..], event.version), (&b"doc/1"[..], version));

    let both = [&one, &other]
        .map(|store| store.commit(Batch::new().expect_version("doc/1", version).put("doc/1", "2")));
    let outcomes = both.map(|commit| block_on(commit).is_ok());
    assert_eq!(
        outcomes.iter().filter(|won| **won).count(),
        1,
        "both processes cannot succeed on one condition"
    );
}

#[test]
fn counting_in_several_processes_loses_no_count() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    Postgres::migrate(&address(&server)).unwrap();
    let first = open(&server);
    block_on(first.commit(Batch::new().put("n", "0"))).unwrap();
    let address = address(&server);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = Postgres::open(address.clone(), clock()).unwrap();
                let mut left = 25;
                while left > 0 {
                    let read = block_on(store.get(b"n")).unwrap().unwrap();
                    let next: u32 = std::str::from_utf8(&read.value).unwrap().parse::<u32>().unwrap() + 1;
                    let batch = Batch::new().expect_version("n", read.version).put("n", next.to_string());
                    left -= u32::from(block_on(store.commit(batch)).is_ok());
                }
            });
        }
    });
    assert_eq!(block_on(first.get(b"n")).unwrap().unwrap().value, "100");
}

#[test]
fn a_batch_that_the_database_does_not_take_spoils_no_other() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    Postgres::migrate(&address(&server)).unwrap();
    let store = open(&server);
    // An index entry has room for a third of a page, if it cannot be compressed.
    let mut state = 1_u64;
    let long: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(9000)
    .collect();
    let before = store.commit(Batch::new().put("before", ""));
    let refused = store.commit(Batch::new().put(long, ""));
    let after = store.commit(Batch::new().put("after", ""));
    block_on(before).unwrap();
    block_on(refused).unwrap_err();
    block_on(after).unwrap();
}

#[test]
fn a_server_that_goes_is_told_of_and_one_that_comes_back_is_found() {
    if !postgres::have() {
        return;
    }
    let mut server = Server::start();
    Postgres::migrate(&address(&server)).unwrap();
    let store = open(&server);
    let version = block_on(store.commit(Batch::new().put("a", "1"))).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    store.on_health(move |health| telling.lock().unwrap().push(matches!(health, Health::Sound)));

    server.kill();
    let commit = store.commit(Batch::new().put("b", "2"));
    interop::process::until("the store is told to be broken", || told.lock().unwrap().contains(&false));
    server.run();
    assert!(block_on(commit).unwrap() > version, "it is committed once the server is there");
    assert_eq!(block_on(store.get(b"a")).unwrap().unwrap().version, version);
    interop::process::until("the store is told to be sound", || told.lock().unwrap().last() == Some(&true));
}

#[test]
fn with_a_certificate_authority_the_connection_is_encrypted_and_the_server_verified() {
    if !postgres::have() {
        return;
    }
    let server = Server::start();
    let ca = server.encrypt("localhost");
    let named = server.address().replace("127.0.0.1", "localhost");
    let of = |connection: &str, ca: &Path| Address::new(connection, Some(ca)).unwrap();
    assert_eq!(Postgres::migrate(&of(&named, &ca)).unwrap(), Migration::Made);
    let store = Postgres::open(of(&named, &ca), clock()).unwrap();
    block_on(store.commit(Batch::new().put("a", "1"))).unwrap();
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                 WHERE application_name = 'mcx' AND NOT ssl";
    assert_eq!(server.sql(plain), "0");

    let wrong_name = Postgres::migrate(&of(&server.address(), &ca)).unwrap_err();
    assert!(wrong_name.to_string().contains("certificate"), "{wrong_name}");
    let stranger = Server::start();
    let other = stranger.encrypt("localhost");
    let wrong_issuer = Postgres::migrate(&of(&named, &other)).unwrap_err();
    assert!(wrong_issuer.to_string().contains("certificate"), "{wrong_issuer}");
}
