//! How much a partner may keep here by providing it (10.2.7.2), and how much of that stands in the audit log.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::Config;
use http::{Method, StatusCode};
use kit::Cause;
use store::Batch;
use two_servers::{A, B, From, World, cause, config, group, path};

/// The primary system, as the partner's gateway asserts it.
const PRIMARY: From<'_> = From::Gateway("sip:gms_psi@a.example");

const REFUSED: (StatusCode, Option<Cause>) = (StatusCode::FORBIDDEN, Some(Cause::GroupsTooLarge));

/// B lets A keep so many groups, of so many octets in all.
fn world(most_groups: usize, most_octets: usize) -> World {
    World::of(config(A, B), limited(most_groups, most_octets))
}

fn limited(most_groups: usize, most_octets: usize) -> Config {
    let mut b = config(B, A);
    (b.partners[0].most_groups, b.partners[0].most_octets) = (most_groups, most_octets);
    b
}

fn id(number: usize) -> String {
    format!("sip:g{number}@a.example")
}

fn put(world: &World, number: usize, body: String) -> (StatusCode, Option<Cause>) {
    let put = world.request(Method::PUT, &path(&id(number)), PRIMARY, body);
    let answer = world.send(B, PRIMARY, put);
    (answer.status(), cause(&answer))
}

/// A puts so many of its groups at B; how many B has kept, and what refused the last.
fn puts(world: &World, numbers: std::ops::Range<usize>) -> (usize, Option<Cause>) {
    let body = |number| group(&id(number), &["sip:bob@b.example"], 1);
    let last = numbers.fold(None, |_, number| Some(put(world, number, body(number))));
    (world.kept(B, groups::keys::SOURCE).len(), last.and_then(|(_, cause)| cause))
}

/// A puts a group that long, in octets.
fn put_long(world: &World, number: usize, octets: usize) -> (StatusCode, Option<Cause>) {
    put(world, number, long(number, octets))
}

fn long(number: usize, octets: usize) -> String {
    let bare = group(&id(number), &["sip:bob@b.example"], 1);
    let name = "x".repeat(octets - bare.len());
    bare.replace("Fire</display-name>", &format!("Fire{name}</display-name>"))
}

#[test]
fn a_partner_keeps_so_many_groups_here_and_no_more() {
    let world = world(40, 1 << 30);
    assert_eq!(puts(&world, 0..100), (40, Some(Cause::TooManyGroups)));
    let before = world.servers[B].switch.records();
    puts(&world, 100..200);
    let read = world.servers[B].switch.records() - before;
    assert!(read < 1000, "{read} records were read for what is refused");
    assert_eq!(puts(&world, 0..40), (40, None), "what is there is there");
    let changed = group("sip:g1@a.example", &["sip:bob@b.example"], 2);
    assert_eq!(put(&world, 1, changed).0, StatusCode::OK, "and may change");
    assert!(world.delete(B, PRIMARY, "sip:g1@a.example").status().is_success());
    assert_eq!(puts(&world, 200..203), (40, Some(Cause::TooManyGroups)), "one has room again");
}

#[test]
fn the_groups_of_a_partner_have_so_many_octets_here_and_no_more() {
    let mut world = world(1_000, 100_000);
    for number in 0..9 {
        assert_eq!(put_long(&world, number, 10_000).0, StatusCode::CREATED, "{number}");
    }
    assert_eq!(put_long(&world, 9, 10_001), REFUSED);
    assert_eq!(put_long(&world, 9, 9_000).0, StatusCode::CREATED, "what is smaller has room");
    assert_eq!(put_long(&world, 0, 11_001), REFUSED, "a group that is there does not grow either");
    assert_eq!(put_long(&world, 0, 9_999).0, StatusCode::OK, "what grows by nothing needs no room");
    let before = world.servers[B].switch.records();
    (0..100).for_each(|less| assert_eq!(put_long(&world, 10, 20_000 - less), REFUSED));
    let read = world.servers[B].switch.records() - before;
    assert!(read < 1000, "{read} records were read for what is refused, whatever its size");
    world.begin(B);
    assert_eq!(put_long(&world, 10, 2_000), REFUSED, "over a restart, too");
    assert!(world.delete(B, PRIMARY, "sip:g1@a.example").status().is_success());
    assert_eq!(put_long(&world, 10, 10_000).0, StatusCode::CREATED, "there is room again");
    assert_eq!(world.kept(B, groups::keys::SOURCE).len(), 10);
}

