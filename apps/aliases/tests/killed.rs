//! A server that ends at any moment, as by `kill -9`, while activations are under way: what it has said to be active is active when the
//! next process begins, and nobody holds more than he has asked for. TS 24.379 9A.2.2.2.3

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod server;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use futures::{FutureExt as _, future::BoxFuture, stream::BoxStream};
use server::{FOR_GOOD, World};
use store::{Batch, Clock, CommitError, Disk, Entry, Event, Fault, Record, Redb, Store, Version};

/// At which commit the process ends, and whether that one is on the disk by then.
#[derive(Clone, Copy, Debug)]
struct Moment {
    commit: i64,
    is_kept: bool,
}

/// The store of a process that ends: from then on nothing is heard of it, and nothing reaches it.
struct Mortal {
    inner: Redb,
    left: AtomicI64,
    moment: Moment,
    is_dead: AtomicBool,
}

fn gone<T: Send + 'static>() -> BoxFuture<'static, T> {
    futures::future::pending().boxed()
}

impl Store for Mortal {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        if self.is_dead.load(Ordering::SeqCst) { gone() } else { self.inner.get(key) }
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        if self.is_dead.load(Ordering::SeqCst) { gone() } else { self.inner.scan(prefix, after, limit) }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        if self.is_dead.load(Ordering::SeqCst) {
            return gone();
        }
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return self.inner.commit(batch);
        }
        self.is_dead.store(true, Ordering::SeqCst);
        if self.moment.is_kept {
            self.inner.commit(batch).now_or_never().unwrap().unwrap();
        }
        gone()
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.inner.watch(prefix)
    }
}

fn mortal(disk: &Disk, moment: Moment) -> Arc<Mortal> {
    let inner = Redb::open_in_memory(disk.clone(), Clock::still(std::time::UNIX_EPOCH)).unwrap();
    let (left, is_dead) = (AtomicI64::new(moment.commit), AtomicBool::new(false));
    Arc::new(Mortal { inner, left, moment, is_dead })
}

/// What is asked for: who, on which client, which alias, and whether he wants it or lets go of it.
fn load() -> Vec<(&'static str, &'static str, &'static str, bool)> {
    vec![
        ("alice", "c1", "crew", true),
        ("bob", "c1", "crew", true),
        ("alice", "c1", "lead!", true),
        ("bob", "c1", "lead!", true),
        ("alice", "c2", "crew", true),
        ("bob", "c1", "crew", false),
        ("carol", "c1", "crew", true),
        ("alice", "c1", "crew", false),
        ("carol", "c1", "desk", true),
    ]
}

type Holding = (String, &'static str, &'static str);

/// Applies what was answered; what was not may have been done or not.
fn expected(answered: usize) -> BTreeSet<Holding> {
    let mut held: BTreeSet<Holding> = BTreeSet::new();
    for (user, client, named, wants) in load().into_iter().take(answered) {
        let alias = named.trim_end_matches('!');
        if named.ends_with('!') {
            held.retain(|(held, ..)| held != alias);
        }
        let holding = (alias.to_owned(), user, client);
        if wants {
            held.insert(holding);
        } else {
            held.remove(&holding);
        }
    }
    held
}

fn found(world: &World) -> BTreeSet<Holding> {
    let users = ["alice", "bob", "carol"];
    let clients = ["c1", "c2"];
    let mut found = BTreeSet::new();
    for alias in ["crew", "lead", "desk"] {
        for held in world.server.holders(&server::alias(alias)) {
            let user = users.into_iter().find(|user| *user == held.user.user()).unwrap();
            let client = clients.into_iter().find(|client| *client == held.client).unwrap();
            found.insert((alias.to_owned(), user, client));
        }
    }
    found
}

/// How many were answered before the process ended; none where it did not.
fn run(moment: Moment) -> Option<usize> {
    let disk = Disk::new();
    let store = mortal(&disk, Moment { commit: i64::MAX, ..moment });
    let world = World::over(store.clone());
    store.left.store(moment.commit, Ordering::SeqCst);
    let mut answered = 0;
    for (user, client, alias, wants) in load() {
        let expires = if wants { FOR_GOOD } else { "0" };
        let Some(answer) = world.try_publish(user, client, &[alias], expires) else { break };
        assert_eq!(answer.status(), Some(200), "{user} {alias} {moment:?}");
        answered += 1;
    }
    if !store.is_dead.load(Ordering::SeqCst) {
        return None;
    }
    drop((world, store));
    let after = World::over(mortal(&disk, Moment { commit: i64::MAX, is_kept: true }));
    let found = found(&after);
    let (without, with) = (expected(answered), expected(answered + 1));
    assert!(found == without || found == with, "{moment:?}: {found:?} is neither {without:?} nor {with:?}");
    let entries = after.entries();
    let activated = entries.iter().filter(|entry| entry.act != "alias.lost").count();
    let done = if found == with && with != without { answered + 1 } else { answered };
    assert_eq!(activated, done, "{moment:?}: each act stands in the log once, and none that was not done");
    assert!(after.activate("carol", &["desk"]).is_ok(), "and the next process goes on");
    Some(answered)
}

#[test]
fn whichever_commit_it_ends_at_nothing_that_was_acknowledged_is_lost_and_nothing_is_half_done() {
    let mut seen = BTreeSet::new();
    for is_kept in [false, true] {
        let ended = (0..1_000).map_while(|commit| run(Moment { commit, is_kept }));
        seen.extend(ended);
    }
    assert!(
        (0..load().len()).all(|number| seen.contains(&number)),
        "it has ended between all of them: {seen:?}"
    );
}
