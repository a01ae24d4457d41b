//! What partners sign for each other of their audit logs: by which key, how often, and how a log that was cut off shows.
//! TS 22.280 [R-6.1-004]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod signed;
mod systems;

use std::time::Duration;

use acm::config::AuditKeys;
use audit::{Digest, Entry, Finding, Head, Kept, Receipt, Witness, verify};
use futures::FutureExt as _;
use kit::Cause;
use signed::*;
use store::Batch;
use systems::*;
use xml_schemas::{
    acm::{AuditReceipt, ProcessIndication, WithdrawalRequest},
    flow::Flow as _,
};

#[test]
fn a_receipt_that_comes_again_makes_the_log_no_longer() {
    let world = World::audited();
    let receipt = confirmed(&world);
    for _ in 0..5 {
        world.seconds(FORGOTTEN);
        assert_eq!(world.between(B, A, &receipt), (200, None));
    }
    assert_eq!(count(&world, A, "acm.receipt"), 1);
}

#[test]
fn a_receipt_counts_by_the_partners_own_key_alone() {
    let world = World::audited();
    trusts(&world, A, &AuditKeys { known: vec![public(&world, B)], takes_first: false });
    let receipt = confirmed(&world);
    assert_eq!(count(&world, A, "acm.receipt"), 1);
    let forged = by_another(&receipt, &key());
    world.seconds(FORGOTTEN);
    assert_eq!(world.between(B, A, &forged), (403, Some(Cause::ProtectionInvalid)));
    trusts(&world, A, &AuditKeys { known: vec![key().public()], takes_first: false });
    world.seconds(FORGOTTEN);
    assert_eq!(world.between(B, A, &receipt), (403, Some(Cause::ProtectionInvalid)));
}

#[test]
fn where_no_key_of_the_partner_is_known_and_the_first_is_not_taken_nothing_counts() {
    let world = World::audited();
    trusts(&world, A, &AuditKeys::default());
    let receipt = confirmed(&world);
    assert_eq!(world.between(B, A, &receipt), (403, Some(Cause::ProtectionInvalid)));
    assert_eq!(count(&world, A, "acm.receipt"), 0);
}

#[test]
fn where_the_first_key_is_taken_no_other_counts_from_then_on() {
    let world = World::audited();
    let receipt = confirmed(&world);
    assert_eq!(count(&world, A, "acm.receipt"), 1);
    world.seconds(FORGOTTEN);
    assert_eq!(world.between(B, A, &by_another(&receipt, &key())), (403, Some(Cause::ProtectionInvalid)));
    world.says(A, ASKER, &provision("r-2"));
    world.lab.run();
    assert_eq!(count(&world, A, "acm.receipt"), 2, "the partner's own goes on");
}

#[test]
fn partners_tell_each_other_the_ends_of_their_logs_by_themselves() {
    let world = World::audited();
    world.seconds(3 * HOUR);
    for (system, other) in [(A, B), (B, A)] {
        let entries = entries(&world, system);
        let ends: Vec<_> = entries.iter().filter(|entry| entry.act == "audit.end").collect();
        assert_eq!(ends.len(), 3, "{entries:?}");
        assert!(ends.iter().all(|end| end.partner.as_deref() == Some(other) && end.receipt.is_some()));
        let report = verify(&*world.stores[system], world.chain_name(system), &[], &[]);
        let report = report.now_or_never().unwrap().unwrap();
        assert!(report.is_sound() && report.witnesses == 3, "{report:?}");
    }
}

/// A's log is set back to what it was at this moment, its end included: nothing in its store tells.
fn set_back(world: &World, records: &[store::Entry]) {
    let store = &world.stores[A];
    let now = store.scan(b"audit/", None, 10_000).now_or_never().unwrap().unwrap();
    let gone = now.iter().fold(Batch::new(), |batch, entry| batch.delete(entry.key.clone()));
    store.commit(gone).now_or_never().unwrap().unwrap();
    let put = |batch: Batch, entry: &store::Entry| batch.put(entry.key.clone(), entry.record.value.clone());
    store.commit(records.iter().fold(Batch::new(), put)).now_or_never().unwrap().unwrap();
}

