use futures::executor::block_on;
use store::{Disk, Redb};

use super::*;
use crate::{
    audit::refusals::{ASKERS, MOST, WINDOW},
    testing::Lab,
};

fn world() -> (Lab, Arc<dyn Store>, Log) {
    let lab = Lab::new();
    let store: Arc<dyn Store> =
        Arc::new(Redb::open_in_memory(Disk::new(), store::Clock::still(UNIX_EPOCH)).expect("opens"));
    let clock = lab.world("gms1").clock;
    let chain = Chain::open(Arc::clone(&store), "gms1", None, "fresh", clock.wall());
    let chain = block_on(chain).expect("opens");
    let log = Log::new(chain, Arc::clone(&store), clock);
    (lab, store, log)
}

fn entries(store: &Arc<dyn Store>, log: &Log) -> Vec<Entry> {
    block_on(log.chain().expect("is kept").seal(UNIX_EPOCH)).expect("sealed");
    let sealed = block_on(audit::entries(&**store, "gms1", 0, 1_000)).expect("is read");
    sealed.into_iter().filter_map(|sealed| sealed.entry).collect()
}

#[test]
fn whoever_asks_again_and_again_what_he_may_not_fills_no_log_and_is_counted() {
    let (lab, store, log) = world();
    let refuse = |asker: &str| block_on(log.note(asker, log.act("groups.request.refused", asker)));
    (0..1_000).for_each(|_| refuse("b.example"));
    refuse("c.example");
    assert_eq!(entries(&store, &log).len(), 31, "nobody else is missed");
    lab.advance(WINDOW);
    refuse("b.example");
    let entries = entries(&store, &log);
    assert_eq!(entries.last().and_then(|entry| entry.with.get("missed").cloned()).as_deref(), Some("970"));
}

#[test]
fn askers_without_end_are_counted_together() {
    let (_lab, store, log) = world();
    for number in 0..ASKERS + 100 {
        block_on(log.note(&format!("sip:u{number}@a.example"), log.act("x", "y")));
    }
    let sealed = block_on(log.chain().expect("is kept").seal(UNIX_EPOCH)).expect("sealed");
    assert_eq!(sealed, ASKERS + usize::try_from(MOST).expect("fits"));
    drop(store);
}

#[test]
fn what_policy_said_stands_with_its_rule() {
    let (.., log) = world();
    let entry = ruled(log.act("x", "y"), &Ruling::refuse(Cause::NotPermitted, "b.example may-request"));
    let ruling = entry.ruling.expect("is there");
    assert_eq!(ruling.verdict, format!("refuse {}", Cause::NotPermitted.name()));
    assert_eq!(ruling.rule, "b.example may-request");
    assert_eq!(Log::none().enter(Batch::new(), &log.act("x", "y")).changes().len(), 0);
}

#[test]
fn what_was_refused_is_named_with_no_more_than_a_log_can_bear() {
    let (_lab, store, log) = world();
    let long = "sip:\u{e9}".repeat(10_000);
    block_on(log.note("b.example", log.act("groups.administration.refused", "b.example").on(long)));
    let on = &entries(&store, &log)[0].on[0];
    assert!(on.len() < 270 && on.ends_with('\u{2026}'), "{}", on.len());
}

#[test]
fn acts_without_end_stand_so_often_and_are_counted_then() {
    let (lab, store, log) = world();
    let act = || {
        let admitted = log.admit("b.example", 40);
        let batch =
            admitted.enter(Batch::new().put("changed", "x"), log.act("groups.offer.kept", "b.example"));
        block_on(store.commit(batch)).expect("kept");
        admitted.happened();
    };
    (0..100).for_each(|_| act());
    assert_eq!(entries(&store, &log).len(), 40);
    lab.advance(WINDOW);
    (0..100).for_each(|_| act());
    let entries = entries(&store, &log);
    assert_eq!(entries.len(), 40 + usize::try_from(MOST).expect("fits"));
    let missed = |place: usize| entries[place].with.get("missed").map(String::as_str);
    assert_eq!((missed(39), missed(40), missed(41)), (None, Some("60"), None));
}

#[test]
fn an_act_that_did_not_happen_is_neither_entered_nor_counted() {
    let (lab, store, log) = world();
    let admit = || log.admit("b.example", 1);
    (0..10).for_each(|_| drop(admit()));
    let first = admit();
    block_on(store.commit(first.enter(Batch::new(), log.act("x", "b.example")))).expect("kept");
    first.happened();
    (0..10).for_each(|_| drop(admit()));
    admit().happened();
    lab.advance(WINDOW);
    drop(admit());
    let next = admit();
    block_on(store.commit(next.enter(Batch::new(), log.act("x", "b.example")))).expect("kept");
    next.happened();
    let entries = entries(&store, &log);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].with.get("missed").map(String::as_str), Some("1"));
}

#[test]
fn a_refusal_that_was_not_kept_is_neither_entered_nor_counted() {
    let (lab, store, log) = world();
    let refuse = || log.sparing("b.example", log.act("migration.refused", "b.example"));
    let keep = || {
        let spared = refuse();
        let entered = spared.entry().into_iter().fold(Batch::new(), |batch, entry| log.enter(batch, entry));
        block_on(store.commit(entered)).expect("kept");
        spared.happened();
    };
    (0..100).for_each(|_| drop(refuse()));
    (0..MOST).for_each(|_| keep());
    keep();
    (0..100).for_each(|_| drop(refuse()));
    lab.advance(WINDOW);
    drop(refuse());
    keep();
    let entries = entries(&store, &log);
    assert_eq!(entries.len(), usize::try_from(MOST).expect("fits") + 1);
    assert_eq!(entries.last().and_then(|entry| entry.with.get("missed").cloned()).as_deref(), Some("1"));
}
