use std::sync::atomic::{AtomicU8, Ordering};

use store::{Clock, Disk, Redb};

use super::*;

const DAY: u64 = 86_400;

/// A ring whose keys are told from each other by their only octet; they sign nothing.
fn ring() -> Ring {
    let store = Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap();
    let count = AtomicU8::new(0);
    let new_key: NewKey = Arc::new(move || Ok(vec![count.fetch_add(1, Ordering::Relaxed)]));
    let mut config = Config::new("idms", "https://idms.a.example", vec!["a.example".to_owned()]);
    config.keys = KeyTimes { rotation: Duration::from_secs(DAY), ahead: Duration::from_secs(3_600) };
    Ring::new(&config, Arc::new(store), new_key)
}

fn from(kept: &Kept) -> Vec<u64> {
    kept.keys.iter().map(|key| key.from).collect()
}

#[test]
fn a_key_is_made_once_and_its_successor_in_time() {
    let ring = ring();
    let first = ring.turned(None, 1_000).unwrap().unwrap();
    assert_eq!(from(&first), [1_000]);
    assert!(ring.turned(Some(&first), 1_000 + DAY - 3_601).unwrap().is_none());
    let both = ring.turned(Some(&first), 1_000 + DAY - 3_600).unwrap().unwrap();
    assert_eq!(from(&both), [1_000, 1_000 + DAY]);
    assert_eq!(both.page, first.page, "pages stay what they are");
    let gone = 1_000 + DAY + 3_600 + 300;
    assert!(ring.turned(Some(&both), gone - 1).unwrap().is_none());
    assert_eq!(from(&ring.turned(Some(&both), gone).unwrap().unwrap()), [1_000 + DAY]);
}

#[test]
fn after_a_long_rest_the_next_key_is_told_before_it_signs() {
    let ring = ring();
    let first = ring.turned(None, 1_000).unwrap().unwrap();
    let later = 1_000 + 10 * DAY;
    assert_eq!(from(&ring.turned(Some(&first), later).unwrap().unwrap()), [1_000, later + 3_600]);
}

#[test]
fn two_replicas_sign_with_the_same_keys() {
    let key = || {
        let key = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &aws_lc_rs::rand::SystemRandom::new(),
        );
        Ok(key.unwrap().as_ref().to_vec())
    };
    let store: Arc<dyn Store> =
        Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap());
    let config = Config::new("idms", "https://idms.a.example", vec!["a.example".to_owned()]);
    let rings = [(); 2].map(|()| Ring::new(&config, Arc::clone(&store), Arc::new(key)));
    let jwks = rings.each_ref().map(|ring| {
        futures::executor::block_on(ring.look(UNIX_EPOCH)).unwrap();
        ring.keys().as_ref().as_ref().unwrap().jwks().to_owned()
    });
    assert_eq!(jwks[0], jwks[1]);
}