#[test]
fn a_log_that_is_set_back_with_its_end_is_found_by_what_the_partner_kept_and_by_the_next_exchange() {
    let world = World::audited();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    entries(&world, A);
    let early = world.stores[A].scan(b"audit/", None, 10_000).now_or_never().unwrap().unwrap();
    let short = entries(&world, A).len();
    world.says(A, ASKER, &provision("r-2"));
    world.seconds(HOUR);
    world.seconds(HOUR);
    let kept: Vec<Kept> =
        entries(&world, B).into_iter().filter_map(|entry| entry.receipt).map(Kept::Receipt).collect();
    let name = world.chain_name(A);
    let sound = verify(&*world.stores[A], name, &[], &kept).now_or_never().unwrap().unwrap();
    assert!(sound.is_sound() && sound.heads > 2, "{sound:?}");
    set_back(&world, &early);
    let alone = verify(&*world.stores[A], name, &[], &[]).now_or_never().unwrap().unwrap();
    assert!(alone.is_sound(), "nothing in the store itself tells");
    let found = verify(&*world.stores[A], name, &[], &kept).now_or_never().unwrap().unwrap();
    let short = u64::try_from(short).unwrap();
    let is_it = |finding: &Finding| matches!(finding, Finding::Truncated { last, by: Witness::Partner, .. } if *last == short);
    assert!(!found.findings.is_empty() && found.findings.iter().all(is_it), "{found:?}");
    world.seconds(HOUR);
    assert_eq!(count(&world, A, "audit.end.disputed"), 1, "B says which end of A's it has");
    assert_eq!(count(&world, B, "audit.end.contradicted"), 1, "and sees that A tells of less");
}

#[test]
fn the_end_of_a_log_is_entered_no_more_often_than_it_is_due() {
    let world = World::audited();
    let (key, mut number) = (key(), 0);
    let mut tell = || {
        number += 1;
        let head = Head { chain: "b".into(), seq: number, link: Digest::of(&number.to_be_bytes()), at: 0 };
        let id = format!("end-{number}");
        world.between(B, A, &flow(&Receipt::new(AuditReceipt::NAME, &id, Digest::of(b""), &head, &key)))
    };
    for _ in 0..20 {
        assert_eq!(tell(), (200, None));
    }
    assert_eq!(count(&world, A, "audit.end"), 1);
    world.seconds(60);
    assert_eq!(tell(), (200, None));
    assert_eq!(count(&world, A, "audit.end"), 2);
}

#[test]
fn a_partner_has_as_many_chains_as_servers_and_no_more() {
    let world = World::audited();
    let key = key();
    let tell = |chain: u64| {
        let head = Head { chain: format!("b{chain}"), seq: 1, link: Digest::of(b"x"), at: 0 };
        let id = format!("end-{chain}");
        world.between(B, A, &flow(&Receipt::new(AuditReceipt::NAME, &id, Digest::of(b""), &head, &key)))
    };
    let told: Vec<_> = (0..20).map(tell).collect();
    assert_eq!(told.iter().filter(|(status, _)| *status == 200).count(), 16);
    assert_eq!(told[19].1, Some(Cause::Overloaded));
    assert_eq!(count(&world, A, "audit.end"), 16);
}

#[test]
fn the_end_of_another_log_of_the_process_stands_in_this_one() {
    let world = World::audited();
    let store = &world.stores[A];
    let open = audit::Chain::open(store.clone(), "gms1.core.a.example", Some(key()), "groups", world.now());
    let groups = open.now_or_never().unwrap().unwrap();
    let act = |number: u64| {
        let batch = groups.append(
            Batch::new(),
            &Entry::new(world.now(), "groups.document.written", "x").of(format!("g{number}")),
        );
        store.commit(batch).now_or_never().unwrap().unwrap();
        groups.seal(world.now()).now_or_never().unwrap().unwrap();
    };
    (1..=3).for_each(act);
    world.systems[A].witnesses(vec![groups.clone()]);
    world.seconds(3 * HOUR);
    let heads: Vec<Kept> =
        entries(&world, A).into_iter().filter_map(|entry| entry.head).map(Kept::Head).collect();
    assert_eq!(heads.len(), 1, "once, where it has not moved");
    let early = store.get(b"audit/gms1.core.a.example/end").now_or_never().unwrap().unwrap();
    assert!(early.is_some());
    let last = format!("audit/gms1.core.a.example/entry/{:016x}", 3);
    store.commit(Batch::new().delete(last)).now_or_never().unwrap().unwrap();
    let found = verify(&**store, "gms1.core.a.example", &[], &heads).now_or_never().unwrap().unwrap();
    let was = |by| Finding::Truncated { last: 2, was: 3, by };
    assert_eq!(found.findings, [was(Witness::End), was(Witness::Partner)]);
}

