//! A store that is away: readers and writers are told so, and when to come again (RFC 9110 clause 15.6.4).
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod server;

use std::{sync::Arc, time::UNIX_EPOCH};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use http::Method;
use kit::Cause;
use server::{ADMIN, BOB, From, MCS, PROFILE, PROFILE_TYPE, World, profile};
use store::{Batch, Clock, CommitError, Disk, Entry, Event, Fault, Record, Redb, Store, Version};

/// Every call fails.
struct Away(Fault);

impl Store for Away {
    fn get(&self, _: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        future::ready(Err(self.0.clone())).boxed()
    }

    fn scan(&self, _: &[u8], _: Option<&[u8]>, _: usize) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        future::ready(Err(self.0.clone())).boxed()
    }

    fn commit(&self, _: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        future::ready(Err(self.0.clone().into())).boxed()
    }

    fn watch(&self, _: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        stream::pending().boxed()
    }
}

/// What an engine says of a file that it cannot open.
fn fault() -> Fault {
    Redb::open(&std::env::temp_dir(), Clock::still(UNIX_EPOCH)).err().expect("a folder is no store")
}

#[test]
fn what_cannot_be_read_now_is_503_with_a_time_to_come_again() {
    let mut world = World::new();
    world.put_profile("");
    world.store = Arc::new(Away(fault()));
    world.restart(|_| {});
    for (from, method) in [
        (From::Server(MCS), Method::GET),
        (From::Server(MCS), Method::HEAD),
        (From::User(BOB), Method::GET),
        (From::User(ADMIN), Method::PUT),
        (From::User(ADMIN), Method::DELETE),
    ] {
        let (media_type, body) = ([("content-type", PROFILE_TYPE)], profile(""));
        let response = world.send(from, method.clone(), PROFILE, &media_type, &body);
        assert_eq!(response.status(), 503, "{method}");
        assert_eq!(Cause::from_fields(response.headers()), Some(Cause::StoreUnavailable));
        assert_eq!(response.headers()["retry-after"], "2");
        assert!(String::from_utf8_lossy(response.body()).contains("urn:x-mcx:cause:store-unavailable"));
    }
}

#[test]
fn on_a_full_disk_writers_are_told_so_and_readers_read_on() {
    let disk = Disk::new();
    let mut world = World::new();
    world.store = Arc::new(Redb::open_in_memory(disk.clone(), Clock::still(UNIX_EPOCH)).expect("opens"));
    world.restart(|_| {});
    assert_eq!(world.put_profile("").status(), 201);
    world.lab.run();
    disk.set_capacity(0);
    let refused = world.put(From::User(ADMIN), PROFILE, PROFILE_TYPE, &profile("").replace("Bob", "Robert"));
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &"30".parse().expect("valid"))
    );
    assert_eq!(Cause::from_fields(refused.headers()), Some(Cause::NoSpace));
    assert_eq!(world.status(From::User(BOB), PROFILE), 200);
    disk.set_capacity(u64::MAX);
    assert_eq!(world.put_profile("").status(), 200, "it goes on by itself");
}