/// While a group of 15,000 octets is being kept, of 20,000 that may be, another comes.
#[test]
fn what_has_no_room_beside_what_is_being_kept_is_503_to_repeat_and_decided_once_that_is_kept_or_is_not() {
    let later = (StatusCode::SERVICE_UNAVAILABLE, Some(Cause::Overloaded));
    for (is_kept, then) in [(true, REFUSED), (false, (StatusCode::CREATED, None))] {
        let world = world(1_000, 20_000);
        let switch = &world.servers[B].switch;
        switch.hold();
        let first = world.request(Method::PUT, &path(&id(1)), PRIMARY, long(1, 15_000));
        let mut first = world.send_later(B, PRIMARY, first);
        assert_eq!(first.try_recv().map(|answer| answer.is_some()), Ok(false), "is being kept");
        let second = world.request(Method::PUT, &path(&id(2)), PRIMARY, long(2, 10_000));
        let answer = world.send(B, PRIMARY, second);
        assert_eq!((answer.status(), cause(&answer)), later);
        assert!(answer.headers().contains_key("retry-after"));
        let beside = world.request(Method::PUT, &path(&id(3)), PRIMARY, long(3, 5_000));
        let mut beside = world.send_later(B, PRIMARY, beside);
        assert_eq!(beside.try_recv().map(|answer| answer.is_some()), Ok(false), "there is room for that");
        if is_kept {
            switch.release();
            world.lab.run();
            for mut answered in [first, beside] {
                let answer = answered.try_recv().expect("is served").expect("is answered");
                assert_eq!(answer.status(), StatusCode::CREATED);
            }
        } else {
            switch.refuse();
            world.lab.run();
            let answer = first.try_recv().expect("is served").expect("is answered");
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(put_long(&world, 2, 10_000), then);
    }
}

#[test]
fn groups_that_an_earlier_release_kept_count_with_their_size() {
    let mut world = world(1_000, 20_000);
    assert_eq!(put_long(&world, 0, 15_000).0, StatusCode::CREATED);
    let former = r#"{"partner":"a.example","how":"provided","etag":null}"#;
    world.commit(B, Batch::new().put(format!("{}{}", groups::keys::SOURCE, id(0)), former));
    world.begin(B);
    assert_eq!(put_long(&world, 1, 5_001), REFUSED);
    assert_eq!(put_long(&world, 1, 5_000).0, StatusCode::CREATED);
}

#[test]
fn a_partner_that_changes_its_groups_without_end_fills_no_log_and_is_counted() {
    let world = world(20, 1 << 30);
    let kept = |world: &World| {
        let entries = world.entries(B);
        entries.into_iter().filter(|entry| entry.act.starts_with("groups.offer.")).collect::<Vec<_>>()
    };
    for number in 0..100 {
        let length = 1_000 + number % 2;
        assert!(put_long(&world, 1, length).0.is_success());
    }
    for _ in 0..100 {
        assert!(world.delete(B, PRIMARY, &id(1)).status().is_success());
        assert_eq!(put_long(&world, 1, 1_000).0, StatusCode::CREATED);
    }
    let before = kept(&world).len();
    assert!((20..60).contains(&before), "{before} entries");
    world.wait(60);
    assert!(put_long(&world, 1, 2_000).0.is_success());
    let after = kept(&world);
    let missed =
        after.last().and_then(|entry| entry.with.get("missed")).and_then(|missed| missed.parse().ok());
    assert_eq!((after.len(), missed), (before + 1, Some(300 - before)));
}
