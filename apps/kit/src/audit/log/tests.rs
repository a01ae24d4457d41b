use futures::executor::block_on;
use store::{Disk, Redb};

use super::*;
use crate::testing::Lab;

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
