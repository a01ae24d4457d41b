//! `follow = "subscribe"` where a store fails, a server is killed, and several processes are one server. 10.2.7.3, RFC 5875
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::GroupId;
use http::{Method, StatusCode};
use kit::{Metrics, testing::End};
use prometheus_client::{encoding::text, registry::Registry};
use two_servers::{A, B, FIRE, From, Switch, World, fire, lines_of};

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

fn counted(metrics: &Metrics) -> Vec<String> {
    let (mut registry, mut out) = (Registry::default(), String::new());
    metrics.register(&mut registry);
    text::encode(&mut out, &registry).expect("written");
    out.lines().filter(|line| line.starts_with("mcx_subscriptions")).map(str::to_owned).collect()
}

/// A border that has dropped its secret knows the dialogs of before no more.
#[test]
fn rfc6665_4_2_2_a_partner_whose_notify_is_refused_is_told_of_and_follows_again_once_it_asks_again() {
    let (world, metrics) = (followed(), Metrics::default());
    drop(world.servers[A].entity.clone().counted_by(&metrics));
    let held = "mcx_subscriptions{entity=\"gms1.core.a.example\",package=\"xcap-diff\"} ";
    assert_eq!(counted(&metrics), [format!("{held}1")]);
    world.lab.connect("gms1.core.a.example", "mcgw.a.example", End::Response(sip::Response::new(481)));
    let ((), lines) = lines_of("mcx::wire", || {
        world.define(FIRE, &fire(5));
        world.wait(2);
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("WARN") && lines[0].contains("NOTIFY refused 481: b.example no longer follows")
    );
    assert!(!lines[0].contains("fire"), "{lines:?}");
    let lost = "mcx_subscriptions_lost_total{entity=\"gms1.core.a.example\",package=\"xcap-diff\",partner=\"b.example\"} 1";
    assert_eq!(counted(&metrics), [format!("{held}0"), lost.to_owned()]);
    world.with_signalling();
    world.define(FIRE, &fire(4));
    world.wait(2);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)), "it hears of nothing");
    assert_eq!(world.admin(B, Method::POST, &format!("requests/{FIRE}")).0, 200);
    world.wait(2);
    assert_eq!((world.seen(B, FIRE), &counted(&metrics)[0]), (Some(fire(4)), &format!("{held}1")));
    world.define(FIRE, &fire(3));
    world.wait(2);
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
}
