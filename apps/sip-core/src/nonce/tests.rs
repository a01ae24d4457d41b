use super::*;

const LIFE: Duration = Duration::from_secs(300);
const PLACE: &str = "192.0.2.1";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn nonces() -> Nonces {
    Nonces::new("secret".into(), LIFE)
}

fn is_current(nonces: &Nonces, nonce: &str, now: SystemTime) -> bool {
    nonces.current(nonce, PLACE, now).is_some()
}

fn spend(nonces: &Nonces, user: &str, nonce: &str, count: u32, now: SystemTime) -> bool {
    nonces.current(nonce, PLACE, now).is_some_and(|current| nonces.spend(user, &current, count, now))
}

#[test]
fn rfc7616_3_3_a_nonce_is_current_until_it_expires() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), PLACE, "token");
    assert!(is_current(&nonces, &nonce, at(0)));
    assert!(is_current(&nonces, &nonce, at(299)));
    assert!(!is_current(&nonces, &nonce, at(300)));
}

#[test]
fn rfc7616_3_3_a_nonce_of_somebody_else_is_not_current() {
    let nonce = Nonces::new("other".into(), LIFE).issue(at(0), PLACE, "token");
    assert!(!is_current(&nonces(), &nonce, at(1)));
    assert!(!is_current(&nonces(), "", at(1)));
    assert!(!is_current(&nonces(), "a.b.c", at(1)));
}

#[test]
fn rfc7616_3_3_a_nonce_is_good_where_it_was_sent_and_nowhere_else() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), "192.0.2.66", "token");
    assert!(nonces.current(&nonce, "192.0.2.66", at(1)).is_some());
    assert!(!is_current(&nonces, &nonce, at(1)));
}

#[test]
fn rfc7616_3_3_a_nonce_cannot_be_made_younger() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), PLACE, "token");
    let (old, younger) = (since_epoch(at(0)).as_millis(), since_epoch(at(200)).as_millis());
    let forged = nonce.replacen(&format!("{old:x}"), &format!("{younger:x}"), 1);
    assert!(forged != nonce && !is_current(&nonces, &forged, at(400)));
}

#[test]
fn rfc7616_3_4_5_a_count_is_good_once_and_never_falls() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), PLACE, "token");
    assert!(spend(&nonces, "alice", &nonce, 1, at(1)));
    assert!(!spend(&nonces, "alice", &nonce, 1, at(1)), "replayed");
    assert!(spend(&nonces, "alice", &nonce, 5, at(1)), "a lost request leaves a gap");
    assert!(!spend(&nonces, "alice", &nonce, 4, at(1)), "below the highest");
}

#[test]
fn rfc7616_3_4_5_counts_begin_at_one() {
    let nonces = nonces();
    let nonce = nonces.issue(at(0), PLACE, "token");
    assert!(!spend(&nonces, "alice", &nonce, 0, at(1)));
}

#[test]
fn rfc7616_5_12_a_users_nonces_take_no_room_from_anybody_elses() {
    let nonces = nonces();
    for number in 0..10_000 {
        let nonce = nonces.issue(at(0) + Duration::from_millis(number), PLACE, &number.to_string());
        assert!(spend(&nonces, "alice", &nonce, 1, at(100)));
    }
    assert_eq!(nonces.users.lock().get("alice").map(|counts| counts.proved.len()), Some(PROVED));
    assert!(spend(&nonces, "bob", &nonces.issue(at(0), PLACE, "bobs"), 1, at(100)));
}

#[test]
fn rfc7616_3_4_5_what_gave_way_cannot_be_replayed() {
    let nonces = nonces();
    let first = nonces.issue(at(0), PLACE, "first");
    assert!(spend(&nonces, "alice", &first, 1, at(1)));
    for number in 0..PROVED {
        assert!(spend(&nonces, "alice", &nonces.issue(at(2), PLACE, &number.to_string()), 1, at(2)));
    }
    assert!(!spend(&nonces, "alice", &first, 1, at(3)), "replayed");
    assert!(!spend(&nonces, "alice", &first, 2, at(3)), "a fresh challenge, not a hole in the replay guard");
    assert!(spend(&nonces, "alice", &nonces.issue(at(3), PLACE, "next"), 1, at(3)));
}

#[test]
fn rfc7616_3_3_expired_counts_are_not_kept() {
    let nonces = nonces();
    assert!(spend(&nonces, "alice", &nonces.issue(at(0), PLACE, "old"), 1, at(1)));
    assert!(spend(&nonces, "alice", &nonces.issue(at(400), PLACE, "new"), 1, at(400)));
    assert_eq!(nonces.users.lock().get("alice").map(|counts| counts.proved.len()), Some(1));
}
