//! Each call of either store fails in turn, or is the last one of a server that is killed there, and each exchange between the
//! servers fails in turn: the final state of 10.2.7.2 and of 10.2.7.3 is the same.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use http::Method;
use kit::testing::WebEnd;
use two_servers::{A, B, FIRE, From, Switch, World, config, fire, group, path};
use wire::WireError;

const ADMIN: From<'_> = From::User("sip:admin@a.example");
const SERVER: From<'_> = From::Server("mcs1.core.b.example");

type Procedure = fn(&mut World);

/// Who is not answered tries again, against a server that was started again where it was killed.
fn insist(world: &mut World, domain: &'static str, send: &dyn Fn(&World) -> bool) {
    for _ in 0..4 {
        if send(world) {
            return;
        }
        world.wait(10);
        revive(world);
        world.connect();
    }
    panic!("{domain} never answered");
}

fn revive(world: &mut World) {
    for domain in [A, B] {
        if world.servers[domain].switch.is_killed() {
            world.begin(domain);
        }
    }
}

fn define(world: &mut World, body: &str) {
    insist(world, A, &|world| {
        let request = world.request(Method::PUT, &path(FIRE), ADMIN, body.to_owned());
        world.try_send(A, ADMIN, request).is_some_and(|response| response.status().is_success())
    });
}

/// 10.2.7.2: a group is defined, changed, and provided both times.
fn provide(world: &mut World) {
    define(world, &fire(7));
    define(world, &fire(3));
}

/// 10.2.7.3: a group that is not provided is requested.
fn request(world: &mut World) {
    define(world, &fire(7));
    insist(world, B, &|world| {
        let request = world.request(Method::GET, &path(FIRE), SERVER, "");
        world.try_send(B, SERVER, request).is_some_and(|response| response.status().is_success())
    });
}

/// A group is provided, and withdrawn where its last member there goes.
fn withdraw(world: &mut World) {
    define(world, &fire(7));
    define(world, &group(FIRE, &["sip:alice@a.example"], 7));
}

/// Each with the priority that the partner's copy has in the end, and whether the primary provides.
const PROCEDURES: [(Procedure, Option<u8>, bool); 3] =
    [(provide, Some(3), true), (request, Some(7), false), (withdraw, None, true)];

fn world(provides: bool) -> World {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = provides;
    World::of(a, config(B, A))
}

/// Carries a procedure out while something fails, lets everything settle, and looks at the outcome.
fn carry_out(
    (procedure, expected, provides): (Procedure, Option<u8>, bool),
    what: &str,
    disturb: impl Fn(&World),
) {
    let mut world = world(provides);
    disturb(&world);
    procedure(&mut world);
    world.connect();
    world.wait(5);
    revive(&mut world);
    world.wait(90);
    for domain in [A, B] {
        // What was never reached is not to fail what the test itself reads.
        world.servers[domain].switch.fail_at(-1);
    }
    let expected = expected.map(fire);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (expected.clone(), expected.clone()), "{what}");
    let share = world.share();
    // Of what it requested is known that it was given it.
    let there = if provides { "stored" } else { "given" };
    let state = expected.map_or(serde_json::Value::Null, |_| there.into());
    assert_eq!(share["state"], state, "{what}: {share}");
}

fn each_call(spoil: impl Fn(&Switch, i64)) {
    for (number, each) in PROCEDURES.into_iter().enumerate() {
        for domain in [A, B] {
            let (procedure, _, provides) = each;
            let mut undisturbed = world(provides);
            let before = undisturbed.servers[domain].switch.calls();
            procedure(&mut undisturbed);
            for n in 0..undisturbed.servers[domain].switch.calls() - before {
                let what = format!("procedure {number}, call {n} of {domain}");
                carry_out(each, &what, |world| spoil(&world.servers[domain].switch, n));
            }
        }
    }
}

#[test]
fn a_call_of_a_store_that_fails_changes_nothing_in_the_end() {
    each_call(|switch, n| switch.fail_at(n));
}

#[test]
fn a_server_that_is_killed_at_a_call_of_its_store_goes_on_where_it_was() {
    each_call(|switch, n| switch.die_at(n));
}

#[test]
fn an_exchange_that_fails_or_whose_answer_is_lost_changes_nothing_in_the_end() {
    for (number, each) in PROCEDURES.into_iter().enumerate() {
        for way in 0..4 {
            carry_out(each, &format!("procedure {number}, way {way}"), |world| {
                let lost = |end| WebEnd::AnswerLost(Box::new(end), WireError::Interrupted("lost".into()));
                let ends = |end| match way {
                    0 => WebEnd::Fails(WireError::Timeout),
                    1 => lost(end),
                    2 => WebEnd::Status(http::StatusCode::BAD_GATEWAY),
                    _ => WebEnd::Silent,
                };
                world.cut(ends(world.end(A, B)));
                world.cut_b(ends(world.end(B, A)));
            });
        }
    }
}
