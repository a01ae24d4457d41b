use futures::executor::block_on;

use super::*;

const CHEAP: Hashing = Hashing { memory: 8, passes: 1, threads: 1, waiting: 1 };
const SALT: &[u8] = b"0123456789abcdef";

#[test]
fn rfc9106_a_password_is_held_against_its_hash() {
    let hash = hash(&CHEAP, "open sesame", SALT).unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
    assert_eq!(check(&hash), Ok(()));
    for threads in [0, 2] {
        let hasher = Hasher::new(&Hashing { threads, ..CHEAP }, SALT).unwrap();
        let verdict = |password: &str, hash| block_on(hasher.verify(password.to_owned(), hash));
        assert_eq!(verdict("open sesame", Some(&hash)), Ok(true));
        assert_eq!(verdict("open Sesame", Some(&hash)), Ok(false));
        assert_eq!(verdict("", Some(&hash)), Ok(false));
        assert_eq!(verdict("nobody", None), Ok(false), "nobody's password is nobody's");
        assert_eq!(verdict(&"x".repeat(LONGEST + 1), Some(&hash)), Ok(false));
    }
}

#[test]
fn a_hash_that_would_cost_too_much_is_refused() {
    let hash = hash(&CHEAP, "p", SALT).unwrap();
    for (from, to) in [("m=8", "m=2000000"), ("t=1", "t=1000"), ("argon2id", "argon2d"), ("p=1", "p=1x")] {
        assert!(check(&hash.replace(from, to)).is_err(), "{to}");
    }
    assert!(check("$argon2id$v=19$m=8,t=1,p=1").is_err());
    assert!(check("secret").is_err());
}

#[test]
fn passwords_that_wait_are_bounded() {
    let hasher = Hasher::new(&CHEAP, SALT).unwrap();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (began, begun) = std::sync::mpsc::channel::<()>();
    let blocks: Job = Box::new(move || {
        let _ = began.send(());
        let _ = gate.recv();
    });
    hasher.jobs.as_ref().unwrap().try_send(blocks).unwrap();
    begun.recv().unwrap();
    hasher.jobs.as_ref().unwrap().try_send(Box::new(|| ())).unwrap();
    assert_eq!(block_on(hasher.verify("p".to_owned(), None)), Err(Busy));
    drop(go);
}
