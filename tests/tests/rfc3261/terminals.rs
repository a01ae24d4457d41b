//! RFC 3261 16.6 and 16.7, RFC 5626 5.3: several terminals of one user behind a running SIP core. One that has ended, is silent
//! or refuses costs nobody what another of them can do.

use std::time::Duration;

use futures::future::join_all;
use mcx_tests::{Home, Setup, TwoSystems, located};
use tokio::time::Instant;

const BOB: &str = "sip:bob@partner.example";
const CORE_B: &str = "sip-core.core.partner.example";

/// The user has this terminal too, like the one that bears the user's name.
fn also(setup: Setup, home: Home, user: &str, terminal: &str) -> Setup {
    let (one, other) = (format!("client.{user}"), format!("client.{terminal}"));
    setup.with(home, move |config| {
        config.copy(&one, &other);
    })
}

/// Bob at two terminals, of which the second has been there last: it is tried first.
fn bob_twice(test: impl AsyncFnOnce(&mut TwoSystems)) {
    also(TwoSystems::new(), Home::Partner, "bob", "bob2").run(async |world| {
        world.advance(Duration::from_secs(1)).await;
        world.client("bob2").log_on().await.unwrap();
        world.quiet().await;
        test(world).await;
    });
}

/// Alice asks where bob is. Which of his terminals said so, and how long it took.
async fn asked(world: &TwoSystems) -> (Vec<String>, Duration) {
    let (before, begun) = (reports(world).len(), Instant::now());
    assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
    (reports(world).split_off(before), begun.elapsed())
}

/// TS 23.280 10.9.3.2 step 3: the client reports.
fn reports(world: &TwoSystems) -> Vec<String> {
    let steps = world.steps("10.9.3.2").into_iter();
    steps.filter(|(who, number)| who.starts_with("bob") && *number == 3).map(|(who, _)| who).collect()
}

#[test]
fn rfc3261_16_7_each_of_four_terminals_of_one_user_gets_the_report_that_it_asked_for() {
    let terminals = ["alice", "alice2", "alice3", "alice4"];
    let setup = terminals[1..]
        .iter()
        .fold(TwoSystems::new(), |setup, terminal| also(setup, Home::Primary, "alice", terminal));
    setup.run(async |world| {
        for round in 0..3 {
            let reports = join_all(terminals.map(|terminal| world.ask(terminal, &[BOB]))).await;
            for (terminal, report) in terminals.iter().zip(reports) {
                assert_eq!(located(&report.unwrap()), [BOB], "{terminal}, round {round}");
            }
        }
    });
}

#[test]
fn rfc5626_5_3_the_log_off_of_one_terminal_leaves_what_the_other_asks_and_is_asked() {
    let setup = also(TwoSystems::new(), Home::Primary, "alice", "alice2");
    also(setup, Home::Partner, "bob", "bob2").run(async |world| {
        for gone in ["alice2", "bob2"] {
            world.client(gone).log_off().await.unwrap();
        }
        world.quiet().await;
        assert_eq!(asked(world).await.0, ["bob"]);
    });
}

#[test]
fn rfc3261_16_7_a_terminal_that_has_ended_is_passed_over_at_once() {
    bob_twice(async |world| {
        assert_eq!(asked(world).await.0, ["bob2"]);
        world.stop("bob2").await;
        let (who, elapsed) = asked(world).await;
        assert_eq!(who, ["bob"]);
        assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    });
}

#[test]
fn rfc4320_4_2_a_silent_terminal_gives_way_after_2_s_and_is_tried_last_from_then_on() {
    bob_twice(async |world| {
        world.silence("bob2", CORE_B);
        let (who, elapsed) = asked(world).await;
        assert_eq!(who, ["bob"]);
        assert!(elapsed >= Duration::from_secs(2) && elapsed < Duration::from_secs(4), "{elapsed:?}");
        let (who, elapsed) = asked(world).await;
        assert_eq!(who, ["bob"]);
        assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    });
}

#[test]
fn rfc3261_16_7_a_terminal_that_refuses_gives_way_to_the_next() {
    let setup = also(TwoSystems::new(), Home::Partner, "bob", "bob2").with(Home::Partner, |config| {
        // It takes requests for another user only.
        config.set("client.bob2.mc-service-id", "sip:carol@partner.example");
    });
    setup.run(async |world| {
        world.advance(Duration::from_secs(1)).await;
        world.client("bob2").log_on().await.unwrap();
        world.quiet().await;
        assert_eq!(asked(world).await.0, ["bob"]);
    });
}
