//! TS 33.180 10.1.2.4: whatever is done to a chain is found, and where.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod common;

use audit::{Entry, Finding, Head, Kept, Receipt, Trusted, Witness, verify_by};
use common::{World, at, key};
use proptest::prelude::*;

#[test]
fn every_byte_of_a_chain_is_found_when_it_is_another() {
    let world = World::of(3);
    for (key, value) in world.records() {
        for place in 0..value.len() {
            let mut tampered = value.clone();
            tampered[place] ^= 1;
            world.write(&key, tampered);
            let findings = world.findings();
            assert!(!findings.is_empty(), "{key} at byte {place}");
            if let Some(seq) = key.strip_prefix("audit/acm1.a.example/entry/") {
                let seq = u64::from_str_radix(seq, 16).unwrap();
                let is_it = |finding: &Finding| matches!(finding, Finding::Altered { seq: at } | Finding::Moved { seq: at, .. } if *at == seq);
                assert!(is_it(&findings[0]), "{findings:?} for {key} at byte {place}");
            }
        }
        world.write(&key, value);
    }
    assert!(world.verify().is_sound());
}

#[test]
fn an_entry_whose_link_alone_was_changed_does_not_blame_the_next_one() {
    let world = World::of(4);
    let mut bytes = world.read(&world.key_of(2));
    bytes[20] ^= 0x80;
    world.write(&world.key_of(2), bytes);
    assert_eq!(world.findings(), [Finding::Altered { seq: 2 }]);
}

#[test]
fn entries_that_changed_places_are_named_with_where_they_were() {
    let world = World::of(5);
    let [two, four] = [2, 4].map(|seq| world.read(&world.key_of(seq)));
    world.write(&world.key_of(2), four);
    world.write(&world.key_of(4), two);
    assert_eq!(world.findings(), [Finding::Moved { seq: 2, was: 4 }, Finding::Moved { seq: 4, was: 2 }]);
}

#[test]
fn entries_that_are_taken_out_are_named() {
    let world = World::of(6);
    [2, 3, 5].into_iter().for_each(|seq| world.delete(&world.key_of(seq)));
    assert_eq!(world.findings(), [Finding::Missing { from: 2, to: 3 }, Finding::Missing { from: 5, to: 5 }]);
}

#[test]
fn a_chain_that_was_shortened_is_known_by_its_own_end() {
    let world = World::of(6);
    [5, 6].into_iter().for_each(|seq| world.delete(&world.key_of(seq)));
    assert_eq!(world.findings(), [Finding::Truncated { last: 4, was: 6, by: Witness::End }]);
}

#[test]
fn a_chain_that_was_set_back_with_its_end_is_known_by_what_a_partner_kept() {
    let world = World::of(4);
    let end = "audit/acm1.a.example/end";
    let early = world.read(end);
    (5..=7).for_each(|number| world.act(number));
    world.seal();
    let kept = world.head();
    (5..=7).for_each(|seq| world.delete(&world.key_of(seq)));
    world.write(end, early);
    assert!(world.verify().is_sound(), "nothing in the store itself tells");
    let told = world.verify_against(&[Kept::Head(kept.clone())]).findings;
    assert_eq!(told, [Finding::Truncated { last: 4, was: 7, by: Witness::Partner }]);
    let mut forged = kept;
    forged.head.seq = 9;
    let told = world.verify_against(&[Kept::Head(forged)]).findings;
    assert_eq!(
        told,
        [Finding::Forged { seq: 9, by: Witness::Partner }],
        "whoever invents an end is found too"
    );
}

#[test]
fn a_chain_that_was_written_anew_does_not_fit_the_end_that_a_partner_kept() {
    let world = World::of(4);
    let kept = world.head();
    let anew = |key| {
        let other = World::signed_by(key);
        for number in 1..=4 {
            let by = if number == 3 { "sip:mallory@a.example" } else { "sip:alice@a.example" };
            other.enter(&Entry::new(at(number), "acm.request.stored", by).of(format!("r{number}")));
        }
        other.seal();
        other
    };
    let report = anew(world.key.clone()).verify_against(&[Kept::Head(kept)]);
    assert_eq!(report.findings, [Finding::Rewritten { after: 0, at: 4, by: Witness::Partner }]);
    let (other, trusted) = (anew(key()), world.trusted());
    let report = audit::verify(&*other.store, common::NAME, &trusted, &[]);
    assert_eq!(futures::executor::block_on(report).unwrap().findings, [Finding::UnknownKey { seq: 4 }]);
}

#[test]
fn something_else_among_the_entries_is_a_stray() {
    let world = World::of(2);
    world.write("audit/acm1.a.example/entry/note", b"x".to_vec());
    assert_eq!(world.findings(), [Finding::Stray]);
    world.delete("audit/acm1.a.example/end");
    assert_eq!(world.findings(), [Finding::NoEnd]);
}

#[test]
fn an_end_that_lost_its_signature_is_found_where_there_were_others() {
    let world = World::of(1_500);
    let end: serde_json::Value = serde_json::from_slice(&world.read("audit/acm1.a.example/end")).unwrap();
    let head: Head = serde_json::from_value(end["head"].clone()).unwrap();
    let unsigned = format!("{{\"head\":{}}}", serde_json::to_string(&head).unwrap());
    world.write("audit/acm1.a.example/end", unsigned.into_bytes());
    assert_eq!(world.findings(), [Finding::Unsigned]);
}

