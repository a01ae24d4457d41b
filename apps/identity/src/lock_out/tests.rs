use std::net::Ipv4Addr;

use super::*;

const RULE: LockOut =
    LockOut { user: 3, address: 5, first: Duration::from_secs(10), longest: Duration::from_secs(60) };

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

/// Some moment: tests of intervals need no particular one.
fn start() -> Instant {
    wire::Clock::now(&*kit::testing::Lab::new().world("x").clock)
}

#[test]
fn rfc6819_4_4_3_6_who_guesses_waits_twice_as_long_each_time() {
    let (attempts, mut now) = (Attempts::new(RULE), start());
    for last in 1..=3 {
        assert_eq!(attempts.begin("alice", address(last), now), Ok(()), "{last}");
    }
    for (index, wait) in [10, 20, 40, 60, 60].into_iter().enumerate() {
        assert_eq!(attempts.begin("alice", address(9), now), Err(seconds(wait)), "{index}");
        now += seconds(wait);
        assert_eq!(attempts.begin("alice", address(20 + index as u8), now), Ok(()), "{index}");
    }
    assert_eq!(attempts.begin("bob", address(9), now), Ok(()), "another user is free");
}

#[test]
fn one_address_has_so_many_guesses_whoever_it_is_about() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for user in 0..5 {
        assert_eq!(attempts.begin(&user.to_string(), address(1), now), Ok(()));
    }
    assert_eq!(attempts.begin("alice", address(1), now), Err(seconds(10)));
    assert_eq!(attempts.begin("alice", address(2), now), Ok(()));
    let six = |text: &str| text.parse::<IpAddr>().unwrap();
    for host in 1..=5 {
        assert_eq!(attempts.begin(&format!("six{host}"), six(&format!("2001:db8::{host}")), now), Ok(()));
    }
    assert!(attempts.begin("zoe", six("2001:db8::ffff"), now).is_err(), "one /64 is one");
    assert!(
        attempts.begin("zoe", six("::ffff:192.0.2.1"), now).is_err(),
        "an IPv4 address is one however written"
    );
}

#[test]
fn who_knows_the_password_is_forgiven_and_time_forgets() {
    let (attempts, now) = (Attempts::new(RULE), start());
    for _ in 0..20 {
        assert_eq!(attempts.begin("alice", address(1), now), Ok(()));
        attempts.forgive("alice", address(1), true);
    }
    for _ in 0..2 {
        assert_eq!(attempts.begin("alice", address(1), now), Ok(()));
    }
    let later = now + seconds(121);
    for _ in 0..3 {
        assert_eq!(attempts.begin("alice", address(1), later), Ok(()), "what was long ago counts no more");
    }
    assert!(attempts.begin("alice", address(1), later).is_err());
}
