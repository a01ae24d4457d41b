use std::time::{Duration, Instant};

use xml_schemas::ids::RequestId;

use super::{Key, Repeats, Seen};
use crate::peer::Peer;

fn key(id: &str) -> Key {
    let request_id = RequestId::new(id).expect("valid");
    Key { peer: Peer::of_server("mcs1.a.example".into()), flow: "location-request", request_id }
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
    let (repeats, now) = (Repeats::new(Duration::from_secs(64), 2), start());
    assert_eq!(repeats.enter(&key("1"), b"", now), Seen::New);
    assert_eq!(repeats.enter(&key("1"), b"", now + Duration::from_secs(64)), Seen::New);
    assert_eq!(repeats.enter(&key("2"), b"", now + Duration::from_secs(65)), Seen::New);
    assert_eq!(repeats.enter(&key("3"), b"", now + Duration::from_secs(65)), Seen::New);
    assert_eq!(repeats.enter(&key("1"), b"", now + Duration::from_secs(65)), Seen::New);
}
