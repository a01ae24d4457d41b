//! Whatever breaks, at whatever moment, and whoever is killed: the final state of 10.2.7.2 and of 10.2.7.3 is the same once the
//! network is whole again and everybody runs.

use std::time::Duration;

use http::{Method, Response};
use mcx_tests::{Fault, Home, Topology, TwoSystems};

use crate::{GMS_A, GMS_B, groups::adapted};

/// More calls than any exchange makes, so that a loop that does not end is noticed.
const TOO_MANY: usize = 1000;

/// Longer than anybody waits before trying again.
const RECOVERY: Duration = Duration::from_secs(1800);

/// How often whoever is not answered asks again.
const ATTEMPTS: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Procedure {
    Provide,
    Request,
}

/// Sends until somebody says that it is done; who was killed is started again.
async fn insist(world: &mut TwoSystems, home: Home, method: Method, body: &str) {
    for _ in 0..ATTEMPTS {
        let who = match home {
            Home::Primary => world.administrator(home),
            Home::Partner => world.asking_server(home),
        };
        let (path, body) = (world.group_path(), body.to_owned().into());
        let sent = who.send(method.clone(), &path, body);
        let answer = tokio::time::timeout(Duration::from_secs(60), sent).await;
        if answer.is_ok_and(|answer| answer.is_ok_and(|answer: Response<_>| answer.status().is_success())) {
            return;
        }
        world.advance(Duration::from_secs(60)).await;
        revive(world).await;
        world.network().mend();
    }
    panic!("nobody answered");
}

async fn revive(world: &mut TwoSystems) {
    for (home, name) in [(Home::Primary, GMS_A), (Home::Partner, GMS_B)] {
        if world.life(home).is_over() {
            world.restart(name).await;
        }
    }
}

async fn carry_out(world: &mut TwoSystems, procedure: Procedure) {
    let fire = world.fire();
    insist(world, Home::Primary, Method::PUT, &fire).await;
    if procedure == Procedure::Request {
        insist(world, Home::Partner, Method::GET, "").await;
    }
    world.advance(Duration::from_secs(30)).await;
}

async fn settled(world: &mut TwoSystems, what: &str) {
    revive(world).await;
    world.network().mend();
    world.advance(RECOVERY).await;
    let expected = Some(adapted(&world.fire()));
    assert_eq!(world.stored(Home::Partner).await, expected, "{what}");
    assert_eq!(world.stored(Home::Primary).await, Some(world.fire()), "{what}");
}

fn run(procedure: Procedure, topology: Topology, test: impl AsyncFnOnce(&mut TwoSystems)) {
    let setup = TwoSystems::new().topology(topology);
    if procedure == Procedure::Request { setup.on_request() } else { setup }.run(test);
}

fn each_write(procedure: Procedure, topology: Topology, fault: Fault) {
    for number in 0..TOO_MANY {
        let mut hit = None;
        run(procedure, topology, async |world| {
            world.network().arm(Some((number, fault)));
            carry_out(world, procedure).await;
            hit = world.network().hit();
            settled(world, &format!("{procedure:?}, write {number}, {fault:?} between {hit:?}")).await;
        });
        if hit.is_none() {
            assert!(number > 10, "only {number} writes were made to fail");
            return;
        }
    }
    panic!("the exchange does not end");
}

#[test]
fn each_write_of_a_provision_breaks_in_turn() {
    each_write(Procedure::Provide, Topology::Hidden, Fault::Broken);
}

#[test]
fn each_link_of_a_provision_goes_silent_in_turn() {
    each_write(Procedure::Provide, Topology::Hidden, Fault::Silent);
}

#[test]
fn each_write_of_a_request_breaks_in_turn() {
    each_write(Procedure::Request, Topology::Hidden, Fault::Broken);
}

#[test]
fn each_link_of_a_request_is_cut_in_turn_without_gateways() {
    each_write(Procedure::Request, Topology::Direct, Fault::Cut);
}

/// Killed at each call of its store: what was promised is kept by the process that is started in its place.
fn each_kill(procedure: Procedure, home: Home) {
    for call in 0..i64::try_from(TOO_MANY).unwrap() {
        let mut was_killed = false;
        run(procedure, Topology::Hidden, async |world| {
            world.life(home).end_at(call);
            carry_out(world, procedure).await;
            was_killed = world.life(home).is_over() || world.starts(home) > 1;
            world.life(home).end_at(-1);
            settled(world, &format!("{procedure:?}, {home:?} killed at call {call}")).await;
        });
        if !was_killed {
            assert!(call > 3, "only {call} calls");
            return;
        }
    }
    panic!("the procedure does not end");
}

#[test]
fn the_primarys_server_killed_at_each_call_of_its_store_goes_on_providing() {
    each_kill(Procedure::Provide, Home::Primary);
}

#[test]
fn the_partners_server_killed_at_each_call_of_its_store_is_provided_all_the_same() {
    each_kill(Procedure::Provide, Home::Partner);
}

#[test]
fn the_partners_server_killed_at_each_call_of_its_store_goes_on_requesting() {
    each_kill(Procedure::Request, Home::Partner);
}
