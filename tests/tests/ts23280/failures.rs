//! Each wire call fails in turn: whatever breaks, at whatever moment, the requester gets one report or one refusal, with a
//! cause; nobody hangs and nobody panics; and once the network is whole again the next request is answered in full.

use std::time::Duration;

use futures::future::join3;
use kit::{Cause, Done};
use mcx_tests::{Fault, Home, Setup, Topology, TwoSystems, causes, located};
use tokio::time::Instant;
use xml_schemas::location::LocationReport;

use crate::{BOB, CORE_B, DAVE, GATEWAY_A, GATEWAY_B, LMS_A, LMS_B};

/// More calls than any exchange makes, so that a loop that does not end is noticed.
const TOO_MANY: usize = 1000;

/// Within which the location client's own deadline has passed.
const PATIENCE: Duration = Duration::from_secs(16);

/// Until registrations are refreshed and idle connections closed.
const RECOVERY: Duration = Duration::from_secs(660);

/// Lets the n-th write go wrong, for each n until the exchange needs no more of them. `warm` connections are open already.
async fn every_call(world: &TwoSystems, fault: Fault, warm: bool) -> usize {
    for number in 0..TOO_MANY {
        if warm {
            world.ask("alice", &[BOB, DAVE]).await.unwrap();
        }
        world.quiet().await;
        world.recording().ladder().clear();
        world.network().arm(Some((number, fault)));
        let begun = Instant::now();
        let answer = world.ask("alice", &[BOB, DAVE]).await;
        let waited = begun.elapsed();
        world.advance(PATIENCE).await;
        let hit = world.network().hit();
        one_answer(world, &answer, waited, &format!("write {number}, {fault:?} between {hit:?}"));
        world.network().mend();
        world.advance(RECOVERY).await;
        let again = world.ask("alice", &[BOB, DAVE]).await;
        assert_eq!(located(&again.unwrap()), [BOB, DAVE], "after write {number}, {fault:?} between {hit:?}");
        if hit.is_none() {
            return number;
        }
        world.advance(RECOVERY).await;
    }
    panic!("the exchange does not end");
}

fn one_answer(world: &TwoSystems, answer: &Done<LocationReport>, waited: Duration, which: &str) {
    assert!(waited < PATIENCE, "{which}: answered after {waited:?}");
    let reports = world.steps("10.9.3.10.2").into_iter().filter(|step| *step == (LMS_A.to_owned(), 7));
    assert!(reports.count() <= 1, "{which}: reported more than once");
    match answer {
        Ok(report) => {
            let targets: Vec<&str> = report.targets.iter().map(|target| target.target.as_str()).collect();
            assert_eq!(targets, [BOB, DAVE], "{which}");
            for cause in causes(report).into_iter().flatten() {
                assert!(is_told(cause), "{which}: {cause}");
            }
        }
        Err(stop) => assert!(is_told(stop.cause()), "{which}: {stop}"),
    }
}

/// What a requester can make something of: none of these is a fault of ours, and each says where it failed.
fn is_told(cause: Cause) -> bool {
    matches!(cause, Cause::PartnerUnreachable | Cause::ServerUnreachable | Cause::TimedOut | Cause::LoggedOff)
}

/// Terminals that register anew every five minutes: a flow that broke is found out and replaced by then.
fn attentive(setup: Setup) -> Setup {
    Home::BOTH.into_iter().fold(setup, |setup, home| {
        setup.with(home, |config| {
            for user in config.keys("client") {
                config.set(&format!("client.{user}.expires"), "10m");
            }
        })
    })
}

fn failing(setup: Setup, fault: Fault, warm: bool) {
    attentive(setup).run(async |world| {
        let calls = every_call(world, fault, warm).await;
        assert!(calls > 20, "only {calls} writes were made to fail");
    });
}

#[test]
fn each_wire_call_breaks_in_turn() {
    failing(TwoSystems::new(), Fault::Broken, false);
}

#[test]
fn each_wire_call_breaks_in_turn_on_connections_in_use() {
    failing(TwoSystems::new(), Fault::Broken, true);
}

#[test]
fn each_link_is_cut_in_turn() {
    failing(TwoSystems::new(), Fault::Cut, false);
}

#[test]
fn each_link_goes_silent_in_turn() {
    failing(TwoSystems::new(), Fault::Silent, false);
}

#[test]
fn each_wire_call_breaks_in_turn_without_gateways() {
    failing(TwoSystems::new().topology(Topology::Direct), Fault::Broken, false);
}

/// Positions are volatile: what a server was asked is lost with it, and times out at whoever asked.
#[test]
fn a_server_that_ends_in_the_middle_is_waited_for_no_longer_than_the_deadline() {
    for (gone, expected) in [
        (LMS_A, Err(Cause::TimedOut)),
        (LMS_B, Ok([Some(Cause::TimedOut), None])),
        (GATEWAY_A, Ok([None, None])),
        (GATEWAY_B, Ok([None, None])),
    ] {
        attentive(TwoSystems::new()).run(async |world| {
            // Bob's terminal keeps everybody waiting until it is heard again.
            world.silence("bob", CORE_B);
            let client = world.client("alice").location().clone();
            let asking = tokio::task::spawn_local(async move {
                client.locate(mcx_tests::flows::users(&[BOB, DAVE]), true).await
            });
            world.advance(Duration::from_secs(1)).await;
            let begun = Instant::now();
            world.restart(gone).await;
            let answer = asking.await.unwrap();
            assert!(begun.elapsed() < PATIENCE, "{gone}");
            let causes = answer.as_ref().map(causes).map_err(|stop| stop.cause());
            // Through a gateway that was there again in time, bob's silence is what is reported.
            let expected = match expected {
                Ok([None, None]) => Ok(vec![Some(Cause::TimedOut), None]),
                Ok(causes) => Ok(causes.to_vec()),
                Err(cause) => Err(cause),
            };
            assert_eq!(causes, expected, "{gone}");
            world.network().mend();
            world.advance(RECOVERY).await;
            assert_eq!(
                located(&world.ask("alice", &[BOB, DAVE]).await.unwrap()),
                [BOB, DAVE],
                "after {gone}"
            );
        });
    }
}

#[test]
fn rfc3261_21_5_4_a_server_that_drains_finishes_what_it_accepted_and_refuses_what_is_new() {
    TwoSystems::new().run(async |world| {
        // Bob's terminal is silent, so that the answer takes as long as his own server waits for it.
        world.silence("bob", CORE_B);
        let begun = Instant::now();
        let accepted = async {
            let report = world.ask("alice", &[BOB]).await.unwrap();
            (causes(&report), begun.elapsed())
        };
        let drained = async {
            world.advance(Duration::from_secs(1)).await;
            world.drain(LMS_A, Duration::from_secs(9)).await;
            begun.elapsed()
        };
        let refused = async {
            world.advance(Duration::from_secs(2)).await;
            world.ask("dave", &[BOB]).await.map_err(|stop| stop.cause())
        };
        let ((told, waited), drained, refused) = join3(accepted, drained, refused).await;
        assert_eq!(told, [Some(Cause::TimedOut)]);
        assert!(waited < Duration::from_secs(5), "the report of {LMS_B} was refused: {waited:?}");
        assert!(drained < Duration::from_secs(5), "nothing was left to wait for: {drained:?}");
        assert_eq!(refused, Err(Cause::Overloaded));
    });
}
