//! An entry and its act, and the order of entries.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::Arc;

use audit::{Chain, Entry, chains, entries};
use common::{NAME, World, at};
use futures::executor::block_on;
use store::Batch;

#[test]
fn an_entry_is_there_when_its_act_is_and_not_when_it_is_not() {
    let world = World::new();
    let entry = Entry::new(at(1), "acm.request.stored", "sip:alice@a.example");
    let refused = world.chain.append(Batch::new().expect_absent("taken").put("taken", "1"), &entry);
    block_on(world.store.commit(Batch::new().put("taken", "0"))).unwrap();
    assert!(block_on(world.store.commit(refused)).is_err());
    assert_eq!(world.seal(), 0);
    world.enter(&entry);
    assert_eq!(world.verify().waiting, 1);
    assert_eq!(world.seal(), 1);
    let found = block_on(entries(&*world.store, NAME, 0, 10)).unwrap();
    assert_eq!(found.iter().map(|sealed| sealed.entry.clone().unwrap()).collect::<Vec<_>>(), [entry]);
}

#[test]
fn entries_stand_in_the_order_of_their_moments_and_a_page_follows_a_page() {
    let world = World::of(2_500);
    let report = world.verify();
    assert_eq!((report.entries, report.findings.len(), report.waiting), (2_500, 0, 0));
    assert!(report.is_signed && report.heads > 2, "{report:?}");
    let found = block_on(entries(&*world.store, NAME, 1_998, 3)).unwrap();
    let requests: Vec<_> =
        found.iter().map(|sealed| sealed.entry.clone().unwrap().request.unwrap()).collect();
    assert_eq!(requests, ["r1999", "r2000", "r2001"]);
}

#[test]
fn what_waited_at_the_end_of_a_process_is_put_in_by_the_next_one() {
    let world = World::of(3);
    world.act(4);
    let open = Chain::open(Arc::clone(&world.store), NAME, Some(world.key.clone()), "other", at(5));
    let again = block_on(open).unwrap();
    assert_eq!(again.id(), world.chain.id());
    assert_eq!(block_on(again.seal(at(6))).unwrap(), 1);
    let batch = again.append(Batch::new(), &Entry::new(at(7), "a", "b"));
    block_on(world.store.commit(batch)).unwrap();
    assert_eq!(world.seal(), 1);
    let report = world.verify();
    assert!(report.is_sound() && report.entries == 5, "{report:?}");
}

#[test]
fn a_store_names_its_chains() {
    let world = World::of(3);
    let open = Chain::open(Arc::clone(&world.store), "acm2.a.example", None, "second", at(0));
    let second = block_on(open).unwrap();
    block_on(world.store.commit(second.append(Batch::new(), &Entry::new(at(1), "a", "b")))).unwrap();
    assert_eq!(block_on(chains(&*world.store)).unwrap(), [NAME, "acm2.a.example"]);
    assert!(block_on(Chain::open(Arc::clone(&world.store), "a/b", None, "x", at(0))).is_err());
}
