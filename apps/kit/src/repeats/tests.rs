use std::time::{Duration, Instant};

use xml_schemas::ids::RequestId;

use super::{Id, Key, Repeats, Seen};
use crate::peer::Peer;

fn key(id: &str) -> Key {
    key_of("mcs1.a.example", id)
}

fn key_of(peer: &str, id: &str) -> Key {
    let request_id = RequestId::new(id).expect("valid");
    Key { peer: Peer::of_server(peer.into()), id: Id { flow: "location-request", request_id } }
}

fn start() -> Instant {
    #[allow(clippy::disallowed_methods, reason = "any instant will do; the test counts from it")]
    Instant::now()
}

#[test]
fn a_repeat_is_recognised_and_another_body_under_the_same_id_is_a_conflict() {
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 10), start());
    assert_eq!(repeats.enter(&key("1"), b"body", now), Seen::New);
    assert_eq!(repeats.enter(&key("1"), b"body", now), Seen::Repeated);
    assert_eq!(repeats.enter(&key("1"), b"other", now), Seen::Conflicting);
    assert_eq!(repeats.enter(&key("2"), b"body", now), Seen::New);
}

#[test]
fn what_was_not_accepted_is_judged_anew() {
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 10), start());
    assert_eq!(repeats.enter(&key("1"), b"body", now), Seen::New);
    repeats.withdraw(&key("1"));
    assert_eq!(repeats.enter(&key("1"), b"body", now), Seen::New);
}

#[test]
fn the_table_forgets_by_time_and_by_number() {
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 4), start());
    assert_eq!(repeats.enter(&key("1"), b"", now), Seen::New);
    assert_eq!(repeats.enter(&key("1"), b"", now + Duration::from_secs(64)), Seen::New);
    assert_eq!(repeats.enter(&key("2"), b"", now + Duration::from_secs(65)), Seen::New);
    assert_eq!(repeats.enter(&key("3"), b"", now + Duration::from_secs(65)), Seen::New);
    assert_eq!(repeats.enter(&key("1"), b"", now + Duration::from_secs(65)), Seen::New);
}

#[test]
fn rfc3261_8_2_2_2_a_peer_that_floods_makes_only_its_own_repeats_forgotten() {
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 4), start());
    let enter = |peer, id| repeats.enter(&key_of(peer, id), b"", now);
    assert_eq!(enter("quiet", "1"), Seen::New);
    for id in ["1", "2", "3", "4", "5"] {
        assert_eq!(enter("loud", id), Seen::New);
    }
    assert_eq!(enter("quiet", "1"), Seen::Repeated);
    assert_eq!((enter("loud", "5"), enter("loud", "1")), (Seen::Repeated, Seen::New));
}

#[test]
fn who_says_nothing_any_more_is_forgotten() {
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 4), start());
    repeats.enter(&key_of("quiet", "1"), b"", now);
    repeats.enter(&key_of("loud", "1"), b"", now + Duration::from_secs(64));
    let table = repeats.table.lock().expect("lock");
    assert_eq!((table.peers.len(), table.number), (1, 1));
}
