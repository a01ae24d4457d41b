use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

fn sealer(seed: u8) -> Sealer {
    Sealer::new([[seed; 32]]).unwrap()
}

fn label(kind: Kind, partner: &str) -> Label<'_> {
    Label { kind, partner, call_id: b"" }
}

fn seal(value: &[u8]) -> Value {
    sealer(1).seal(CURRENT, &label(Kind::CallId, "b"), value).unwrap()
}

fn open(sealer: &Sealer, kind: Kind, partner: &str, sealed: &[u8]) -> Result<Option<Value>, SealError> {
    Ok(sealer.open(&label(kind, partner), sealed)?.map(|(_, value)| value))
}

#[test]
fn sealing_is_deterministic_and_shows_nothing() {
    let call_id = b"loc1@lms1.core.primary.example";
    let sealed = seal(call_id);
    assert_eq!(sealed, seal(call_id));
    assert_ne!(sealed, seal(b"loc2@lms1.core.primary.example"));
    assert!(sealed.iter().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7' | b'.')));
}

#[test]
fn what_was_sealed_opens_under_the_same_key_only() {
    let sealed = seal(b"x@y");
    assert_eq!(open(&sealer(1), Kind::CallId, "b", &sealed), Ok(Some(Value::from_slice(b"x@y"))));
    assert_eq!(open(&sealer(2), Kind::CallId, "b", &sealed), Ok(None));
}

#[test]
fn a_kind_or_partner_does_not_pass_for_another() {
    let sealed = seal(b"x@y");
    assert_eq!(open(&sealer(1), Kind::Tag, "b", &sealed), Err(SealError::Tampered));
    assert_eq!(open(&sealer(1), Kind::CallId, "c", &sealed), Err(SealError::Tampered));
}

#[test]
fn what_one_call_carries_does_not_open_in_another() {
    let of = |call_id| Label { kind: Kind::Contact, partner: "b", call_id };
    let one = sealer(1).seal(CURRENT, &of(b"one"), b"sip:x@y").unwrap();
    let two = sealer(1).seal(CURRENT, &of(b"two"), b"sip:x@y").unwrap();
    // Not even that both name the same end can be seen.
    assert!(one.iter().zip(&two).skip(FINGERPRINT + 1).filter(|(one, two)| one == two).count() < 8);
    assert_eq!(sealer(1).open(&of(b"two"), &one), Err(SealError::Tampered));
    assert_eq!(sealer(1).open(&of(b"one"), &one), Ok(Some((CURRENT, Value::from_slice(b"sip:x@y")))));
}

#[test]
fn an_old_key_opens_and_the_new_one_seals() {
    let old = seal(b"x@y");
    let rotated = Sealer::new([[2; 32], [1; 32]]).unwrap();
    assert_eq!(open(&rotated, Kind::CallId, "b", &old), Ok(Some(Value::from_slice(b"x@y"))));
    assert_eq!(
        rotated.seal(CURRENT, &label(Kind::CallId, "b"), b"x@y"),
        sealer(2).seal(CURRENT, &label(Kind::CallId, "b"), b"x@y")
    );
}

#[test]
fn another_gateways_work_is_left_alone() {
    for foreign in [b"".as_slice(), b"abc", b"1234567890@host", b"gwf1", b"aaaaaaaa.bbbb"] {
        assert_eq!(open(&sealer(1), Kind::CallId, "b", foreign), Ok(None));
    }
}

#[test]
fn short_secrets_are_refused() {
    assert_eq!(Sealer::new([[0; 31]]).err(), Some(WeakSecret));
    assert_eq!(Sealer::new::<&[u8]>([]).err(), Some(WeakSecret));
}

#[test]
fn what_nobody_mints_is_too_long() {
    assert_eq!(sealer(1).seal(CURRENT, &label(Kind::Tag, "b"), &[b'x'; 1025]), Err(SealError::TooLong));
}

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(24379), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn sealing_and_opening_are_inverse(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let opened = open(&sealer(7), Kind::Tag, "b", &sealer(7).seal(CURRENT, &label(Kind::Tag, "b"), &value).unwrap());
        prop_assert_eq!(opened, Ok(Some(Value::from_slice(&value))));
    }

    #[test]
    fn every_changed_character_is_noticed(value in "[a-z@.]{1,40}", at in any::<prop::sample::Index>(), to in b'a'..=b'z') {
        let mut sealed = seal(value.as_bytes());
        let at = FINGERPRINT + at.index(sealed.len() - FINGERPRINT);
        prop_assume!(sealed[at] != to);
        sealed[at] = to;
        prop_assert_eq!(open(&sealer(1), Kind::CallId, "b", &sealed), Err(SealError::Tampered));
    }

    #[test]
    fn hiding_gateways_back_to_back_restore_each_others_work(value in "[!-~]{1,60}") {
        let ours = sealer(1).seal(CURRENT, &label(Kind::CallId, "b"), value.as_bytes()).unwrap();
        let twice = sealer(2).seal(CURRENT, &label(Kind::CallId, "a"), &ours).unwrap();
        let once = open(&sealer(2), Kind::CallId, "a", &twice).unwrap().unwrap();
        prop_assert_eq!(&once, &ours);
        let back = open(&sealer(1), Kind::CallId, "b", &once).unwrap().unwrap();
        prop_assert_eq!(back.as_slice(), value.as_bytes());
    }
}
