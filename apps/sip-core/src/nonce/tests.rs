use super::*;

const LIFE: Duration = Duration::from_secs(300);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn nonces() -> Nonces {
    Nonces::new("secret".into(), LIFE)
}

#[test]
fn rfc7616_3_3_a_nonce_is_current_until_it_expires() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), "token");
    assert!(nonces.is_current(&nonce, at(0)));
    assert!(nonces.is_current(&nonce, at(299)));
    assert!(!nonces.is_current(&nonce, at(300)));
}

#[test]
fn rfc7616_3_3_a_nonce_of_somebody_else_is_not_current() {
    let nonce = Nonces::new("other".into(), LIFE).issue(at(0), "token");
    assert!(!nonces().is_current(&nonce, at(1)));
    assert!(!nonces().is_current("", at(1)));
    assert!(!nonces().is_current("a.b.c", at(1)));
}

#[test]
fn rfc7616_3_3_a_nonce_cannot_be_made_younger() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), "token");
    let (old, younger) = (since_epoch(at(0)).as_millis(), since_epoch(at(200)).as_millis());
    let forged = nonce.replacen(&format!("{old:x}"), &format!("{younger:x}"), 1);
    assert!(forged != nonce && !nonces.is_current(&forged, at(400)));
}

#[test]
fn rfc7616_3_4_5_a_count_is_good_once_and_never_falls() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), "token");
    assert!(nonces.spend(&nonce, 1, at(1)));
    assert!(!nonces.spend(&nonce, 1, at(1)), "replayed");
    assert!(nonces.spend(&nonce, 5, at(1)), "a lost request leaves a gap");
    assert!(!nonces.spend(&nonce, 4, at(1)), "below the highest");
}

#[test]
fn rfc7616_3_4_5_counts_begin_at_one() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), "token");
    assert!(!nonces.spend(&nonce, 0, at(1)));
}

#[test]
fn expired_counts_make_room() {
    let nonces = nonces();
    for number in 0..PROVED {
        assert!(nonces.spend(&nonces.issue(at(0), &number.to_string()), 1, at(1)));
    }
    let late = nonces.issue(at(10), "late");
    assert!(!nonces.spend(&late, 1, at(10)), "full: a fresh challenge, not a hole in the replay guard");
    let after = nonces.issue(at(301), "after");
    assert!(nonces.spend(&after, 1, at(301)));
}
