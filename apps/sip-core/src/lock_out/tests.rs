use super::*;

const RULE: LockOut =
    LockOut { user: 3, address: 5, first: Duration::from_secs(10), longest: Duration::from_secs(60) };

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn from(user: &str, last: u8) -> Guesser {
    Guesser::of(user, Source::Network([192, 0, 2, last].into()))
}

/// Some moment: tests of intervals need no particular one.
fn start() -> Instant {
    wire::Clock::now(&*kit::testing::Lab::new().world("x").clock)
}

#[test]
fn rfc3261_22_1_who_guesses_waits_twice_as_long_each_time() {
    let (attempts, mut now, alice) =
        (Attempts::new(LockOut { address: 1_000, ..RULE }), start(), from("alice", 1));
    for guess in 1..3 {
        assert_eq!(attempts.wrong(&alice, now), None, "{guess}");
    }
    for wait in [10, 20, 40, 60, 60] {
        assert_eq!(attempts.wrong(&alice, now), Some(seconds(wait)));
        assert_eq!(attempts.wait(&alice, now + seconds(wait - 1)), Some(seconds(1)));
        now += seconds(wait);
        assert_eq!(attempts.wait(&alice, now), None);
    }
}

#[test]
fn rfc3261_22_1_who_comes_from_elsewhere_waits_for_nobody() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for _ in 0..3 {
        attempts.wrong(&from("alice", 1), now);
    }
    assert!(attempts.wait(&from("alice", 1), now).is_some());
    assert_eq!(attempts.wait(&from("alice", 2), now), None, "she is elsewhere");
    assert_eq!(attempts.wait(&from("bob", 1), now), None, "somebody else there");
    let own = Guesser::of("alice", Source::Flow(([192, 0, 2, 1], 5070).into(), None));
    assert_eq!(attempts.wait(&own, now), None, "her own flow");
}

#[test]
fn one_network_has_so_many_guesses_whoever_they_are_about() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for user in 0..5 {
        assert_eq!(attempts.wait(&from("zoe", 1), now), None);
        attempts.wrong(&from(&user.to_string(), 1), now);
    }
    assert_eq!(attempts.wait(&from("zoe", 1), now), Some(seconds(10)));
    assert_eq!(attempts.wait(&from("zoe", 2), now), None);
    let own = Guesser::of("zoe", Source::Flow(([192, 0, 2, 1], 5070).into(), None));
    assert_eq!(attempts.wait(&own, now), None, "who is registered stays so");
}

#[test]
fn one_terminal_with_an_old_password_shuts_out_nobody_who_shares_its_address() {
    let (attempts, mut now) = (Attempts::new(RULE), start());
    for _ in 0..100 {
        now += attempts.wrong(&from("alice", 1), now).unwrap_or_default();
    }
    assert_eq!(attempts.wait(&from("bob", 1), now), None);
}

#[test]
fn who_was_right_is_forgiven_and_the_network_is_not() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for guess in 0..5 {
        attempts.wrong(&from("alice", 1), now);
        attempts.right(&from("alice", 1));
        assert_eq!(attempts.wait(&from("alice", 1), now).is_some(), guess == 4, "{guess}");
    }
}

#[test]
fn what_was_long_ago_counts_no_more() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for _ in 0..2 {
        attempts.wrong(&from("alice", 1), now);
    }
    assert_eq!(attempts.wrong(&from("alice", 1), now + seconds(120)), None);
    assert_eq!(attempts.wrong(&from("alice", 1), now + seconds(239)), None);
    assert_eq!(attempts.wrong(&from("alice", 1), now + seconds(240)), Some(seconds(10)));
}