#[test]
fn a_receipt_that_was_promised_is_given_whatever_became_of_the_process() {
    let world = World::audited();
    confirmed(&world);
    let given = || world.sent::<AuditReceipt>(&format!("mcgw.{B}")).len();
    assert_eq!((given(), world.records(B, "acm/receipt-due/")), (1, 0), "the promise goes with the receipt");
    // As the commit of the request leaves it, where the process ends there.
    let request = world.received("r-1").unwrap().request;
    let due = format!("acm/receipt-due/{}/{}/i/a.example/r-1", request.name(), request.sum());
    let batch = Batch::new().put(due, A);
    world.stores[B].commit(batch).now_or_never().expect("not busy").expect("is kept");
    world.seconds(120);
    assert_eq!((given(), world.records(B, "acm/receipt-due/")), (2, 0));
}

/// What is known of receipts goes with what they are for.
#[test]
fn what_is_kept_of_receipts_is_kept_no_longer_than_their_requests_may_be() {
    let world = World::audited();
    let short = |config: &mut acm::Config| {
        config.keep_closed = std::time::Duration::from_secs(HOUR);
        config.longest_wait = std::time::Duration::from_secs(HOUR);
    };
    [A, B].iter().for_each(|system| world.reload(system, short));
    confirmed(&world);
    assert_eq!(world.records(A, "acm/receipt/"), 1);
    assert_eq!(world.records(B, "acm/sent/"), 1);
    world.seconds(31 * 24 * HOUR);
    assert_eq!((world.records(A, "acm/receipt/"), world.records(B, "acm/sent/")), (0, 0));
}

/// Receipts that a system has given for flows of this name.
fn given(world: &World, system: &str, name: &str) -> usize {
    let sent = world.sent::<AuditReceipt>(&format!("mcgw.{system}"));
    sent.iter()
        .filter(|sent| kit::audit::received(&sent.request_id, &sent.receipt).unwrap().of == name)
        .count()
}

#[test]
fn what_was_told_after_a_long_time_without_the_partner_is_confirmed_and_that_counts() {
    const DAY: u64 = 86_400;
    let world = World::audited_of(|_, config| {
        config.audit_every = Duration::from_secs(100 * DAY);
    });
    world.way(A, Way::Down);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let world = world.restart(Duration::from_secs(40 * DAY));
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(given(&world, A, ProcessIndication::NAME), 1);
    let entries = entries(&world, B);
    let mut confirms = entries.iter().filter_map(|entry| entry.receipt.as_ref());
    assert!(confirms.any(|receipt| receipt.of == ProcessIndication::NAME), "{entries:?}");
    assert_eq!(world.records(B, "acm/sent/"), 1);
    let world = world.restart(Duration::from_secs(40 * DAY));
    assert_eq!(world.records(B, "acm/sent/"), 0, "it is known for a month more, and not for good");
}

#[test]
fn a_withdrawal_that_comes_again_is_confirmed_once() {
    let world = World::audited();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.says(A, ASKER, &withdrawal("r-1"));
    world.lab.run();
    assert_eq!(given(&world, B, WithdrawalRequest::NAME), 1);
    for _ in 0..3 {
        world.seconds(FORGOTTEN);
        assert_eq!(world.between(A, B, &withdrawal("r-1")), (200, None));
        world.lab.run();
    }
    assert_eq!(given(&world, B, WithdrawalRequest::NAME), 1);
}