#[test]
fn a_receipt_counts_for_what_was_sent_and_for_nothing_else() {
    let (world, partner) = (World::new(), key());
    let sent =
        Entry::new(at(1), "acm.receipt", "b.example").of("r1").partner("b.example").bytes(b"<acm-info/>");
    let end = Head { chain: "b".into(), seq: 3, link: audit::Digest::of(b"x"), at: 1 };
    let receipt = |of: &str, bytes| Receipt::new("acm-request", of, audit::Digest::of(bytes), &end, &partner);
    world.enter(&sent.clone().receipt(receipt("r1", b"<acm-info/>")));
    world.seal();
    assert_eq!((world.verify().witnesses, world.findings()), (1, vec![]));
    for (of, bytes) in [("r2", &b"<acm-info/>"[..]), ("r1", b"<other/>")] {
        world.enter(&sent.clone().receipt(receipt(of, bytes)));
    }
    let mut forged = receipt("r1", b"<acm-info/>");
    forged.number += 1;
    world.enter(&sent.receipt(forged));
    world.seal();
    assert_eq!(world.findings(), [2, 3, 4].map(|seq| Finding::BadReceipt { seq }));
}

#[test]
fn a_receipt_that_the_chain_gave_holds_it_to_what_it_was() {
    let world = World::of(2);
    world.act(3);
    let receipt = world.chain.receipt("acm-request", "r3", audit::Digest::of(b"x"), at(4));
    let receipt = futures::executor::block_on(receipt).unwrap().unwrap();
    assert_eq!((receipt.number, receipt.check().is_ok()), (3, true), "the entry is in its place");
    let kept = Kept::from_text(&receipt.to_text()).unwrap();
    assert!(world.verify_against(std::slice::from_ref(&kept)).is_sound());
    world.delete(&world.key_of(3));
    let found = world.verify_against(&[kept]).findings;
    let was = |by| Finding::Truncated { last: 2, was: 3, by };
    assert_eq!(found, [was(Witness::End), was(Witness::Partner)]);
}

#[test]
fn a_partner_who_tells_of_two_pasts_is_found() {
    let (world, partner) = (World::new(), key());
    let head = |seq, of: &str| {
        Head { chain: "b".into(), seq, link: audit::Digest::of(of.as_bytes()), at: 1 }.signed(&partner)
    };
    let told = |signed| Entry::new(at(1), "audit.head", "b.example").partner("b.example").head(signed);
    for signed in [head(1, "x"), head(1, "x"), head(5, "y"), head(5, "z"), head(4, "w"), head(4, "v")] {
        world.enter(&told(signed));
    }
    world.seal();
    assert_eq!(world.findings(), [4, 6].map(|seq| Finding::BadPartnerHead { seq }));
}

#[test]
fn two_partners_may_each_have_a_chain_of_the_same_name() {
    let (world, one, other) = (World::new(), key(), key());
    let told = |by: &str, of: &str, key| {
        let head = Head { chain: "acm".into(), seq: 7, link: audit::Digest::of(of.as_bytes()), at: 1 };
        Entry::new(at(1), "audit.head", by).partner(by).head(head.signed(key))
    };
    world.enter(&told("b.example", "x", &one));
    world.enter(&told("c.example", "y", &other));
    world.seal();
    assert!(world.verify().is_sound(), "{:?}", world.findings());
    world.enter(&told("c.example", "x", &other));
    world.seal();
    assert_eq!(world.findings(), [Finding::BadPartnerHead { seq: 3 }]);
}

#[test]
fn what_a_partner_signs_with_another_key_than_his_is_found() {
    let (world, his, other) = (World::new(), key(), key());
    let told = |seq, key| {
        let head = Head { chain: "b".into(), seq, link: audit::Digest::of(b"x"), at: 1 };
        Entry::new(at(1), "audit.head", "b.example").partner("b.example").head(head.signed(key))
    };
    world.enter(&told(1, &his));
    world.enter(&told(2, &other));
    world.seal();
    let partners = [("b.example".to_owned(), vec![his.public()])].into();
    let trusted = Trusted { own: world.trusted(), partners };
    let report = futures::executor::block_on(verify_by(&*world.store, common::NAME, &trusted, &[])).unwrap();
    assert_eq!(report.findings, [Finding::UnknownPartnerKey { seq: 2 }]);
}

#[test]
fn nobody_elses_word_tells_where_a_chain_ended() {
    let world = World::of(2);
    let end = world.head().head;
    let forged = Head { seq: 9, ..end }.signed(&key());
    assert_eq!(world.verify_against(&[Kept::Head(forged)]).findings, [Finding::UnknownKey { seq: 9 }]);
}

#[test]
fn a_receipt_with_a_line_of_its_own_in_a_part_is_none() {
    let end = Head { chain: "b".into(), seq: 3, link: audit::Digest::of(b"x"), at: 1 };
    let receipt = Receipt::new("acm-request\nr1", "r1", audit::Digest::of(b"x"), &end, &key());
    assert!(receipt.check().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_chain_of_any_length_is_sound_until_one_byte_of_it_is_another(
        count in 1_u64..40, which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), by in 1_u8..=255,
    ) {
        let world = World::of(count);
        prop_assert!(world.verify().is_sound());
        let seq = 1 + which.index(usize::try_from(count).unwrap()) as u64;
        let mut bytes = world.read(&world.key_of(seq));
        let place = place.index(bytes.len());
        bytes[place] ^= by;
        world.write(&world.key_of(seq), bytes);
        let findings = world.findings();
        let is_it = matches!(findings[0], Finding::Altered { seq: at } | Finding::Moved { seq: at, .. } if at == seq);
        prop_assert!(is_it, "{:?}", findings);
    }
}
