use super::*;
use crate::config::Document;

const RULE: LockOut =
    LockOut { user: 3, address: 5, first: Duration::from_secs(10), longest: Duration::from_secs(60) };

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Some moment: tests of intervals need no particular one.
fn start() -> Instant {
    wire::Clock::now(&*crate::testing::Lab::new().world("x").clock)
}

#[test]
fn each_failure_beyond_what_is_borne_doubles_the_wait() {
    let (mut counts, mut now) = (Generations::default(), start());
    for failure in 1..3 {
        assert_eq!(counts.fail("alice", 3, &RULE, now), failure);
        assert_eq!(counts.wait(&"alice", now), None);
    }
    for wait in [10, 20, 40, 60, 60] {
        counts.fail("alice", 3, &RULE, now);
        assert_eq!(counts.wait(&"alice", now), Some(seconds(wait)));
        assert_eq!(counts.wait(&"bob", now), None);
        now += seconds(wait);
        assert_eq!(counts.wait(&"alice", now), None);
    }
}

#[test]
fn what_is_undone_forgotten_or_long_ago_counts_no_more() {
    let (mut counts, now) = (Generations::default(), start());
    for _ in 0..20 {
        counts.fail("alice", 1, &RULE, now);
        counts.undo(&"alice");
        assert_eq!(counts.wait(&"alice", now), None, "undone");
    }
    for _ in 0..5 {
        counts.fail("alice", 1, &RULE, now);
    }
    counts.forget(&"alice");
    assert_eq!(counts.fail("alice", 3, &RULE, now), 1, "forgotten");
    assert_eq!(counts.fail("alice", 3, &RULE, now + seconds(119)), 2);
    assert_eq!(counts.fail("alice", 3, &RULE, now + seconds(239)), 1, "long ago");
}

#[test]
fn what_is_counted_is_bounded() {
    let (mut counts, now) = (Generations::default(), start());
    for user in 0..3 * COUNTED {
        counts.fail(user, 3, &RULE, now);
    }
    assert!(counts.young.len() + counts.old.len() <= 2 * COUNTED);
    assert_eq!(counts.fail(3 * COUNTED - 1, 3, &RULE, now), 2, "of late");
}

#[test]
fn a_network_is_an_ipv4_address_however_written_or_half_of_an_ipv6_address() {
    let read = |text: &str| text.parse::<IpAddr>().expect("valid");
    assert_eq!(network(read("::ffff:192.0.2.1")), network(read("192.0.2.1")));
    assert_ne!(network(read("192.0.2.2")), network(read("192.0.2.1")));
    assert_eq!(network(read("2001:db8::1")), network(read("2001:db8::ffff")));
    assert_ne!(network(read("2001:db8:0:1::1")), network(read("2001:db8::1")));
}

#[test]
fn a_section_says_what_is_borne_and_how_long_is_waited() {
    let read = |text: &str| {
        let text = format!("[lock-out]\n{text}");
        let document = Document::parse("mcx.toml", &text);
        let read = document.read(|root| root.table("lock-out", |each| Some(LockOut::read(each))));
        read.map_err(|errors| errors.to_string())
    };
    let told = "user = 3\naddress = 5\nfirst = \"10s\"\nlongest = \"1m\"\n";
    assert_eq!(read(told), Ok(RULE));
    assert_eq!(read(""), Ok(LockOut::default()));
    for (wrong, why) in [
        ("user = 0\n", "user"),
        ("first = \"0s\"\n", "a second or more"),
        ("first = \"1h\"\n", "longer than \"longest\""),
    ] {
        assert!(read(wrong).is_err_and(|found| found.contains(why)), "{wrong}");
    }
}
