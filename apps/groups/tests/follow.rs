//! `follow = "subscribe"` where a store fails, a server is killed, and several processes are one server. 10.2.7.3, RFC 5875
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::GroupId;
use http::StatusCode;
use two_servers::{A, B, FIRE, From, Switch, World, fire};

const SERVER: From<'_> = From::Server("mcs1.core.b.example");

/// B has the group of A, and follows it.
fn followed() -> World {
    let world = World::by_subscription();
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    world
}

/// The primary changes the group, trying again where it is not answered.
fn change(world: &mut World) {
    let admin = From::User("sip:admin@a.example");
    for _ in 0..4 {
        let put = world.request(http::Method::PUT, &two_servers::path(FIRE), admin, fire(3));
        if world.try_send(A, admin, put).is_some_and(|response| response.status().is_success()) {
            return;
        }
        world.wait(10);
        revive(world);
    }
    panic!("the primary never answered");
}

fn revive(world: &mut World) {
    for domain in [A, B] {
        if world.servers[domain].switch.is_killed() {
            world.begin(domain);
        }
    }
    world.with_signalling();
}

fn each_call(spoil: impl Fn(&Switch, i64)) {
    for domain in [A, B] {
        let mut undisturbed = followed();
        let before = undisturbed.servers[domain].switch.calls();
        change(&mut undisturbed);
        undisturbed.wait(2);
        for n in 0..undisturbed.servers[domain].switch.calls() - before {
            let mut world = followed();
            spoil(&world.servers[domain].switch, n);
            change(&mut world);
            world.wait(5);
            revive(&mut world);
            world.wait(180);
            for domain in [A, B] {
                // What was never reached is not to fail what the test itself reads.
                world.servers[domain].switch.fail_at(-1);
            }
            assert_eq!(world.seen(B, FIRE), Some(fire(3)), "call {n} of {domain}");
        }
    }
}

#[test]
fn a_call_of_a_store_that_fails_loses_no_change() {
    each_call(|switch, n| switch.fail_at(n));
}

#[test]
fn a_server_that_is_killed_at_a_call_of_its_store_goes_on_to_follow() {
    each_call(|switch, n| switch.die_at(n));
}

/// The gateway hands NOTIFYs to one of several replicas, and to another where that one is gone.
#[test]
fn a_replica_that_notifies_come_to_from_now_on_follows_within_ten_minutes() {
    let mut world = World::by_subscription();
    let two = world.beside(B, "two");
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    world.define(FIRE, &fire(5));
    world.wait(2);
    assert_eq!(world.seen(B, FIRE), Some(fire(5)));
    world.servers[B].switch.kill();
    world.signal(A, B, &two);
    world.wait(700);
    world.define(FIRE, &fire(3));
    world.wait(2);
    let group = GroupId::new(FIRE).expect("valid");
    let seen = futures::executor::block_on(two.entity.cx().document(&group)).expect("readable");
    assert_eq!(seen.map(|document| document.text().to_owned()), Some(fire(3)));
}
